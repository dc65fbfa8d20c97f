#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/slow_strings.h"
#include "compiled_text.h"

/* The table, without the empty line above it. */
static char *table_of(const char *rules)
{
	struct diagnostics *notes;
	struct compiled_rules *compiled = compile_rules_text(rules, &notes);
	struct text text = { 0 };
	struct error err;
	char *copy;

	assert_int_equal(slow_strings_add(&text, compiled, notes, &err), 0);
	assert_false(text.failed);
	assert_int_equal(text.data[0], '\n');
	copy = strdup(text.data + 1);
	assert_non_null(copy);
	text_release(&text);
	compiled_rules_release(compiled);
	diagnostics_free(notes);
	return copy;
}

static void lists_the_worst_first(void **state)
{
	char *table = table_of("rule r { strings: $long = \"a text that is long\"\n"
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
	table = table_of(rules);
	for (const char *end = strchr(table, '\n'); end; end = strchr(end + 1, '\n'))
		lines++;
	assert_int_equal(lines, 26);
	assert_non_null(strstr(table, ":$a0 "));
	free(table);
}

static void lists_each_part_of_a_chain_as_one(void **state)
{
	char *table = table_of("rule r { strings: $c = { 41 42 43 44 [500-] 45 46 47 48 } "
			       "condition: $c }");

	(void)state;
	assert_non_null(strstr(table, "by atoms, 2 parts"));
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_the_worst_first),
		cmocka_unit_test(lists_no_more_than_fit_on_a_screen),
		cmocka_unit_test(lists_each_part_of_a_chain_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
