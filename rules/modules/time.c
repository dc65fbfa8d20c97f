#include <time.h>

#include "rules/modules/registry.h"

/* Seconds since 1970 when the rule is judged, not when the process was frozen. */
static int now(struct module_context *context, const struct value *arguments, struct value *out,
	       struct error *err)
{
	time_t seconds = time(NULL);

	(void)context;
	(void)arguments;
	(void)err;
	if (seconds != (time_t)-1)
		*out = value_integer((int64_t)seconds);
	return 0;
}

static const struct module_member members[] = {
	MODULE_CALL("now", "", MODULE_INTEGER, now),
	{ .name = NULL },
};

const struct module time_module = {
	.name = "time",
	.members = members,
	.evaluated = true,
	.reads_nothing = true,
};
