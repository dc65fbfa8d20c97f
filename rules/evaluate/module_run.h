#ifndef CKPT_RULES_EVALUATE_MODULE_RUN_H
#define CKPT_RULES_EVALUATE_MODULE_RUN_H

#include "rules/evaluate/evaluation.h"

/* A module while a target is judged. */
struct module_run {
	struct module_context context;
	bool loaded;
};

/* For each module of the rules, none loaded; @arena is for what they keep. NULL: no memory. */
struct module_run *module_runs_new(struct evaluation *run, struct arena *arena);
void module_runs_free(struct module_run *modules);

/* Lends the context of module @number, which is loaded when this is first asked. */
int module_run_context(struct evaluation *run, uint32_t number, struct module_context **out);

#endif
