#include "cli/options/parse.h"

#include <string.h>

#include "cli/options/option_table.h"
#include "cli/options/suggest.h"
#include "cli/options/value.h"

/* The arguments that are left. */
struct arguments {
	char *const *next;
	size_t count;
	unsigned command;
};

static const struct option_spec *find_letter(unsigned command, char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_table[i].letter == letter && option_table[i].commands & command)
			return &option_table[i];
	}
	return NULL;
}

static const struct option_spec *find_name(unsigned command, const char *name, size_t length)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_spec *spec = &option_table[i];

		if (spec->commands & command && strlen(spec->name) == length &&
		    strncmp(spec->name, name, length) == 0)
			return spec;
	}
	return NULL;
}

static int unknown_name(unsigned command, const char *name, size_t length, struct error *err)
{
	const char *names[OPTION_COUNT], *near;
	size_t count = 0;
	char word[64];

	if (length >= sizeof(word))
		return error_set(err, ERROR_USAGE, 0, "unknown option --%.*s...", 60, name);
	memcpy(word, name, length);
	word[length] = '\0';
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_table[i].commands & command)
			names[count++] = option_table[i].name;
	}
	near = suggest(word, names, count);
	if (near)
		return error_set(err, ERROR_USAGE, 0, "unknown option --%s (did you mean --%s?)",
				 word, near);
	return error_set(err, ERROR_USAGE, 0, "unknown option --%s", word);
}

static const char *take(struct arguments *arguments)
{
	arguments->count--;
	return *arguments->next++;
}

static int apply(struct settings *settings, const struct option_spec *spec, const char *value,
		 struct error *err)
{
	settings->given[spec - option_table]++;
	return option_value_set(settings, spec, value, err);
}

static int parse_long(struct settings *settings, struct arguments *arguments, const char *text,
		      struct error *err)
{
	size_t length = strcspn(text, "=");
	const char *value = text[length] ? text + length + 1 : NULL;
	const struct option_spec *spec = find_name(arguments->command, text, length);

	if (!spec)
		return unknown_name(arguments->command, text, length, err);
	if (!spec->argument && value)
		return error_set(err, ERROR_USAGE, 0, "--%s takes no argument", spec->name);
	if (spec->argument && !value) {
		if (!arguments->count)
			return error_set(err, ERROR_USAGE, 0, "--%s needs an argument (%s)",
					 spec->name, spec->argument);
		value = take(arguments);
	}
	return apply(settings, spec, value, err);
}

/* The letters after one dash: flags, and at last one that may take the rest or the next argument. */
static int parse_letters(struct settings *settings, struct arguments *arguments,
			 const char *letters, struct error *err)
{
	while (*letters && !settings->help && !settings->version) {
		const struct option_spec *spec = find_letter(arguments->command, *letters);
		const char *value = NULL;

		if (!spec)
			return error_set(err, ERROR_USAGE, 0, "unknown option -%c", *letters);
		letters++;
		if (spec->argument && *letters) {
			value = letters;
			letters += strlen(letters);
		} else if (spec->argument && arguments->count) {
			value = take(arguments);
		} else if (spec->argument) {
			return error_set(err, ERROR_USAGE, 0, "-%c needs an argument (%s)",
					 spec->letter, spec->argument);
		}

		int ret = apply(settings, spec, value, err);

		if (ret)
			return ret;
	}
	return 0;
}

int options_parse(struct settings *settings, unsigned command, char *const *arguments, size_t count,
		  struct error *err)
{
	struct arguments rest = { arguments, count, command };
	bool options_ended = false;
	int ret = 0;

	settings->command = command;
	while (!ret && rest.count && !settings->help && !settings->version) {
		const char *argument = take(&rest);

		if (options_ended || argument[0] != '-' || argument[1] == '\0')
			ret = string_list_add(&settings->operands, argument, err);
		else if (strcmp(argument, "--") == 0)
			options_ended = true;
		else if (argument[1] == '-')
			ret = parse_long(settings, &rest, argument + 2, err);
		else
			ret = parse_letters(settings, &rest, argument + 1, err);
	}
	settings_sort_filters(settings);
	return ret;
}
