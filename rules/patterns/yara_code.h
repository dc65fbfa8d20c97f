#ifndef CKPT_RULES_PATTERNS_YARA_CODE_H
#define CKPT_RULES_PATTERNS_YARA_CODE_H

#include "engine/regex.h"

/*
 * What YARA compiles has limits of its own; a rule that it refuses for them is refused here. In its words, a constant;
 * NULL: it takes it. @tree: a whole regex or hex string, or one part of a chain, as the parsers make it.
 */
const char *yara_code_problem(const struct regex_node *tree);

#endif
