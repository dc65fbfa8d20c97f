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

#define KIND(kind) (UINT32_C(1) << TARGET_##kind)
#define HEAP (UINT32_C(1) << VMA_HEAP)

static const struct {
	const char *name;
	uint32_t kinds, vma_kinds, pid, holder; /* 0: none */
	enum target_kind kind;
	const char *glob;
	bool chosen;
} captured[] = {
	{ "without a filter", 0, 0, 0, 0, TARGET_FILE, NULL, true },
	{ "by its kind", KIND(FILE), 0, 0, 0, TARGET_FILE, NULL, true },
	{ "by one of two kinds", KIND(PROCESS) | KIND(PIPE), 0, 0, 0, TARGET_PIPE, NULL, true },
	{ "not by another kind", KIND(SOCKET), 0, 0, 0, TARGET_FILE, NULL, false },
	{ "not where processes are asked for", KIND(PROCESS), 0, 0, 0, TARGET_FILE, NULL, false },
	{ "held by the process", 0, 0, 3, 3, TARGET_FILE, NULL, true },
	{ "held by another", 0, 0, 3, 4, TARGET_FILE, NULL, false },
	{ "held by nobody", 0, 0, 3, 0, TARGET_FILE, NULL, false },
	{ "held by one that is not there", 0, 0, 5, 5, TARGET_FILE, NULL, false },
	{ "held by one of that name", 0, 0, 0, 4, TARGET_PIPE, "fo*", true },
	{ "held by one of another name", 0, 0, 0, 3, TARGET_PIPE, "fo*", false },
	{ "held by one that fits in pid and name", 0, 0, 4, 4, TARGET_PIPE, "four", true },
	{ "held by one that fits in pid alone", 0, 0, 3, 3, TARGET_PIPE, "four", false },
	{ "of another kind, and held", KIND(FILE), 0, 3, 3, TARGET_PIPE, NULL, false },
	{ "where memory is asked for", 0, HEAP, 0, 0, TARGET_FILE, NULL, false },
	{ "where memory and files are", KIND(FILE), HEAP, 0, 0, TARGET_FILE, NULL, true },
};

static void chooses_what_is_captured(void **state)
{
	static struct process both[] = { { .pid = 3, .name = "three" },
					 { .pid = 4, .name = "four" } };
	const struct checkpoint checkpoint = { .processes = both, .process_count = 2 };

	(void)state;
	for (size_t i = 0; i < COUNT(captured); i++) {
		const struct scan_options options = {
			.target_kinds = captured[i].kinds,
			.memory_filter = { .vma_kinds = captured[i].vma_kinds },
			.pids = &captured[i].pid,
			.pid_count = captured[i].pid != 0,
			.process_globs = &captured[i].glob,
			.process_glob_count = captured[i].glob != NULL,
		};
		/* The first holder is never one that is asked for. */
		const struct holder holders[] = { { .pid = 77 }, { .pid = captured[i].holder } };
		const struct captured item = { .kind = captured[i].kind,
					       .holders = holders,
					       .holder_count = captured[i].holder ? 2 : 0 };

		if (select_captured(&options, &checkpoint, &item) != captured[i].chosen)
			fail_msg("%s", captured[i].name);
		assert_int_equal(select_narrows(&options), i != 0);
	}
}

static void what_is_the_default_is_no_filter(void **state)
{
	const struct scan_options all = { .target_kinds = 0x3f },
				  memory = { .target_kinds = KIND(PROCESS),
					     .memory_filter = { .vma_kinds = HEAP } },
				  both = { .target_kinds = KIND(PROCESS) | KIND(FILE),
					   .memory_filter = { .vma_kinds = HEAP } };
	char *texts[] = { select_text(&all), select_text(&memory), select_text(&both) };

	(void)state;
	assert_string_equal(texts[0], "");
	assert_string_equal(texts[1], "vma=heap;");
	assert_string_equal(texts[2], "target=process;target=file;vma=heap;");
	for (size_t i = 0; i < COUNT(texts); i++)
		free(texts[i]);
}

static void kinds_leave_processes_out(void **state)
{
	const struct process process = { .pid = 1, .name = "one" };
	const struct scan_options files = { .target_kinds = KIND(FILE) },
				  all = { .target_kinds = KIND(FILE) | KIND(PROCESS) },
				  memory = { .memory_filter = { .vma_kinds = HEAP } };

	(void)state;
	assert_false(select_process(&files, &process));
	assert_true(select_process(&all, &process));
	assert_true(select_process(&memory, &process));
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
		{ .target_kinds = 1 << TARGET_FILE | 1 << TARGET_PIPE },
		{ .target_kinds = 1 << TARGET_FILE },
		{ .memory_filter = { .vma_kinds = 1 << VMA_HEAP } },
		{ .memory_filter = { .protection = PROTECTION_WRITE | PROTECTION_EXECUTE } },
		{ .memory_filter = { .has_range = true, .first = 0, .last = 0xfff } },
		{ .memory_filter = { .has_range = true, .first = 1, .last = 0xfff } },
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
	assert_string_equal(texts[9], "target=file;target=pipe;");
	assert_string_equal(texts[11], "vma=heap;");
	assert_string_equal(texts[12], "protection=w;protection=x;");
	assert_string_equal(texts[13], "address=0x0-0xfff;");
	for (size_t i = 0; i < COUNT(sets); i++)
		free(texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_processes),
		cmocka_unit_test(chooses_what_is_captured),
		cmocka_unit_test(what_is_the_default_is_no_filter),
		cmocka_unit_test(kinds_leave_processes_out),
		cmocka_unit_test(chooses_rules),
		cmocka_unit_test(the_text_of_filters_tells_them_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
