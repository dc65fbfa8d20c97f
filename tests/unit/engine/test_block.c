#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/block.h"

static int set_up(void **state)
{
	struct error err;

	return block_list_new((struct block_list **)state, &err);
}

static int tear_down(void **state)
{
	block_list_free(*state);
	return 0;
}

static const struct extent raw_then_zero[] = {
	{ .length = 4096, .offset = 8192, .file = 3, .kind = EXTENT_RAW },
	{ .length = 100, .kind = EXTENT_ZERO },
};

static struct block block_of(const struct extent *extents, size_t count,
			     const struct placement *placement)
{
	return (struct block){
		.extents = extents,
		.extent_count = count,
		.placements = placement,
		.placement_count = 1,
		.first_edge = EDGE_REAL,
		.last_edge = EDGE_UNSEEN,
		.purpose = 1,
	};
}

static void add(struct block_list *list, const struct block *block)
{
	struct error err;

	assert_int_equal(block_list_add(list, block, &err), 0);
}

static void equal_blocks_become_one_with_both_placements(void **state)
{
	struct block_list *list = *state;
	struct placement first = { 0x1000, 0 }, second = { 0x7000, 5 };
	struct extent other_zero[] = { raw_then_zero[0], raw_then_zero[1] };
	struct block block = block_of(raw_then_zero, 2, &first);

	/* What file and offset a never-written extent names means nothing. */
	other_zero[1].offset = 77;
	other_zero[1].file = 9;
	add(list, &block);
	block.extents = other_zero;
	block.placements = &second;
	add(list, &block);

	assert_int_equal(block_list_count(list), 1);

	const struct block *kept = block_list_get(list, 0);

	assert_int_equal(kept->placement_count, 2);
	assert_int_equal(kept->placements[0].address, 0x1000);
	assert_int_equal(kept->placements[1].address, 0x7000);
	assert_int_equal(kept->placements[1].target, 5);
	assert_int_equal(block_length(kept), 4196);
}

static void copies_what_it_is_given(void **state)
{
	struct block_list *list = *state;
	struct placement placement = { 0x1000, 4 };
	struct extent extent = raw_then_zero[0];
	struct block block = block_of(&extent, 1, &placement);

	add(list, &block);
	extent.length = 1;
	placement.address = 1;

	const struct block *kept = block_list_get(list, 0);

	assert_int_equal(kept->extents[0].length, 4096);
	assert_int_equal(kept->placements[0].address, 0x1000);
	assert_int_equal(kept->last_edge, EDGE_UNSEEN);
	assert_int_equal(kept->purpose, 1);
}

static void blocks_that_differ_stay_apart(void **state)
{
	struct block_list *list = *state;
	struct placement placement = { 0x1000, 0 };
	struct extent changed[5] = { raw_then_zero[0], raw_then_zero[0], raw_then_zero[0],
				     raw_then_zero[0], raw_then_zero[0] };

	changed[1].offset++;
	changed[2].file++;
	changed[3].length++;
	changed[4].kind = EXTENT_ZERO;
	for (size_t i = 0; i < 5; i++) {
		struct block block = block_of(&changed[i], 1, &placement);

		add(list, &block);
	}

	struct block block = block_of(&changed[0], 1, &placement);

	block.purpose = 0;
	add(list, &block);
	block.last_edge = EDGE_REAL;
	add(list, &block);
	block.first_edge = EDGE_UNSEEN;
	add(list, &block);
	block.extents = raw_then_zero;
	block.extent_count = 2;
	add(list, &block);
	assert_int_equal(block_list_count(list), 9);
}

static void many_blocks_keep_their_order_and_are_found_again(void **state)
{
	enum { BLOCKS = 5000 };
	struct block_list *list = *state;

	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < BLOCKS; i++) {
			struct placement placement = { 0x1000 * i, (uint32_t)round };
			struct extent extent = { 1 + i % 7, 4096 * i, 0, EXTENT_RAW };
			struct block block = block_of(&extent, 1, &placement);

			add(list, &block);
		}
	}
	assert_int_equal(block_list_count(list), BLOCKS);
	for (size_t i = 0; i < BLOCKS; i++) {
		assert_int_equal(block_list_get(list, i)->extents[0].offset, 4096 * i);
		assert_int_equal(block_list_get(list, i)->placement_count, 2);
	}
}

static void refuses_what_cannot_be(void **state)
{
	static const struct {
		struct extent extents[2];
		size_t extent_count, placement_count;
		uint64_t address;
		int code;
	} cases[] = {
		{ { { 0, 0, 0, EXTENT_RAW } }, 1, 1, 0, ERROR_FORMAT },
		{ { { 10, UINT64_MAX - 5, 0, EXTENT_RAW } }, 1, 1, 0, ERROR_FORMAT },
		{ { { UINT64_MAX, 0, 0, EXTENT_ZERO }, { 1, 0, 0, EXTENT_ZERO } },
		  2,
		  1,
		  0,
		  ERROR_FORMAT },
		{ { { 4096, 0, 0, EXTENT_RAW } }, 1, 1, UINT64_MAX - 4094, ERROR_FORMAT },
		{ { { 4096, 0, 0, EXTENT_RAW } }, 1, 1, UINT64_MAX - 4095, 0 },
		{ { { 4096, 0, 0, EXTENT_RAW } }, 1, 0, 0, ERROR_USAGE },
		{ { { 4096, 0, 0, EXTENT_RAW } }, 0, 1, 0, ERROR_USAGE },
	};
	struct block_list *list = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct placement placement = { cases[i].address, 0 };
		struct block block = block_of(cases[i].extents, cases[i].extent_count, &placement);
		struct error err;

		block.placement_count = cases[i].placement_count;
		assert_int_equal(block_list_add(list, &block, &err), cases[i].code);
	}
	assert_int_equal(block_list_count(list), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equal_blocks_become_one_with_both_placements),
		TEST(copies_what_it_is_given),
		TEST(blocks_that_differ_stay_apart),
		TEST(many_blocks_keep_their_order_and_are_found_again),
		TEST(refuses_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
