#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "rules/modules/range.h"

/* Blocks of text; lends at most three bytes at a time. */
struct text_block {
	uint64_t address;
	const char *text;
};

struct text_view {
	struct target_view view;
	const struct text_block *blocks;
	size_t count;
	uint64_t lost; /* a byte that cannot be had; 0: none */
	int lend_error;
};

static int lend(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		struct error *err)
{
	struct text_view *from = (struct text_view *)view;

	if (from->lend_error)
		return error_set(err, (enum error_code)from->lend_error, 0, "passed");
	for (size_t i = 0; i < from->count; i++) {
		const struct text_block *block = &from->blocks[i];
		size_t length = strlen(block->text);

		if (address < block->address || address - block->address >= length ||
		    (from->lost && address == from->lost))
			continue;
		*out = (struct bytes){ (const uint8_t *)block->text + (address - block->address),
				       length - (size_t)(address - block->address) };
		out->length = out->length < wanted ? out->length : wanted;
		out->length = out->length < 3 ? out->length : 3;
	}
	return 0;
}

static bool next_block(struct target_view *view, uint64_t address, struct address_range *out)
{
	const struct text_view *from = (const struct text_view *)view;

	for (size_t i = 0; i < from->count; i++) {
		const struct text_block *block = &from->blocks[i];

		*out = (struct address_range){ block->address,
					       block->address + strlen(block->text) };
		if (out->end > address)
			return true;
	}
	return false;
}

static int look(struct module_context *context, struct error *err)
{
	int *looks = context->owner;

	(void)err;
	++*looks;
	return 0;
}

static int no_time(struct module_context *context, struct error *err)
{
	(void)context;
	return error_set(err, ERROR_TIMEOUT, 0, "over");
}

/* What was taken, with a bar before each block. */
struct taken {
	char text[64];
	size_t length;
};

static int take(void *to, struct bytes part, bool new_block, struct error *err)
{
	struct taken *taken = to;

	(void)err;
	if (new_block)
		taken->text[taken->length++] = '|';
	memcpy(taken->text + taken->length, part.data, part.length);
	taken->length += part.length;
	return 0;
}

static const struct text_block blocks[] = {
	{ 0, "abcdefgh" }, { 8, "ijkl" }, { 100, "mnop" }, { 104, "qr" }
};

static const struct range_case {
	const char *name;
	int64_t offset, length;
	uint64_t lost;
	const char *expected; /* NULL: not defined */
} cases[] = {
	{ "a range within a block", 2, 4, 0, "|cdef" },
	{ "a whole block", 0, 8, 0, "|abcdefgh" },
	{ "a range over blocks that follow each other", 6, 4, 0, "|gh|ij" },
	{ "a range that ends with a block before a gap", 8, 4, 0, "|ijkl" },
	{ "a range with a gap", 8, 5, 0, NULL },
	{ "a range beyond the last block is cut there", 102, 50, 0, "|op|qr" },
	{ "the greatest length is cut too", 104, INT64_MAX, 0, "|qr" },
	{ "no bytes", 3, 0, 0, "" },
	{ "an offset between blocks", 50, 2, 0, NULL },
	{ "an offset behind all blocks", 106, 1, 0, NULL },
	{ "an offset behind all blocks without a length", 106, 0, 0, NULL },
	{ "a negative offset", -1, 2, 0, NULL },
	{ "a negative length", 0, -3, 0, NULL },
	{ "a byte that cannot be had", 0, 8, 3, NULL },
};

static struct text_view view_of(const struct text_block *from, size_t count)
{
	return (struct text_view){ .view = { .lend = lend, .next_block = next_block },
				   .blocks = from,
				   .count = count };
}

static void test_walks_bytes_as_yara_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct text_view view = view_of(blocks, 4);
		int looks = 0;
		struct module_context context = { .view = &view.view,
						  .look = look,
						  .owner = &looks };
		struct taken taken = { 0 };
		struct error err;
		bool defined;

		view.lost = cases[i].lost;
		assert_int_equal(range_walk(&context, cases[i].offset, cases[i].length, take,
					    &taken, &defined, &err),
				 0);
		if (defined != !!cases[i].expected ||
		    (defined && strcmp(taken.text, cases[i].expected) != 0))
			fail_msg("%s: %s", cases[i].name, defined ? taken.text : "undefined");
	}
}

static void test_walks_all_bytes_only_where_they_follow_each_other_from_zero(void **state)
{
	static const struct all_case {
		const struct text_block *blocks;
		size_t count;
		const char *expected;
	} all_cases[] = {
		{ blocks, 1, "|abcdefgh" }, { blocks, 2, "|abcdefgh|ijkl" },
		{ blocks, 3, NULL },	    { blocks + 1, 1, NULL },
		{ blocks, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all_cases) / sizeof(*all_cases); i++) {
		struct text_view view = view_of(all_cases[i].blocks, all_cases[i].count);
		int looks = 0;
		struct module_context context = { .view = &view.view,
						  .look = look,
						  .owner = &looks };
		struct taken taken = { 0 };
		struct error err;
		bool defined;

		assert_int_equal(range_walk_all(&context, take, &taken, &defined, &err), 0);
		assert_int_equal(defined, !!all_cases[i].expected);
		if (defined)
			assert_string_equal(taken.text, all_cases[i].expected);
	}
}

static void test_ends_with_the_code_of_the_view_and_of_the_clock(void **state)
{
	struct text_view view = view_of(blocks, 4);
	int looks = 0;
	struct module_context context = { .view = &view.view, .look = look, .owner = &looks };
	struct taken taken = { 0 };
	struct error err;
	bool defined;

	(void)state;
	view.lend_error = ERROR_NOT_KEPT;
	assert_int_equal(range_walk(&context, 0, 4, take, &taken, &defined, &err), ERROR_NOT_KEPT);
	context.look = no_time;
	assert_int_equal(range_walk(&context, 0, 4, take, &taken, &defined, &err), ERROR_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks_bytes_as_yara_does),
		cmocka_unit_test(test_walks_all_bytes_only_where_they_follow_each_other_from_zero),
		cmocka_unit_test(test_ends_with_the_code_of_the_view_and_of_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
