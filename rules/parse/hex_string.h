#ifndef CKPT_RULES_PARSE_HEX_STRING_H
#define CKPT_RULES_PARSE_HEX_STRING_H

#include "engine/base/bytes.h"
#include "engine/pattern.h"
#include "rules/parse/regex_builder.h"

/* YARA's YR_STRING_CHAINING_THRESHOLD: a longer jump parts a hex string, and may not stand in an alternation. */
#define HEX_JUMP_LIMIT 200u

/* The parts of a hex string and the jumps between them; gaps[i] lies between parts i and i + 1. */
struct hex_string {
	const struct regex_node **parts;
	struct pattern_gap *gaps;
	size_t part_count;
};

/*
 * What stands between the braces, comments included:
 *
 *	string		token { {jump} token }
 *	token		XX | X? | ?X | ?? | ~XX | ~X? | ~?X | "(" string { "|" string } ")"
 *	jump		[n] | [n-m] | [n-] | [-]
 *
 * Jumps that follow one another are one. Short ones are lazy repeats of any byte within a part, longer ones
 * begin a new part. False: @problem says why.
 */
bool hex_string_parse(struct hex_string *out, struct arena *arena, struct bytes source,
		      struct literal_problem *problem);

/* The same string without spaces and comments, in lower case: equal for all ways to lay it out. False: no memory. */
bool hex_string_normalize(struct bytes *out, struct arena *arena, struct bytes source);

#endif
