#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/database/window_table.h"

#define MOST_WINDOWS 150u
#define FIRST_NUMBER 1000u

struct fixture {
	struct byte_set classes[MOST_WINDOWS][WINDOW_POSITIONS];
	struct atom windows[MOST_WINDOWS];
	const struct atom *list[MOST_WINDOWS];
	size_t count;
	uint64_t state;
};

static uint32_t below(struct fixture *fixture, uint32_t limit)
{
	fixture->state = fixture->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(fixture->state >> 33) % limit;
}

static struct byte_set random_class(struct fixture *fixture)
{
	struct byte_set set = { { 0 } };

	if (below(fixture, 4) == 0)
		return byte_set_masked(0, 0);
	for (uint32_t i = 1 + below(fixture, 4); i > 0; i--)
		byte_set_add(&set, (uint8_t)below(fixture, 6));
	return set;
}

static void make_windows(struct fixture *fixture, size_t count)
{
	fixture->count = count;
	for (size_t i = 0; i < count; i++) {
		struct atom *window = &fixture->windows[i];

		*window =
			(struct atom){ .classes = fixture->classes[i],
				       .length = (uint8_t)(1 + below(fixture, WINDOW_POSITIONS)) };
		for (size_t position = 0; position < window->length; position++)
			fixture->classes[i][position] = random_class(fixture);
		fixture->list[i] = window;
	}
}

static bool lies_at(const struct atom *window, const struct bytes *text, size_t start)
{
	if (window->length > text->length - start)
		return false;
	for (size_t i = 0; i < window->length; i++)
		if (!byte_set_has(&window->classes[i], text->data[start + i]))
			return false;
	return true;
}

/* How often each window was reported, and where last. */
struct tally {
	const struct fixture *fixture;
	struct bytes text;
	size_t counts[MOST_WINDOWS], last[MOST_WINDOWS];
	size_t stop_after;
};

static int tally_found(void *context, uint32_t number, size_t end)
{
	struct tally *tally = context;
	size_t window = number - FIRST_NUMBER;

	assert_in_range(number, FIRST_NUMBER, FIRST_NUMBER + tally->fixture->count - 1);
	assert_true(end > tally->last[window]);
	assert_true(lies_at(&tally->fixture->windows[window], &tally->text,
			    end - tally->fixture->windows[window].length));
	tally->last[window] = end;
	tally->counts[window]++;
	return tally->stop_after && --tally->stop_after == 0;
}

static void check_scan(const struct fixture *fixture, const struct window_table *table,
		       const uint8_t *data, size_t length)
{
	/* On the heap, exactly as long, so that a look behind its end is seen. */
	uint8_t *copy = malloc(length + !length);
	struct tally tally = { .fixture = fixture, .text = { copy, length } };

	assert_non_null(copy);
	memcpy(copy, data, length);
	window_table_scan(table, &tally.text, tally_found, &tally);
	for (size_t i = 0; i < fixture->count; i++) {
		size_t expected = 0;

		for (size_t start = 0; start < length; start++)
			expected += lies_at(&fixture->windows[i], &tally.text, start);
		assert_int_equal(tally.counts[i], expected);
	}
	free(copy);
}

static void fill(struct fixture *fixture, uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		data[i] = (uint8_t)below(fixture, 7);
}

static void every_place_of_every_window_is_found(void **state)
{
	static const size_t counts[] = { 0, 1, 13, 64, 65, 150 };
	static struct fixture fixture;
	uint8_t data[200];

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct arena *arena = arena_new(0);
		const struct window_table *table;
		struct error err = { 0 };

		make_windows(&fixture, counts[i]);
		assert_int_equal(window_table_make(&table, fixture.list, fixture.count,
						   FIRST_NUMBER, arena, &err),
				 0);
		assert_int_equal(window_table_count(table), counts[i]);
		for (size_t length = 0; length < sizeof(data); length += length < 40 ? 1 : 53) {
			fill(&fixture, data, length);
			check_scan(&fixture, table, data, length);
		}
		arena_free(arena);
	}
}

static void texts_of_many_chunks_are_searched_across_their_borders(void **state)
{
	static struct fixture fixture;
	static uint8_t data[70000];
	struct arena *arena = arena_new(0);
	const struct window_table *table;
	struct error err = { 0 };

	(void)state;
	make_windows(&fixture, 70);
	fill(&fixture, data, sizeof(data));
	assert_int_equal(
		window_table_make(&table, fixture.list, fixture.count, FIRST_NUMBER, arena, &err),
		0);
	check_scan(&fixture, table, data, sizeof(data));
	arena_free(arena);
}

static void who_has_enough_is_not_asked_again(void **state)
{
	static struct fixture fixture;
	static const uint8_t data[100];
	struct arena *arena = arena_new(0);
	struct tally tally = { .fixture = &fixture,
			       .text = { data, sizeof(data) },
			       .stop_after = 5 };
	const struct window_table *table;
	struct error err = { 0 };

	(void)state;
	fixture.windows[0] = (struct atom){ .classes = fixture.classes[0], .length = 1 };
	fixture.classes[0][0] = byte_set_of(0);
	fixture.list[0] = &fixture.windows[0];
	fixture.count = 1;
	assert_int_equal(window_table_make(&table, fixture.list, 1, FIRST_NUMBER, arena, &err), 0);
	window_table_scan(table, &tally.text, tally_found, &tally);
	assert_int_equal(tally.counts[0], 5);
	arena_free(arena);
}

static void a_saved_table_finds_the_same_and_a_damaged_one_is_refused(void **state)
{
	static struct fixture fixture;
	uint8_t data[150];
	struct arena *arena = arena_new(0);
	const struct window_table *table, *loaded;
	struct byte_writer writer = { 0 };
	struct bytes_reader in;
	struct error err = { 0 };

	(void)state;
	make_windows(&fixture, 70);
	fill(&fixture, data, sizeof(data));
	assert_int_equal(
		window_table_make(&table, fixture.list, fixture.count, FIRST_NUMBER, arena, &err),
		0);
	window_table_save(table, &writer);
	for (size_t length = 0; length < writer.length; length += 61) {
		in = bytes_reader_at(writer.data, length);
		assert_int_equal(window_table_load(&loaded, FIRST_NUMBER + 70, &in, arena, &err),
				 ERROR_FORMAT);
	}
	in = bytes_reader_at(writer.data, writer.length);
	assert_int_equal(window_table_load(&loaded, 69, &in, arena, &err), ERROR_FORMAT);
	in = bytes_reader_at(writer.data, writer.length);
	assert_int_equal(window_table_load(&loaded, FIRST_NUMBER + 70, &in, arena, &err), 0);
	assert_int_equal(in.rest.length, 0);
	check_scan(&fixture, loaded, data, sizeof(data));
	writer.data[4] = WINDOW_POSITIONS + 1;
	in = bytes_reader_at(writer.data, writer.length);
	assert_int_equal(window_table_load(&loaded, FIRST_NUMBER + 70, &in, arena, &err),
			 ERROR_FORMAT);
	byte_writer_release(&writer);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place_of_every_window_is_found),
		cmocka_unit_test(texts_of_many_chunks_are_searched_across_their_borders),
		cmocka_unit_test(who_has_enough_is_not_asked_again),
		cmocka_unit_test(a_saved_table_finds_the_same_and_a_damaged_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
