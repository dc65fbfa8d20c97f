#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanners/source/member_name.h"

struct name_case {
	const char *name;
	const char *stored;
	bool allowed;
	const char *clean; /* NULL: nothing is left */
};

static const struct name_case cases[] = {
	{ "a plain name stays", "checkpoint/pages-1.img", true, "checkpoint/pages-1.img" },
	{ "a leading dot goes", "./checkpoint/x", true, "checkpoint/x" },
	{ "leading slashes go", "//checkpoint/x", true, "checkpoint/x" },
	{ "a trailing slash goes", "checkpoint/", true, "checkpoint" },
	{ "empty and dot components go", "a//b/././c/.", true, "a/b/c" },
	{ "names of dots and more stay", "..a/b../...", true, "..a/b../..." },
	{ "the root is nothing", "./", true, NULL },
	{ "slashes are nothing", "///", true, NULL },
	{ "an empty name is nothing", "", true, NULL },
	{ "upwards at the start is refused", "../x", false, NULL },
	{ "upwards within takes the component before it", "a/../x", true, "x" },
	{ "upwards far within", "a/b/c/../.././../d/e/../f", true, "d/f" },
	{ "upwards at the end", "aa/bb/..", true, "aa" },
	{ "upwards to the root is nothing", "a/..", true, NULL },
	{ "upwards beyond the root and back is refused", "a/../../a", false, NULL },
	{ "upwards alone is refused", "..", false, NULL },
	{ "upwards from the root is refused", "/../x", false, NULL },
};

static void names_are_cleaned_for_look_up(void **state)
{
	(void)state;
	int failures = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *clean = NULL;
		bool allowed = member_name_clean(cases[i].stored, &clean);
		const char *expected = cases[i].clean ? cases[i].clean : "(nothing)";

		if (allowed != cases[i].allowed ||
		    strcmp(clean ? clean : "(nothing)", expected) != 0) {
			print_error("%s: got %s\n", cases[i].name, clean ? clean : "(nothing)");
			failures++;
		}
		free(clean);
	}
	assert_int_equal(failures, 0);
}

static void links_lead_from_the_directory_they_stand_in(void **state)
{
	static const struct {
		const char *name, *link, *leads; /* NULL: out of the root */
	} links[] = {
		{ "final/parent", "../pre1", "pre1" },
		{ "a/b/c", "d", "a/b/d" },
		{ "a/b/c", "./d//e/", "a/b/d/e" },
		{ "a/b/c", "../../x", "x" },
		{ "a/b/c", "../..", "" },
		{ "c", "d", "d" },
		{ "c", "", "" },
		{ "c", "../d", NULL },
		{ "a/b/c", "../../../x", NULL },
		{ "a/b/c", "/d", "a/b/d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		char *leads = NULL;

		print_message("%s -> %s\n", links[i].name, links[i].link);
		assert_int_equal(member_name_join(&leads, links[i].name,
						  member_name_directory(links[i].name),
						  links[i].link, NULL),
				 0);
		assert_int_equal(leads != NULL, links[i].leads != NULL);
		if (leads)
			assert_string_equal(leads, links[i].leads);
		free(leads);
	}
	assert_string_equal(member_name_base("a/b/c"), "c");
	assert_string_equal(member_name_base("c"), "c");
	assert_string_equal(member_name_base("a/"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_cleaned_for_look_up),
		cmocka_unit_test(links_lead_from_the_directory_they_stand_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
