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

static bool parse_size(const char *text, size_t length, uint64_t *out)
{
	static const char suffixes[] = "KMG";
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

bool size_parse(const char *text, uint64_t *out)
{
	return parse_size(text, strlen(text), out);
}

/* The end of the address space does not fit: there the last address is told instead. */
static bool parse_end(const char *text, uint64_t *last)
{
	static const char behind_all[] = "0x10000000000000000";
	uint64_t end;

	if (strcmp(text, behind_all) == 0) {
		*last = UINT64_MAX;
		return true;
	}
	if (!number_parse(text, &end) || !end)
		return false;
	*last = end - 1;
	return true;
}

static bool parse_length(const char *text, uint64_t first, uint64_t *last)
{
	uint64_t length;

	return size_parse(text, &length) && length &&
	       !__builtin_add_overflow(first, length - 1, last);
}

bool range_parse(const char *text, uint64_t *first, uint64_t *last)
{
	size_t length = strcspn(text, "-+");
	uint64_t low, high;

	if (!text[length] || !parse_digits(text, length, &low))
		return false;
	if (!(text[length] == '-' ? parse_end(text + length + 1, &high)
				  : parse_length(text + length + 1, low, &high)))
		return false;
	if (high < low)
		return false;
	*first = low;
	*last = high;
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
