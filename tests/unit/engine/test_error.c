#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "engine/base/error.h"

static void records_the_code_and_a_sentence(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
		error_set(&err, ERROR_FORMAT, 0, "run at %#x ends past the page image", 64),
		ERROR_FORMAT);
	assert_int_equal(err.code, ERROR_FORMAT);
	assert_int_equal(err.sys_errno, 0);
	assert_string_equal(err.message, "run at 0x40 ends past the page image");
}

static void a_system_error_says_which(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, ERROR_SYSTEM, ENOENT, "open %s", "pages-1.img");
	assert_int_equal(err.sys_errno, ENOENT);
	assert_string_equal(err.message, "open pages-1.img: No such file or directory");
}

static void each_layer_puts_what_it_did_in_front(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, ERROR_TRUNCATED, 0, "the file ends early");
	assert_int_equal(error_context(&err, "process %d", 41), ERROR_TRUNCATED);
	assert_int_equal(error_context(&err, "scan %s", "web-7.tar"), ERROR_TRUNCATED);
	assert_string_equal(err.message, "scan web-7.tar: process 41: the file ends early");
}

static void long_texts_are_cut_and_end(void **state)
{
	struct error err;
	char text[3 * sizeof(err.message)];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	error_set(&err, ERROR_SYSTEM, ENOMEM, "%s", text);
	assert_true(strlen(err.message) < sizeof(err.message));
	assert_non_null(strstr(err.message, "Cannot allocate memory"));
	for (size_t i = 0; i < 3; i++)
		error_context(&err, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void a_caller_may_not_care_for_the_sentence(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, ERROR_LIMIT, 0, "nobody reads this"), ERROR_LIMIT);
	assert_true(error_context(NULL, "nor this") < 0);
	assert_int_equal(error_no_memory(NULL, "anything"), ERROR_MEMORY);
}

static void no_memory_names_what_for(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(error_no_memory(&err, "a match"), ERROR_MEMORY);
	assert_string_equal(err.message, "no memory for a match");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_the_code_and_a_sentence),
		cmocka_unit_test(a_system_error_says_which),
		cmocka_unit_test(each_layer_puts_what_it_did_in_front),
		cmocka_unit_test(long_texts_are_cut_and_end),
		cmocka_unit_test(a_caller_may_not_care_for_the_sentence),
		cmocka_unit_test(no_memory_names_what_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
