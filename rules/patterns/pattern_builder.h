#ifndef CKPT_RULES_PATTERNS_PATTERN_BUILDER_H
#define CKPT_RULES_PATTERNS_PATTERN_BUILDER_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/pattern.h"
#include "rules/parse/tree.h"

/*
 * Makes the one pattern of a string whose modifiers were found legal, a chain where it has long gaps. What it points
 * to lies in @arena and in the definition. ERROR_MEMORY only.
 */
int pattern_build(struct pattern *out, struct arena *arena, const struct rule_definition *rule,
		  const struct string_definition *string, struct error *err);

#endif
