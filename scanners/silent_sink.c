#include "scanners/silent_sink.h"

static int ignore_begin(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	(void)context;
	(void)outline;
	(void)err;
	return 0;
}

static int ignore_hit(void *context, const struct hit *hit, struct error *err)
{
	(void)context;
	(void)hit;
	(void)err;
	return 0;
}

static int ignore_log(void *context, const struct console_message *line, struct error *err)
{
	(void)context;
	(void)line;
	(void)err;
	return 0;
}

static int ignore_warning(void *context, const struct checkpoint_outline *outline,
			  const struct target_outline *target, const struct warning *warning,
			  struct error *err)
{
	(void)context;
	(void)outline;
	(void)target;
	(void)warning;
	(void)err;
	return 0;
}

static int ignore_end(void *context, const struct scan_summary *summary, struct error *err)
{
	(void)context;
	(void)summary;
	(void)err;
	return 0;
}

const struct hit_sink silent_sink = {
	.begin = ignore_begin,
	.hit = ignore_hit,
	.log = ignore_log,
	.warning = ignore_warning,
	.end = ignore_end,
};
