/*
 * Runs cases of YARA's and YARA-X's test suites: conformance FILE.jsonl. A line for each case that fails, by line
 * number and name, and at last how many passed, failed and were skipped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/answer.h"
#include "tests/conformance/conformance_case.h"
#include "tests/support/reload.h"
#include "tests/support/rules_scan.h"
#include "tests/support/tests_module.h"

#define EXIT_SKIPPED 77

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED };

struct totals {
	size_t passed, failed, skipped;
};

static struct compile_options options_of(const struct conformance_case *test)
{
	static const struct module *const modules[] = { &tests_module, NULL };

	return (struct compile_options){
		.externals = test->externals,
		.external_count = test->external_count,
		.modules = modules,
	};
}

static struct compiled_rules *compile(const struct conformance_case *test,
				      struct diagnostics *notes, struct error *err)
{
	const struct compile_options options = options_of(test);
	const struct rule_text text = { "RULES", "default", { test->rule, test->rule_length } };
	struct compiled_rules *compiled = NULL;
	struct ruleset *rules;

	if (ruleset_compile(&rules, &text, 1, &options, notes, err) == 0)
		compiled_rules_new(&compiled, rules, NEED_ALL, notes, err);
	return compiled;
}

static void say_errors(struct text *reason, struct diagnostics *notes, const struct error *err)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	text_add_format(reason, " refused: %s;", err->message);
	for (size_t i = 0; i < count; i++) {
		if (list[i].severity == SEVERITY_ERROR)
			text_add_format(reason, " %s;", list[i].message);
	}
}

static bool scan_is_right(const struct conformance_case *test, struct workers *workers,
			  const struct compiled_rules *compiled, size_t shard_bytes,
			  struct text *reason)
{
	const struct scan_block block = { 0, test->input, test->input_length };
	const struct scan_target target = { &block, 1, false, shard_bytes };
	struct rules_scan scan;
	struct error err;
	bool right;

	if (rules_scan_run(&scan, workers, compiled, &target, &err)) {
		text_add_format(reason, " %s;", err.message);
		return false;
	}
	right = answer_is_right(test, compiled_rules_ruleset(compiled), &scan, reason);
	if (!right && shard_bytes)
		text_add_format(reason, " in shards of %zu bytes;", shard_bytes);
	rules_scan_release(&scan);
	return right;
}

static bool scans_are_right(const struct conformance_case *test, struct workers *workers,
			    const struct compiled_rules *compiled, struct text *reason)
{
	static const size_t shards[] = { 0, 1024, 64 };
	size_t passes = test->all_passes ? sizeof(shards) / sizeof(*shards) : 1;

	for (size_t i = 0; i < passes; i++) {
		if (!scan_is_right(test, workers, compiled, shards[i], reason))
			return false;
	}
	return true;
}

/* Rules that were kept in a file give the same answer. */
static bool reloaded_are_right(const struct conformance_case *test, struct workers *workers,
			       struct compiled_rules **compiled, struct diagnostics *notes,
			       struct text *reason)
{
	const struct compile_options options = options_of(test);
	struct error err;

	if (reload_rules(compiled, &options, NEED_ALL, notes, &err)) {
		text_add_format(reason, " cannot be saved and loaded: %s;", err.message);
		return false;
	}
	if (test->only_compiles || scan_is_right(test, workers, *compiled, 0, reason))
		return true;
	text_add(reason, " after they were saved and loaded;");
	return false;
}

static enum outcome judge_compiled(const struct conformance_case *test, struct workers *workers,
				   struct compiled_rules **compiled, struct diagnostics *notes,
				   const struct error *err, struct text *reason)
{
	if (test->must_fail) {
		if (!*compiled)
			return OUTCOME_PASSED;
		text_add(reason, " compiles, where YARA refuses it;");
		return OUTCOME_FAILED;
	}
	if (!*compiled) {
		say_errors(reason, notes, err);
		return OUTCOME_FAILED;
	}
	if (!test->only_compiles && !scans_are_right(test, workers, *compiled, reason))
		return OUTCOME_FAILED;
	if (!reloaded_are_right(test, workers, compiled, notes, reason))
		return OUTCOME_FAILED;
	return test->only_compiles ? OUTCOME_SKIPPED : OUTCOME_PASSED;
}

static enum outcome run_case(const struct conformance_case *test, struct workers *workers,
			     struct text *reason)
{
	struct compiled_rules *compiled;
	struct diagnostics *notes;
	struct error err = { 0 };
	enum outcome outcome;

	if (test->undeclared)
		return OUTCOME_SKIPPED;
	if (diagnostics_new(&notes, &err)) {
		text_add_format(reason, " %s;", err.message);
		return OUTCOME_FAILED;
	}
	compiled = compile(test, notes, &err);
	outcome = judge_compiled(test, workers, &compiled, notes, &err, reason);
	compiled_rules_release(compiled);
	diagnostics_free(notes);
	return outcome;
}

static void count_outcome(struct totals *totals, enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_PASSED:
		totals->passed++;
		break;
	case OUTCOME_FAILED:
		totals->failed++;
		break;
	case OUTCOME_SKIPPED:
		totals->skipped++;
		break;
	}
}

static void run_line(struct totals *totals, struct workers *workers, const char *line,
		     size_t number)
{
	struct conformance_case test;
	struct text reason = { 0 };
	const char *problem;
	enum outcome outcome = OUTCOME_FAILED;

	if (conformance_case_parse(&test, line, &problem))
		outcome = run_case(&test, workers, &reason);
	else
		text_add_format(&reason, " %s;", problem);
	if (outcome == OUTCOME_FAILED)
		printf("line %zu: %s %s:%s\n", number, test.id ? test.id : "?",
		       test.test ? test.test : "?", reason.data ? reason.data : "");
	count_outcome(totals, outcome);
	text_release(&reason);
	conformance_case_release(&test);
}

static void run_lines(struct totals *totals, struct workers *workers, FILE *file)
{
	char *line = NULL;
	size_t capacity = 0;

	for (size_t number = 1; getline(&line, &capacity, file) > 0; number++) {
		if (strspn(line, " \t\r\n") != strlen(line))
			run_line(totals, workers, line, number);
	}
	free(line);
}

static int run_file(FILE *file)
{
	struct totals totals = { 0 };
	struct workers *workers;
	struct error err;

	if (workers_new(&workers, 2, &err)) {
		fprintf(stderr, "conformance: %s\n", err.message);
		return EXIT_FAILURE;
	}
	run_lines(&totals, workers, file);
	workers_free(workers);
	printf("%zu passed, %zu failed, %zu skipped\n", totals.passed, totals.failed,
	       totals.skipped);
	return totals.failed || ferror(file) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	int status;

	if (argc != 2) {
		fprintf(stderr, "usage: conformance FILE.jsonl\n");
		return EXIT_FAILURE;
	}
	if (!file) {
		fprintf(stderr, "conformance: %s: cannot be opened\n", argv[1]);
		return getenv("CI") ? EXIT_FAILURE : EXIT_SKIPPED;
	}
	status = run_file(file);
	fclose(file);
	return status;
}
