#ifndef CKPT_RULES_PARSE_REGEX_PARSER_H
#define CKPT_RULES_PARSE_REGEX_PARSER_H

#include "rules/parse/regex_builder.h"
#include "rules/parse/tree.h"

/*
 * YARA's regexes:
 *
 *	alternation	sequence { "|" [sequence] }
 *	sequence	item { item }
 *	item		^ | $ | \b | \B | atom [repeat ["?"]]
 *	atom		"(" alternation ")" | "." | class | escape | any other byte
 *	repeat		* | + | ? | {n} | {n,} | {,m} | {n,m}
 *
 * A "{" that begins no repeat is an ordinary byte, and so is what follows it. NULL: @problem says why.
 */
struct regex_literal *regex_literal_parse(struct arena *arena, struct bytes source, bool nocase,
					  bool dot_all, struct literal_problem *problem);

#endif
