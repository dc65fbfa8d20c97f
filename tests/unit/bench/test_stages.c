#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/made_files.h"
#include "bench/made_patterns.h"
#include "bench/stages.h"
#include "scanners/silent_sink.h"

/* What is measured of a small made checkpoint, not how fast that is. */

static struct made_files *files;
static struct compiled_rules *rules;

static int make_world(void **state)
{
	(void)state;
	if (made_files_new(&files, NULL, 7, (uint64_t)2 << 20, NULL, NULL))
		return -1;
	return made_patterns_compile(&rules, 3, NULL);
}

static int free_world(void **state)
{
	(void)state;
	compiled_rules_release(rules);
	made_files_free(files);
	return 0;
}

struct told {
	char rows[2048]; /* of warm rows "stage*threads ", in order */
	size_t cold_rows, begun;
	bool no_cold;
	bool wrong; /* a row without bytes or time, or before the beginning */
	_Atomic int stop;
	size_t stop_after; /* so many warm rows; 0: never */
	size_t warm_rows;
	char form[16];
};

static int take_begin(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	struct told *told = context;

	(void)err;
	told->begun++;
	snprintf(told->form, sizeof(told->form), "%s", outline->form);
	return 0;
}

static int take_row(void *context, const struct bench_row *row, struct error *err)
{
	struct told *told = context;
	size_t length = strlen(told->rows);

	(void)err;
	told->wrong |= !told->begun || row->seconds <= 0 || row->bytes < (2u << 20);
	if (row->cold) {
		told->cold_rows++;
		return 0;
	}
	snprintf(told->rows + length, sizeof(told->rows) - length, "%s*%zu ", row->stage,
		 row->threads);
	if (++told->warm_rows == told->stop_after)
		atomic_store(&told->stop, 15);
	return 0;
}

static void take_note(void *context, enum bench_note note)
{
	((struct told *)context)->no_cold |= note == BENCH_NOT_EMPTIED;
}

static int measure(struct told *told, const char *path, size_t threads, bool with_archives,
		   struct scan_result *result, struct error *err)
{
	const char *const archives[] = { made_files_path(files, MADE_ZSTD),
					 made_files_path(files, MADE_GZIP) };
	const struct bench_plan plan = {
		.path = path,
		.archives = archives,
		.archive_count = with_archives ? 2 : 0,
		.rules = rules,
		.options = { .memory = { .memory_bytes = 64 << 20 }, .stop = &told->stop },
		.threads = threads,
		.seconds = 0.001,
	};
	const struct bench_sink sink = { told, take_begin, take_row, take_note };

	return bench_measure(&plan, &silent_sink, &sink, result, err);
}

static const struct {
	const char *name;
	int which;
	size_t threads;
	bool with_archives;
	const char *rows; /* warm */
	size_t cold_rows; /* where the page cache can be emptied */
} cases[] = {
	{ .name = "an archive in place, and others beside it",
	  .which = MADE_TAR,
	  .threads = 1,
	  .with_archives = true,
	  .rows = "reading*1 inflating_zstd*1 inflating_gzip*1 mapping*1 candidates*1 "
		  "confirm*1 conditions*1 scan*1 ",
	  .cold_rows = 5 },
	{ .name = "threads are doubled up to the most",
	  .which = MADE_TAR,
	  .threads = 3,
	  .rows = "reading*1 reading*2 reading*3 mapping*1 candidates*1 candidates*2 "
		  "candidates*3 confirm*1 confirm*2 confirm*3 conditions*1 conditions*2 "
		  "conditions*3 scan*1 scan*2 scan*3 ",
	  .cold_rows = 7 },
	{ .name = "an archive that is inflated has nothing in place",
	  .which = MADE_GZIP,
	  .threads = 2,
	  .rows = "inflating_gzip*1 mapping*1 candidates*1 candidates*2 confirm*1 confirm*2 "
		  "conditions*1 conditions*2 scan*1 scan*2 ",
	  .cold_rows = 3 },
};

static void each_stage_is_a_row_for_each_count_of_threads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct told told = { .rows = "" };
		struct scan_result result;
		struct error err;

		if (measure(&told, made_files_path(files, cases[i].which), cases[i].threads,
			    cases[i].with_archives, &result, &err))
			fail_msg("%s: %s", cases[i].name, err.message);
		if (strcmp(told.rows, cases[i].rows) != 0)
			fail_msg("%s: %s", cases[i].name, told.rows);
		assert_int_equal(told.cold_rows, told.no_cold ? 0 : cases[i].cold_rows);
		assert_int_equal(told.begun, 1);
		assert_string_equal(told.form, "tar");
		assert_false(told.wrong);
		assert_true(result.complete);
		assert_int_equal(result.checkpoints, 1);
	}
}

static void what_is_no_checkpoint_is_not_measured(void **state)
{
	struct told told = { .rows = "" };
	struct scan_result result;

	(void)state;
	assert_int_equal(measure(&told, "/nowhere/at/all", 1, false, &result, NULL), 0);
	assert_false(result.complete);
	assert_int_equal(told.begun, 0);
	assert_string_equal(told.rows, "");
}

static void rows_before_it_was_told_to_stop_stand(void **state)
{
	struct told told = { .rows = "", .stop_after = 2 };
	struct scan_result result;
	struct error err;

	(void)state;
	assert_int_equal(measure(&told, made_files_path(files, MADE_TAR), 1, false, &result, &err),
			 ERROR_INTERRUPTED);
	assert_string_equal(told.rows, "reading*1 mapping*1 ");
	assert_string_equal(err.message, "stopped before all was measured");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stage_is_a_row_for_each_count_of_threads),
		cmocka_unit_test(what_is_no_checkpoint_is_not_measured),
		cmocka_unit_test(rows_before_it_was_told_to_stop_stand),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
