#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/table.h"

static const struct table_column columns[] = { { .title = "PID", .right = true },
					       { .title = "NAME", .least = 6 },
					       { .title = "PATH" } };

struct written {
	char *text;
	size_t length;
	FILE *stream;
	struct table *table;
};

static void begin(struct written *written, bool color)
{
	*written = (struct written){ 0 };
	written->stream = open_memstream(&written->text, &written->length);
	assert_non_null(written->stream);
	assert_int_equal(table_new(&written->table, columns, 3, written->stream, color, NULL), 0);
}

static void add_row(struct written *written, const char *first, const char *second,
		    const char *third)
{
	text_add(table_cell(written->table), first);
	text_add(table_cell(written->table), second);
	text_add(table_cell(written->table), third);
	assert_int_equal(table_end_row(written->table, NULL), 0);
}

static void end(struct written *written)
{
	assert_int_equal(table_end(written->table, NULL), 0);
	table_free(written->table);
	fclose(written->stream);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	struct written written;

	(void)state;
	begin(&written, false);
	add_row(&written, "1", "sh", "/bin/sh");
	add_row(&written, "12345", "a name", "");
	add_row(&written, "7", "", "/x");
	end(&written);
	assert_string_equal(written.text, "  PID  NAME    PATH\n"
					  "    1  sh      /bin/sh\n"
					  "12345  a name\n"
					  "    7          /x\n");
	free(written.text);
}

static void letters_of_two_columns_count_as_two(void **state)
{
	struct written written;

	(void)state;
	begin(&written, false);
	add_row(&written, "1", "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", "x");
	add_row(&written, "2", "12345678", "y");
	end(&written);
	assert_non_null(strstr(written.text, "\xe5\xad\x97  x\n"));
	assert_non_null(strstr(written.text, "12345678  y\n"));
	free(written.text);
}

static void without_rows_there_are_no_titles(void **state)
{
	struct written written;

	(void)state;
	begin(&written, false);
	end(&written);
	assert_int_equal(written.length, 0);
	free(written.text);
}

static void titles_are_faint_where_there_is_colour(void **state)
{
	struct written written;

	(void)state;
	begin(&written, true);
	add_row(&written, "1", "sh", "/bin/sh");
	end(&written);
	assert_non_null(strstr(written.text, "\x1b[2mPID  NAME    PATH\x1b[0m\n"));
	free(written.text);
}

static void a_long_table_is_written_in_pieces_with_titles_once(void **state)
{
	struct written written;
	size_t lines = 0;

	(void)state;
	begin(&written, false);
	for (int i = 0; i < 2500; i++) {
		add_row(&written, i == 1500 ? "1234567" : "1", "name", "path");
		fflush(written.stream);
		if (i == 1000)
			assert_true(written.length > 0);
	}
	end(&written);
	for (const char *line = written.text; (line = strchr(line, '\n')); line++)
		lines++;
	assert_int_equal(lines, 2501);
	assert_non_null(strstr(written.text, "\n1234567  name    path\n"));
	assert_non_null(strstr(written.text, "\n      1  name    path\n"));
	assert_null(strstr(written.text + 10, "PID"));
	free(written.text);
}

static void one_endless_cell_moves_no_other(void **state)
{
	struct written written;
	char endless[300];

	(void)state;
	memset(endless, 'x', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	begin(&written, false);
	add_row(&written, "1", endless, "/x");
	add_row(&written, "2", "name", "/y");
	end(&written);
	assert_non_null(strstr(written.text, "\n  2  name    /y\n"));
	assert_non_null(strstr(written.text, "xxx  /x\n"));
	free(written.text);
}

static void a_stream_that_takes_nothing_is_an_error(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct table *table;
	int ret = 0;

	(void)state;
	if (!full)
		skip();
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(table_new(&table, columns, 3, full, false, NULL), 0);
	for (int i = 0; i < 3; i++)
		text_add(table_cell(table), "x");
	ret = table_end_row(table, NULL);
	assert_int_equal(ret, 0);
	assert_int_equal(table_end(table, NULL), ERROR_SYSTEM);
	table_free(table);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(letters_of_two_columns_count_as_two),
		cmocka_unit_test(without_rows_there_are_no_titles),
		cmocka_unit_test(titles_are_faint_where_there_is_colour),
		cmocka_unit_test(a_long_table_is_written_in_pieces_with_titles_once),
		cmocka_unit_test(one_endless_cell_moves_no_other),
		cmocka_unit_test(a_stream_that_takes_nothing_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
