#include "rules/evaluate/module_run.h"

#include <stdlib.h>

static int look(struct module_context *context, struct error *err)
{
	(void)err; /* the evaluation's own */
	return evaluation_look(context->owner);
}

static int log_line(struct module_context *context, const char *text, size_t length,
		    struct error *err)
{
	struct evaluation *run = context->owner;

	return console_add(run->console, run->rule, text, length, err);
}

struct module_run *module_runs_new(struct evaluation *run, struct arena *arena)
{
	size_t count = run->rules->module_count;
	struct module_run *modules = calloc(count + 1, sizeof(*modules));

	for (size_t i = 0; modules && i < count; i++)
		modules[i].context = (struct module_context){
			.module = run->rules->modules[i],
			.view = run->view,
			.arena = arena,
			.texts = run->texts,
			.look = look,
			.log = log_line,
			.owner = run,
		};
	return modules;
}

void module_runs_free(struct module_run *modules)
{
	free(modules);
}

/* What a load that failed had made goes: the rule's own time may have ended it, and the next rule tries again. */
static int load(struct evaluation *run, struct module_run *module)
{
	struct module_context *context = &module->context;
	struct arena_mark mark = arena_mark(context->arena);
	int ret = context->module->load ? context->module->load(context, run->err) : 0;

	if (ret < 0) {
		context->state = NULL;
		arena_rewind(context->arena, mark);
		return ret;
	}
	module->loaded = true;
	return 0;
}

int module_run_context(struct evaluation *run, uint32_t number, struct module_context **out)
{
	struct module_run *module = &run->modules[number];

	*out = &module->context;
	return module->loaded ? 0 : load(run, module);
}
