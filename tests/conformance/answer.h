#ifndef CKPT_TESTS_CONFORMANCE_ANSWER_H
#define CKPT_TESTS_CONFORMANCE_ANSWER_H

#include "engine/base/text.h"
#include "tests/conformance/conformance_case.h"
#include "tests/support/rules_scan.h"

/*
 * Compares one scan with what the case says must come of it: the rules that are true, and every match of their
 * strings that are not private: offset, length, xor key. Adds to @reason what differs.
 */
bool answer_is_right(const struct conformance_case *test, const struct ruleset *rules,
		     const struct rules_scan *scan, struct text *reason);

#endif
