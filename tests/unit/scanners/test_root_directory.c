#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanners/root_directory.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char root[] = "/tmp/test_root_directory_XXXXXX";
static int directory = -1;

static void put(const char *name, const char *text)
{
	int descriptor = openat(directory, name, O_WRONLY | O_CREAT, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
	close(descriptor);
}

static int make(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	directory = open(root, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(directory, "etc", 0700), 0);
	put("etc/passwd", "inside");
	put("file", "a file");
	assert_int_equal(symlinkat("/etc", directory, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../../../etc", directory, "upwards"), 0);
	assert_int_equal(symlinkat("/proc/self/root/etc", directory, "magic"), 0);
	assert_int_equal(symlinkat("loop", directory, "loop"), 0);
	assert_int_equal(mkfifoat(directory, "fifo", 0600), 0);
	return 0;
}

static int undo(void **state)
{
	static const char *const names[] = { "etc/passwd", "file", "absolute", "upwards",
					     "magic",	   "loop", "fifo" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		unlinkat(directory, names[i], 0);
	unlinkat(directory, "etc", AT_REMOVEDIR);
	close(directory);
	return rmdir(root);
}

static const struct {
	const char *name, *path;
	const char *holds; /* NULL: it does not open */
	bool through_link; /* which a step by step look does not follow */
} cases[] = {
	{ "a file", "/file", "a file", false },
	{ "a file in a directory", "/etc/passwd", "inside", false },
	{ "without the first slash", "etc/passwd", "inside", false },
	{ "more slashes than needed", "//etc///passwd", "inside", false },
	{ "an absolute link stays within", "/absolute/passwd", "inside", true },
	{ "a link upwards stays within", "/upwards/passwd", "inside", true },
	{ "a link to what is not there", "/magic/passwd", NULL, true },
	{ "a link to itself", "/loop", NULL, true },
	{ "a FIFO is not opened", "/fifo", NULL, false },
	{ "a directory is no file", "/etc", NULL, false },
	{ "the root itself", "/", NULL, false },
	{ "no path", "", NULL, false },
	{ "nothing", "/nothing", NULL, false },
	{ "below a file", "/file/x", NULL, false },
};

static void check(int descriptor, const char *holds)
{
	char text[32] = "";

	if (!holds) {
		assert_int_equal(descriptor, -1);
		assert_int_not_equal(errno, 0);
		return;
	}
	assert_true(descriptor >= 0);
	assert_true(read(descriptor, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, holds);
	close(descriptor);
}

static void no_link_leads_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		errno = 0;
		check(root_directory_open(directory, cases[i].path), cases[i].holds);
	}
}

static void step_by_step_no_link_is_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		errno = 0;
		check(root_directory_open_by_steps(directory, cases[i].path),
		      cases[i].through_link ? NULL : cases[i].holds);
	}
	assert_int_equal(root_directory_open_by_steps(directory, "etc/../file"), -1);
}

static void descriptors_are_not_leaked(void **state)
{
	int before = dup(directory), after;

	(void)state;
	close(before);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int one = root_directory_open(directory, cases[i].path);
		int other = root_directory_open_by_steps(directory, cases[i].path);

		if (one >= 0)
			close(one);
		if (other >= 0)
			close(other);
	}
	after = dup(directory);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_link_leads_out),
		cmocka_unit_test(step_by_step_no_link_is_followed),
		cmocka_unit_test(descriptors_are_not_leaked),
	};

	return cmocka_run_group_tests(tests, make, undo);
}
