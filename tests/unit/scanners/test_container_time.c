#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/container_time.h"

static const struct {
	const char *text, *utc; /* NULL: broken; "": zero */
} texts[] = {
	{ "2026-11-24T12:31:56Z", "2026-11-24T12:31:56Z" },
	{ "2026-11-24T12:31:56.58567211Z", "2026-11-24T12:31:56.58567211Z" },
	{ "2026-11-24T12:31:56.1234567890123Z", "2026-11-24T12:31:56.123456789Z" },
	{ "2026-11-24T00:30:00+01:30", "2026-11-23T23:00:00Z" },
	{ "2026-12-31T23:30:00.5-02:00", "2027-01-01T01:30:00.5Z" },
	{ "2024-02-29T23:59:60Z", "2024-03-01T00:00:00Z" },
	{ "0001-01-01T00:00:00Z", "" },
	{ "0000-01-01T00:00:00Z", "" },
	{ "9999-12-31T23:59:59-23:59", NULL },
	{ "0000-01-01T00:00:00+23:59", NULL },
	{ "2026-13-01T00:00:00Z", NULL },
	{ "2026-11-24T24:00:00Z", NULL },
	{ "2026-11-24T12:31:56", NULL },
	{ "2026-11-24T12:31:56.Z", NULL },
	{ "2026-11-24T12:31:56Zz", NULL },
	{ "2026-11-24", NULL },
	{ "yesterday", NULL },
	{ "", NULL },
	{ "-026-11-24T12:31:56Z", NULL },
};

static void times_become_utc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char out[CONTAINER_TIME_BYTES] = "";
		enum time_reading reading = container_time_from_text(texts[i].text, out);

		print_message("%s\n", texts[i].text);
		if (!texts[i].utc)
			assert_int_equal(reading, TIME_BROKEN);
		else if (!texts[i].utc[0])
			assert_int_equal(reading, TIME_ZERO);
		else
			assert_int_equal(reading, TIME_READ);
		if (texts[i].utc)
			assert_string_equal(out, texts[i].utc);
	}
}

static void nanoseconds_become_utc(void **state)
{
	char out[CONTAINER_TIME_BYTES];

	(void)state;
	assert_int_equal(container_time_from_nanoseconds(1795523516591274510, out), TIME_READ);
	assert_string_equal(out, "2026-11-24T12:31:56.59127451Z");
	assert_int_equal(container_time_from_nanoseconds(1000000000, out), TIME_READ);
	assert_string_equal(out, "1970-01-01T00:00:01Z");
	assert_int_equal(container_time_from_nanoseconds(0, out), TIME_ZERO);
	assert_int_equal(container_time_from_nanoseconds(INT64_MIN, out), TIME_ZERO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_become_utc),
		cmocka_unit_test(nanoseconds_become_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
