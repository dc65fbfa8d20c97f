#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/read/ring.h"
#include "engine/search.h"
#include "search_doubles.h"

/*
 * Random blocks over files that can be read by the ring, or not, or not any more: what is found is what the same
 * blocks give where they lie.
 */
enum file_form {
	FORM_DISK, /* around the page cache, where there is one */
	FORM_MEMORY,
	FORM_NONE, /* no descriptor */
	FORM_CUT, /* the descriptor's file ends early */
	FORM_CLOSED, /* reading fails */
	FORMS,
};

#define FILE_BYTES (1u << 20)
#define MOST_EXTENTS 400
#define BLOCKS 6

struct world {
	uint8_t *bytes[FORMS];
	struct double_file files[FORMS];
	struct file_table table;
	struct database database;
	enum match_need needs[DOUBLE_PATTERNS];
	struct extent extents[BLOCKS][MOST_EXTENTS];
	struct placement places[BLOCKS];
	struct block blocks[BLOCKS];
};

struct found {
	struct match_table *table;
	uint64_t lost, done, fetched;
};

static struct workers *pools[8]; /* by count of threads */

static int start_pools(void **state)
{
	(void)state;
	if (workers_new(&pools[1], 1, NULL) || workers_new(&pools[2], 2, NULL) ||
	    workers_new(&pools[7], 7, NULL))
		return -1;
	setenv("HWLOC_SYNTHETIC", "NUMANode:2 core:2 pu:1", 1);
	if (workers_new(&pools[3], 3, NULL))
		return -1;
	unsetenv("HWLOC_SYNTHETIC");
	return 0;
}

static int stop_pools(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++)
		workers_free(pools[i]);
	return 0;
}

static void need_ring(void)
{
	struct ring *ring;

	if (ring_new(&ring, 1, 0, NULL)) {
		print_message("io_uring is missing here\n");
		skip();
	}
	ring_free(ring);
}

static size_t below(uint64_t *seed, size_t limit)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (size_t)(*seed % limit);
}

static int descriptor_of(enum file_form form, const uint8_t *bytes)
{
	char path[] = "/tmp/test_fetch_XXXXXX";
	int descriptor = form == FORM_MEMORY ? memfd_create("test", 0) : mkstemp(path);

	if (form != FORM_MEMORY)
		unlink(path);
	assert_true(descriptor > 0);
	assert_int_equal(write(descriptor, bytes, FILE_BYTES), FILE_BYTES);
	if (form == FORM_CUT)
		assert_int_equal(ftruncate(descriptor, FILE_BYTES / 2 + 100), 0);
	if (form == FORM_CLOSED) {
		close(descriptor);
		descriptor = open("/dev/null", O_WRONLY);
	}
	return descriptor;
}

static void make_files(struct world *world, uint64_t *seed)
{
	static const char letters[] = "aaabbz0 .\0\0\0";

	for (size_t i = 0; i < FORMS; i++) {
		world->bytes[i] = malloc(FILE_BYTES);
		assert_non_null(world->bytes[i]);
		for (size_t j = 0; j < FILE_BYTES; j++)
			world->bytes[i][j] = (uint8_t)letters[below(seed, sizeof(letters) - 1)];
		world->files[i] = (struct double_file){ .bytes = { world->bytes[i], FILE_BYTES } };
		if (i != FORM_NONE)
			world->files[i].descriptor =
				descriptor_of((enum file_form)i, world->bytes[i]);
	}
	world->table = (struct file_table){ world->files, FORMS };
}

/* Runs of neighbours with zeros between them, as in a page image; or pages from anywhere. */
static void make_extents(struct world *world, size_t block, uint64_t *seed)
{
	static const size_t limits[] = { 5, 300, 9000, 200000 };
	struct extent *extents = world->extents[block];
	size_t count = block ? 1 + below(seed, 30) : MOST_EXTENTS;
	bool neighbours = below(seed, 2);
	uint32_t file = (uint32_t)below(seed, FORMS);
	uint64_t offset = below(seed, 10000);

	for (size_t i = 0; i < count; i++) {
		size_t limit = block ? limits[below(seed, 4)] : 5000;

		if (!neighbours) {
			file = (uint32_t)below(seed, FORMS);
			offset = below(seed, FILE_BYTES);
		}
		extents[i] = (struct extent){ .length = 1 + below(seed, limit),
					      .offset = offset,
					      .file = file,
					      .kind = below(seed, 4) ? EXTENT_RAW : EXTENT_ZERO };
		if (extents[i].kind == EXTENT_RAW && extents[i].length > FILE_BYTES - offset) {
			extents[i] = (struct extent){ .length = 10, .kind = EXTENT_ZERO };
			offset = 0;
		} else if (extents[i].kind == EXTENT_RAW) {
			offset += extents[i].length;
		}
	}
	world->places[block] = (struct placement){ ((uint64_t)block + 1) << 40, 0 };
	world->blocks[block] =
		(struct block){ .extents = extents,
				.placements = &world->places[block],
				.extent_count = count,
				.placement_count = 1,
				.first_edge = below(seed, 2) ? EDGE_REAL : EDGE_UNSEEN };
}

static void make_world(struct world *world, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->database.reach = DOUBLE_REACH;
	world->database.look_behind = DOUBLE_LOOK_BEHIND;
	make_files(world, &seed);
	for (size_t i = 0; i < BLOCKS; i++)
		make_extents(world, i, &seed);
}

static void free_world(struct world *world)
{
	for (size_t i = 0; i < FORMS; i++) {
		free(world->bytes[i]);
		if (world->files[i].descriptor)
			close(world->files[i].descriptor);
	}
}

static int note_result(void *context, uint32_t target, struct match_table *matches,
		       uint64_t bytes_lost, struct error *err)
{
	struct found *found = context;

	(void)target;
	(void)err;
	found->table = matches;
	found->lost = bytes_lost;
	return 0;
}

struct ways {
	enum read_mode mode;
	size_t threads, shard_bytes;
	int stop_after; /* blocks; 0: never */
};

static int run(struct world *world, const struct ways *ways, struct found *out)
{
	struct search_purpose purpose = { &world->database, world->needs };
	_Atomic uint64_t done = 0, fetched = 0;
	_Atomic int stop = 0;
	struct search_plan plan = { .purposes = &purpose,
				    .purpose_count = 1,
				    .files = &world->table,
				    .read_mode = ways->mode,
				    .shard_bytes = ways->shard_bytes,
				    .context_bytes = 5,
				    .bytes_done = &done,
				    .bytes_fetched = &fetched,
				    .stop = &stop };
	struct search *search;
	int ret;

	*out = (struct found){ .table = NULL };
	assert_int_equal(search_new(&search, pools[ways->threads], &plan, note_result, out, NULL),
			 0);
	for (int i = 0; i < BLOCKS; i++) {
		if (ways->stop_after == i + 1)
			atomic_store(&stop, 1);
		search_add(search, &world->blocks[i], NULL);
	}
	search_seal(search, 0, NULL);
	ret = search_finish(search, NULL);
	out->done = atomic_load(&done);
	out->fetched = atomic_load(&fetched);
	return ret;
}

static void assert_same(const struct found *got, const struct found *expected)
{
	assert_int_equal(got->lost, expected->lost);
	assert_int_equal(got->done, expected->done);
	assert_int_equal(got->table->count, expected->table->count);
	if (got->table->count)
		assert_memory_equal(got->table->items, expected->table->items,
				    got->table->count * sizeof(got->table->items[0]));
}

static const struct ways ring_ways[] = {
	{ .mode = READ_RING, .threads = 1, .shard_bytes = 4096 },
	{ .mode = READ_RING, .threads = 7, .shard_bytes = 100 },
	{ .mode = READ_RING, .threads = 2, .shard_bytes = 64 << 10 },
	{ .mode = READ_RING, .threads = 2, .shard_bytes = 0 },
	{ .mode = READ_RING, .threads = 3, .shard_bytes = 7777 },
	{ .mode = READ_RING, .threads = 3, .shard_bytes = 0 },
	{ .mode = READ_AUTO, .threads = 2, .shard_bytes = 30000 },
};

static void what_the_ring_brings_is_what_lies_there(void **state)
{
	(void)state;
	need_ring();
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct ways mapped = { .mode = READ_MMAP, .threads = 2 };
		struct found expected, got;
		struct world world;

		make_world(&world, seed * 7919);
		assert_int_equal(run(&world, &mapped, &expected), 0);
		assert_true(expected.table->count > 1000);
		assert_int_equal(expected.fetched, 0);
		for (size_t i = 0; i < sizeof(ring_ways) / sizeof(ring_ways[0]); i++) {
			assert_int_equal(run(&world, &ring_ways[i], &got), 0);
			assert_same(&got, &expected);
			assert_true(ring_ways[i].mode == READ_AUTO || got.fetched > 0);
			match_table_free(got.table);
		}
		match_table_free(expected.table);
		free_world(&world);
	}
}

static struct block one_block(const struct extent *extent, const struct placement *place)
{
	return (struct block){
		.extents = extent, .placements = place, .extent_count = 1, .placement_count = 1
	};
}

/* Of one form alone: whether its bytes came by the ring. */
static void only_what_can_be_read_is_brought(void **state)
{
	static const struct {
		const char *name;
		enum file_form form;
		uint64_t offset, length, fetched;
	} rows[] = {
		{ "a disk", FORM_DISK, 5000, 100000, 100000 },
		{ "memory", FORM_MEMORY, 5000, 100000, 100000 },
		{ "no descriptor", FORM_NONE, 5000, 100000, 0 },
		{ "before the cut", FORM_CUT, 0, 100000, 100000 },
		{ "behind the cut", FORM_CUT, FILE_BYTES - 100000, 100000, 0 },
		{ "the last byte before the cut", FORM_CUT, FILE_BYTES / 2, 100, 100 },
		{ "across the cut", FORM_CUT, FILE_BYTES / 2, 101, 0 },
		{ "a failure", FORM_CLOSED, 0, 100000, 0 },
	};
	struct world world;

	(void)state;
	need_ring();
	make_world(&world, 5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct extent extent = { .length = rows[i].length,
					 .offset = rows[i].offset,
					 .file = rows[i].form };
		struct ways ways = { .mode = READ_RING, .threads = 2 };
		uint64_t rounded = extent.offset % 4096;
		struct found got;

		for (size_t j = 0; j < BLOCKS; j++)
			world.blocks[j] = one_block(&extent, &world.places[0]);
		assert_int_equal(run(&world, &ways, &got), 0);
		/* The same bytes for each block: one read brings them for all. */
		if (rows[i].fetched && (got.fetched < rows[i].fetched + rounded ||
					got.fetched > BLOCKS * (rows[i].fetched + rounded)))
			fail_msg("%s: %llu", rows[i].name, (unsigned long long)got.fetched);
		if (!rows[i].fetched && got.fetched)
			fail_msg("%s: %llu", rows[i].name, (unsigned long long)got.fetched);
		assert_int_equal(got.done, BLOCKS * rows[i].length);
		assert_int_equal(got.lost, 0);
		match_table_free(got.table);
	}
	free_world(&world);
}

static void a_stop_ends_it_wherever_it_is(void **state)
{
	(void)state;
	need_ring();
	for (int after = 1; after <= BLOCKS; after++) {
		struct ways ways = {
			.mode = READ_RING, .threads = 2, .shard_bytes = 500, .stop_after = after
		};
		struct world world;
		struct found got;

		make_world(&world, (uint64_t)after * 31);
		assert_int_equal(run(&world, &ways, &got), ERROR_INTERRUPTED);
		assert_null(got.table);
		free_world(&world);
	}
}

/* A ring takes a descriptor: none is left. */
static void without_a_ring_only_who_insists_on_it_fails(void **state)
{
	struct ways ways = { .mode = READ_AUTO, .threads = 2 };
	struct rlimit before, none;
	struct found expected, got;
	struct world world;

	(void)state;
	make_world(&world, 77);
	posix_fadvise(world.files[FORM_DISK].descriptor, 0, 0, POSIX_FADV_DONTNEED);
	ways.mode = READ_MMAP;
	assert_int_equal(run(&world, &ways, &expected), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ways.mode = READ_AUTO;
	assert_int_equal(run(&world, &ways, &got), 0);
	assert_same(&got, &expected);
	match_table_free(got.table);
	ways.mode = READ_RING;
	assert_int_equal(run(&world, &ways, &got), ERROR_SYSTEM);
	assert_null(got.table);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	match_table_free(expected.table);
	free_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_ring_brings_is_what_lies_there),
		cmocka_unit_test(only_what_can_be_read_is_brought),
		cmocka_unit_test(a_stop_ends_it_wherever_it_is),
		cmocka_unit_test(without_a_ring_only_who_insists_on_it_fails),
	};

	return cmocka_run_group_tests(tests, start_pools, stop_pools);
}
