#ifndef CKPT_TESTS_ORACLE_SLOW_SCAN_H
#define CKPT_TESTS_ORACLE_SLOW_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/pattern.h"
#include "engine/regex.h"

/*
 * The reference that the engine is compared with: tries every start, one after another, with a backtracking
 * matcher that walks the tree itself. Slow and plain, and shares no code with what it judges.
 */
struct slow_match {
	size_t start, length;
	uint8_t xor_key;
};

struct slow_result {
	struct slow_match *matches; /* by start, one each; free() it */
	size_t count;
	bool gave_up; /* too many steps: says nothing */
};

/*
 * @dumped: one for each byte; a match, or one of a chain's part, that touches none of them is made of never-written
 * zeros and is none.
 */
void slow_scan(const struct pattern *pattern, const struct regex_text *text, const bool *dumped,
	       struct slow_result *out);

#endif
