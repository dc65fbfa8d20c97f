#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/bench_report.h"

static void rates_have_three_digits(void **state)
{
	static const struct {
		uint64_t bytes;
		double seconds;
		const char *text;
	} rows[] = {
		{ 0, 1, "0.00 B/s" },
		{ 12, 1, "12.0 B/s" },
		{ 999, 1, "999 B/s" },
		{ 9995, 1, "10.0 kB/s" },
		{ 999499, 1, "999 kB/s" },
		{ 999500, 1, "1.00 MB/s" },
		{ 268435456, 0.02, "13.4 GB/s" },
		{ 268435456, 0.2684, "1.00 GB/s" },
		{ 268435456, 0.00002, "13.4 TB/s" },
		{ 268435456, 1e-9, "268435 TB/s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text text = { 0 };

		bench_rate_add(&text, rows[i].bytes, rows[i].seconds);
		assert_string_equal(text.data, rows[i].text);
		text_release(&text);
	}
}

struct written {
	char *text;
	size_t length;
	struct bench_report report;
};

static const struct checkpoint_outline outline = {
	.path = "c.tar", .form = "tar", .container_name = "web", .size = 77
};
static const struct bench_row rows[] = { { "reading", 2, true, 4000000000, 2 },
					 { "reading", 2, false, 4000000000, 0.25 },
					 { "candidates", 2, false, 4000000000, 0.5 } };

static void begin(struct written *written, bool json, const char *made)
{
	*written = (struct written){ .report = { .json = json, .threads = 2, .made = made } };
	written->report.stream = open_memstream(&written->text, &written->length);
	assert_non_null(written->report.stream);
}

static void report_rows(struct written *written, size_t count)
{
	assert_int_equal(bench_report_begin(&written->report, &outline, NULL), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(bench_report_row(&written->report, &rows[i], NULL), 0);
	assert_int_equal(bench_report_end(&written->report, NULL), 0);
}

static void end(struct written *written)
{
	bench_report_release(&written->report);
	fclose(written->report.stream);
}

#define ROWS                                                                                       \
	"STAGE           THREADS  CACHE         BYTES    SECONDS       RATE\n"                     \
	"reading               2  cold     4000000000   2.000000  2.00 GB/s\n"                     \
	"reading               2  warm     4000000000   0.250000  16.0 GB/s\n"                     \
	"candidates            2  warm     4000000000   0.500000  8.00 GB/s\n"

static void each_checkpoint_has_a_table_and_its_limits(void **state)
{
	struct written written;

	(void)state;
	begin(&written, false, NULL);
	report_rows(&written, 3);
	report_rows(&written, 0);
	end(&written);
	assert_string_equal(written.text,
			    "c.tar: container web\n" ROWS
			    "Limit with 2 threads: candidates (8.00 GB/s); cold: reading (2.00 "
			    "GB/s)\n"
			    "\nc.tar: container web\n");
	free(written.text);
}

static void a_made_one_is_told_as_such(void **state)
{
	struct written written;

	(void)state;
	begin(&written, false, "a made one");
	report_rows(&written, 3);
	end(&written);
	assert_non_null(strstr(written.text, "a made one\n" ROWS));
	assert_null(strstr(written.text, "c.tar"));
	free(written.text);
}

static void rows_in_json_name_their_checkpoint(void **state)
{
	struct written written;

	(void)state;
	begin(&written, true, NULL);
	report_rows(&written, 2);
	end(&written);
	assert_string_equal(
		written.text,
		"{\"type\":\"bench\",\"checkpoint\":{\"path\":\"c.tar\",\"form\":\"tar\"},"
		"\"container\":{\"name\":\"web\"},\"stage\":\"reading\",\"threads\":2,"
		"\"cache\":\"cold\",\"bytes\":4000000000,\"seconds\":2.000000,"
		"\"bytes_per_second\":2000000000}\n"
		"{\"type\":\"bench\",\"checkpoint\":{\"path\":\"c.tar\",\"form\":\"tar\"},"
		"\"container\":{\"name\":\"web\"},\"stage\":\"reading\",\"threads\":2,"
		"\"cache\":\"warm\",\"bytes\":4000000000,\"seconds\":0.250000,"
		"\"bytes_per_second\":16000000000}\n");
	free(written.text);
}

static void a_made_one_has_no_checkpoint_in_json(void **state)
{
	struct written written;

	(void)state;
	begin(&written, true, "a made one");
	report_rows(&written, 1);
	end(&written);
	assert_string_equal(written.text,
			    "{\"type\":\"bench\",\"stage\":\"reading\",\"threads\":2,"
			    "\"cache\":\"cold\",\"bytes\":4000000000,\"seconds\":2.000000,"
			    "\"bytes_per_second\":2000000000}\n");
	free(written.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_have_three_digits),
		cmocka_unit_test(each_checkpoint_has_a_table_and_its_limits),
		cmocka_unit_test(a_made_one_is_told_as_such),
		cmocka_unit_test(rows_in_json_name_their_checkpoint),
		cmocka_unit_test(a_made_one_has_no_checkpoint_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
