#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/expression/expression.h"
#include "scan_fixture.h"

struct literal_case {
	const char *name, *literal;
	size_t length;
	uint32_t flags;
	const char *atom;
	size_t atom_length;
	uint32_t distance;
};

static const struct literal_case literal_cases[] = {
	{ "a short literal is its own atom", "abc", 3, PATTERN_ASCII, "abc", 3, 0 },
	{ "a long literal has one atom of eight bytes", "aaaaaaaa5!7&9#2;", 16, PATTERN_ASCII,
	  "5!7&9#2;", 8, 8 },
	{ "zeros are left out where there are other bytes", "\0\0\0\0\0\0\0\0\0\0ab", 12,
	  PATTERN_ASCII, "ab", 2, 10 },
	{ "an atom does not end in a zero where it can", "abcdefgh", 8, PATTERN_WIDE,
	  "\0b\0c\0d\0e", 8, 1 },
	{ "zeros stay where there is nothing else", "\0\0", 2, PATTERN_ASCII, "\0\0", 2, 0 },
	{ "without case the atom is in lower case", "AbC", 3, PATTERN_ASCII | PATTERN_NOCASE, "abc",
	  3, 0 },
};

static struct expression expression_for(const struct pattern *pattern, struct arena *arena)
{
	struct expression expression;
	struct error err = { 0 };

	if (expression_init(&expression, pattern, KEYS_ONE_BY_ONE, arena, &err) < 0)
		fail_msg("%s", err.message);
	return expression;
}

static bool lead_ends_well(const struct literal_case *row, const struct lead *lead)
{
	/* How many zeros stand before is a matter of weights; what follows them is not. */
	const uint8_t *end = lead->atom.bytes + lead->atom.length;

	return lead->atom.length >= row->atom_length &&
	       memcmp(end - row->atom_length, row->atom, row->atom_length) == 0 &&
	       lead->use.distance_min + lead->atom.length == row->distance + row->atom_length &&
	       lead->use.distance_min == lead->use.distance_max;
}

static void literals_are_found_by_their_rarest_bytes(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(literal_cases) / sizeof(literal_cases[0]); i++) {
		const struct literal_case *row = &literal_cases[i];
		struct arena *arena = arena_new(0);
		struct pattern pattern =
			fixture_literal(arena, row->literal, row->length, row->flags);
		struct expression expression = expression_for(&pattern, arena);

		if (expression.count != 1 || !lead_ends_well(row, &expression.leads[0])) {
			print_error("%s\n", row->name);
			failed++;
		}
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

static void an_xor_literal_has_an_atom_for_each_key_and_width(void **state)
{
	struct arena *arena = arena_new(0);
	struct pattern pattern =
		fixture_literal(arena, "abcd", 4, PATTERN_ASCII | PATTERN_WIDE | PATTERN_XOR);
	struct expression expression;

	(void)state;
	pattern.xor_min = 3;
	pattern.xor_max = 5;
	expression = expression_for(&pattern, arena);
	assert_int_equal(expression.count, 6);
	assert_int_equal(expression.leads[0].use.xor_key, 3);
	assert_memory_equal(expression.leads[0].atom.bytes, "ba`g", 4);
	assert_false(expression.leads[2].use.wide);
	assert_true(expression.leads[3].use.wide);
	assert_false(expression.fits_zeros);
	arena_free(arena);
}

static void a_literal_is_zeros_alone_under_its_own_key(void **state)
{
	struct arena *arena = arena_new(0);
	struct pattern pattern = fixture_literal(arena, "AAA", 3, PATTERN_ASCII | PATTERN_XOR);

	(void)state;
	assert_true(expression_for(&pattern, arena).fits_zeros);
	pattern.xor_min = 'B';
	assert_false(expression_for(&pattern, arena).fits_zeros);
	arena_free(arena);
}

struct keyed_case {
	const char *name, *literal;
	size_t length;
	uint32_t flags;
	unsigned int last_key; /* of those from 0 on */
	size_t atoms; /* of one variant */
	const char *first; /* NULL: not keyed */
	uint32_t distance;
};

static const struct keyed_case keyed_cases[] = {
	{ "one atom stands for all keys", "abcdefgh", 8, PATTERN_ASCII, 255, 1, "abcde", 0 },
	{ "its bytes are those that differ most", "aaaaaaaZq7#x", 12, PATTERN_ASCII, 255, 1,
	  "aZq7#", 6 },
	{ "few keys are searched one by one", "abcdefgh", 8, PATTERN_ASCII, 3, 4, NULL, 0 },
	{ "so are short literals", "Zq7#", 4, PATTERN_ASCII, 255, 256, NULL, 0 },
	{ "so is what repeats one byte", "aaaaaaaaaaaa", 12, PATTERN_ASCII, 255, 256, NULL, 0 },
};

static void many_keys_can_be_looked_for_by_one_atom(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keyed_cases) / sizeof(keyed_cases[0]); i++) {
		const struct keyed_case *row = &keyed_cases[i];
		struct arena *arena = arena_new(0);
		struct pattern pattern =
			fixture_literal(arena, row->literal, row->length, row->flags | PATTERN_XOR);
		struct expression expression;
		struct error err;

		pattern.xor_max = (uint8_t)row->last_key;
		assert_int_equal(expression_init(&expression, &pattern, KEYS_TOGETHER, arena, &err),
				 0);
		if (expression.count != row->atoms ||
		    expression.leads[0].use.keyed != (row->first != NULL))
			fail_msg("%s: %zu atoms", row->name, expression.count);
		if (row->first) {
			assert_memory_equal(expression.leads[0].atom.bytes, row->first,
					    KEYED_BYTES);
			assert_int_equal(expression.leads[0].use.distance_min, row->distance);
		}
		arena_free(arena);
	}
}

struct regex_case {
	const char *name, *regex;
	uint32_t flags;
	size_t atoms; /* 0: none, searched without */
	const char *first; /* NULL: a window of classes */
	uint32_t distance_min, distance_max;
};

static const struct regex_case regex_cases[] = {
	{ "a literal within a regex is the atom", "[a-z]{3}needle", PATTERN_ASCII, 1, "needle", 3,
	  3 },
	{ "a gap before the atom gives a range of starts", "x{2,5}[^a]needle42", PATTERN_ASCII, 1,
	  "needle42", 3, 6 },
	{ "an unbounded gap is as long as a match may be", ".*needle42", PATTERN_ASCII, 1,
	  "needle42", 0, REGEX_SPAN_BYTES },
	{ "a small class is spelled out", "qu[ac]ck!", PATTERN_ASCII, 2, "quack!", 0, 0 },
	{ "both cases of letters are one atom without case", "[nN][eE][eE][dD][lL][eE]",
	  PATTERN_ASCII, 1, "needle", 0, 0 },
	{ "alternatives are spelled out with what follows", "(one|three)ish", PATTERN_ASCII, 2,
	  "oneish", 0, 0 },
	{ "alternatives with gaps inside have atoms of their own",
	  "(needle1.{0,9}|haystack.{2,4}x)", PATTERN_ASCII, 2, "needle1", 0, 0 },
	{ "a repeated byte joins what follows it", "a+bcdefg", PATTERN_ASCII, 1, "abcdefg", 0,
	  REGEX_SPAN_BYTES },
	{ "a wide regex has zeros between", "n[a-z]eedle", PATTERN_WIDE, 1, "\0e\0e\0d\0l", 3, 3 },
	{ "classes are a window where no literal is", "[0-9]{6}", PATTERN_ASCII, 1, NULL, 0, 0 },
	{ "classes that differ are better than a run of one", "[0-9]{20}[a-f]{2}", PATTERN_ASCII, 1,
	  NULL, 6, 6 },
	{ "a class is next to what follows its longest run", "[0-9]{400}[a-f]{2}", PATTERN_ASCII, 1,
	  NULL, 386, 386 },
	{ "what matches no byte is skipped", "^\\bneedle$", PATTERN_ASCII, 1, "needle", 0, 0 },
	{ "a regex that may match nothing has no atom", "x*", PATTERN_ASCII, 0, NULL, 0, 0 },
	{ "a regex of nearly any bytes has no atom", ".{9}[^x]", PATTERN_ASCII, 0, NULL, 0, 0 },
	{ "an alternative without an atom leaves none", "(needle|x*)", PATTERN_ASCII, 0, NULL, 0,
	  0 },
	{ "another byte is taken rather than zeros", "\\x00{8}.{2}Z", PATTERN_ASCII, 1, "Z", 10,
	  10 },
};

static bool fits_regex_case(const struct regex_case *row, const struct expression *expression)
{
	const struct lead *lead = expression->leads;

	if (expression->count != row->atoms ||
	    (row->atoms == 0) != expression->no_atoms[VARIANT_ASCII])
		return false;
	if (row->atoms == 0)
		return true;
	if (lead->use.distance_max != row->distance_max ||
	    (row->first == NULL) != !atom_is_literal(&lead->atom))
		return false;
	return !row->first || (lead->use.distance_min == row->distance_min &&
			       memcmp(lead->atom.bytes, row->first, lead->atom.length - 1) == 0);
}

static void regexes_are_found_by_their_best_mandatory_place(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(regex_cases) / sizeof(regex_cases[0]); i++) {
		const struct regex_case *row = &regex_cases[i];
		struct arena *arena = arena_new(0);
		struct pattern pattern = fixture_regex(arena, row->regex, row->flags);
		struct expression expression = expression_for(&pattern, arena);

		if (!fits_regex_case(row, &expression)) {
			print_error("%s: %zu atoms", row->name, expression.count);
			for (size_t k = 0; k < expression.count; k++)
				print_error(" %.*s at %u-%u", expression.leads[k].atom.length,
					    (const char *)expression.leads[k].atom.bytes,
					    expression.leads[k].use.distance_min,
					    expression.leads[k].use.distance_max);
			print_error("\n");
			failed++;
		}
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

static void no_atom_is_zeros_alone_unless_a_match_may_be(void **state)
{
	static const char *const regexes[] = { "\\x00{4}[a\\x00]b", "(\\x00\\x00|a)(b|\\x00c)",
					       "(\\x00a|b\\x00{7})", "[\\x00a][b\\x00][^\\x00]" };

	(void)state;
	for (size_t i = 0; i < sizeof(regexes) / sizeof(regexes[0]); i++) {
		struct arena *arena = arena_new(0);
		struct pattern pattern =
			fixture_regex(arena, regexes[i], PATTERN_ASCII | PATTERN_WIDE);
		struct expression expression = expression_for(&pattern, arena);

		assert_false(expression.fits_zeros);
		for (size_t k = 0; k < expression.count; k++)
			assert_false(atom_fits_zeros(&expression.leads[k].atom));
		arena_free(arena);
	}
}

/* Four times nested groups of thousands of repeats must neither hang nor eat memory. */
static void nested_repeats_end_soon(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 28);
	struct pattern pattern = fixture_regex(
		arena,
		"(((((((((((a{9}b?){9}c?){9}d?){9}|e){9}f?){9}|g){9}h?){9}|i){9}){9}){9}|x){9}y",
		PATTERN_ASCII);
	struct expression expression = expression_for(&pattern, arena);

	(void)state;
	assert_true(expression.count > 0 || expression.no_atoms[VARIANT_ASCII]);
	arena_free(arena);
}

static void chains_are_refused(void **state)
{
	struct arena *arena = arena_new(0);
	struct pattern pattern = fixture_literal(arena, "a", 1, PATTERN_ASCII);
	struct expression expression;
	struct error err = { 0 };

	(void)state;
	pattern.part_count = 2;
	assert_int_equal(expression_init(&expression, &pattern, KEYS_ONE_BY_ONE, arena, &err),
			 ERROR_USAGE);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_keys_can_be_looked_for_by_one_atom),
		cmocka_unit_test(literals_are_found_by_their_rarest_bytes),
		cmocka_unit_test(an_xor_literal_has_an_atom_for_each_key_and_width),
		cmocka_unit_test(a_literal_is_zeros_alone_under_its_own_key),
		cmocka_unit_test(regexes_are_found_by_their_best_mandatory_place),
		cmocka_unit_test(no_atom_is_zeros_alone_unless_a_match_may_be),
		cmocka_unit_test(nested_repeats_end_soon),
		cmocka_unit_test(chains_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
