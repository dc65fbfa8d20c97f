#include "scanners/container_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FRACTION_DIGITS 9

/* What is left of a text that is being read. */
struct cursor {
	const char *at;
};

static bool take_digits(struct cursor *cursor, int count, int *out)
{
	*out = 0;
	for (int i = 0; i < count; i++) {
		if (*cursor->at < '0' || *cursor->at > '9')
			return false;
		*out = *out * 10 + (*cursor->at++ - '0');
	}
	return true;
}

static bool take_one_of(struct cursor *cursor, const char *characters)
{
	if (!*cursor->at || !strchr(characters, *cursor->at))
		return false;
	cursor->at++;
	return true;
}

static bool take_date(struct cursor *cursor, struct tm *out)
{
	bool good = take_digits(cursor, 4, &out->tm_year) && take_one_of(cursor, "-") &&
		    take_digits(cursor, 2, &out->tm_mon) && take_one_of(cursor, "-") &&
		    take_digits(cursor, 2, &out->tm_mday);

	return good && out->tm_mon >= 1 && out->tm_mon <= 12 && out->tm_mday >= 1 &&
	       out->tm_mday <= 31;
}

static bool take_clock(struct cursor *cursor, struct tm *out)
{
	bool good = take_digits(cursor, 2, &out->tm_hour) && take_one_of(cursor, ":") &&
		    take_digits(cursor, 2, &out->tm_min) && take_one_of(cursor, ":") &&
		    take_digits(cursor, 2, &out->tm_sec);

	return good && out->tm_hour <= 23 && out->tm_min <= 59 && out->tm_sec <= 60;
}

/* Digits after a point, without those beyond nanoseconds; @out keeps the point. */
static bool take_fraction(struct cursor *cursor, char out[FRACTION_DIGITS + 2])
{
	size_t length = 0;

	out[0] = '\0';
	if (!take_one_of(cursor, "."))
		return true;
	out[length++] = '.';
	for (; *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		if (length <= FRACTION_DIGITS)
			out[length++] = *cursor->at;
	}
	out[length] = '\0';
	return length > 1;
}

static bool take_zone(struct cursor *cursor, int *minutes_east)
{
	int hours, minutes, sign = *cursor->at == '-' ? -1 : 1;

	*minutes_east = 0;
	if (take_one_of(cursor, "Zz"))
		return true;
	if (!take_one_of(cursor, "+-") || !take_digits(cursor, 2, &hours) ||
	    !take_one_of(cursor, ":") || !take_digits(cursor, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*minutes_east = sign * (60 * hours + minutes);
	return true;
}

static enum time_reading print(time_t seconds, const char *fraction, char out[CONTAINER_TIME_BYTES])
{
	struct tm when;

	if (!gmtime_r(&seconds, &when) || when.tm_year + 1900 > 9999 || when.tm_year + 1900 < 0)
		return TIME_BROKEN;
	/* Go's zero time is the start of year 1. */
	if (when.tm_year + 1900 <= 1)
		return TIME_ZERO;
	snprintf(out, CONTAINER_TIME_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", when.tm_year + 1900,
		 when.tm_mon + 1, when.tm_mday, when.tm_hour, when.tm_min, when.tm_sec, fraction);
	return TIME_READ;
}

enum time_reading container_time_from_text(const char *text, char out[CONTAINER_TIME_BYTES])
{
	struct cursor cursor = { text };
	char fraction[FRACTION_DIGITS + 2];
	struct tm when = { 0 };
	int minutes_east;

	if (!take_date(&cursor, &when) || !take_one_of(&cursor, "Tt ") ||
	    !take_clock(&cursor, &when) || !take_fraction(&cursor, fraction) ||
	    !take_zone(&cursor, &minutes_east) || *cursor.at)
		return TIME_BROKEN;
	when.tm_year -= 1900;
	when.tm_mon -= 1;
	return print(timegm(&when) - 60 * (time_t)minutes_east, fraction, out);
}

enum time_reading container_time_from_nanoseconds(int64_t nanoseconds,
						  char out[CONTAINER_TIME_BYTES])
{
	char fraction[FRACTION_DIGITS + 2] = "";
	size_t length;

	if (nanoseconds <= 0)
		return TIME_ZERO;
	if (nanoseconds % 1000000000) {
		snprintf(fraction, sizeof(fraction), ".%09d", (int)(nanoseconds % 1000000000));
		for (length = strlen(fraction); length && fraction[length - 1] == '0'; length--)
			fraction[length - 1] = '\0';
	}
	return print((time_t)(nanoseconds / 1000000000), fraction, out);
}
