#ifndef CKPT_RULES_PARSE_CHARACTER_CLASS_H
#define CKPT_RULES_PARSE_CHARACTER_CLASS_H

#include "engine/base/bytes.h"
#include "rules/parse/regex_builder.h"

/* What regexes name with a backslash, and their classes in brackets. False: @problem says why. */

/* Adds what \w \W \s \S \d \D stands for; false: @letter is none of these. */
bool character_class_add_named(int letter, uint64_t set[BYTE_SET_WORDS]);

/* The byte that the backslash at *@position and what follows stand for; moves behind it. */
bool escape_parse(struct bytes source, size_t *position, uint8_t *out,
		  struct literal_problem *problem);

/* The class whose bracket opens at *@position; moves behind it. @set was empty; [^...] is its complement. */
bool character_class_parse(struct bytes source, size_t *position, uint64_t set[BYTE_SET_WORDS],
			   bool *inverted, struct literal_problem *problem);

#endif
