#include "rules/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool all_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return length > 0;
}

static bool looks_like_integer(const char *value)
{
	return all_digits(value + (*value == '-'), strlen(value + (*value == '-')));
}

/* An optional sign, digits, a point, then digits or none. */
static bool looks_like_float(const char *value)
{
	const char *digits = value + (*value == '-' || *value == '+');
	const char *point = strchr(digits, '.');

	if (!point || !all_digits(digits, (size_t)(point - digits)))
		return false;
	return !point[1] || all_digits(point + 1, strlen(point + 1));
}

static int parse_integer(struct external *out, const char *value, struct error *err)
{
	errno = 0;

	long long integer = strtoll(value, NULL, 10);

	if (errno)
		return error_set(err, ERROR_USAGE, 0, "\"%.64s\" does not fit a 64-bit integer",
				 value);
	out->kind = EXTERNAL_INTEGER;
	out->integer = integer;
	return 0;
}

static int parse_value(struct external *out, const char *value, struct error *err)
{
	if (looks_like_float(value)) {
		out->kind = EXTERNAL_FLOAT;
		out->real = strtod(value, NULL);
		return 0;
	}
	if (looks_like_integer(value))
		return parse_integer(out, value, err);
	if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0) {
		out->kind = EXTERNAL_BOOLEAN;
		out->integer = *value == 't';
		return 0;
	}
	out->kind = EXTERNAL_TEXT;
	out->text = (struct bytes){ (const uint8_t *)value, strlen(value) };
	return 0;
}

int external_parse(struct external *out, const char *argument, struct error *err)
{
	const char *equals = strchr(argument, '=');
	struct external external = { .name = argument };
	int ret;

	if (!equals || equals == argument)
		return error_set(err, ERROR_USAGE, 0,
				 "external variable \"%.64s\" is not of the form NAME=VALUE",
				 argument);
	ret = parse_value(&external, equals + 1, err);
	if (ret == 0)
		*out = external;
	return ret;
}
