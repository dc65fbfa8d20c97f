#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/string_table.h"
#include "compiled_text.h"

typedef void add_table(struct text *text, const struct compiled_rules *compiled,
		       const struct diagnostics *notes);

static char *table_of(add_table *add, const char *rules)
{
	struct diagnostics *notes;
	struct compiled_rules *compiled = compile_rules_text(rules, &notes);
	struct text text = { 0 };
	char *copy;

	add(&text, compiled, notes);
	assert_false(text.failed);
	copy = strdup(text.data);
	assert_non_null(copy);
	text_release(&text);
	compiled_rules_release(compiled);
	diagnostics_free(notes);
	return copy;
}

static void lists_every_string_as_it_was_written(void **state)
{
	static const char expected[] =
		"STRING        PLACE       SEARCHED           ATOMS  PER GB  WEAKEST\n"
		"default:r:$a  test.yar:2  by atoms           1      ";
	char *table = table_of(string_table_add,
			       "import \"elf\" rule r { strings:\n"
			       "$a = \"long text one\"\n"
			       "$b = { 41 42 43 44 [500-] 45 46 47 48 }\n"
			       "$c = /x*/ condition: any of them }\n"
			       "rule s { strings: $ = /[a-f]{9}/ condition: any of them }");
	static const char *const rows[] = { "\ndefault:r:$b  test.yar:3  by atoms, 2 parts  2 ",
					    "\ndefault:r:$c  test.yar:4  every byte  ",
					    "\ndefault:s:$   test.yar:5  by windows  " };
	const char *at = table;

	(void)state;
	assert_memory_equal(table, expected, sizeof(expected) - 1);
	assert_non_null(strstr(table, "  long tex\n"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		at = strstr(at, rows[i]);
		assert_non_null(at);
	}
	assert_null(strstr(table, " \n"));
	free(table);
}

static void lists_the_worst_first(void **state)
{
	char *table = table_of(string_table_add_worst,
			       "rule r { strings: $long = \"a text that is long\"\n"
			       "$short = \"xy\"\n"
			       "$none = /x*/\n"
			       "condition: any of them }");
	static const char *const lines[] = { "STRING ", "default:r:$none ", "default:r:$short ",
					     "default:r:$long " };
	char *line = table;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_memory_equal(line, lines[i], strlen(lines[i]));
		line = strchr(line, '\n') + 1;
	}
	assert_int_equal(*line, '\0');
	assert_non_null(strstr(table, "test.yar:3 "));
	assert_non_null(strstr(table, "every byte"));
	free(table);
}

static void lists_no_more_than_fit_on_a_screen(void **state)
{
	char rules[8192] = "rule r { strings: $a0 = \"xy\" ";
	size_t lines = 0;
	char *table;

	(void)state;
	for (size_t i = 1; i < 100; i++)
		snprintf(rules + strlen(rules), sizeof(rules) - strlen(rules),
			 "$a%zu = \"some text %zu\" ", i, i);
	strcat(rules, "condition: any of them }");
	table = table_of(string_table_add_worst, rules);
	for (const char *end = strchr(table, '\n'); end; end = strchr(end + 1, '\n'))
		lines++;
	assert_int_equal(lines, 26);
	assert_non_null(strstr(table, ":$a0 "));
	free(table);
	table = table_of(string_table_add, rules);
	lines = 0;
	for (const char *end = strchr(table, '\n'); end; end = strchr(end + 1, '\n'))
		lines++;
	assert_int_equal(lines, 101);
	free(table);
}

static void lists_each_part_of_a_chain_as_one(void **state)
{
	char *table = table_of(string_table_add_worst,
			       "rule r { strings: $c = { 41 42 43 44 [500-] 45 46 47 48 } "
			       "condition: $c }");

	(void)state;
	assert_non_null(strstr(table, "by atoms, 2 parts"));
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_every_string_as_it_was_written),
		cmocka_unit_test(lists_the_worst_first),
		cmocka_unit_test(lists_no_more_than_fit_on_a_screen),
		cmocka_unit_test(lists_each_part_of_a_chain_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
