#include "cli/options/number.h"

#include <stddef.h>
#include <string.h>

static bool digit_of(char character, unsigned base, unsigned *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *place;

	if (character >= 'A' && character <= 'F')
		character = (char)(character - 'A' + 'a');
	place = character ? strchr(digits, character) : NULL;
	if (!place || (unsigned)(place - digits) >= base)
		return false;
	*out = (unsigned)(place - digits);
	return true;
}

static bool parse_digits(const char *text, size_t length, uint64_t *out)
{
	unsigned base = 10, digit;
	uint64_t value = 0;

	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
		length -= 2;
	}
	if (!length)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!digit_of(text[i], base, &digit) ||
		    __builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*out = value;
	return true;
}

bool number_parse(const char *text, uint64_t *out)
{
	return parse_digits(text, strlen(text), out);
}

bool size_parse(const char *text, uint64_t *out)
{
	static const char suffixes[] = "KMG";
	size_t length = strlen(text);
	const char *suffix = length ? strchr(suffixes, text[length - 1]) : NULL;
	uint64_t value, unit = 1;

	if (suffix) {
		unit <<= 10 * (suffix - suffixes + 1);
		length--;
	}
	if (!parse_digits(text, length, &value) || __builtin_mul_overflow(value, unit, &value))
		return false;
	*out = value;
	return true;
}

bool seconds_parse(const char *text, double *out)
{
	const char *point = strchr(text, '.');
	size_t whole_length = point ? (size_t)(point - text) : strlen(text);
	uint64_t whole, part = 0;
	double scale = 1;

	if (!parse_digits(text, whole_length, &whole))
		return false;
	if (point) {
		size_t digits = strlen(point + 1);

		if (!digits || digits > 9 || strspn(point + 1, "0123456789") != digits ||
		    !number_parse(point + 1, &part))
			return false;
		while (digits--)
			scale *= 10;
	}
	*out = (double)whole + (double)part / scale;
	return true;
}
