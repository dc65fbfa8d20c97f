#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanners/passed_blocks.h"

static struct block block_at(struct placement *placement, struct extent *extent, uint32_t target,
			     uint64_t address, uint64_t length)
{
	*placement = (struct placement){ .address = address, .target = target };
	*extent = (struct extent){ .length = length, .kind = EXTENT_RAW };
	return (struct block){
		.extents = extent, .extent_count = 1, .placements = placement, .placement_count = 1
	};
}

static void what_was_added_has_passed(void **state)
{
	static const struct {
		uint32_t target;
		uint64_t address;
		bool passed;
	} rows[] = {
		{ 1, 0x1000, true },  { 1, 0x1fff, true },     { 1, 0x2000, false },
		{ 1, 0xfff, false },  { 0, 0x1000, false },    { 2, 0x9000, true },
		{ 2, 0x1000, false }, { 3, UINT64_MAX, true },
	};
	struct passed_blocks passed = { 0 };
	struct placement placement;
	struct extent extent;
	struct block block;

	(void)state;
	block = block_at(&placement, &extent, 3, UINT64_MAX - 0xfff, 0x1000);
	assert_int_equal(passed_blocks_add(&passed, &block, NULL), 0);
	block = block_at(&placement, &extent, 2, 0x9000, 0x1000);
	assert_int_equal(passed_blocks_add(&passed, &block, NULL), 0);
	block = block_at(&placement, &extent, 1, 0x1000, 0x1000);
	assert_int_equal(passed_blocks_add(&passed, &block, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		block = block_at(&placement, &extent, rows[i].target, rows[i].address, 1);
		if (passed_blocks_has(&passed, &block) != rows[i].passed)
			fail_msg("row %zu", i);
	}
	passed_blocks_release(&passed);
}

static void bytes_that_have_passed_are_counted(void **state)
{
	static const struct {
		uint32_t target;
		uint64_t address, length, bytes;
	} rows[] = {
		{ 1, 0x1000, 0x1000, 0x1000 },
		{ 1, 0, 0x10000, 0x1800 },
		{ 1, 0x1800, 0x2000, 0x800 + 0x800 },
		{ 1, 0x2000, 0x1000, 0 },
		{ 1, 0xfff, 1, 0 },
		{ 1, 0xfff, 2, 1 },
		{ 1, 0x37ff, 0x100, 1 },
		{ 2, 0x1000, 0x1000, 0 },
		{ 3, UINT64_MAX - 1, 2, 2 },
		{ 3, 1, UINT64_MAX, 0x1000 },
	};
	struct passed_blocks passed = { 0 };
	struct placement placement;
	struct extent extent;
	struct block block;

	(void)state;
	block = block_at(&placement, &extent, 3, UINT64_MAX - 0xfff, 0x1000);
	assert_int_equal(passed_blocks_add(&passed, &block, NULL), 0);
	block = block_at(&placement, &extent, 1, 0x3000, 0x800);
	assert_int_equal(passed_blocks_add(&passed, &block, NULL), 0);
	block = block_at(&placement, &extent, 1, 0x1000, 0x1000);
	assert_int_equal(passed_blocks_add(&passed, &block, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (passed_blocks_bytes(&passed, rows[i].target, rows[i].address, rows[i].length) !=
		    rows[i].bytes)
			fail_msg("row %zu", i);
	passed_blocks_release(&passed);
}

/* Memory that several processes show is one block; each of them has seen it pass. */
static void every_placement_counts(void **state)
{
	struct placement placements[] = { { .address = 0x1000, .target = 0 },
					  { .address = 0x7000, .target = 4 } };
	struct extent extent = { .length = 0x2000, .kind = EXTENT_RAW };
	struct block block = { .extents = &extent,
			       .extent_count = 1,
			       .placements = placements,
			       .placement_count = 2 };
	struct passed_blocks passed = { 0 };

	(void)state;
	assert_false(passed_blocks_has(&passed, &block));
	assert_int_equal(passed_blocks_add(&passed, &block, NULL), 0);
	block.placements = &placements[1];
	block.placement_count = 1;
	assert_true(passed_blocks_has(&passed, &block));
	passed_blocks_release(&passed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_has_passed),
		cmocka_unit_test(bytes_that_have_passed_are_counted),
		cmocka_unit_test(every_placement_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
