#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/expression/atom.h"

static struct atom literal_atom(const char *bytes, uint8_t length, bool caseless)
{
	struct atom atom = { .length = length, .caseless = caseless };

	memcpy(atom.bytes, bytes, length);
	return atom;
}

static void every_byte_of_a_literal_is_escaped(void **state)
{
	struct arena *arena = arena_new(0);
	struct atom atom = literal_atom("a.\0\xff", 4, false);

	(void)state;
	assert_string_equal(atom_expression(&atom, arena), "\\x61\\x2e\\x00\\xff");
	arena_free(arena);
}

static void classes_are_written_as_ranges(void **state)
{
	struct byte_set sets[3] = { byte_set_of(']'), byte_set_masked(0x10, 0xf0),
				    byte_set_masked(0, 0) };
	struct atom atom = { .length = 3, .classes = sets };
	struct arena *arena = arena_new(0);

	(void)state;
	byte_set_add(&sets[1], 0xff);
	assert_string_equal(atom_expression(&atom, arena), "\\x5d[\\x10-\\x1f\\xff].");
	arena_free(arena);
}

/* The worst text: every second byte value at each position. */
static void the_longest_expression_has_room(void **state)
{
	struct byte_set sets[WINDOW_POSITIONS];
	struct atom atom = { .length = WINDOW_POSITIONS, .classes = sets };
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < WINDOW_POSITIONS; i++)
		sets[i] = byte_set_masked(0, 1);
	assert_int_equal(strlen(atom_expression(&atom, arena)), WINDOW_POSITIONS * (128 * 4 + 2));
	arena_free(arena);
}

static void atoms_are_equal_when_hyperscan_would_look_for_the_same(void **state)
{
	const struct atom atoms[] = { literal_atom("ab", 2, false), literal_atom("ab", 2, true),
				      literal_atom("abc", 3, false), literal_atom("ac", 2, false) };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < 4; k++) {
			assert_int_equal(atom_compare(&atoms[i], &atoms[k]) == 0, i == k);
			assert_int_equal(atom_compare(&atoms[i], &atoms[k]) > 0,
					 atom_compare(&atoms[k], &atoms[i]) < 0);
		}
	}
}

static struct atom keyed_atom(const char *bytes)
{
	struct atom atom = { .length = KEYED_BYTES, .keyed = true };

	memcpy(atom.bytes, bytes, KEYED_BYTES);
	return atom;
}

static void keyed_atoms_are_equal_when_some_key_makes_them_so(void **state)
{
	const struct atom atom = keyed_atom("hello"), same = keyed_atom("idmmn"),
			  other = keyed_atom("hellp"), zeros = keyed_atom("aaaaa");
	char text[32];

	(void)state;
	assert_int_equal(atom_place_of(&atom), ATOM_OF_KEY_TABLE);
	assert_int_equal(atom_compare(&atom, &same), 0);
	assert_int_equal(atom_weight(&atom), atom_weight(&same));
	assert_int_not_equal(atom_compare(&atom, &other), 0);
	assert_false(atom_fits_zeros(&atom));
	assert_true(atom_fits_zeros(&zeros));
	atom_describe(&atom, text, sizeof(text));
	assert_string_equal(text, "(xor)hello");
}

static void an_atom_fits_zeros_when_each_position_allows_zero(void **state)
{
	struct byte_set sets[2] = { byte_set_of(0), byte_set_masked(0, 0xf0) };
	struct atom classes = { .length = 2, .classes = sets };
	struct atom zeros = literal_atom("\0\0", 2, false), other = literal_atom("\0a", 2, false);

	(void)state;
	assert_true(atom_fits_zeros(&classes));
	assert_true(atom_fits_zeros(&zeros));
	assert_false(atom_fits_zeros(&other));
}

static void a_check_holds_the_common_bits_in_order(void **state)
{
	struct byte_set sets[2] = { byte_set_of('a'), byte_set_masked(0x40, 0xf0) };
	struct atom_check check = atom_check_of(sets, 2, -2);

	(void)state;
	assert_int_equal(check.mask, 0xf0ff);
	assert_int_equal(check.value, 0x4061);
	assert_int_equal(check.offset, -2);
}

static void windows_without_a_byte_to_begin_with_are_for_a_table(void **state)
{
	struct byte_set nibbles[] = { byte_set_masked(0x40, 0xf0), byte_set_of(0),
				      byte_set_masked(0x01, 0x0f) };
	struct byte_set pair[] = { byte_set_masked(0x40, 0xf0), byte_set_of('k') };
	struct atom window = { .classes = nibbles, .length = 3 };
	struct atom begun = { .classes = pair, .length = 2 };
	struct atom literal = literal_atom("ab", 2, false);

	(void)state;
	byte_set_add_cases(&pair[1]);
	assert_int_equal(atom_place_of(&window), ATOM_OF_WINDOW_TABLE);
	assert_int_equal(atom_place_of(&begun), ATOM_OF_HYPERSCAN);
	assert_int_equal(atom_place_of(&literal), ATOM_OF_HYPERSCAN);
	assert_true(atom_compare(&begun, &window) < 0);
	assert_true(atom_compare(&literal, &begun) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_a_literal_is_escaped),
		cmocka_unit_test(classes_are_written_as_ranges),
		cmocka_unit_test(the_longest_expression_has_room),
		cmocka_unit_test(atoms_are_equal_when_hyperscan_would_look_for_the_same),
		cmocka_unit_test(keyed_atoms_are_equal_when_some_key_makes_them_so),
		cmocka_unit_test(an_atom_fits_zeros_when_each_position_allows_zero),
		cmocka_unit_test(windows_without_a_byte_to_begin_with_are_for_a_table),
		cmocka_unit_test(a_check_holds_the_common_bits_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
