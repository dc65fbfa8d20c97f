#include "rules/parse/number.h"

#include <locale.h>
#include <stdlib.h>

static unsigned int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned int)(digit - '0');
	return (unsigned int)((digit | 0x20) - 'a' + 10);
}

static bool multiply(int64_t *number, int64_t factor)
{
	return !__builtin_mul_overflow(*number, factor, number);
}

static int64_t take_unit(const char *text, size_t *length)
{
	if (*length < 2 || text[*length - 1] != 'B')
		return 1;

	char unit = text[*length - 2];

	if (unit != 'K' && unit != 'M')
		return 1;
	*length -= 2;
	return unit == 'K' ? 1024 : 1024 * 1024;
}

bool number_parse_integer(const char *text, size_t length, int64_t *out)
{
	unsigned int base = 10;
	int64_t number = 0, unit = 1;

	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
		base = text[1] == 'x' ? 16 : 8;
		text += 2;
		length -= 2;
	} else {
		unit = take_unit(text, &length);
	}
	for (size_t i = 0; i < length; i++) {
		if (!multiply(&number, base) ||
		    __builtin_add_overflow(number, digit_value(text[i]), &number))
			return false;
	}
	if (!multiply(&number, unit))
		return false;
	*out = number;
	return true;
}

double number_parse_float(const char *text)
{
	/* strtod() alone would read the point as the locale says. */
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double number;

	if (!plain)
		return strtod(text, NULL);
	number = strtod_l(text, NULL, plain);
	freelocale(plain);
	return number;
}
