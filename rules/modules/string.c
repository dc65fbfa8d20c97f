#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/modules/registry.h"

/* The number that all of a text spells, as strtoll() reads it; undefined where it does not fit or more follows. */
static int to_integer(struct module_context *context, struct bytes text, int base,
		      struct value *out, struct error *err)
{
	/* YARA's own functions see a text up to its first zero byte. */
	char *copy = arena_copy_string(context->texts, (const char *)text.data, text.length);
	char *end = copy;
	long long number;

	if (!copy)
		return error_no_memory(err, "string.to_int");
	errno = 0;
	number = strtoll(copy, &end, base);
	if (errno == 0 && end != copy && !*end)
		*out = value_integer(number);
	return 0;
}

static int to_int(struct module_context *context, const struct value *arguments, struct value *out,
		  struct error *err)
{
	return to_integer(context, arguments[0].text, 0, out, err);
}

static int to_int_base(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	int64_t base = arguments[1].integer;

	if (base != 0 && (base < 2 || base > 36))
		return 0;
	return to_integer(context, arguments[0].text, (int)base, out, err);
}

static int length(struct module_context *context, const struct value *arguments, struct value *out,
		  struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer((int64_t)arguments[0].text.length);
	return 0;
}

static const struct module_member members[] = {
	MODULE_CALL("to_int", "s", MODULE_INTEGER, to_int),
	MODULE_CALL("to_int", "si", MODULE_INTEGER, to_int_base),
	MODULE_CALL("length", "s", MODULE_INTEGER, length),
	{ .name = NULL },
};

const struct module string_module = {
	.name = "string",
	.members = members,
	.evaluated = true,
	.reads_nothing = true,
};
