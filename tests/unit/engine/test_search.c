#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/search.h"
#include "search_doubles.h"

/*
 * Random blocks over random files, searched in every way, against a walk over the whole block: how
 * a block is cut, who searches it and whether its bytes lie there or pass must never show.
 */
#define FILE_COUNT 2
#define FILE_BYTES (300u << 10)
#define TARGETS 3
#define MOST_BLOCKS 3
#define MOST_EXTENTS 40
#define MOST_PLACEMENTS 4
#define CONTEXT 5

struct made_block {
	struct extent extents[MOST_EXTENTS];
	struct placement placements[MOST_PLACEMENTS];
	struct block block;
};

struct world {
	uint8_t *bytes[FILE_COUNT];
	struct double_file files[FILE_COUNT];
	struct file_table table;
	struct database database;
	enum match_need needs[DOUBLE_PATTERNS];
	struct made_block blocks[MOST_BLOCKS];
	size_t block_count;
	uint64_t raw_bytes;
	struct match_table expected[TARGETS];
	uint64_t expected_lost[TARGETS];
};

struct ways { /* in which the same world is searched */
	size_t threads, shard_bytes;
	size_t most_lease_bytes; /* 0: in place */
	size_t passing_ends; /* offset where the passing file ends; 0: as it should */
};

struct result {
	pthread_mutex_t lock;
	struct match_table *tables[TARGETS];
	uint64_t lost[TARGETS];
	unsigned int done[TARGETS];
	int refuse; /* code that done() fails with */
};

#define THREADS_ON_TWO_NODES 3
#define THREADS_ON_EIGHT_NODES 6

static struct workers *pools[8]; /* by count of threads */

static int start_pools(void **state)
{
	static const struct {
		size_t threads;
		const char *machine; /* NULL: this one */
	} made[] = {
		{ 1, NULL },
		{ 2, NULL },
		{ THREADS_ON_TWO_NODES, "NUMANode:2 core:2 pu:1" },
		{ THREADS_ON_EIGHT_NODES, "pack:2 numa:4 core:1 pu:1" },
		{ 7, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		int ret;

		if (made[i].machine)
			setenv("HWLOC_SYNTHETIC", made[i].machine, 1);
		ret = workers_new(&pools[made[i].threads], made[i].threads, NULL);
		unsetenv("HWLOC_SYNTHETIC");
		if (ret)
			return -1;
	}
	return 0;
}

static int stop_pools(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++)
		workers_free(pools[i]);
	return 0;
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static size_t below(uint64_t *seed, size_t limit)
{
	return (size_t)(next_random(seed) % limit);
}

static void make_files(struct world *world, uint64_t *seed)
{
	static const char letters[] = "aaabbz0 .\0\0\0";

	for (size_t i = 0; i < FILE_COUNT; i++) {
		world->bytes[i] = malloc(FILE_BYTES);
		assert_non_null(world->bytes[i]);
		for (size_t j = 0; j < FILE_BYTES; j++)
			world->bytes[i][j] = (uint8_t)letters[below(seed, sizeof(letters) - 1)];
		/* What ends at the borders of holes must not be left to chance. */
		for (size_t page = 1; page < FILE_BYTES / 4096; page++)
			world->bytes[i][page * 4096 - 1] = 'a';
		world->files[i] = (struct double_file){ .bytes = { world->bytes[i], FILE_BYTES } };
	}
	world->table = (struct file_table){ world->files, FILE_COUNT };
}

/* Lengths of all orders: single bytes, some margins, whole pages, more than is ever copied. */
static uint64_t random_length(uint64_t *seed, bool long_ones)
{
	static const size_t limits[] = { 3, 40, 300, 5000, 60000, 150000 };

	return 1 + below(seed, limits[below(seed, long_ones ? 6 : 4)]);
}

/* Ascending offsets in one file, as a passing file asks for; or anything from any file. */
static void make_extents(struct world *world, struct made_block *made, uint64_t *seed, bool passing,
			 bool long_ones)
{
	size_t count = 1 + below(seed, long_ones || below(seed, 2) ? 6 : MOST_EXTENTS);
	uint64_t offset = below(seed, 1000);
	size_t used = 0;

	while (used < count) {
		struct extent extent = { .length = random_length(seed, long_ones) };

		if (below(seed, 3) == 0) {
			extent.kind = EXTENT_ZERO;
		} else {
			if (!passing) {
				extent.file = (uint32_t)below(seed, FILE_COUNT);
				offset = below(seed, FILE_BYTES - 1);
			} else if (below(seed, 2)) {
				offset += random_length(seed, false);
			}
			if (offset >= FILE_BYTES)
				break;
			if (extent.length > FILE_BYTES - offset)
				extent.length = FILE_BYTES - offset;
			extent.offset = offset;
			offset += extent.length;
			world->raw_bytes += extent.length;
		}
		made->extents[used++] = extent;
	}
	if (!used)
		made->extents[used++] = (struct extent){ .length = 100, .kind = EXTENT_ZERO };
	made->block.extents = made->extents;
	made->block.extent_count = used;
}

static void make_blocks(struct world *world, uint64_t *seed, bool passing, bool long_ones)
{
	world->block_count = 1 + below(seed, MOST_BLOCKS);
	for (size_t i = 0; i < world->block_count; i++) {
		struct made_block *made = &world->blocks[i];
		size_t placements = 1 + below(seed, MOST_PLACEMENTS);

		make_extents(world, made, seed, passing, long_ones);
		for (size_t j = 0; j < placements; j++)
			made->placements[j] =
				(struct placement){ ((uint64_t)i + 1) << 40 | (uint64_t)j << 36,
						    (uint32_t)below(seed, TARGETS) };
		made->block.placements = made->placements;
		made->block.placement_count = placements;
		made->block.first_edge = below(seed, 2) ? EDGE_REAL : EDGE_UNSEEN;
		made->block.last_edge = below(seed, 2) ? EDGE_REAL : EDGE_UNSEEN;
	}
}

/* The whole block in one buffer: bytes, which of them are dumped, and which nobody has. */
struct flat {
	uint8_t *bytes;
	struct address_range dumped[MOST_EXTENTS];
	size_t dumped_count, length;
	bool *missing;
};

static bool is_missing(const struct double_file *file, uint64_t offset, uint64_t file_end)
{
	return offset >= file_end || (offset >= file->damaged.start && offset < file->damaged.end);
}

static void flatten(const struct world *world, const struct block *block, uint64_t file_end,
		    struct flat *flat)
{
	uint64_t length = 0, position = 0;

	*flat = (struct flat){ .bytes = NULL };
	for (size_t i = 0; i < block->extent_count; i++)
		length += block->extents[i].length;
	flat->length = (size_t)length;
	flat->bytes = calloc(1, flat->length);
	flat->missing = calloc(flat->length, sizeof(*flat->missing));
	assert_true(flat->bytes && flat->missing);
	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];

		for (uint64_t j = 0; extent->kind == EXTENT_RAW && j < extent->length; j++) {
			const struct double_file *file = &world->files[extent->file];

			flat->bytes[position + j] = file->bytes.data[extent->offset + j];
			flat->missing[position + j] =
				is_missing(file, extent->offset + j, file_end);
		}
		if (extent->kind == EXTENT_RAW)
			flat->dumped[flat->dumped_count++] =
				(struct address_range){ position, position + extent->length };
		position += extent->length;
	}
}

static size_t clip(const struct flat *flat, size_t start, size_t end, struct address_range *out)
{
	size_t count = 0;

	for (size_t i = 0; i < flat->dumped_count; i++) {
		uint64_t from = flat->dumped[i].start > start ? flat->dumped[i].start : start;
		uint64_t to = flat->dumped[i].end < end ? flat->dumped[i].end : end;

		if (from < to)
			out[count++] = (struct address_range){ from - start, to - start };
	}
	return count;
}

static void expect_matches(struct world *world, const struct block *block,
			   const struct double_text *text, size_t position)
{
	for (size_t start = 0; start <= text->length; start++) {
		for (uint32_t pattern = 0; pattern < DOUBLE_PATTERNS; pattern++) {
			struct double_match match;

			if (!double_match_at(text, pattern, start, &match))
				continue;
			for (size_t i = 0; i < block->placement_count; i++) {
				match.address = block->placements[i].address + position + start;
				double_table_add(&world->expected[block->placements[i].target],
						 &match);
			}
		}
	}
}

/* Bytes that nobody has part a block into texts that end unseen. */
static void expect_block(struct world *world, const struct block *block, uint64_t file_end)
{
	struct flat flat;
	size_t start = 0;

	flatten(world, block, file_end, &flat);
	while (start < flat.length) {
		struct address_range dumped[MOST_EXTENTS];
		size_t end = start;

		while (end < flat.length && !flat.missing[end])
			end++;

		struct double_text text = {
			.data = flat.bytes + start,
			.length = end - start,
			.first = start ? EDGE_UNSEEN : block->first_edge,
			.last = end < flat.length ? EDGE_UNSEEN : block->last_edge,
			.dumped = dumped,
			.dumped_count = clip(&flat, start, end, dumped),
			.context = CONTEXT,
		};

		if (end > start)
			expect_matches(world, block, &text, start);
		for (start = end; start < flat.length && flat.missing[start]; start++)
			for (size_t i = 0; i < block->placement_count; i++)
				world->expected_lost[block->placements[i].target]++;
	}
	free(flat.bytes);
	free(flat.missing);
}

static void expect(struct world *world, uint64_t file_end)
{
	for (size_t i = 0; i < TARGETS; i++) {
		free(world->expected[i].items);
		world->expected[i] = (struct match_table){ NULL, 0, 0 };
		world->expected_lost[i] = 0;
	}
	for (size_t i = 0; i < world->block_count; i++)
		expect_block(world, &world->blocks[i].block, file_end);
	for (size_t i = 0; i < TARGETS; i++)
		if (world->expected[i].count)
			qsort(world->expected[i].items, world->expected[i].count,
			      sizeof(struct double_match), double_match_compare);
}

static void make_world(struct world *world, uint64_t seed, bool passing, bool long_ones)
{
	memset(world, 0, sizeof(*world));
	world->database.reach = DOUBLE_REACH;
	world->database.look_behind = DOUBLE_LOOK_BEHIND;
	make_files(world, &seed);
	make_blocks(world, &seed, passing, long_ones);
	expect(world, FILE_BYTES);
}

static void free_world(struct world *world)
{
	for (size_t i = 0; i < FILE_COUNT; i++)
		free(world->bytes[i]);
	for (size_t i = 0; i < TARGETS; i++)
		free(world->expected[i].items);
}

static int note_result(void *context, uint32_t target, struct match_table *matches,
		       uint64_t bytes_lost, struct error *err)
{
	struct result *result = context;

	pthread_mutex_lock(&result->lock);
	if (result->done[target]++ == 0) {
		result->tables[target] = matches;
		result->lost[target] = bytes_lost;
	} else {
		match_table_free(matches);
	}
	pthread_mutex_unlock(&result->lock);
	return result->refuse ? error_set(err, result->refuse, 0, "refused") : 0;
}

static void init_result(struct result *result)
{
	*result = (struct result){ .refuse = 0 };
	pthread_mutex_init(&result->lock, NULL);
}

static void release_result(struct result *result)
{
	for (size_t i = 0; i < TARGETS; i++)
		match_table_free(result->tables[i]);
	pthread_mutex_destroy(&result->lock);
}

/* A lease whose bytes are gone once the last holder has released it. */
struct loan {
	struct lease_owner owner;
	uint8_t bytes[];
};

static void free_loan(struct lease_owner *owner)
{
	free(owner);
}

static struct lease lend_copy(const uint8_t *bytes, size_t length)
{
	struct loan *loan = malloc(sizeof(*loan) + length);

	assert_non_null(loan);
	atomic_init(&loan->owner.holders, 1);
	loan->owner.release = free_loan;
	memcpy(loan->bytes, bytes, length);
	return (struct lease){ loan->bytes, length, &loan->owner };
}

static void pass_file(struct search *search, const struct world *world, const struct ways *ways)
{
	size_t end = ways->passing_ends ? ways->passing_ends : FILE_BYTES, offset = 0;
	uint64_t seed = ways->most_lease_bytes;

	while (offset < end) {
		size_t length = 1 + below(&seed, ways->most_lease_bytes);

		if (length > end - offset)
			length = end - offset;

		struct lease lease = lend_copy(world->bytes[0] + offset, length);

		assert_int_equal(search_pass(search, 0, offset, &lease, NULL), 0);
		assert_null(lease.owner);
		offset += length;
	}
	assert_int_equal(search_pass_end(search, 0, NULL), 0);
}

struct run {
	struct search_purpose purpose;
	struct search_plan plan;
	_Atomic uint64_t bytes_done;
	_Atomic int stop;
	struct warning_list *warnings;
	struct result result;
	struct search *search;
};

static void start_run(struct run *run, struct world *world, size_t threads, size_t shard_bytes)
{
	memset(run, 0, sizeof(*run));
	init_result(&run->result);
	assert_int_equal(warning_list_new(&run->warnings, NULL), 0);
	run->purpose = (struct search_purpose){ &world->database, world->needs };
	run->plan = (struct search_plan){ .purposes = &run->purpose,
					  .purpose_count = 1,
					  .files = &world->table,
					  .shard_bytes = shard_bytes,
					  .context_bytes = CONTEXT,
					  .warnings = run->warnings,
					  .bytes_done = &run->bytes_done,
					  .stop = &run->stop };
	assert_int_equal(search_new(&run->search, pools[threads], &run->plan, note_result,
				    &run->result, NULL),
			 0);
}

static void end_run(struct run *run)
{
	release_result(&run->result);
	warning_list_free(run->warnings);
}

static bool same_table(const struct match_table *got, const struct match_table *expected)
{
	if (got->count != expected->count)
		return false;
	for (size_t i = 0; i < got->count; i++)
		if (memcmp(&got->items[i], &expected->items[i], sizeof(got->items[i])) != 0)
			return false;
	return true;
}

static void show_difference(const struct match_table *got, const struct match_table *expected)
{
	size_t i = 0;

	while (i < got->count && i < expected->count &&
	       !memcmp(&got->items[i], &expected->items[i], sizeof(got->items[i])))
		i++;
	print_error("%zu matches instead of %zu; number %zu differs\n", got->count, expected->count,
		    i);
	if (i < got->count)
		print_error("got pattern %u at %#llx\n", (unsigned int)got->items[i].pattern,
			    (unsigned long long)got->items[i].address);
	if (i < expected->count)
		print_error("expected pattern %u at %#llx\n",
			    (unsigned int)expected->items[i].pattern,
			    (unsigned long long)expected->items[i].address);
}

static void compare_result(const struct world *world, struct run *run)
{
	for (size_t i = 0; i < TARGETS; i++) {
		assert_int_equal(run->result.done[i], 1);
		assert_int_equal(run->result.lost[i], world->expected_lost[i]);
		if (!same_table(run->result.tables[i], &world->expected[i])) {
			show_difference(run->result.tables[i], &world->expected[i]);
			fail();
		}
	}
}

static void run_world(struct world *world, const struct ways *ways, struct run *run)
{
	struct error err;

	world->files[0].passing = ways->most_lease_bytes != 0;
	start_run(run, world, ways->threads, ways->shard_bytes);
	for (size_t i = 0; i < world->block_count; i++)
		if (search_add(run->search, &world->blocks[i].block, &err))
			fail_msg("%s", err.message);
	if (ways->most_lease_bytes)
		pass_file(run->search, world, ways);
	for (uint32_t i = 0; i < TARGETS; i++)
		assert_int_equal(search_seal(run->search, i, NULL), 0);
	if (search_finish(run->search, &err))
		fail_msg("%s", err.message);
	compare_result(world, run);
}

static void search_same(struct world *world, const struct ways *ways)
{
	struct run run;

	run_world(world, ways, &run);
	assert_int_equal(atomic_load(&run.bytes_done), world->raw_bytes);
	assert_false(warning_list_incomplete(run.warnings, CAUSE_INPUT));
	end_run(&run);
}

static const struct ways small_ways[] = {
	{ .threads = 1, .shard_bytes = 1 },
	{ .threads = 7, .shard_bytes = 1 },
	{ .threads = 2, .shard_bytes = 7 },
	{ .threads = 7, .shard_bytes = 4096 },
	{ .threads = 2, .shard_bytes = 64 << 10 },
	{ .threads = 2, .shard_bytes = 0 },
	{ .threads = THREADS_ON_TWO_NODES, .shard_bytes = 7 },
	{ .threads = THREADS_ON_EIGHT_NODES, .shard_bytes = 4096 },
};

static const struct ways large_ways[] = {
	{ .threads = 1, .shard_bytes = 4096 },
	{ .threads = 7, .shard_bytes = 4096 },
	{ .threads = 2, .shard_bytes = 64 << 10 },
	{ .threads = 7, .shard_bytes = 0 },
	{ .threads = 7, .shard_bytes = 7777 },
	{ .threads = THREADS_ON_TWO_NODES, .shard_bytes = 4096 },
	{ .threads = THREADS_ON_EIGHT_NODES, .shard_bytes = 64 << 10 },
};

static void cutting_never_shows(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct world world;

		make_world(&world, seed * 7919, false, false);
		for (size_t i = 0; i < sizeof(small_ways) / sizeof(small_ways[0]); i++)
			search_same(&world, &small_ways[i]);
		free_world(&world);
	}
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct world world;

		make_world(&world, seed * 104729, false, true);
		for (size_t i = 0; i < sizeof(large_ways) / sizeof(large_ways[0]); i++)
			search_same(&world, &large_ways[i]);
		free_world(&world);
	}
}

static void lending_less_or_nothing_never_shows(void **state)
{
	static const size_t lend_at_most[] = { 0, 1000, 50000, 100000 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct world world;

		make_world(&world, i * 31 + 5, false, true);
		world.files[0].lend_at_most = lend_at_most[i % 4];
		world.files[1].only_read = true;
		for (size_t j = 0; j < sizeof(large_ways) / sizeof(large_ways[0]); j++)
			search_same(&world, &large_ways[j]);
		free_world(&world);
	}
}

static void passing_gives_what_lying_there_gives(void **state)
{
	static const struct ways ways[] = {
		{ .threads = 1, .shard_bytes = 0 },
		{ .threads = 7, .shard_bytes = 64, .most_lease_bytes = 20000 },
		{ .threads = 2, .shard_bytes = 0, .most_lease_bytes = 200 },
		{ .threads = 7, .shard_bytes = 4096, .most_lease_bytes = 70000 },
		{ .threads = 1, .shard_bytes = 0, .most_lease_bytes = 1 << 20 },
		{ .threads = THREADS_ON_TWO_NODES, .shard_bytes = 64, .most_lease_bytes = 9000 },
	};

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct world world;

		make_world(&world, seed * 65537, true, seed % 2);
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
			search_same(&world, &ways[i]);
		free_world(&world);
	}
}

static void leases_of_single_bytes_are_enough(void **state)
{
	struct ways ways = { .threads = 2, .most_lease_bytes = 1 };
	struct world world;
	uint64_t seed = 99;

	(void)state;
	make_world(&world, seed, true, false);
	search_same(&world, &ways);
	free_world(&world);
}

/* A range that every block may see, damaged or failing in whole pages. */
static void what_cannot_be_read_is_lost_and_parts_the_block(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct world world;

		make_world(&world, seed * 271, false, true);
		world.files[0].damaged = (struct address_range){ 3 * 4096, 5 * 4096 };
		world.files[1].damaged = (struct address_range){ 20 * 4096, 50 * 4096 };
		world.files[1].failing = world.files[1].damaged;
		world.files[1].only_read = seed % 2;
		expect(&world, FILE_BYTES);
		for (size_t i = 0; i < sizeof(large_ways) / sizeof(large_ways[0]); i++) {
			struct run run;

			run_world(&world, &large_ways[i], &run);
			end_run(&run);
		}
		free_world(&world);
	}
}

static void a_damaged_range_is_one_warning_however_it_is_cut(void **state)
{
	struct extent extent = { .length = 200000, .offset = 10, .file = 1 };
	struct placement places[] = { { 0, 0 }, { 1 << 20, 0 }, { 0, 1 } };
	struct block block = {
		.extents = &extent, .placements = places, .extent_count = 1, .placement_count = 3
	};

	(void)state;
	for (size_t shard_bytes = 500; shard_bytes < 1000000; shard_bytes *= 20) {
		const struct warning *warnings;
		struct world world;
		struct run run;
		size_t count;

		make_world(&world, 3, false, false);
		world.files[1].damaged = (struct address_range){ 4096, 4 * 4096 };
		start_run(&run, &world, 7, shard_bytes);
		assert_int_equal(search_add(run.search, &block, NULL), 0);
		for (uint32_t i = 0; i < TARGETS; i++)
			assert_int_equal(search_seal(run.search, i, NULL), 0);
		assert_int_equal(search_finish(run.search, NULL), 0);
		warnings = warning_list_sorted(run.warnings, &count);
		assert_int_equal(count, 1);
		assert_int_equal(warnings[0].code, WARNING_CHANGED_WHILE_READ);
		assert_string_equal(warnings[0].file, "file-1");
		assert_int_equal(warnings[0].offset, 4096);
		assert_int_equal(warnings[0].length, 3 * 4096);
		assert_int_equal(run.result.lost[0], 2 * 3 * 4096);
		assert_int_equal(run.result.lost[1], 3 * 4096);
		assert_int_equal(run.result.lost[2], 0);
		assert_int_equal(atomic_load(&run.bytes_done), 200000 - 3 * 4096);
		end_run(&run);
		free_world(&world);
	}
}

static void a_passing_file_that_ends_early_loses_what_is_missing(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct ways ways = { .threads = 7,
				     .shard_bytes = 4096,
				     .most_lease_bytes = 30000,
				     .passing_ends = 5000 * (size_t)seed };
		struct world world;
		struct run run;
		size_t count;

		make_world(&world, seed * 613, true, true);
		world.bytes[0][ways.passing_ends - 1] = 'b'; /* the end is no real one */
		expect(&world, ways.passing_ends);
		run_world(&world, &ways, &run);

		/* Why it ended only those know who passed it. */
		assert_non_null(warning_list_sorted(run.warnings, &count));
		assert_int_equal(count, 0);
		end_run(&run);
		free_world(&world);
	}
}

static void reserved_terabytes_cost_nothing(void **state)
{
	struct extent extents[] = {
		{ .length = (uint64_t)1 << 40, .kind = EXTENT_ZERO },
		{ .length = 4096, .offset = 0, .file = 0 },
		{ .length = (uint64_t)1 << 40, .kind = EXTENT_ZERO },
		{ .length = (uint64_t)1 << 40, .kind = EXTENT_ZERO },
		{ .length = 4096, .offset = 4096, .file = 1 },
		{ .length = (uint64_t)1 << 40, .kind = EXTENT_ZERO },
	};
	struct placement place = { 0, 0 };
	struct block block = {
		.extents = extents, .placements = &place, .extent_count = 6, .placement_count = 1
	};
	struct world world;
	struct run run;

	(void)state;
	make_world(&world, 17, false, false);
	memset(world.bytes[0], 'a', 4096);
	world.bytes[0][0] = 0;
	world.bytes[0][4095] = 0;
	memset(world.bytes[1] + 4096, 'b', 4096);
	start_run(&run, &world, 2, 0);
	assert_int_equal(search_add(run.search, &block, NULL), 0);
	assert_int_equal(search_seal(run.search, 0, NULL), 0);
	assert_int_equal(search_finish(run.search, NULL), 0);
	assert_true(atomic_load(&world.database.scans) < 10);

	size_t zeros = 0;

	for (size_t i = 0; i < run.result.tables[0]->count; i++)
		zeros += run.result.tables[0]->items[i].pattern == DOUBLE_ZEROS;
	/* Two zeros before the first byte, and two after the last one. */
	assert_int_equal(zeros, 2);
	end_run(&run);
	free_world(&world);
}

static void a_target_without_blocks_is_done_at_once(void **state)
{
	struct world world;
	struct run run;

	(void)state;
	make_world(&world, 1, false, false);
	start_run(&run, &world, 1, 0);
	assert_int_equal(search_seal(run.search, 2, NULL), 0);
	assert_int_equal(run.result.done[2], 1);
	assert_int_equal(run.result.tables[2]->count, 0);
	assert_int_equal(search_seal(run.search, 2, NULL), ERROR_USAGE);
	assert_int_equal(search_finish(run.search, NULL), 0);
	end_run(&run);
	free_world(&world);
}

static void scanners_are_made_once_per_worker(void **state)
{
	struct ways ways = { .threads = 2, .shard_bytes = 64 };
	struct world world;
	struct run run;

	(void)state;
	make_world(&world, 12345, false, false);
	run_world(&world, &ways, &run);
	assert_in_range(atomic_load(&world.database.scanners), 1, 2);
	end_run(&run);
	free_world(&world);
}

/* Steals are left to chance, so of each node only what its workers did is known. */
static void each_node_searches_with_a_copy_of_its_own(void **state)
{
	static const size_t threads[] = { 1, THREADS_ON_TWO_NODES, THREADS_ON_EIGHT_NODES };
	static const size_t nodes[] = { 1, 2, 8 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct workers *workers = pools[threads[i]];
		struct ways ways = { .threads = threads[i], .shard_bytes = 4096 };
		uint64_t before[8], after[8], all = 0;
		struct workers_stats stats;
		unsigned int searched = 0;
		struct world world;
		struct run run;

		assert_int_equal(workers_node_count(workers), nodes[i]);
		make_world(&world, 777, false, true);
		workers_stats(workers, &stats, before);
		run_world(&world, &ways, &run);
		workers_stats(workers, &stats, after);
		for (size_t node = 0; node < nodes[i]; node++) {
			all += after[node] - before[node];
			searched |= (after[node] > before[node] ? 1u : 0u) << node;
		}
		assert_int_equal(all, world.raw_bytes);
		if (nodes[i] == 1)
			searched = 0; /* the one that there is will do */
		assert_int_equal(atomic_load(&world.database.nodes) & searched, searched);
		assert_int_equal(atomic_load(&world.database.nodes) >> nodes[i], 0);
		assert_true(nodes[i] > 1 || !atomic_load(&world.database.nodes));
		end_run(&run);
		free_world(&world);
	}
}

static void add_all(struct run *run, struct world *world)
{
	for (size_t i = 0; i < world->block_count; i++)
		search_add(run->search, &world->blocks[i].block, NULL);
	for (uint32_t i = 0; i < TARGETS; i++)
		search_seal(run->search, i, NULL);
}

static void the_first_failure_comes_back(void **state)
{
	struct world world;
	struct error err;
	struct run run;

	(void)state;
	make_world(&world, 4, false, false);
	start_run(&run, &world, 7, 64);
	run.result.refuse = ERROR_TIMEOUT;
	add_all(&run, &world);
	assert_int_equal(search_finish(run.search, &err), ERROR_TIMEOUT);
	assert_string_equal(err.message, "refused");
	end_run(&run);

	world.database.broken = true;
	start_run(&run, &world, 2, 64);
	add_all(&run, &world);
	assert_int_equal(search_finish(run.search, &err), ERROR_UNSUPPORTED);
	end_run(&run);
	free_world(&world);
}

static void stop_interrupts(void **state)
{
	struct world world;
	struct error err;
	struct run run;

	(void)state;
	make_world(&world, 4, false, false);
	start_run(&run, &world, 2, 64);
	assert_int_equal(search_add(run.search, &world.blocks[0].block, &err), 0);
	atomic_store(&run.stop, 1);
	assert_int_equal(search_add(run.search, &world.blocks[0].block, &err), ERROR_INTERRUPTED);
	assert_int_equal(search_finish(run.search, &err), ERROR_INTERRUPTED);
	end_run(&run);
	free_world(&world);
}

static void wrong_use_is_refused(void **state)
{
	struct extent mixed[] = { { .length = 10, .offset = 0, .file = 0 },
				  { .length = 10, .offset = 0, .file = 1 } };
	struct extent empty = { .length = 0 };
	struct extent endless[] = { { .length = INT64_MAX, .kind = EXTENT_ZERO },
				    { .length = 2, .kind = EXTENT_ZERO } };
	struct placement place = { 0, 0 };
	struct block block = { .placements = &place, .placement_count = 1 };
	struct lease lease = { NULL, 0, NULL };
	struct world world;
	struct run run;

	(void)state;
	make_world(&world, 1, false, false);
	world.files[0].passing = true;
	start_run(&run, &world, 1, 0);
	assert_int_equal(search_add(run.search, &block, NULL), ERROR_USAGE);
	block.extents = mixed;
	block.extent_count = 2;
	assert_int_equal(search_add(run.search, &block, NULL), ERROR_USAGE);
	block.extents = &empty;
	block.extent_count = 1;
	assert_int_equal(search_add(run.search, &block, NULL), ERROR_USAGE);
	block.extents = endless;
	block.extent_count = 2;
	assert_int_equal(search_add(run.search, &block, NULL), ERROR_USAGE);
	block.extents = mixed;
	block.extent_count = 1;
	block.purpose = 1;
	assert_int_equal(search_add(run.search, &block, NULL), ERROR_USAGE);
	lease = lend_copy(world.bytes[0], 100);
	assert_int_equal(search_pass(run.search, 0, 50, &lease, NULL), ERROR_USAGE);
	assert_null(lease.owner);
	assert_int_equal(search_finish(run.search, NULL), 0);
	end_run(&run);
	free_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cutting_never_shows),
		cmocka_unit_test(lending_less_or_nothing_never_shows),
		cmocka_unit_test(passing_gives_what_lying_there_gives),
		cmocka_unit_test(leases_of_single_bytes_are_enough),
		cmocka_unit_test(what_cannot_be_read_is_lost_and_parts_the_block),
		cmocka_unit_test(a_damaged_range_is_one_warning_however_it_is_cut),
		cmocka_unit_test(a_passing_file_that_ends_early_loses_what_is_missing),
		cmocka_unit_test(reserved_terabytes_cost_nothing),
		cmocka_unit_test(a_target_without_blocks_is_done_at_once),
		cmocka_unit_test(scanners_are_made_once_per_worker),
		cmocka_unit_test(each_node_searches_with_a_copy_of_its_own),
		cmocka_unit_test(the_first_failure_comes_back),
		cmocka_unit_test(stop_interrupts),
		cmocka_unit_test(wrong_use_is_refused),
	};

	return cmocka_run_group_tests(tests, start_pools, stop_pools);
}
