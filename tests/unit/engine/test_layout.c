#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/expression/layout.h"
#include "tiny_regex.h"

/* A row is written as one char for each slot: a byte, '.' for other sets, '-' for a gap, '|' for a choice. */
struct layout_case {
	const char *name, *regex, *row;
	bool wide, gap_first;
	uint64_t length_min, length_max;
};

static const struct layout_case cases[] = {
	{ "bytes and classes stand in order", "ab[cd]e", "ab.e", false, false, 4, 4 },
	{ "what matches no byte is left out", "^a\\b$", "a", false, false, 1, 1 },
	{ "repeats are copies and a gap", "a{2,5}b", "aa-b", false, false, 3, 6 },
	{ "the gap may stand first", "a{2,5}b", "-aab", false, true, 3, 6 },
	{ "an exact repeat has no gap", "a{3}", "aaa", false, false, 3, 3 },
	{ "of a long repeat both ends are copied", "a{40}b", "aaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaab",
	  false, false, 41, 41 },
	{ "a group that is repeated often is copied at one end", "(ab){9}c", "abababab-c", false,
	  false, 19, 19 },
	{ "what may be missing is a gap", "ab?c", "a-c", false, false, 2, 3 },
	{ "an unbounded gap is far", "ab*", "a-", false, false, 1, LAYOUT_FAR },
	{ "groups are laid out in place", "(ab)c", "abc", false, false, 3, 3 },
	{ "an alternation of bytes is a set", "a(b|c)", "a.", false, false, 2, 2 },
	{ "an alternation is a choice", "a(bb|c)d", "a|d", false, false, 3, 4 },
	{ "wide bytes have zeros between", "ab?", "a0-", true, false, 2, 4 },
};

static char slot_char(const struct slot *slot)
{
	if (slot->kind == SLOT_GAP)
		return '-';
	if (slot->kind == SLOT_CHOICE)
		return '|';
	if (byte_set_count(&slot->set) > 1)
		return '.';
	return byte_set_has(&slot->set, 0) ? '0' : (char)byte_set_lowest(&slot->set);
}

static bool fits(const struct layout_case *row, const struct layout *layout)
{
	if (layout->count != strlen(row->row) || layout->length_min != row->length_min ||
	    layout->length_max != row->length_max)
		return false;
	for (size_t i = 0; i < layout->count; i++)
		if (slot_char(&layout->slots[i]) != row->row[i])
			return false;
	return true;
}

static void a_tree_becomes_a_row_of_what_must_be_there(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct layout_case *row = &cases[i];
		struct arena *arena = arena_new(0);
		uint64_t steps = 1000;
		const struct layout_options options = { row->wide, false, row->gap_first, &steps };
		struct layout layout;
		struct error err = { 0 };

		assert_int_equal(
			layout_init(&layout, tiny_regex_parse(arena, row->regex), &options, &err),
			0);
		if (!fits(row, &layout)) {
			print_error("%s\n", row->name);
			failed++;
		}
		layout_release(&layout);
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

static void what_goes_beyond_the_steps_is_a_gap_of_the_same_length(void **state)
{
	struct arena *arena = arena_new(0);
	uint64_t steps = 6;
	const struct layout_options options = { .steps_left = &steps };
	struct layout layout;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
		layout_init(&layout, tiny_regex_parse(arena, "a((bc){3}){2}d"), &options, &err), 0);
	assert_int_equal(steps, 0);
	assert_int_equal(layout.length_min, 14);
	assert_int_equal(layout.length_max, 14);
	layout_release(&layout);
	arena_free(arena);
}

static void zeros_are_told_from_nothing(void **state)
{
	static const struct {
		const char *regex;
		bool zeros;
	} rows[] = { { "\\x00", true },	    { "a?", false },	    { "a?\\x00?", true },
		     { "a\\x00", false },   { "(a|\\x00)+", true }, { "(a|\\x00b)", false },
		     { "\\x00{0}", false }, { "^[\\x00-a]$", true } };
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(regex_node_fits_zeros(tiny_regex_parse(arena, rows[i].regex)),
				 rows[i].zeros);
	arena_free(arena);
}

static void word_edges_are_seen_at_any_depth(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_true(regex_node_has_word_edge(tiny_regex_parse(arena, "a(b|(c\\B)+)")));
	assert_false(regex_node_has_word_edge(tiny_regex_parse(arena, "^a(b|c)+$")));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_becomes_a_row_of_what_must_be_there),
		cmocka_unit_test(what_goes_beyond_the_steps_is_a_gap_of_the_same_length),
		cmocka_unit_test(zeros_are_told_from_nothing),
		cmocka_unit_test(word_edges_are_seen_at_any_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
