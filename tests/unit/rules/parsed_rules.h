#ifndef CKPT_TESTS_RULES_PARSED_RULES_H
#define CKPT_TESTS_RULES_PARSED_RULES_H

#include "engine/base/text.h"
#include "rules/parse/parser.h"

/* A text that was parsed, with all that came of it. */
struct parsed_rules {
	struct arena *arena;
	struct rules_tree tree;
	struct diagnostics *notes;
	int result;
};

/* Fails the test without memory. @name: as rules_parse() takes it; includes are allowed. */
void parsed_rules_init(struct parsed_rules *parsed, const char *name, struct bytes text);
void parsed_rules_release(struct parsed_rules *parsed);

/* All errors as "LINE:COLUMN MESSAGE", a line feed between them. */
void parsed_rules_errors(struct parsed_rules *parsed, struct text *out);

#endif
