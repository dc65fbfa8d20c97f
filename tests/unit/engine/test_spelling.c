#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/expression/spelling.h"
#include "tiny_regex.h"

struct spelling_case {
	const char *name, *regex;
	bool caseless;
	const char *strings; /* with a space between; NULL: they are too many, or cannot be said */
};

static const struct spelling_case cases[] = {
	{ "bytes are one string", "abc", false, "abc" },
	{ "a class multiplies", "[ab]x[12]", false, "ax1 ax2 bx1 bx2" },
	{ "branches may differ in length", "(one|three)!", false, "one! three!" },
	{ "a branch may be empty", "(a|)b", false, "ab b" },
	{ "strings are cut at eight bytes", "(abcdefg|x)(12|3)", false,
	  "abcdefg1 x12 abcdefg3 x3" },
	{ "without case both are one", "[aA][bB]c", true, "abc" },
	{ "seventeen strings are too many", "[a-q]", false, NULL },
	{ "a gap cannot be spelled", "ab?", false, NULL },
	{ "a gap within a branch cannot either", "(a.*b|c)", false, NULL },
};

static bool spell(struct spelling *spelling, const struct spelling_case *row, struct arena *arena)
{
	uint64_t steps = 1000;
	const struct layout_options options = { .steps_left = &steps };
	struct layout layout;
	struct error err = { 0 };
	bool said = true;

	*spelling = spelling_empty(row->caseless);
	assert_int_equal(layout_init(&layout, tiny_regex_parse(arena, row->regex), &options, &err),
			 0);
	for (size_t i = 0; i < layout.count && said; i++)
		said = spelling_add_slot(spelling, &layout.slots[i], &options);
	layout_release(&layout);
	return said;
}

static bool fits(const struct spelling_case *row, const struct spelling *spelling)
{
	char text[SPELLING_STRINGS * (ATOM_BYTES + 1) + 1] = { 0 };
	size_t length = 0;

	for (size_t i = 0; i < spelling->count; i++) {
		memcpy(text + length, spelling->bytes[i], spelling->lengths[i]);
		length += spelling->lengths[i];
		text[length++] = ' ';
	}
	text[length - 1] = '\0';
	return strcmp(text, row->strings) == 0;
}

static void slots_are_spelled_out(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(0);
		struct spelling spelling;
		bool said = spell(&spelling, &cases[i], arena);

		if (said != (cases[i].strings != NULL) || (said && !fits(&cases[i], &spelling))) {
			print_error("%s\n", cases[i].name);
			failed++;
		}
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

static void the_weight_is_the_worst_strings(void **state)
{
	const struct spelling_case one = { .regex = "(abcdef|x)" }, empty = { .regex = "(a|)" },
				   zeros = { .regex = "(ab|\\x00\\x00)" };
	struct arena *arena = arena_new(0);
	struct spelling spelling;

	(void)state;
	assert_true(spell(&spelling, &one, arena));
	assert_true(spelling_weight(&spelling) > 0 && spelling_weight(&spelling) < 20);
	assert_false(spelling_fits_zeros(&spelling));
	assert_true(spell(&spelling, &empty, arena));
	assert_int_equal(spelling_weight(&spelling), 0);
	assert_true(spell(&spelling, &zeros, arena));
	assert_true(spelling_fits_zeros(&spelling));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_spelled_out),
		cmocka_unit_test(the_weight_is_the_worst_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
