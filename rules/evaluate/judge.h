#ifndef CKPT_RULES_EVALUATE_JUDGE_H
#define CKPT_RULES_EVALUATE_JUDGE_H

#include "rules/check/checked_rules.h"
#include "rules/evaluate/console.h"
#include "rules/ruleset.h"

/*
 * Evaluates every rule of @live (a bit each; the others are false) in order, then applies the global ones: @verdicts
 * (one per rule) is what is to be reported. What rules log goes to @console. Errors as in ruleset_evaluate().
 */
int judge(const struct checked_rules *rules, const uint64_t *live, struct target_view *view,
	  const struct deadlines *deadlines, enum verdict *verdicts, struct console *console,
	  struct error *err);

#endif
