#include "sample_module.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct sample_asked *asked(struct module_context *context)
{
	return (struct sample_asked *)context->view->place;
}

static int load(struct module_context *context, struct error *err)
{
	struct sample_asked *counters = asked(context);

	if (!counters)
		return 0;
	counters->loads++;
	if (counters->load_error)
		return error_set(err, (enum error_code)counters->load_error, 0, "sample");
	return 0;
}

static int get_number(struct module_context *context, const uint32_t *indexes, struct value *out,
		      struct error *err)
{
	(void)indexes;
	(void)err;
	if (asked(context))
		asked(context)->gets++;
	*out = value_integer(42);
	return 0;
}

static int get_text(struct module_context *context, const uint32_t *indexes, struct value *out,
		    struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_text("foo\0bar", 7);
	return 0;
}

static int get_not_a_number(struct module_context *context, const uint32_t *indexes,
			    struct value *out, struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_float(NAN);
	return 0;
}

static int count_three(struct module_context *context, const uint32_t *indexes, struct value *out,
		       struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(3);
	return 0;
}

/* 10, 20, 30 */
static int get_listed(struct module_context *context, const uint32_t *indexes, struct value *out,
		      struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer(10 * ((int64_t)indexes[0] + 1));
	return 0;
}

/* The second has no name. */
static int get_item_name(struct module_context *context, const uint32_t *indexes, struct value *out,
			 struct error *err)
{
	static const char *const names[] = { "first", NULL, "third" };
	const char *name = names[indexes[0]];

	(void)context;
	(void)err;
	if (name)
		*out = value_text(name, strlen(name));
	return 0;
}

/* Of item i as many as its number. */
static int count_parts(struct module_context *context, const uint32_t *indexes, struct value *out,
		       struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer(indexes[0]);
	return 0;
}

static int get_part(struct module_context *context, const uint32_t *indexes, struct value *out,
		    struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer(100 * (int64_t)indexes[0] + indexes[1]);
	return 0;
}

static const char *const keys[] = { "one", "two", "three" };

static int get_key(struct module_context *context, const uint32_t *indexes, struct value *out,
		   struct error *err)
{
	(void)context;
	(void)err;
	*out = value_text(keys[indexes[0]], strlen(keys[indexes[0]]));
	return 0;
}

static int find_key(struct module_context *context, const uint32_t *indexes, struct bytes key,
		    struct value *out, struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	for (size_t i = 0; i < 3; i++) {
		if (strlen(keys[i]) == key.length && memcmp(keys[i], key.data, key.length) == 0)
			*out = value_integer((int64_t)i);
	}
	return 0;
}

static int get_entry(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer((int64_t)indexes[0] + 1);
	return 0;
}

static int add(struct module_context *context, const struct value *arguments, struct value *out,
	       struct error *err)
{
	(void)err;
	if (asked(context))
		asked(context)->calls++;
	*out = value_integer(arguments[0].integer + arguments[1].integer);
	return 0;
}

static int add_floats(struct module_context *context, const struct value *arguments,
		      struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	*out = value_float(arguments[0].real + arguments[1].real);
	return 0;
}

static int join(struct module_context *context, const struct value *arguments, struct value *out,
		struct error *err)
{
	struct bytes left = arguments[0].text, right = arguments[1].text;
	char *text = arena_alloc(context->texts, left.length + right.length);

	if (!text)
		return error_no_memory(err, "join");
	memcpy(text, left.data, left.length);
	memcpy(text + left.length, right.data, right.length);
	*out = value_text(text, left.length + right.length);
	if (asked(context) && asked(context)->most_text_bytes < arena_used(context->texts))
		asked(context)->most_text_bytes = arena_used(context->texts);
	return 0;
}

static int has(struct module_context *context, const struct value *arguments, struct value *out,
	       struct error *err)
{
	struct regex_text text = { arguments[1].text.data, arguments[1].text.length, EDGE_REAL,
				   EDGE_REAL };
	size_t start, length;
	bool matched;
	int ret = regex_search(arguments[0].regex, context->scratch, &text, &matched, &start,
			       &length, err);

	if (ret == 0)
		*out = value_integer(matched);
	return ret;
}

static int is(struct module_context *context, const struct value *arguments, struct value *out,
	      struct error *err)
{
	(void)context;
	(void)err;
	*out = arguments[0];
	return 0;
}

static int say(struct module_context *context, const struct value *arguments, struct value *out,
	       struct error *err)
{
	*out = value_integer(1);
	return context->log(context, (const char *)arguments[0].text.data, arguments[0].text.length,
			    err);
}

static const struct module_member deeper[] = { MODULE_MEMBER("text", MODULE_TEXT, get_text),
					       { .name = NULL } };
static const struct module_member inner[] = {
	MODULE_MEMBER("number", MODULE_INTEGER, get_number),
	{ .name = "deeper", .type = MODULE_STRUCTURE, .members = deeper },
	MODULE_CALL("add", "ii", MODULE_INTEGER, add),
	{ .name = NULL },
};
static const struct module_member listed[] = { MODULE_MEMBER("", MODULE_INTEGER, get_listed) };
static const struct module_member part[] = { MODULE_MEMBER("", MODULE_INTEGER, get_part) };
static const struct module_member item_members[] = {
	MODULE_MEMBER("name", MODULE_TEXT, get_item_name),
	{ .name = "parts", .type = MODULE_ARRAY, .members = part, .count = count_parts },
	{ .name = NULL },
};
static const struct module_member item[] = {
	{ .name = "", .type = MODULE_STRUCTURE, .members = item_members },
};
static const struct module_member entry_members[] = {
	MODULE_MEMBER("value", MODULE_INTEGER, get_entry),
	{ .name = NULL },
};
static const struct module_member entry[] = {
	{ .name = "", .type = MODULE_STRUCTURE, .members = entry_members },
};
static const struct module_member value_entry[] = { MODULE_MEMBER("", MODULE_INTEGER, get_entry) };

static const struct module_member sample_members[] = {
	MODULE_CONSTANT("THREE", 3),
	{ .name = "HALF", .type = MODULE_FLOAT, .constant = true, .real = 0.5 },
	MODULE_MEMBER("number", MODULE_INTEGER, get_number),
	MODULE_MEMBER("text", MODULE_TEXT, get_text),
	MODULE_MEMBER("nothing", MODULE_INTEGER, NULL),
	MODULE_MEMBER("no_text", MODULE_TEXT, NULL),
	MODULE_MEMBER("not_a_number", MODULE_FLOAT, get_not_a_number),
	{ .name = "inner", .type = MODULE_STRUCTURE, .members = inner },
	{ .name = "list", .type = MODULE_ARRAY, .members = listed, .count = count_three },
	{ .name = "missing", .type = MODULE_ARRAY, .members = listed },
	{ .name = "items", .type = MODULE_ARRAY, .members = item, .count = count_three },
	{ .name = "table",
	  .type = MODULE_DICTIONARY,
	  .members = value_entry,
	  .count = count_three,
	  .key = get_key,
	  .find = find_key },
	{ .name = "entries",
	  .type = MODULE_DICTIONARY,
	  .members = entry,
	  .count = count_three,
	  .key = get_key,
	  .find = find_key },
	{ .name = "unknown", .type = MODULE_DICTIONARY, .members = value_entry },
	MODULE_CALL("add", "ii", MODULE_INTEGER, add),
	MODULE_CALL("add", "ff", MODULE_FLOAT, add_floats),
	MODULE_CALL("join", "ss", MODULE_TEXT, join),
	MODULE_CALL("has", "rs", MODULE_INTEGER, has),
	MODULE_CALL("is", "b", MODULE_INTEGER, is),
	MODULE_CALL("undone", "i", MODULE_INTEGER, NULL),
	{ .name = "pure",
	  .type = MODULE_FUNCTION,
	  .arguments = "b",
	  .result = MODULE_INTEGER,
	  .call = is,
	  .reads_nothing = true },
	MODULE_CALL("say", "s", MODULE_INTEGER, say),
	{ .name = NULL },
};

static const struct module sample = {
	.name = "sample",
	.members = sample_members,
	.evaluated = true,
	.logs = true,
	.load = load,
};

static const struct module_member bare_members[] = {
	MODULE_CONSTANT("C", 3),
	MODULE_MEMBER("value", MODULE_INTEGER, NULL),
	{ .name = "items", .type = MODULE_ARRAY, .members = item },
	MODULE_CALL("f", "i", MODULE_INTEGER, NULL),
	{ .name = NULL },
};

static const struct module bare = { .name = "bare", .members = bare_members };

const struct module *const sample_modules[] = { &sample, &bare, NULL };
