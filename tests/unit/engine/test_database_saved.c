#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/database/parts.h"
#include "scan_fixture.h"

#define KEYED 49 /* enough that they are searched under all keys at once; most tests do without */
#define PATTERNS (7 + KEYED)

/* Patterns of every kind, once with their trees and once as a file gives them. */
struct fixture {
	struct arena *arena;
	struct pattern patterns[PATTERNS], bare[PATTERNS];
	enum match_need needs[PATTERNS];
	size_t own_bytes; /* of what was saved, those before Hyperscan's */
	struct error err;
};

static const char content[] = "abcd ABCD a\0b\0c\0d\0 xyzzy 0123456789 aaaaaaaaaaaaaaaaaaaaaaaa= "
			      "\x01\x02\x03 head 17 tail Key07Zq Jdx18[p";

static struct pattern chain(struct arena *arena)
{
	struct pattern first = fixture_literal(arena, "head", 4, PATTERN_ASCII);
	struct pattern second = fixture_regex(arena, "[0-9]{2}", PATTERN_ASCII);
	struct pattern third = fixture_literal(arena, "tail", 4, PATTERN_ASCII);
	struct pattern_part *parts = arena_alloc_array(arena, 3, sizeof(*parts));
	struct pattern_gap *gaps = arena_alloc_array(arena, 2, sizeof(*gaps));

	parts[0] = first.parts[0];
	parts[1] = second.parts[0];
	parts[2] = third.parts[0];
	gaps[0] = gaps[1] = (struct pattern_gap){ 0, 10 };
	first.parts = parts;
	first.gaps = gaps;
	first.part_count = 3;
	return first;
}

/* In the content stand number 7 under key 0 and number 9 under key 1. */
static struct pattern keyed(struct arena *arena, size_t number)
{
	const char text[] = { 'K', 'e', 'y', (char)('0' + number / 10), (char)('0' + number % 10),
			      'Z', 'q' };

	return fixture_literal(arena, text, sizeof(text), PATTERN_ASCII | PATTERN_XOR);
}

static struct pattern without_trees(struct arena *arena, const struct pattern *pattern)
{
	struct pattern bare = *pattern;
	struct pattern_part *parts =
		arena_copy(arena, pattern->parts, pattern->part_count * sizeof(*parts));

	for (size_t i = 0; i < pattern->part_count; i++)
		parts[i].regex = NULL;
	bare.parts = parts;
	return bare;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct arena *arena = arena_new(0);

	assert_non_null(fixture);
	fixture->arena = arena;
	fixture->patterns[0] =
		fixture_literal(arena, "abcd", 4, PATTERN_ASCII | PATTERN_WIDE | PATTERN_NOCASE);
	fixture->patterns[1] = fixture_literal(arena, "xyzzy", 5, PATTERN_ASCII | PATTERN_XOR);
	fixture->patterns[1].xor_min = 1;
	fixture->patterns[1].xor_max = 3;
	fixture->patterns[2] = fixture_regex(arena, "[0-9]{3,7}", PATTERN_ASCII | PATTERN_WIDE);
	fixture->patterns[3] = fixture_literal(arena, "unsearched", 10, PATTERN_ASCII);
	fixture->patterns[4] = fixture_regex(arena, "[a-z]{20,100}=?", PATTERN_ASCII);
	fixture->patterns[5] = fixture_literal(arena, "head", 4, PATTERN_ASCII | PATTERN_FULLWORD);
	fixture->patterns[6] = chain(arena);
	for (size_t i = 0; i < KEYED; i++)
		fixture->patterns[7 + i] = keyed(arena, i);
	for (size_t i = 0; i < PATTERNS; i++) {
		fixture->bare[i] = without_trees(arena, &fixture->patterns[i]);
		fixture->needs[i] = i == 3 || i >= 7 ? NEED_NOTHING : NEED_ALL;
	}
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

static struct database *compiled(struct fixture *fixture)
{
	struct database *database = NULL;
	size_t culprit;

	if (database_compile(&database, fixture->patterns, fixture->needs, PATTERNS, &culprit,
			     &fixture->err) < 0)
		fail_msg("%s", fixture->err.message);
	return database;
}

static struct byte_writer saved(struct fixture *fixture, const struct database *database)
{
	struct byte_writer out = { 0 };

	assert_int_equal(database_save(database, &out, &fixture->err), 0);
	return out;
}

static struct byte_writer compiled_and_saved(struct fixture *fixture)
{
	struct database *database = compiled(fixture);
	struct byte_writer out = saved(fixture, database);
	size_t length = 0;

	if (database->atoms)
		assert_int_equal(hs_database_size(database->atoms, &length), HS_SUCCESS);
	fixture->own_bytes = out.length - (length < out.length ? length : out.length);
	database_free(database);
	return out;
}

/* The next place to look at: all of our own bytes, some of Hyperscan's, which it sums up itself. */
static size_t next_place(const struct fixture *fixture, size_t place)
{
	return place < fixture->own_bytes ? place + 1 : place + 499;
}

static int load(struct fixture *fixture, const void *data, size_t length, struct database **out)
{
	struct bytes_reader in = bytes_reader_at(data, length);

	*out = NULL;
	return database_load(out, fixture->bare, PATTERNS, &in, &fixture->err);
}

/* How often each pattern of one part is found. */
static void count_matches(struct fixture *fixture, const struct database *database,
			  uint64_t counts[PATTERNS])
{
	const struct match_policy policy = { .needs = fixture->needs,
					     .pattern_count = PATTERNS,
					     .max_listed = 100,
					     .data_bytes = 64 };
	const struct placement placement = { .address = 0x1000 };
	struct match_budget budget;
	struct match_store *store = NULL;
	struct match_table *table = NULL;
	struct scanner *scanner = NULL;

	atomic_init(&budget.bytes_left, (uint64_t)1 << 24);
	assert_int_equal(scanner_new(&scanner, database, &fixture->err), 0);
	assert_int_equal(match_store_new(&store, &policy, &budget, &fixture->err), 0);

	struct match_store *const stores[] = { store };
	const struct piece_targets targets = { &placement, stores, 1, NULL, NULL };
	const struct piece piece = { .data = (const uint8_t *)content,
				     .length = sizeof(content) - 1,
				     .own_end = sizeof(content),
				     .first = EDGE_REAL,
				     .last = EDGE_REAL };

	assert_int_equal(scanner_scan(scanner, &piece, &targets, &fixture->err), 0);
	assert_int_equal(match_table_merge(&table, &store, 1, &policy, &fixture->err), 0);
	for (uint32_t i = 0; i < PATTERNS; i++) {
		size_t kept;

		counts[i] = 0;
		match_table_get(table, i, &kept, &counts[i]);
	}
	match_table_free(table);
	match_store_free(store);
	scanner_free(scanner);
}

static void finds_the_same_after_loading(void **state)
{
	struct fixture *fixture = *state;
	struct database *original = compiled(fixture), *loaded;
	struct byte_writer first = saved(fixture, original), second;
	uint64_t before[PATTERNS], after[PATTERNS];

	if (load(fixture, first.data, first.length, &loaded) < 0)
		fail_msg("%s", fixture->err.message);
	second = saved(fixture, loaded);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(first.data, second.data, first.length);
	assert_int_equal(database_reach(loaded), database_reach(original));
	assert_int_equal(database_look_behind(loaded), database_look_behind(original));
	assert_int_equal(database_matches_zeros(loaded), database_matches_zeros(original));
	assert_int_equal(database_pattern_count(loaded), PATTERNS);
	assert_int_equal(loaded->chain_count, 1);
	assert_int_equal(loaded->chains[0].number, 6);
	count_matches(fixture, original, before);
	count_matches(fixture, loaded, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(after[0], 3);
	assert_int_equal(after[2], 8);
	database_free(original);
	database_free(loaded);
	byte_writer_release(&first);
	byte_writer_release(&second);
}

static void without_any_atom_there_is_no_database_of_hyperscan(void **state)
{
	struct fixture *fixture = *state;
	struct database *loaded;
	struct byte_writer bytes;

	for (size_t i = 0; i < PATTERNS; i++)
		fixture->needs[i] = i == 4 ? NEED_ALL : NEED_NOTHING;
	bytes = compiled_and_saved(fixture);
	assert_int_equal(load(fixture, bytes.data, bytes.length, &loaded), 0);
	assert_null(loaded->atoms);
	assert_int_equal(loaded->whole_search_count, 1);
	database_free(loaded);
	byte_writer_release(&bytes);
}

static void is_refused_with_other_patterns(void **state)
{
	struct fixture *fixture = *state;
	struct byte_writer bytes = compiled_and_saved(fixture);
	struct bytes_reader in = bytes_reader_at(bytes.data, bytes.length);
	struct database *loaded = NULL;

	assert_int_equal(database_load(&loaded, fixture->bare, PATTERNS - 1, &in, &fixture->err),
			 ERROR_FORMAT);
	assert_string_equal(fixture->err.message, "the search database is of other patterns");
	fixture->bare[2].flags = PATTERN_WIDE;
	assert_int_equal(load(fixture, bytes.data, bytes.length, &loaded), ERROR_FORMAT);
	byte_writer_release(&bytes);
}

static void is_refused_where_it_ends_early(void **state)
{
	struct fixture *fixture = *state;
	struct byte_writer bytes = compiled_and_saved(fixture);
	struct database *loaded;

	for (size_t length = 0; length < bytes.length; length = next_place(fixture, length)) {
		uint8_t *cut = malloc(length + 1);

		assert_non_null(cut);
		memcpy(cut, bytes.data, length);
		assert_int_equal(load(fixture, cut, length, &loaded), ERROR_FORMAT);
		free(cut);
	}
	byte_writer_release(&bytes);
}

/* Whatever loads is searched with; a sanitizer watches. */
static bool load_changed(struct fixture *fixture, struct byte_writer *bytes, size_t at,
			 uint8_t value)
{
	uint8_t old = bytes->data[at];
	struct database *loaded;
	uint64_t counts[PATTERNS];
	int ret;

	bytes->data[at] = value;
	ret = load(fixture, bytes->data, bytes->length, &loaded);
	bytes->data[at] = old;
	if (ret < 0 || value == old) {
		database_free(loaded);
		return false;
	}
	count_matches(fixture, loaded, counts);
	database_free(loaded);
	return true;
}

static void changed_bytes_do_no_harm(void **state)
{
	static const uint8_t values[] = { 0, 1, 2, 3, 8, 31, 128, 255 };
	struct fixture *fixture = *state;
	struct byte_writer bytes = compiled_and_saved(fixture);
	size_t loads = 0;

	for (size_t at = 0; at < bytes.length; at = next_place(fixture, at))
		for (size_t i = 0; i < sizeof(values); i++)
			loads += load_changed(fixture, &bytes, at, values[i]);
	assert_true(loads > 0);
	byte_writer_release(&bytes);
}

static void strings_under_all_keys_are_found_after_loading(void **state)
{
	static const uint8_t values[] = { 0, 3, 255 };
	struct fixture *fixture = *state;
	struct database *loaded;
	struct byte_writer bytes;
	uint64_t counts[PATTERNS];

	for (size_t i = 7; i < PATTERNS; i++)
		fixture->needs[i] = NEED_ALL;
	bytes = compiled_and_saved(fixture);
	assert_int_equal(load(fixture, bytes.data, bytes.length, &loaded), 0);
	assert_int_equal(key_table_count(loaded->keys), KEYED);
	count_matches(fixture, loaded, counts);
	for (size_t i = 0; i < KEYED; i++)
		assert_int_equal(counts[7 + i], i == 7 || i == 9);
	database_free(loaded);
	for (size_t at = 0; at < fixture->own_bytes; at += 61)
		for (size_t i = 0; i < sizeof(values); i++)
			load_changed(fixture, &bytes, at, values[i]);
	byte_writer_release(&bytes);
}

static void tells_what_kind_of_processor_it_is_for(void **state)
{
	(void)state;
	assert_true(database_platform() == database_platform());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_the_same_after_loading, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_any_atom_there_is_no_database_of_hyperscan,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_refused_with_other_patterns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_refused_where_it_ends_early, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changed_bytes_do_no_harm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(strings_under_all_keys_are_found_after_loading,
						set_up, tear_down),
		cmocka_unit_test(tells_what_kind_of_processor_it_is_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
