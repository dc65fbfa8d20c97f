#include "cli/options/value.h"

#include <inttypes.h>
#include <string.h>

#include "cli/options/number.h"
#include "engine/base/array.h"

static void *place_of(struct settings *settings, const struct option_spec *spec)
{
	return (char *)settings + spec->place;
}

static int bad_number(const struct option_spec *spec, const char *value, struct error *err)
{
	const char *kind = spec->kind == KIND_SIZE ? "size (K, M, G)" : "number";

	if (spec->most == UINT64_MAX)
		return error_set(err, ERROR_USAGE, 0, "--%s: \"%s\" is no %s of at least %" PRIu64,
				 spec->name, value, kind, spec->least);
	return error_set(err, ERROR_USAGE, 0, "--%s: \"%s\" is no %s from %" PRIu64 " to %" PRIu64,
			 spec->name, value, kind, spec->least, spec->most);
}

static int set_flag(struct settings *settings, const struct option_spec *spec, const char *value,
		    struct error *err)
{
	(void)value;
	(void)err;
	*(bool *)place_of(settings, spec) = true;
	return 0;
}

static int set_number(struct settings *settings, const struct option_spec *spec, const char *value,
		      struct error *err)
{
	bool (*parse)(const char *text, uint64_t *out) =
		spec->kind == KIND_SIZE ? size_parse : number_parse;
	uint64_t number;

	if (!parse(value, &number) || number < spec->least || number > spec->most)
		return bad_number(spec, value, err);
	*(uint64_t *)place_of(settings, spec) = number;
	return 0;
}

static int set_seconds(struct settings *settings, const struct option_spec *spec, const char *value,
		       struct error *err)
{
	double seconds;

	if (!seconds_parse(value, &seconds) || !(seconds > 0) || seconds > (double)spec->most)
		return error_set(err, ERROR_USAGE, 0,
				 "--%s: \"%s\" is no number of seconds above 0, at most %" PRIu64,
				 spec->name, value, spec->most);
	*(double *)place_of(settings, spec) = seconds;
	return 0;
}

static int set_last_string(struct settings *settings, const struct option_spec *spec,
			   const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_USAGE, 0, "--%s: the argument is empty", spec->name);
	*(const char **)place_of(settings, spec) = value;
	return 0;
}

static int set_string(struct settings *settings, const struct option_spec *spec, const char *value,
		      struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_USAGE, 0, "--%s: the argument is empty", spec->name);
	return string_list_add(place_of(settings, spec), value, err);
}

/* The index of the word that is the first @length bytes of @value; negative: none of them. */
static int find_word(const struct option_spec *spec, const char *value, size_t length,
		     struct error *err)
{
	char words[128] = "";

	for (int i = 0; spec->words[i]; i++) {
		if (strlen(spec->words[i]) == length && strncmp(spec->words[i], value, length) == 0)
			return i;
		strncat(words, i ? ", " : "", sizeof(words) - strlen(words) - 1);
		strncat(words, spec->words[i], sizeof(words) - strlen(words) - 1);
	}
	return error_set(err, ERROR_USAGE, 0, "--%s: \"%.*s\" is none of %s", spec->name,
			 length > 100 ? 100 : (int)length, value, words);
}

static int set_choice(struct settings *settings, const struct option_spec *spec, const char *value,
		      struct error *err)
{
	int index = find_word(spec, value, strlen(value), err);

	if (index < 0)
		return index;
	*(int *)place_of(settings, spec) = index;
	return 0;
}

static int set_pattern(struct settings *settings, const struct option_spec *spec, const char *value,
		       struct error *err)
{
	struct pattern_list *list = place_of(settings, spec);
	struct pattern_argument *grown;

	if (!*value)
		return error_set(err, ERROR_USAGE, 0, "--%s: the argument is empty", spec->name);
	grown = array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "the options");
	list->items = grown;
	list->items[list->count++] =
		(struct pattern_argument){ .source = (enum pattern_source)spec->number,
					   .value = value };
	return 0;
}

/* The same format for standard output twice is one; a second one has no place to go. */
static int check_standard_output(const struct string_list *outputs, const char *format, bool *known,
				 struct error *err)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const char *other = outputs->items[i];

		if (strchr(other, '='))
			continue;
		*known = strcmp(other, format) == 0;
		if (*known)
			return 0;
		return error_set(
			err, ERROR_USAGE, 0,
			"%s and %s cannot both go to standard output: give one a file with "
			"-o FORMAT=FILE",
			other, format);
	}
	return 0;
}

static int set_output(struct settings *settings, const struct option_spec *spec, const char *value,
		      struct error *err)
{
	struct string_list *list = place_of(settings, spec);
	const char *output = value ? value : spec->words[0];
	size_t format_length = strcspn(output, "=");
	int index = find_word(spec, output, format_length, err), ret = 0;
	bool known = false;

	if (index < 0)
		return index;
	if (!output[format_length])
		ret = check_standard_output(list, output, &known, err);
	else if (!output[format_length + 1])
		ret = error_set(err, ERROR_USAGE, 0, "--%s: \"%s\" names no file", spec->name,
				output);
	if (ret || known)
		return ret;
	return string_list_add(list, output, err);
}

static int add_number(struct settings *settings, const struct option_spec *spec, const char *item,
		      struct error *err)
{
	struct number_list *list = place_of(settings, spec);
	uint64_t number;

	if (!number_parse(item, &number) || number < spec->least || number > spec->most)
		return bad_number(spec, item, err);

	uint32_t *grown = array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "the options");
	list->items = grown;
	list->items[list->count++] = (uint32_t)number;
	return 0;
}

/* Calls @add for each part between commas; parts live as long as the settings. */
static int set_list(struct settings *settings, const struct option_spec *spec, const char *value,
		    int (*add)(struct settings *settings, const struct option_spec *spec,
			       const char *item, struct error *err),
		    struct error *err)
{
	int ret = 0;

	while (!ret) {
		size_t length = strcspn(value, ",");
		const char *item = arena_copy_string(settings->memory, value, length);

		if (!item)
			return error_no_memory(err, "the options");
		ret = add(settings, spec, item, err);
		if (!value[length])
			break;
		value += length + 1;
	}
	return ret;
}

static int set_names(struct settings *settings, const struct option_spec *spec, const char *value,
		     struct error *err)
{
	return set_list(settings, spec, value, set_string, err);
}

static int set_numbers(struct settings *settings, const struct option_spec *spec, const char *value,
		       struct error *err)
{
	return set_list(settings, spec, value, add_number, err);
}

static int add_word(struct settings *settings, const struct option_spec *spec, const char *item,
		    struct error *err)
{
	int index = find_word(spec, item, strlen(item), err);

	if (index < 0)
		return index;
	*(uint32_t *)place_of(settings, spec) |= UINT32_C(1) << index;
	return 0;
}

static int set_words(struct settings *settings, const struct option_spec *spec, const char *value,
		     struct error *err)
{
	return set_list(settings, spec, value, add_word, err);
}

static int set_letters(struct settings *settings, const struct option_spec *spec, const char *value,
		       struct error *err)
{
	const char *letters = spec->words[0];
	uint32_t bits = 0;

	if (!*value || value[strspn(value, letters)])
		return error_set(err, ERROR_USAGE, 0, "--%s: \"%s\" is not made of the letters %s",
				 spec->name, value, letters);
	for (; *value; value++)
		bits |= UINT32_C(1) << (strchr(letters, *value) - letters);
	*(uint32_t *)place_of(settings, spec) = bits;
	return 0;
}

static int set_range(struct settings *settings, const struct option_spec *spec, const char *value,
		     struct error *err)
{
	struct address_choice choice = { .given = true };

	if (!range_parse(value, &choice.first, &choice.last))
		return error_set(err, ERROR_USAGE, 0,
				 "--%s: \"%s\" is no range LOW-HIGH or LOW+LENGTH of addresses, "
				 "decimal or 0x",
				 spec->name, value);
	*(struct address_choice *)place_of(settings, spec) = choice;
	return 0;
}

int option_value_set(struct settings *settings, const struct option_spec *spec, const char *value,
		     struct error *err)
{
	static int (*const setters[])(struct settings * settings, const struct option_spec *spec,
				      const char *value, struct error *err) = {
		[KIND_FLAG] = set_flag,		 [KIND_NUMBER] = set_number,
		[KIND_SIZE] = set_number,	 [KIND_SECONDS] = set_seconds,
		[KIND_STRING] = set_last_string, [KIND_STRINGS] = set_string,
		[KIND_NAMES] = set_names,	 [KIND_NUMBERS] = set_numbers,
		[KIND_CHOICE] = set_choice,	 [KIND_WORDS] = set_words,
		[KIND_LETTERS] = set_letters,	 [KIND_RANGE] = set_range,
		[KIND_PATTERN] = set_pattern,	 [KIND_OUTPUT] = set_output,
	};

	return setters[spec->kind](settings, spec, value, err);
}
