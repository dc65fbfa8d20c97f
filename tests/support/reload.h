#ifndef CKPT_TESTS_SUPPORT_RELOAD_H
#define CKPT_TESTS_SUPPORT_RELOAD_H

#include "rules/compiled_rules.h"

/*
 * Puts in place of *@compiled what comes of it when it is saved and loaded again; NULL where that fails. @options: what
 * it was compiled with. @notes: what was said then; warnings are said once more.
 */
int reload_rules(struct compiled_rules **compiled, const struct compile_options *options,
		 enum match_need outputs, struct diagnostics *notes, struct error *err);

#endif
