#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/engine/regex_fixture.h"

static void a_negated_class_leaves_out_both_cases(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	struct regex_text text = text_at("aAb1", 4);

	compile(fixture, class_of(b, "a", true), REGEX_NOCASE);
	assert_int_equal(count_starts(fixture, &text), 2);
	compile(fixture, class_of(b, "a", false), REGEX_NOCASE);
	assert_int_equal(count_starts(fixture, &text), 2);
	compile(fixture, class_of(b, "a", true), 0);
	assert_int_equal(count_starts(fixture, &text), 3);
}

static void refuses_what_would_be_too_large(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *ab = text_of(b, "ab"), *deep = byte(b, 'a');
	const struct regex_node *nested = ab, *hollow = new_node(b, REGEX_EMPTY);

	for (size_t i = 0; i < 5; i++) {
		nested = EITHER(b, repeat(b, nested, 1, 100, true), byte(b, 'c'));
		hollow = repeat(b, hollow, 32767, 32767, true);
	}
	for (size_t i = 0; i < 100000; i++)
		deep = repeat(b, deep, 0, 1, true);
	fixture->program = NULL;
	assert_int_equal(regex_program_new(&fixture->program, nested, 0, &fixture->err),
			 ERROR_LIMIT);
	assert_int_equal(regex_program_new(&fixture->program, deep, 0, &fixture->err), ERROR_LIMIT);
	assert_null(fixture->program);

	compile(fixture, hollow, 0);
	compile(fixture, repeat(b, ab, 1, 32767, true), 0);
	compile(fixture, repeat(b, repeat(b, byte(b, 'a'), 0, 1, true), 0, 32767, true), 0);
}

static void tells_the_lengths_of_matches(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct {
		const struct regex_node *tree;
		uint32_t flags;
		size_t shortest, longest;
		bool fixed;
	} cases[] = {
		{ text_of(b, "abc"), 0, 3, 3, true },
		{ text_of(b, "abc"), REGEX_WIDE, 6, 6, true },
		{ EITHER(b, text_of(b, "abc"), text_of(b, "xyz")), 0, 3, 3, true },
		{ EITHER(b, text_of(b, "abc"), text_of(b, "x")), 0, 1, 3, false },
		{ repeat(b, byte(b, 'a'), 2, 9, true), 0, 2, 9, false },
		{ repeat(b, byte(b, 'a'), 2, REGEX_NO_LIMIT, true), 0, 2, REGEX_SPAN_BYTES, false },
		{ repeat(b, byte(b, 'a'), 0, 32767, true), REGEX_WIDE, 0, REGEX_SPAN_BYTES, false },
		{ new_node(b, REGEX_EMPTY), 0, 0, 0, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		compile(fixture, cases[i].tree, cases[i].flags);
		assert_int_equal(regex_program_shortest(fixture->program), cases[i].shortest);
		assert_int_equal(regex_program_longest(fixture->program), cases[i].longest);
		assert_int_equal(regex_program_fixed_length(fixture->program), cases[i].fixed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGEX_TEST(a_negated_class_leaves_out_both_cases),
		REGEX_TEST(refuses_what_would_be_too_large),
		REGEX_TEST(tells_the_lengths_of_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
