#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/bitmap.h"
#include "engine/regex/program.h"
#include "tests/unit/engine/regex_fixture.h"

static struct byte_writer saved(struct regex_fixture *fixture)
{
	struct byte_writer out = { 0 };

	assert_int_equal(regex_program_save(fixture->program, &out, &fixture->err), 0);
	return out;
}

static int load(struct regex_fixture *fixture, const void *data, size_t length, size_t *left)
{
	struct bytes_reader in = bytes_reader_at(data, length);
	struct regex_program *loaded = NULL;
	int ret = regex_program_load(&loaded, &in, &fixture->err);

	if (ret == 0) {
		regex_program_free(fixture->program);
		fixture->program = loaded;
	} else {
		assert_null(loaded);
	}
	*left = in.rest.length;
	return ret;
}

static void assert_same(const struct regex_program *a, const struct regex_program *b)
{
	assert_int_equal(a->instruction_count, b->instruction_count);
	assert_memory_equal(a->before_start, b->before_start,
			    (a->instruction_count + 1) * sizeof(*a->before_start));
	for (size_t i = 1; i < a->instruction_count; i++) {
		assert_int_equal(a->instructions[i].op, b->instructions[i].op);
		assert_int_equal(a->instructions[i].state, b->instructions[i].state);
		assert_int_equal(a->instructions[i].window, b->instructions[i].window);
		assert_int_equal(a->instructions[i].counter, b->instructions[i].counter);
	}
	assert_int_equal(a->state_count, b->state_count);
	assert_int_equal(a->counter_count, b->counter_count);
	assert_int_equal(a->window_entries, b->window_entries);
	assert_memory_equal(a->last_bytes, b->last_bytes, sizeof(a->last_bytes));
}

/* Saves, loads what was saved and saves that: the same bytes, and the same numbers inside. */
static void round_trip(struct regex_fixture *fixture, const struct regex_node *tree, uint32_t flags)
{
	struct byte_writer first, second;
	struct regex_program *original;
	size_t left;

	compile(fixture, tree, flags);
	first = saved(fixture);
	original = fixture->program;
	fixture->program = NULL;
	if (load(fixture, first.data, first.length, &left)) {
		print_tree(tree);
		fail_msg("%s", fixture->err.message);
	}
	assert_int_equal(left, 0);
	assert_same(original, fixture->program);
	second = saved(fixture);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(first.data, second.data, first.length);
	regex_program_free(original);
	byte_writer_release(&first);
	byte_writer_release(&second);
}

static void comes_back_as_it_was(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *letters = class_of(b, "abcdef", false);
	const struct regex_node *trees[] = {
		new_node(b, REGEX_EMPTY),
		byte(b, 'a'),
		text_of(b, "abc"),
		SEQUENCE(b, new_node(b, REGEX_START), text_of(b, "ab"), new_node(b, REGEX_END)),
		repeat(b, letters, 5, 2000, true),
		repeat(b, letters, 0, 2000, false),
		repeat(b, letters, 200, REGEX_NO_LIMIT, true),
		SEQUENCE(b, repeat(b, letters, 200, REGEX_NO_LIMIT, true),
			 repeat(b, byte(b, '='), 0, 2, true)),
		repeat(b, text_of(b, "abc"), 2000, 2000, true),
		repeat(b, text_of(b, "abc"), 2800, 2800, true), /* longer than a match may be */
		repeat(b, EITHER(b, byte(b, 'a'), text_of(b, "bc")), 1, REGEX_NO_LIMIT, false),
		repeat(b, repeat(b, letters, 5, 6, true), 0, REGEX_NO_LIMIT, true),
		EITHER(b, new_node(b, REGEX_WORD_EDGE), new_node(b, REGEX_NOT_WORD_EDGE)),
	};

	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++)
		for (uint32_t flags = 0; flags < 4; flags++)
			round_trip(fixture, trees[i], flags);
}

static void any_tree_comes_back(void **state)
{
	struct regex_fixture *fixture = *state;

	for (size_t i = 0; i < 3000; i++) {
		const struct regex_node *tree =
			random_tree(&fixture->builder, 1 + (unsigned)(i % 5));

		round_trip(fixture, tree, (uint32_t)(i % 4));
	}
}

static void is_refused_where_it_ends_early(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	struct byte_writer bytes;
	size_t left;

	compile(fixture, SEQUENCE(b, text_of(b, "ab"), repeat(b, any(b), 5, 9, true)), 0);
	bytes = saved(fixture);
	for (size_t length = 0; length < bytes.length; length++) {
		uint8_t *cut = malloc(length + 1);

		assert_non_null(cut);
		memcpy(cut, bytes.data, length);
		assert_int_equal(load(fixture, cut, length, &left), ERROR_FORMAT);
		free(cut);
	}
	byte_writer_release(&bytes);
}

/* Everything that a program is asked over bytes that it may match; a sanitizer watches. */
static void use(struct regex_fixture *fixture)
{
	static const char content[] = "abcabcaaaaaaaaaaaaa\0a\0b\0c\0a\0abccccb";
	const struct regex_text text = text_at(content, sizeof(content) - 1);
	const size_t count = text.length + 1;
	uint64_t *starts = all_starts(fixture, &text, 0, count);
	uint32_t lengths[sizeof(content) + 1];

	assert_int_equal(regex_match_lengths(fixture->program, fixture->scratch, &text, 0, count,
					     starts, lengths, &fixture->err),
			 0);
	for (size_t i = 0; i < count; i++) {
		if (bitmap_test(starts, i) && regex_program_fixed_length(fixture->program))
			assert_true(regex_program_longest(fixture->program) <= text.length - i);
		if (bitmap_test(starts, i) && lengths[i] != REGEX_NO_MATCH)
			assert_true(lengths[i] <= text.length - i);
		match_at(fixture, &text, i);
	}
	free(starts);
}

static void changed_bytes_do_no_harm(void **state)
{
	static const uint8_t values[] = { 0, 1, 2, 3, 4, 5, 7, 16, 127, 255 };
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *letters = class_of(b, "abc", false);
	const struct regex_node *trees[] = {
		repeat(b, letters, 5, 20, true),
		SEQUENCE(b, repeat(b, letters, 5, REGEX_NO_LIMIT, true),
			 repeat(b, byte(b, 'c'), 0, 2, true)),
		SEQUENCE(b, byte(b, 'a'), repeat(b, text_of(b, "bc"), 0, REGEX_NO_LIMIT, false),
			 new_node(b, REGEX_WORD_EDGE)),
		text_of(b, "abc"),
	};

	for (size_t i = 0; i < 2 * sizeof(trees) / sizeof(*trees); i++) {
		struct byte_writer bytes;

		compile(fixture, trees[i / 2], i % 2 ? REGEX_WIDE : 0);
		bytes = saved(fixture);
		for (size_t at = 0; at < bytes.length * sizeof(values); at++) {
			uint8_t *byte = &bytes.data[at / sizeof(values)], old = *byte;
			size_t left;

			*byte = values[at % sizeof(values)];
			if (load(fixture, bytes.data, bytes.length, &left) == 0)
				use(fixture);
			*byte = old;
		}
		byte_writer_release(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back_as_it_was, regex_fixture_set_up,
						regex_fixture_tear_down),
		cmocka_unit_test_setup_teardown(any_tree_comes_back, regex_fixture_set_up,
						regex_fixture_tear_down),
		cmocka_unit_test_setup_teardown(is_refused_where_it_ends_early,
						regex_fixture_set_up, regex_fixture_tear_down),
		cmocka_unit_test_setup_teardown(changed_bytes_do_no_harm, regex_fixture_set_up,
						regex_fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
