#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/database/key_table.h"

#define ATOMS 400u
#define FIRST_NUMBER 1000u
#define TEXT_BYTES 20000u

struct fixture {
	struct arena *arena;
	struct atom atoms[ATOMS];
	const struct atom *list[ATOMS];
	size_t count;
	uint8_t *text;
	size_t found[ATOMS];
	uint64_t state;
};

static uint32_t below(struct fixture *fixture, uint32_t limit)
{
	fixture->state = fixture->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(fixture->state >> 33) % limit;
}

static bool is_known(const struct fixture *fixture, const struct atom *atom)
{
	for (size_t i = 0; i < fixture->count; i++)
		if (atom_compare(&fixture->atoms[i], atom) == 0)
			return true;
	return false;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->arena = arena_new(0);
	/* Exactly as long, so that a look behind its end is seen. */
	fixture->text = malloc(TEXT_BYTES);
	assert_non_null(fixture->text);
	while (fixture->count < ATOMS) {
		struct atom atom = { .length = KEYED_BYTES, .keyed = true };

		for (size_t i = 0; i < KEYED_BYTES; i++)
			atom.bytes[i] = (uint8_t)below(fixture, 6);
		if (is_known(fixture, &atom))
			continue;
		fixture->atoms[fixture->count] = atom;
		fixture->list[fixture->count] = &fixture->atoms[fixture->count];
		fixture->count++;
	}
	for (size_t i = 0; i < TEXT_BYTES; i++)
		fixture->text[i] = (uint8_t)(0xa0 + below(fixture, 6));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	free(fixture->text);
	free(fixture);
	return 0;
}

static bool lies_at(const struct atom *atom, const uint8_t *at)
{
	for (size_t i = 0; i < KEYED_BYTES; i++)
		if ((at[i] ^ at[0]) != (atom->bytes[i] ^ atom->bytes[0]))
			return false;
	return true;
}

static int count_found(void *context, uint32_t number, size_t end)
{
	struct fixture *fixture = context;

	assert_in_range(number, FIRST_NUMBER, FIRST_NUMBER + ATOMS - 1);
	assert_in_range(end, KEYED_BYTES, TEXT_BYTES);
	assert_true(
		lies_at(&fixture->atoms[number - FIRST_NUMBER], fixture->text + end - KEYED_BYTES));
	fixture->found[number - FIRST_NUMBER]++;
	return 0;
}

static void check_scan(struct fixture *fixture, const struct key_table *table)
{
	const struct bytes text = { fixture->text, TEXT_BYTES };
	size_t all = 0;

	memset(fixture->found, 0, sizeof(fixture->found));
	key_table_scan(table, &text, count_found, fixture);
	for (size_t i = 0; i < ATOMS; i++) {
		size_t expected = 0;

		for (size_t start = 0; start + KEYED_BYTES <= TEXT_BYTES; start++)
			expected += lies_at(&fixture->atoms[i], fixture->text + start);
		assert_int_equal(fixture->found[i], expected);
		all += expected;
	}
	assert_true(all > TEXT_BYTES / 20);
}

static const struct key_table *made(struct fixture *fixture)
{
	const struct key_table *table = NULL;
	struct error err;

	assert_int_equal(
		key_table_make(&table, fixture->list, ATOMS, FIRST_NUMBER, fixture->arena, &err),
		0);
	return table;
}

static void every_place_of_every_atom_is_found_under_any_key(void **state)
{
	check_scan(*state, made(*state));
}

static void short_texts_have_no_place(void **state)
{
	struct fixture *fixture = *state;
	const struct key_table *table = made(fixture);

	for (size_t length = 0; length < KEYED_BYTES; length++) {
		const struct bytes text = { fixture->text + TEXT_BYTES - length, length };

		key_table_scan(table, &text, count_found, NULL);
	}
}

static int stop_at_once(void *context, uint32_t number, size_t end)
{
	(void)number;
	(void)end;
	++*(size_t *)context;
	return 1;
}

static void whoever_has_enough_is_not_called_again(void **state)
{
	struct fixture *fixture = *state;
	const struct bytes text = { fixture->text, TEXT_BYTES };
	size_t calls = 0;

	key_table_scan(made(fixture), &text, stop_at_once, &calls);
	assert_int_equal(calls, 1);
}

static void a_saved_table_finds_the_same(void **state)
{
	struct fixture *fixture = *state;
	struct byte_writer out = { 0 };
	const struct key_table *table = NULL;
	struct bytes_reader in;
	struct error err;

	key_table_save(made(fixture), &out);
	in = bytes_reader_at(out.data, out.length);
	assert_int_equal(key_table_load(&table, FIRST_NUMBER + ATOMS, &in, fixture->arena, &err),
			 0);
	assert_int_equal(in.rest.length, 0);
	check_scan(fixture, table);
	in = bytes_reader_at(out.data, out.length);
	assert_int_equal(
		key_table_load(&table, FIRST_NUMBER + ATOMS - 1, &in, fixture->arena, &err),
		ERROR_FORMAT);
	for (size_t length = 0; length < out.length; length++) {
		in = bytes_reader_at(out.data, length);
		assert_int_equal(
			key_table_load(&table, FIRST_NUMBER + ATOMS, &in, fixture->arena, &err),
			ERROR_FORMAT);
	}
	byte_writer_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_place_of_every_atom_is_found_under_any_key,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(short_texts_have_no_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whoever_has_enough_is_not_called_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_saved_table_finds_the_same, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
