#ifndef CKPT_RULES_COMPILED_LOADED_EXTERNALS_H
#define CKPT_RULES_COMPILED_LOADED_EXTERNALS_H

#include "rules/ruleset_parts.h"

/* A variable that was saved, as it would be given; lent. */
struct external loaded_external(const struct checked_external *external);

/*
 * Gives the variables of loaded rules the values of @options, and makes the digest that goes with them. ERROR_USAGE:
 * a name that the rules do not know, or another type.
 */
int loaded_externals_set(struct ruleset *rules, const struct compile_options *options,
			 struct error *err);

#endif
