#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/select.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	const char *globs[2];
	uint32_t pids[2];
	const char *process, *executable;
	uint32_t pid;
	bool chosen;
} processes[] = {
	{ "without a filter all are chosen", { 0 }, { 0 }, "nginx", NULL, 7, true },
	{ "by pid", { 0 }, { 7, 9 }, "nginx", NULL, 9, true },
	{ "not by another pid", { 0 }, { 7, 9 }, "nginx", NULL, 8, false },
	{ "by name", { "nginx" }, { 0 }, "nginx", NULL, 7, true },
	{ "by a part of the name only with a wildcard",
	  { "ngin" },
	  { 0 },
	  "nginx",
	  NULL,
	  7,
	  false },
	{ "by a wildcard", { "n?i*" }, { 0 }, "nginx", NULL, 7, true },
	{ "by any of two", { "redis", "[a-n]*" }, { 0 }, "nginx", NULL, 7, true },
	{ "by the base name of the executable",
	  { "busybox" },
	  { 0 },
	  "sh",
	  "/bin/busybox",
	  7,
	  true },
	{ "not by a directory of the executable",
	  { "bin" },
	  { 0 },
	  "sh",
	  "/bin/busybox",
	  7,
	  false },
	{ "by a longer name than the kernel keeps",
	  { "a-very-long-process-name" },
	  { 0 },
	  "a-very-long-pro",
	  NULL,
	  7,
	  true },
	{ "not by another long name",
	  { "a-very-long-thing" },
	  { 0 },
	  "a-very-long-pro",
	  NULL,
	  7,
	  false },
	{ "a long wildcard is not cut",
	  { "a-very-long-proX*" },
	  { 0 },
	  "a-very-long-pro",
	  NULL,
	  7,
	  false },
	{ "both filters must fit", { "nginx" }, { 8 }, "nginx", NULL, 7, false },
};

static void chooses_processes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(processes); i++) {
		struct process process = { .pid = processes[i].pid,
					   .name = processes[i].process,
					   .executable = processes[i].executable };
		struct scan_options options = { .process_globs = processes[i].globs,
						.pids = processes[i].pids };

		for (size_t j = 0; j < 2; j++) {
			options.process_glob_count += processes[i].globs[j] != NULL;
			options.pid_count += processes[i].pids[j] != 0;
		}
		if (select_process(&options, &process) != processes[i].chosen)
			fail_msg("%s", processes[i].name);
		assert_int_equal(select_narrows(&options),
				 options.pid_count || options.process_glob_count);
	}
}

static const struct {
	const char *name, *wanted, *tag;
	bool is_private, chosen;
} rules[] = {
	{ "without a filter", NULL, NULL, false, true },
	{ "a private rule never", "miner", NULL, true, false },
	{ "by name in any namespace", "miner", NULL, false, true },
	{ "by namespace and name", "a:b:miner", NULL, false, true },
	{ "not in another namespace", "b:miner", NULL, false, false },
	{ "not by the namespace alone", "a:b", NULL, false, false },
	{ "by any of its tags", NULL, "crypto", false, true },
	{ "not by another tag", NULL, "cryp", false, false },
	{ "name and tag must both fit", "miner", "other", false, false },
};

static void chooses_rules(void **state)
{
	static const char *const tags[] = { "linux", "crypto" };

	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++) {
		struct rule rule = { .name = "miner",
				     .namespace_name = "a:b",
				     .tags = tags,
				     .tag_count = 2,
				     .is_private = rules[i].is_private };
		struct scan_options options = { .rule_names = &rules[i].wanted,
						.rule_name_count = rules[i].wanted != NULL,
						.tags = &rules[i].tag,
						.tag_count = rules[i].tag != NULL };

		if (select_rule(&options, &rule) != rules[i].chosen)
			fail_msg("%s", rules[i].name);
	}
}

static void the_text_of_filters_tells_them_apart(void **state)
{
	static const uint32_t pids[] = { 1, 20 };
	static const char *const one[] = { "a;tag=1:b" }, *const two[] = { "a", "b" };
	const struct scan_options sets[] = {
		{ 0 },
		{ .pids = pids, .pid_count = 1 },
		{ .pids = pids, .pid_count = 2 },
		{ .process_globs = one, .process_glob_count = 1 },
		{ .process_globs = two, .process_glob_count = 2 },
		{ .process_globs = two, .process_glob_count = 1, .tags = two + 1, .tag_count = 1 },
		{ .rule_names = two, .rule_name_count = 2 },
		{ .tags = two, .tag_count = 2 },
		{ .negate = true },
	};
	char *texts[COUNT(sets)];

	(void)state;
	for (size_t i = 0; i < COUNT(sets); i++) {
		texts[i] = select_text(&sets[i]);
		assert_non_null(texts[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(texts[i], texts[j]);
	}
	assert_string_equal(texts[0], "");
	assert_string_equal(texts[2], "pid=1;pid=20;");
	for (size_t i = 0; i < COUNT(sets); i++)
		free(texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_processes),
		cmocka_unit_test(chooses_rules),
		cmocka_unit_test(the_text_of_filters_tells_them_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
