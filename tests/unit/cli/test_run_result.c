#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cli/exit_code.h"
#include "cli/run_result.h"

#define DONE                                                                                       \
	{                                                                                          \
		.complete = true, .is_checkpoint = true, .checkpoints = 1, .summaries = 1          \
	}
#define FOUND                                                                                      \
	{                                                                                          \
		.complete = true, .is_checkpoint = true, .checkpoints = 1, .summaries = 1,         \
		.hits = 2                                                                          \
	}
#define CUT                                                                                        \
	{                                                                                          \
		.is_checkpoint = true, .checkpoints = 1, .summaries = 1,                           \
		.incomplete_summaries = 1, .hits = 1                                               \
	}
#define NO_CHECKPOINT                                                                              \
	{                                                                                          \
		.complete = false, .summaries = 1, .incomplete_summaries = 1                       \
	}
#define UNREADABLE                                                                                 \
	{                                                                                          \
		.is_checkpoint = true, .checkpoints = 1, .summaries = 1,                           \
		.incomplete_summaries = 1, .machine = true                                         \
	}
#define EMPTY                                                                                      \
	{                                                                                          \
		.complete = true, .is_checkpoint = true, .checkpoints = 1, .summaries = 1,         \
		.nothing_selected = true                                                           \
	}

static const struct {
	const char *name;
	struct scan_result results[3];
	size_t count;
	uint64_t not_reached;
	bool exit_match;
	int code;
} cases[] = {
	{ "complete without hits", { DONE }, 1, 0, true, EXIT_COMPLETE },
	{ "complete with hits", { FOUND }, 1, 0, false, EXIT_COMPLETE },
	{ "complete with hits, when asked", { DONE, FOUND }, 2, 0, true, EXIT_HITS },
	{ "incomplete is never a match", { CUT, FOUND }, 2, 0, true, EXIT_INPUT },
	{ "no checkpoint", { NO_CHECKPOINT }, 1, 0, false, EXIT_INPUT },
	{ "the machine before the input", { CUT, UNREADABLE, DONE }, 3, 0, true, EXIT_MACHINE },
	{ "nothing selected in one of two", { EMPTY, DONE }, 2, 0, false, EXIT_COMPLETE },
	{ "nothing selected at all", { EMPTY, EMPTY }, 2, 0, true, EXIT_INPUT },
	{ "stopped in between", { DONE }, 1, 1, false, EXIT_MACHINE },
};

static void makes_the_exit_code_of_all_operands(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_result run = { .not_reached = cases[i].not_reached };
		int code;

		for (size_t j = 0; j < cases[i].count; j++)
			run_result_add(&run, &cases[i].results[j]);
		code = run_result_summary(&run, cases[i].exit_match).exit_code;
		if (code != cases[i].code) {
			print_error("%s: %d\n", cases[i].name, code);
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

static void counts_what_was_scanned(void **state)
{
	static const struct scan_result found = FOUND, cut = CUT, none = NO_CHECKPOINT;
	struct run_result run = { 0 };
	struct run_summary summary;

	(void)state;
	run_result_add(&run, &found);
	run_result_add(&run, &cut);
	run_result_add(&run, &none);
	run_result_add_failure(&run);
	summary = run_result_summary(&run, false);
	assert_int_equal(summary.checkpoints, 2);
	assert_int_equal(summary.complete, 1);
	assert_int_equal(summary.incomplete, 3);
	assert_int_equal(summary.hits, 3);
	assert_int_equal(summary.exit_code, EXIT_MACHINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_exit_code_of_all_operands),
		cmocka_unit_test(counts_what_was_scanned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
