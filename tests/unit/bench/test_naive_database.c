/*
 * The naive use of Hyperscan looks for the same strings as a scan: each string of a row finds its bytes and not others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/naive/naive_database.h"

#define FIFTY ".................................................."
#define TEXT(literal) literal, sizeof(literal) - 1

struct row {
	const char *string; /* what stands behind `$a = ` */
	size_t expressions;
	const char *found;
	size_t found_length;
	const char *not_found;
	size_t not_found_length;
};

static const struct row rows[] = {
	{ "\"abc\"", 1, TEXT("xabcx"), TEXT("xaBcx") },
	{ "\"abc\" nocase", 1, TEXT("xaBcx"), TEXT("xabx") },
	{ "\"abc\" wide", 1, TEXT("xa\0b\0c\0"), TEXT("xabcx") },
	{ "\"abc\" wide ascii", 2, TEXT("xabcx"), TEXT("xa\0bc") },
	{ "\"abc\" xor(1-3)", 3, TEXT("xc`ax"), TEXT("xabcx") },
	{ "\"abc\" wide xor(1)", 1, TEXT("`\1c\1b\1"), TEXT("`\0c\0b\0") },
	{ "\"a.[\\\\\\\"\"", 1, TEXT("a.[\\\""), TEXT("aa[\\\"") },
	{ "\"abcdef\" base64", 1, TEXT("YWJjZGVm"), TEXT("abcdef") },
	{ "{ 41 ?? 43 4? ?4 [1-2] 0A }", 1, TEXT("A\nCO\x74 \n"), TEXT("A\nCP\x74 \n") },
	{ "{ 41 ( 42 | 43 44 ) 45 }", 1, TEXT("ACDE"), TEXT("ADE") },
	{ "{ 41 [201-202] 42 }", 1, TEXT("A" FIFTY FIFTY FIFTY FIFTY "..B"),
	  TEXT("A" FIFTY FIFTY FIFTY FIFTY "B") },
	{ "/ab+?[^c]d{2,3}?/", 1, TEXT("abbxdd"), TEXT("abbcdd") },
	{ "/[^k]x/ nocase", 1, TEXT("lx"), TEXT("Kx") },
	{ "/a.c/ wide", 1, TEXT("a\0b\0c\0"), TEXT("abc") },
	{ "/(foo|ba[rz]) \\d/", 1, TEXT("baz 7"), TEXT("bax 7") },
	{ "/^ab/", 1, TEXT("abc"), TEXT("xab") },
	{ "/ab$/", 1, TEXT("xab"), TEXT("ab\n") },
};

static char *rules_path(const char *directory)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/rules.yar", directory);
	return path;
}

static char *database_path(const char *directory)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/database", directory);
	return path;
}

static void write_rules(const char *directory, const char *text)
{
	FILE *file = fopen(rules_path(directory), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void write_string(const char *directory, const char *string)
{
	char text[256];

	snprintf(text, sizeof(text), "rule r { strings: $a = %s condition: $a }", string);
	write_rules(directory, text);
}

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		 void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	++*(size_t *)context;
	return 0;
}

static size_t matches(const hs_database_t *database, const char *data, size_t length)
{
	hs_scratch_t *scratch = NULL;
	size_t found = 0;

	assert_int_equal(hs_alloc_scratch(database, &scratch), HS_SUCCESS);
	assert_int_equal(hs_scan(database, data, (unsigned)length, 0, scratch, count, &found),
			 HS_SUCCESS);
	hs_free_scratch(scratch);
	return found;
}

static int set_up(void **state)
{
	static char directory[] = "/tmp/ckpt-scan-naive.XXXXXX";

	*state = mkdtemp(directory);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	unlink(rules_path(*state));
	unlink(database_path(*state));
	return rmdir(*state);
}

static void each_string_finds_its_bytes_and_no_others(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct expression_list list = { 0 };
		hs_database_t *database;
		size_t refused;

		print_message("%s\n", rows[i].string);
		write_string(*state, rows[i].string);
		assert_int_equal(naive_rules_read(&list, rules_path(*state), NULL), 0);
		assert_int_equal(list.count, rows[i].expressions);
		assert_int_equal(naive_database_compile(&database, &list, &refused, NULL), 0);
		assert_int_equal(refused, 0);
		assert_true(matches(database, rows[i].found, rows[i].found_length) > 0);
		assert_int_equal(matches(database, rows[i].not_found, rows[i].not_found_length), 0);
		hs_free_database(database);
		expression_list_release(&list);
	}
}

static void what_hyperscan_refuses_is_left_out_and_counted(void **state)
{
	struct expression_list list = { 0 };
	hs_database_t *database;
	size_t refused;

	write_rules(*state, "rule r { strings: $a = \"first\" $b = { 41 [40000-50000] 42 } "
			    "$c = \"last\" condition: all of them }");
	assert_int_equal(naive_rules_read(&list, rules_path(*state), NULL), 0);
	assert_int_equal(naive_database_compile(&database, &list, &refused, NULL), 0);
	assert_int_equal(refused, 1);
	assert_int_equal(list.count, 2);
	assert_int_equal(matches(database, TEXT("first and last")), 2);
	hs_free_database(database);
	expression_list_release(&list);
}

static void a_set_of_which_nothing_is_taken_is_an_error(void **state)
{
	struct expression_list list = { 0 };
	hs_database_t *database;
	size_t refused;

	write_string(*state, "{ 41 [40000-50000] 42 }");
	assert_int_equal(naive_rules_read(&list, rules_path(*state), NULL), 0);
	assert_int_equal(naive_database_compile(&database, &list, &refused, NULL), ERROR_RULES);
	expression_list_release(&list);
}

static void a_saved_database_finds_what_the_first_one_did(void **state)
{
	struct expression_list list = { 0 };
	hs_database_t *database, *loaded;
	size_t refused;
	write_string(*state, "\"needle\"");
	assert_int_equal(naive_rules_read(&list, rules_path(*state), NULL), 0);
	assert_int_equal(naive_database_compile(&database, &list, &refused, NULL), 0);
	assert_int_equal(naive_database_save(database, database_path(*state), NULL), 0);
	assert_int_equal(naive_database_load(&loaded, database_path(*state), NULL), 0);
	assert_int_equal(matches(loaded, TEXT("a needle")), 1);
	assert_int_equal(naive_database_load(&loaded, rules_path(*state), NULL), ERROR_FORMAT);
	hs_free_database(database);
	hs_free_database(loaded);
	expression_list_release(&list);
}

static void wrong_rules_are_told_with_their_line(void **state)
{
	struct expression_list list = { 0 };
	struct error err;

	write_rules(*state, "rule r {\n strings: $a = \"a\"\n condition: $b }");
	assert_int_equal(naive_rules_read(&list, rules_path(*state), &err), ERROR_RULES);
	assert_non_null(strstr(err.message, "line 3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_string_finds_its_bytes_and_no_others),
		cmocka_unit_test(what_hyperscan_refuses_is_left_out_and_counted),
		cmocka_unit_test(a_set_of_which_nothing_is_taken_is_an_error),
		cmocka_unit_test(a_saved_database_finds_what_the_first_one_did),
		cmocka_unit_test(wrong_rules_are_told_with_their_line),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
