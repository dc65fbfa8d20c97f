#ifndef TESTS_UNIT_RULES_DECLARED_RULES_H
#define TESTS_UNIT_RULES_DECLARED_RULES_H

/*
 * What a module declares, seen from the rules: each entry of a list, ended by NULL, stands in the condition of a
 * rule of its own that imports @module. All entries are tried before a test fails.
 */

/* Integers, and nothing else. */
void assert_integers(const char *module, const char *const *expressions);
/* Texts, and nothing else. */
void assert_texts(const char *module, const char *const *expressions);
/* Conditions that compile. */
void assert_conditions(const char *module, const char *const *conditions);
/* Conditions that are true for a target without a byte. */
void assert_true_everywhere(const char *module, const char *const *conditions);
/* Conditions that are errors. */
struct refused_condition {
	const char *condition;
	const char *code, *message; /* of the first error */
};
void assert_refused(const char *module, const struct refused_condition *refused);
/* A rule that uses the module compiles, is counted, and false. */
void assert_not_evaluated(const char *module, const char *condition);

#endif
