#include "rules/compiled/loaded_externals.h"

#include <stdlib.h>
#include <string.h>

static enum external_kind kind_of(enum value_type type)
{
	switch (type) {
	case TYPE_INTEGER:
		return EXTERNAL_INTEGER;
	case TYPE_FLOAT:
		return EXTERNAL_FLOAT;
	case TYPE_BOOLEAN:
		return EXTERNAL_BOOLEAN;
	default:
		return EXTERNAL_TEXT;
	}
}

/* As it would have been given. */
struct external loaded_external(const struct checked_external *external)
{
	struct external given = { .name = external->name, .kind = kind_of(external->type) };

	if (given.kind == EXTERNAL_TEXT)
		given.text = external->value.text;
	else if (given.kind == EXTERNAL_FLOAT)
		given.real = external->value.real;
	else
		given.integer = external->value.integer;
	return given;
}

static struct checked_external *find_external(struct checked_rules *checked, const char *name,
					      size_t length)
{
	for (size_t i = 0; i < checked->external_count; i++)
		if (strlen(checked->externals[i].name) == length &&
		    memcmp(checked->externals[i].name, name, length) == 0)
			return &checked->externals[i];
	return NULL;
}

static int set_external(struct checked_rules *checked, const struct external *given,
			struct error *err)
{
	size_t length = strcspn(given->name, "=");
	int shown = (int)(length < 200 ? length : 200);
	struct checked_external *own = find_external(checked, given->name, length);

	if (!own)
		return error_set(err, ERROR_USAGE, 0,
				 "external variable \"%.*s\" is not known to the compiled rules",
				 shown, given->name);
	if (kind_of(own->type) != given->kind)
		return error_set(
			err, ERROR_USAGE, 0,
			"external variable \"%.*s\" has another type in the compiled rules", shown,
			given->name);
	if (given->kind == EXTERNAL_FLOAT) {
		own->value.real = given->real;
	} else if (given->kind != EXTERNAL_TEXT) {
		own->value.integer = given->integer;
	} else {
		own->value.text.data =
			arena_copy(checked->arena, given->text.data, given->text.length);
		own->value.text.length = given->text.length;
		if (!own->value.text.data)
			return error_no_memory(err, "external variables");
	}
	return 0;
}

int loaded_externals_set(struct ruleset *rules, const struct compile_options *options,
			 struct error *err)
{
	size_t count = rules->checked.external_count;
	struct external *given;
	int ret = 0;

	for (size_t i = 0; i < options->external_count && ret == 0; i++)
		ret = set_external(&rules->checked, &options->externals[i], err);
	if (ret < 0)
		return ret;
	given = calloc(count + 1, sizeof(*given));
	if (!given)
		return error_no_memory(err, "external variables");
	for (size_t i = 0; i < count; i++)
		given[i] = loaded_external(&rules->checked.externals[i]);
	ret = ruleset_make_digest(rules, given, count, err);
	free(given);
	return ret;
}
