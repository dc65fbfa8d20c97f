#ifndef CKPT_RULES_CHECK_NOT_EVALUATED_H
#define CKPT_RULES_CHECK_NOT_EVALUATED_H

#include "rules/check/checked_rules.h"

/*
 * The names of modules without values that conditions of rules marked as such look at, in order; each once. An
 * array in the rules' arena; NULL: no memory.
 */
const char *const *modules_not_evaluated(const struct checked_rules *rules, size_t *count);

#endif
