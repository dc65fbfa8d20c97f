#ifndef CKPT_RULES_PATTERNS_YARA_CODE_H
#define CKPT_RULES_PATTERNS_YARA_CODE_H

#include "engine/regex.h"

/* What YARA compiles has limits of its own; a rule that it refuses for them is refused here. */
enum yara_verdict { YARA_TAKES, YARA_TOO_COMPLEX, YARA_TOO_LARGE };

/* Of a whole regex or hex string, or of one part of a chain; @tree as the parsers make it. */
enum yara_verdict yara_code_judge(const struct regex_node *tree);

#endif
