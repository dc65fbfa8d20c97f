#include "declared_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"

#define RULE_BYTES 512

static void write_rule(char text[RULE_BYTES], const char *module, const char *condition)
{
	int length = snprintf(text, RULE_BYTES, "import \"%s\" rule r { condition: %s }", module,
			      condition);

	assert_in_range(length, 0, RULE_BYTES - 1);
}

static const struct diagnostic *first_error(struct diagnostics *notes)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count; i++) {
		if (list[i].severity == SEVERITY_ERROR)
			return &list[i];
	}
	return NULL;
}

/* Whether a rule with this condition compiles; says what is wrong where that is not what was expected. */
static bool compiles(const char *module, const char *condition, bool expected)
{
	char text[RULE_BYTES];
	struct diagnostics *notes;
	struct ruleset *rules;

	write_rule(text, module, condition);
	rules = compile_text(text, NULL, &notes);
	if (!rules && expected)
		print_error("%s: %s\n", condition, first_error(notes)->message);
	else if (rules && !expected)
		print_error("%s: compiles\n", condition);
	bool compiled = rules;

	ruleset_free(rules);
	diagnostics_free(notes);
	return compiled;
}

struct form {
	const char *format; /* of a condition with the expression in it */
	bool compiles;
};

static size_t count_failures(const char *module, const char *const *expressions,
			     const struct form forms[2])
{
	size_t failures = 0;

	for (; *expressions; expressions++) {
		for (size_t i = 0; i < 2; i++) {
			char condition[RULE_BYTES / 2];

			snprintf(condition, sizeof(condition), forms[i].format, *expressions);
			failures +=
				compiles(module, condition, forms[i].compiles) != forms[i].compiles;
		}
	}
	return failures;
}

void assert_integers(const char *module, const char *const *expressions)
{
	/* Of all types only integers have a remainder. */
	static const struct form forms[] = { { "%s %% 3 == 1", true },
					     { "%s contains \"x\"", false } };

	assert_int_equal(count_failures(module, expressions, forms), 0);
}

void assert_texts(const char *module, const char *const *expressions)
{
	static const struct form forms[] = { { "%s contains \"x\"", true },
					     { "%s %% 3 == 1", false } };

	assert_int_equal(count_failures(module, expressions, forms), 0);
}

void assert_conditions(const char *module, const char *const *conditions)
{
	size_t failures = 0;

	for (; *conditions; conditions++)
		failures += !compiles(module, *conditions, true);
	assert_int_equal(failures, 0);
}

static enum verdict judge_condition(const char *module, const char *condition)
{
	char text[RULE_BYTES];
	struct judged_target target;

	write_rule(text, module, condition);

	struct ruleset *rules = compile_good(text);

	judged_target_init(&target, rules, NULL, 0);
	enum verdict verdict = judge_rule_at(rules, &target, 0);

	judged_target_release(&target);
	ruleset_free(rules);
	return verdict;
}

void assert_true_everywhere(const char *module, const char *const *conditions)
{
	size_t failures = 0;

	for (; *conditions; conditions++) {
		if (judge_condition(module, *conditions) == VERDICT_TRUE)
			continue;
		print_error("%s: is not true\n", *conditions);
		failures++;
	}
	assert_int_equal(failures, 0);
}

static bool is_refused(const char *module, const struct refused_condition *refused)
{
	char text[RULE_BYTES];
	struct diagnostics *notes;
	struct ruleset *rules;
	bool as_expected = false;

	write_rule(text, module, refused->condition);
	rules = compile_text(text, NULL, &notes);
	if (rules) {
		print_error("%s: compiles\n", refused->condition);
	} else {
		const struct diagnostic *error = first_error(notes);

		as_expected = strcmp(error->code, refused->code) == 0 &&
			      strcmp(error->message, refused->message) == 0;
		if (!as_expected)
			print_error("%s: %s [%s]\n", refused->condition, error->message,
				    error->code);
	}
	ruleset_free(rules);
	diagnostics_free(notes);
	return as_expected;
}

void assert_refused(const char *module, const struct refused_condition *refused)
{
	size_t failures = 0;

	for (; refused->condition; refused++)
		failures += !is_refused(module, refused);
	assert_int_equal(failures, 0);
}

void assert_not_evaluated(const char *module, const char *condition)
{
	char text[RULE_BYTES];
	const char *const *modules;
	size_t count;
	struct ruleset *rules;

	write_rule(text, module, condition);
	rules = compile_good(text);
	assert_int_equal(ruleset_not_evaluated(rules, &modules, &count), 1);
	assert_int_equal(count, 1);
	assert_string_equal(modules[0], module);
	ruleset_free(rules);
	assert_int_equal(judge_condition(module, condition), VERDICT_FALSE);
}
