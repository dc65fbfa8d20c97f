#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "module_fixture.h"
#include "tests/support/tests_module.h"

static void has_something_of_every_kind(void **state)
{
	struct module_fixture fixture;

	(void)state;
	module_fixture_init(&fixture, &tests_module, false, NULL, 0);
	assert_module_integer(&fixture, "constants.two", 2);
	assert_module_text(&fixture, "constants.empty", "");
	assert_module_undefined(&fixture, "undefined.i");
	assert_module_undefined(&fixture, "undefined.f");
	assert_module_undefined(&fixture, "module_data");
	assert_module_integer(&fixture, "integer_array[256]", 256);
	assert_module_undefined(&fixture, "integer_array[3]");
	assert_module_undefined(&fixture, "integer_array[257]");
	assert_module_text(&fixture, "string_array[2]", "baz");
	assert_module_undefined(&fixture, "string_array[4]");
	assert_module_text(&fixture, "string_dict[bar]", "bar");
	assert_module_undefined(&fixture, "string_dict[baz]");
	assert_module_undefined(&fixture, "integer_dict[foo]");
	assert_module_integer(&fixture, "struct_array[1].i", 1);
	assert_module_undefined(&fixture, "struct_array[0].i");
	assert_module_undefined(&fixture, "struct_array[1].s");
	assert_module_text(&fixture, "struct_dict[foo].s", "foo");
	assert_module_undefined(&fixture, "empty_struct_array[0].struct_dict[foo].unused");
	assert_module_text(&fixture, "empty()", "");
	module_fixture_release(&fixture);
}

static void gives_the_data_it_was_made_with(void **state)
{
	struct tests_module_with_data tests;
	struct module_fixture fixture;

	(void)state;
	tests_module_with_data_init(&tests, (struct bytes){ (const uint8_t *)"given", 5 });
	module_fixture_init(&fixture, &tests.module, false, NULL, 0);
	assert_module_text(&fixture, "module_data", "given");
	module_fixture_release(&fixture);
}

static void adds_numbers(void **state)
{
	const struct value integers[] = { value_integer(INT64_MAX), value_integer(2),
					  value_integer(3) };
	const struct value floats[] = { value_float(1.5), value_float(2), value_float(3) };
	struct module_fixture fixture;

	(void)state;
	module_fixture_init(&fixture, &tests_module, false, NULL, 0);
	assert_int_equal(module_fixture_call(&fixture, "isum", "ii", integers + 1).integer, 5);
	assert_int_equal(module_fixture_call(&fixture, "isum", "iii", integers).integer,
			 INT64_MIN + 4);
	assert_true(module_fixture_call(&fixture, "fsum", "fff", floats).real == 6.5);
	assert_int_equal(module_fixture_call(&fixture, "foobar", "i", integers + 1).text.length, 3);
	module_fixture_release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_something_of_every_kind),
		cmocka_unit_test(gives_the_data_it_was_made_with),
		cmocka_unit_test(adds_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
