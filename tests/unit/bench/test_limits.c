#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/limits.h"

#define MOST_ROWS 6

static const struct {
	const char *name;
	struct bench_row rows[MOST_ROWS];
	size_t threads;
	bool cold, inflates;
	const char *limit; /* NULL: none */
} cases[] = {
	{ .name = "what takes longest limits",
	  .rows = { { "reading", 1, false, 9, 1 }, { "candidates", 1, false, 9, 2 } },
	  .threads = 1,
	  .limit = "candidates" },
	{ .name = "the scan itself is no part of it",
	  .rows = { { "reading", 1, false, 9, 1 }, { "scan", 1, false, 9, 2 } },
	  .threads = 1,
	  .limit = "reading" },
	{ .name = "rows of fewer threads do not count",
	  .rows = { { "reading", 1, false, 9, 8 },
		    { "reading", 4, false, 9, 2 },
		    { "candidates", 4, false, 9, 3 } },
	  .threads = 4,
	  .limit = "candidates" },
	{ .name = "mapping is one thread's work beside many",
	  .rows = { { "mapping", 1, false, 9, 8 }, { "candidates", 4, false, 9, 3 } },
	  .threads = 4,
	  .limit = "mapping" },
	{ .name = "inflating counts where the scan inflates",
	  .rows = { { "inflating_zstd", 1, false, 9, 8 }, { "candidates", 4, false, 9, 3 } },
	  .threads = 4,
	  .inflates = true,
	  .limit = "inflating_zstd" },
	{ .name = "inflating does not count elsewhere",
	  .rows = { { "inflating_zstd", 1, false, 9, 8 }, { "candidates", 4, false, 9, 3 } },
	  .threads = 4,
	  .limit = "candidates" },
	{ .name = "a cold disk is slower than the same stage warm",
	  .rows = { { "reading", 1, true, 9, 4 },
		    { "reading", 1, false, 9, 1 },
		    { "candidates", 1, false, 9, 3 } },
	  .threads = 1,
	  .cold = true,
	  .limit = "reading" },
	{ .name = "what was not measured cold is the same there",
	  .rows = { { "reading", 1, true, 9, 2 },
		    { "reading", 1, false, 9, 5 },
		    { "candidates", 1, false, 9, 3 } },
	  .threads = 1,
	  .cold = true,
	  .limit = "candidates" },
	{ .name = "a cold row is none of a warm scan",
	  .rows = { { "reading", 1, true, 9, 4 }, { "candidates", 1, false, 9, 3 } },
	  .threads = 1,
	  .limit = "candidates" },
	{ .name = "without a cold row nothing limits a cold scan",
	  .rows = { { "candidates", 1, false, 9, 3 } },
	  .threads = 1,
	  .cold = true },
	{ .name = "without a row nothing limits", .threads = 1 },
};

static void the_slowest_stage_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bench_row *limit;
		size_t count = 0;

		while (count < MOST_ROWS && cases[i].rows[count].stage[0])
			count++;
		limit = bench_limit(cases[i].rows, count, cases[i].threads, cases[i].cold,
				    cases[i].inflates);
		if (!limit != !cases[i].limit ||
		    (limit && strcmp(limit->stage, cases[i].limit) != 0))
			fail_msg("%s: %s", cases[i].name, limit ? limit->stage : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_slowest_stage_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
