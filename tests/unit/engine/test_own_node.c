#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/read/own_node.h"

static bool has(const struct cpu_list *list, size_t cpu)
{
	return CPU_ISSET_S(cpu, sizeof(list->sets), list->sets);
}

static int count(const struct cpu_list *list)
{
	return CPU_COUNT_S(sizeof(list->sets), list->sets);
}

static void make_node(const char *root, const char *text)
{
	static const char *const folders[] = { "/sys", "/devices", "/system", "/node", "/node3" };
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s", root);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		strcat(path, folders[i]);
		mkdir(path, 0700);
	}
	strcat(path, "/cpulist");
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

static void the_list_of_the_kernel_is_read(void **state)
{
	static const struct {
		const char *text;
		int count; /* 0: not known */
		size_t first, last;
	} rows[] = {
		{ "0\n", 1, 0, 0 },
		{ "0-3,8-11\n", 8, 0, 11 },
		{ "64-127,192-255", 128, 64, 255 },
		{ "5,7,9-9\n", 3, 5, 9 },
		{ "8191\n", 1, 8191, 8191 },
		{ "\n", 0, 0, 0 }, /* a node of memory alone */
		{ "", 0, 0, 0 },
		{ "0-8192\n", 0, 0, 0 },
		{ "0-\n", 0, 0, 0 },
		{ "0,\n", 0, 0, 0 },
		{ "99999999999999999999999\n", 0, 0, 0 },
		{ "0 1\n", 0, 0, 0 },
	};
	char root[] = "/tmp/test-own-node-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cpu_list list;
		bool known;

		make_node(root, rows[i].text);
		known = own_node_cpus(root, 3, &list);
		if (known != (rows[i].count > 0))
			fail_msg("\"%s\": known %d", rows[i].text, known);
		if (!known)
			continue;
		assert_int_equal(count(&list), rows[i].count);
		assert_true(has(&list, rows[i].first) && has(&list, rows[i].last));
		assert_false(has(&list, rows[i].last + 1));
		assert_false(own_node_cpus(root, 2, &list));
	}
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct cpu_list list_of(size_t first, size_t last)
{
	struct cpu_list list;

	memset(&list, 0, sizeof(list));
	for (size_t cpu = first; cpu <= last; cpu++)
		CPU_SET_S(cpu, sizeof(list.sets), list.sets);
	return list;
}

static void only_what_may_be_used_of_the_node_is_left(void **state)
{
	const struct cpu_list node = list_of(4, 7);
	struct cpu_list all = list_of(0, 15), some = list_of(6, 9), none = list_of(0, 3),
			within = list_of(5, 6);

	(void)state;
	assert_true(own_node_narrow(&all, &node));
	assert_int_equal(count(&all), 4);
	assert_true(own_node_narrow(&some, &node));
	assert_true(has(&some, 6) && has(&some, 7));
	assert_int_equal(count(&some), 2);
	assert_false(own_node_narrow(&none, &node));
	assert_false(own_node_narrow(&within, &node));
}

static void staying_leaves_something_to_run_on(void **state)
{
	struct cpu_list before, now;

	(void)state;
	memset(&before, 0, sizeof(before));
	memset(&now, 0, sizeof(now));
	assert_int_equal(sched_getaffinity(0, sizeof(before.sets), before.sets), 0);
	own_node_stay();
	assert_int_equal(sched_getaffinity(0, sizeof(now.sets), now.sets), 0);
	assert_true(count(&now) > 0);
	for (size_t cpu = 0; cpu < 8192; cpu++)
		assert_true(!has(&now, cpu) || has(&before, cpu));
	sched_setaffinity(0, sizeof(before.sets), before.sets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_of_the_kernel_is_read),
		cmocka_unit_test(only_what_may_be_used_of_the_node_is_left),
		cmocka_unit_test(staying_leaves_something_to_run_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
