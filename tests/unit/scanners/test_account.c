#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scanners/account.h"
#include "small_scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char rules[] = "rule a { strings: $s = \"hit\" $t = \"HIT\" condition: any of them }\n"
			    "rule b { strings: $u = \"Hit\" condition: $u }\n";

/* Processes of one page each, without a byte more than that. */
struct fixture {
	struct small_scan scan;
	struct checkpoint_outline outline;
	struct account_facts facts;
	struct arena *arena;
	struct scan_summary summary;
};

static void make(struct fixture *fixture)
{
	*fixture = (struct fixture){ 0 };
	small_scan_make(&fixture->scan, rules, SMALL_PROCESSES, BYTES_HERE);
	fixture->arena = arena_new(0);
	assert_non_null(fixture->arena);
	fixture->facts = (struct account_facts){
		.options = &fixture->scan.options,
		.rules = fixture->scan.rules,
		.outline = &fixture->outline,
		.targets = fixture->scan.targets,
		.warnings = fixture->scan.warnings,
		.hits = 5,
		.warning_count = 2,
		.seconds = 1.5,
		.threads = 3,
	};
}

static void settle(struct fixture *fixture)
{
	assert_int_equal(account_make(&fixture->summary, &fixture->facts, fixture->arena, NULL), 0);
}

static void release(struct fixture *fixture)
{
	arena_free(fixture->arena);
	small_scan_release(&fixture->scan);
}

static const struct {
	const char *name;
	enum target_state state;
	uint64_t lost; /* by the search */
	bool page_lost; /* the page map says so */
	uint64_t scanned_bytes, lost_bytes;
} cases[] = {
	{ "judged", TARGET_JUDGED, 0, false, SMALL_PAGE, 0 },
	{ "judged, a part could not be read", TARGET_JUDGED, 100, false, SMALL_PAGE - 100, 100 },
	{ "judged, more lost than there is", TARGET_JUDGED, 3 * SMALL_PAGE, false, 0, SMALL_PAGE },
	{ "judged, its page is in a parent", TARGET_JUDGED, 0, true, 0, SMALL_PAGE },
	{ "not judged for an error", TARGET_FAILED, 0, false, 0, SMALL_PAGE },
	{ "waiting when the run was stopped", TARGET_WAITING, 17, false, 0, SMALL_PAGE },
	{ "set aside when the run was stopped", TARGET_ASIDE, 0, false, 0, SMALL_PAGE },
};

/* One process in each state beside one that was judged. */
static void every_byte_is_scanned_or_lost(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture fixture;
		struct target_list *targets;

		print_message("%s\n", cases[i].name);
		make(&fixture);
		fixture.scan.runs[1].lost = cases[i].page_lost;
		target_list_free(fixture.scan.targets);
		fixture.scan.checkpoint.process_count = 2;
		assert_int_equal(target_list_new(&targets, &fixture.scan.checkpoint, NULL,
						 &fixture.scan.options, NULL),
				 0);
		fixture.scan.targets = targets;
		fixture.facts.targets = targets;
		targets->targets[0].state = TARGET_JUDGED;
		targets->targets[1].state = cases[i].state;
		targets->targets[1].bytes_lost = cases[i].lost;
		settle(&fixture);
		assert_int_equal(fixture.summary.bytes_scanned,
				 SMALL_PAGE + cases[i].scanned_bytes);
		assert_int_equal(fixture.summary.bytes_lost, cases[i].lost_bytes);
		assert_int_equal(fixture.summary.bytes_not_selected, 0);
		assert_int_equal(fixture.summary.targets[TARGET_PROCESS], 2);
		release(&fixture);
	}
}

static void what_filters_leave_out_is_not_selected(void **state)
{
	static const uint32_t pids[] = { 2 };
	struct fixture fixture;
	struct target_list *targets;

	(void)state;
	make(&fixture);
	fixture.scan.runs[0].lost = true;
	fixture.scan.options.pids = pids;
	fixture.scan.options.pid_count = 1;
	target_list_free(fixture.scan.targets);
	assert_int_equal(target_list_new(&targets, &fixture.scan.checkpoint, NULL,
					 &fixture.scan.options, NULL),
			 0);
	fixture.scan.targets = targets;
	fixture.facts.targets = targets;
	fixture.facts.unplaced_bytes = 7;
	targets->targets[0].state = TARGET_JUDGED;
	settle(&fixture);
	assert_int_equal(fixture.summary.bytes_scanned, SMALL_PAGE);
	assert_int_equal(fixture.summary.bytes_lost, 7);
	assert_int_equal(fixture.summary.bytes_not_selected, (SMALL_PROCESSES - 1) * SMALL_PAGE);
	assert_string_equal(fixture.summary.filters, "pid=2;");
	assert_true(fixture.summary.narrowed);
	release(&fixture);
}

static const struct {
	const char *name, *filters;
	uint32_t kinds;
	struct memory_filter memory;
	uint64_t scanned, lost, not_selected, targets[TARGET_KINDS];
	bool narrowed;
} narrowings[] = {
	{ "no filter", "", 0, { 0 }, 8 * SMALL_PAGE + 100, 30, 0, { 8, 1, 1 }, false },
	{ "a filter that leaves nothing out",
	  "protection=w;",
	  0x3f,
	  { .protection = PROTECTION_WRITE },
	  8 * SMALL_PAGE + 100,
	  30,
	  0,
	  { 8, 1, 1 },
	  false },
	{ "a kind that holds nothing is left out",
	  "target=process;target=file;",
	  1 << TARGET_PROCESS | 1 << TARGET_FILE,
	  { 0 },
	  8 * SMALL_PAGE + 100,
	  30,
	  0,
	  { 8, 1, 0 },
	  true },
	{ "files only",
	  "target=file;",
	  1 << TARGET_FILE,
	  { 0 },
	  100,
	  30,
	  8 * SMALL_PAGE,
	  { 0, 1, 0 },
	  true },
	{ "half a page",
	  "address=0x200000-0x2007ff;",
	  0,
	  { .has_range = true, .first = 0x200000, .last = 0x2007ff },
	  SMALL_PAGE / 2,
	  0,
	  7 * SMALL_PAGE + SMALL_PAGE / 2 + 130,
	  { 1, 0, 0 },
	  true },
	{ "no memory of that kind",
	  "vma=stack;",
	  0,
	  { .vma_kinds = 1 << VMA_STACK },
	  0,
	  0,
	  8 * SMALL_PAGE + 130,
	  { 0, 0, 0 },
	  true },
};

/* Beside the processes there are a file, of which a part is lost, and a pipe that is empty. */
static void described_is_scanned_lost_and_not_selected(void **state)
{
	static const struct piece pieces[] = { { .length = 100 },
					       { .start = 100, .length = 20, .kind = PIECE_ZERO },
					       { .start = 120, .length = 30, .kind = PIECE_LOST } };
	static struct captured items[] = {
		{ .kind = TARGET_FILE, .path = "/f", .content = { 150, pieces, 3 } },
		{ .kind = TARGET_PIPE, .object = "1" },
	};
	const struct captured_list captured = { .items = items, .count = 2 };

	(void)state;
	for (size_t i = 0; i < COUNT(narrowings); i++) {
		struct fixture fixture;
		struct target_list *targets;
		struct scan_options *options = &fixture.scan.options;
		const char *filters = narrowings[i].filters;

		print_message("%s\n", narrowings[i].name);
		make(&fixture);
		options->target_kinds = narrowings[i].kinds;
		options->memory_filter = narrowings[i].memory;
		target_list_free(fixture.scan.targets);
		assert_int_equal(target_list_new(&targets, &fixture.scan.checkpoint, &captured,
						 options, NULL),
				 0);
		fixture.scan.targets = targets;
		fixture.facts.targets = targets;
		for (size_t j = 0; j < targets->count; j++)
			targets->targets[j].state = TARGET_JUDGED;
		settle(&fixture);
		assert_int_equal(fixture.summary.bytes_scanned, narrowings[i].scanned);
		assert_int_equal(fixture.summary.bytes_lost, narrowings[i].lost);
		assert_int_equal(fixture.summary.bytes_not_selected, narrowings[i].not_selected);
		assert_memory_equal(fixture.summary.targets, narrowings[i].targets,
				    sizeof(narrowings[i].targets));
		assert_int_equal(fixture.summary.narrowed, narrowings[i].narrowed);
		assert_non_null(strstr(fixture.summary.filters, filters));
		release(&fixture);
	}
}

static void hostile_sums_do_not_wrap(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	fixture.scan.targets->left_out.dumped = UINT64_MAX - 5;
	fixture.scan.targets->left_out.lost = 100;
	fixture.facts.unplaced_bytes = UINT64_MAX;
	settle(&fixture);
	assert_true(fixture.summary.bytes_not_selected == UINT64_MAX);
	assert_true(fixture.summary.bytes_lost == UINT64_MAX);
	release(&fixture);
}

/* Files of the processes: each maps 32 of them, of which some are the same. */
struct mapped {
	struct vma vmas[SMALL_PROCESSES][32];
	char paths[SMALL_PROCESSES * 32][16];
};

static void map_files(struct fixture *fixture, struct mapped *mapped)
{
	for (size_t i = 0; i < SMALL_PROCESSES; i++) {
		for (size_t j = 0; j < 32; j++) {
			size_t number = (i * 16 + j) % 48; /* most in several processes */
			char *path = mapped->paths[i * 32 + j];

			snprintf(path, sizeof(mapped->paths[0]), "/lib/%02zu", number);
			mapped->vmas[i][j] = (struct vma){
				.start = (j + 16) << 20,
				.end = ((j + 16) << 20) + (number + 1) * SMALL_PAGE,
				.kind = VMA_FILE,
				.backing = BACKING_FILE,
				.path = path,
			};
		}
		fixture->scan.processes[i].vmas = mapped->vmas[i];
		fixture->scan.processes[i].vma_count = 32;
		fixture->scan.processes[i].run_count = 0;
	}
}

static uint64_t not_dumped_of(size_t number)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < SMALL_PROCESSES; i++)
		for (size_t j = 0; j < 32; j++)
			if ((i * 16 + j) % 48 == number)
				bytes += (number + 1) * SMALL_PAGE;
	return bytes;
}

static void the_largest_files_are_listed_once_each(void **state)
{
	static struct mapped mapped;
	struct fixture fixture;
	struct target_list *targets;
	uint64_t all = 0, listed = 0;

	(void)state;
	make(&fixture);
	map_files(&fixture, &mapped);
	target_list_free(fixture.scan.targets);
	assert_int_equal(target_list_new(&targets, &fixture.scan.checkpoint, NULL,
					 &fixture.scan.options, NULL),
			 0);
	fixture.scan.targets = targets;
	fixture.facts.targets = targets;
	settle(&fixture);
	assert_int_equal(fixture.summary.files_not_dumped_count, 20);
	for (size_t i = 0; i < 20; i++) {
		const struct file_not_dumped *file = &fixture.summary.files_not_dumped[i];
		size_t number;

		assert_int_equal(sscanf(file->path, "/lib/%zu", &number), 1);
		assert_int_equal(file->bytes, not_dumped_of(number));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(file->path,
						fixture.summary.files_not_dumped[j].path);
		if (i)
			assert_true(file->bytes <= file[-1].bytes);
		if (i && file->bytes == file[-1].bytes)
			assert_true(strcmp(file[-1].path, file->path) < 0);
		listed += file->bytes;
	}
	for (size_t number = 0; number < 48; number++) {
		size_t larger = 0;

		all += not_dumped_of(number);
		for (size_t other = 0; other < 48; other++)
			larger += not_dumped_of(other) > not_dumped_of(number);
		if (larger >= 20)
			assert_true(not_dumped_of(number) <=
				    fixture.summary.files_not_dumped[19].bytes);
	}
	assert_int_equal(fixture.summary.bytes_not_dumped, all);
	assert_true(listed < all);
	assert_true(fixture.summary.complete);
	assert_false(fixture.summary.whole);
	release(&fixture);
}

static void add_warning(struct fixture *fixture, enum warning_code code, uint32_t pid)
{
	const struct warning warning = { .code = code, .has_memory = true, .pid = pid };

	assert_int_equal(warning_list_add(fixture->scan.warnings, &warning, "odd"), 0);
}

static void a_code_is_listed_once_and_in_order(void **state)
{
	static const enum warning_code expected[] = { WARNING_CORRUPT, WARNING_LIMIT,
						      WARNING_NO_SPACE };
	struct fixture fixture;

	(void)state;
	make(&fixture);
	for (uint32_t pid = 0; pid < 300; pid++) {
		add_warning(&fixture, WARNING_NO_SPACE, pid);
		add_warning(&fixture, WARNING_LIMIT, pid);
		add_warning(&fixture, WARNING_DUPLICATE_MEMBER, pid);
	}
	add_warning(&fixture, WARNING_CORRUPT, 7);
	settle(&fixture);
	assert_int_equal(fixture.summary.incomplete_count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(fixture.summary.incomplete[i], expected[i]);
	assert_false(fixture.summary.complete);
	assert_false(fixture.summary.whole);
	release(&fixture);
}

static void notes_leave_a_scan_complete(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	add_warning(&fixture, WARNING_DUPLICATE_MEMBER, 1);
	add_warning(&fixture, WARNING_TOO_MANY_MATCHES, 1);
	settle(&fixture);
	assert_int_equal(fixture.summary.incomplete_count, 0);
	assert_true(fixture.summary.complete && fixture.summary.whole);
	release(&fixture);
}

static void the_rest_is_passed_on(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	settle(&fixture);
	assert_ptr_equal(fixture.summary.checkpoint, &fixture.outline);
	assert_int_equal(fixture.summary.hits, 5);
	assert_int_equal(fixture.summary.warnings, 2);
	assert_int_equal(fixture.summary.threads, 3);
	assert_true(fixture.summary.seconds == 1.5);
	assert_int_equal(fixture.summary.rule_count, 2);
	assert_int_equal(fixture.summary.string_count, 3);
	assert_memory_equal(fixture.summary.rules_digest, ruleset_digest(fixture.scan.ruleset), 32);
	assert_false(fixture.summary.narrowed);
	assert_string_equal(fixture.summary.filters, "");
	release(&fixture);
}

static void without_targets_there_are_no_bytes(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	fixture.facts.targets = NULL;
	add_warning(&fixture, WARNING_NOT_A_CHECKPOINT, 0);
	settle(&fixture);
	assert_int_equal(fixture.summary.targets[TARGET_PROCESS], 0);
	assert_int_equal(fixture.summary.bytes_scanned + fixture.summary.bytes_lost, 0);
	assert_false(fixture.summary.complete);
	release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_scanned_or_lost),
		cmocka_unit_test(what_filters_leave_out_is_not_selected),
		cmocka_unit_test(described_is_scanned_lost_and_not_selected),
		cmocka_unit_test(hostile_sums_do_not_wrap),
		cmocka_unit_test(the_largest_files_are_listed_once_each),
		cmocka_unit_test(a_code_is_listed_once_and_in_order),
		cmocka_unit_test(notes_leave_a_scan_complete),
		cmocka_unit_test(the_rest_is_passed_on),
		cmocka_unit_test(without_targets_there_are_no_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
