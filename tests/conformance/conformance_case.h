#ifndef CKPT_TESTS_CONFORMANCE_CONFORMANCE_CASE_H
#define CKPT_TESTS_CONFORMANCE_CONFORMANCE_CASE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "rules/ruleset.h"

#define CASE_EXTERNALS 8

/* One line of a file of cases: a rule, what is scanned with it, and what must come of it. */
struct conformance_case {
	json_t *object; /* owned; everything below is lent from it or owned as said */
	const char *id, *test;
	uint8_t *rule, *input; /* malloc'd */
	size_t rule_length, input_length;
	struct external externals[CASE_EXTERNALS];
	size_t external_count;
	bool only_compiles; /* imports a module whose values are not known */
	bool undeclared; /* imports a module that only YARA's own tests have: nothing can be done */
	bool must_fail; /* to compile */
	const json_t *golden; /* what YARA reported; NULL: only `expected` is known */
	const json_t *expected;
	bool all_passes; /* the answer must be the same in shards of any size */
};

/* False, and a reason, where the line is no case. Release also after a failure. */
bool conformance_case_parse(struct conformance_case *out, const char *line, const char **reason);
void conformance_case_release(struct conformance_case *test);

/* malloc'd; NULL: no base64, or no memory. */
uint8_t *base64_decode(const char *text, size_t *length);

#endif
