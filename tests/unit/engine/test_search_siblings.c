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
 * Siblings with random bytes of their own, searched together and each by itself: what is found, counted and lost must be
 * the same.
 */
#define MOST_MEMBERS 40
#define MOST_PARTS 80
#define FILE_BYTES (96u << 10)
#define CONTEXT 5
#define PAGE 4096u
#define BASE UINT64_C(0x7f0000100000)

struct member {
	uint8_t *bytes;
	struct extent extents[MOST_PARTS];
	struct placement places[2];
	struct block block;
};

struct family {
	struct double_file files[MOST_MEMBERS];
	struct file_table table;
	struct database database;
	enum match_need needs[DOUBLE_PATTERNS];
	struct member members[MOST_MEMBERS];
	size_t count;
};

struct answer {
	pthread_mutex_t lock;
	struct match_table *tables[MOST_MEMBERS];
	uint64_t lost[MOST_MEMBERS];
	uint64_t bytes_done, scanned;
	size_t warnings;
};

static struct workers *pools[4];

static int start_pools(void **state)
{
	(void)state;
	return workers_new(&pools[1], 1, NULL) || workers_new(&pools[3], 3, NULL) ? -1 : 0;
}

static int stop_pools(void **state)
{
	(void)state;
	workers_free(pools[1]);
	workers_free(pools[3]);
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

static void fill(uint8_t *bytes, size_t length, uint64_t *seed)
{
	static const char letters[] = "aaabbz0 .\0\0\0";

	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)letters[below(seed, sizeof(letters) - 1)];
}

/* Whole pages, single bytes, and bytes at the borders of pages. */
static void make_own(uint8_t *bytes, uint64_t *seed)
{
	size_t changes = below(seed, 12);

	for (size_t i = 0; i < changes; i++) {
		size_t page = below(seed, FILE_BYTES / PAGE) * PAGE;

		switch (below(seed, 5)) {
		case 0:
			fill(bytes + page, PAGE, seed);
			break;
		case 1:
			bytes[page] ^= 'a';
			break;
		case 2:
			bytes[page + PAGE - 1] ^= 'z';
			break;
		case 3:
			bytes[page + below(seed, PAGE)] = 'z';
			break;
		default:
			fill(bytes + page + below(seed, PAGE - 64), 64, seed);
		}
	}
}

static void add_extent(struct block *block, struct extent *extents, uint64_t start, uint64_t end,
		       uint32_t file, bool zero)
{
	if (start < end && block->extent_count < MOST_PARTS)
		extents[block->extent_count++] = (struct extent){
			.length = end - start,
			.offset = start,
			.file = file,
			.kind = zero ? EXTENT_ZERO : EXTENT_RAW,
		};
}

/* From @start to @end of the file, in pieces; pages of zeros are in the dump of some and of others not. */
static void make_extents(struct member *member, uint32_t file, uint64_t *seed)
{
	uint64_t start = below(seed, 4) ? 0 : below(seed, 3 * PAGE);
	uint64_t end = FILE_BYTES - (below(seed, 4) ? 0 : below(seed, 3 * PAGE));
	struct block *block = &member->block;

	block->extents = member->extents;
	member->places[0].address = BASE + start;
	for (uint64_t page = start / PAGE * PAGE; page < end; page += PAGE) {
		uint64_t from = page > start ? page : start;
		uint64_t to = page + PAGE < end ? page + PAGE : end;
		bool zero = !memcmp(member->bytes + page, (uint8_t[PAGE]){ 0 }, PAGE);

		add_extent(block, member->extents, from, to, file, zero && below(seed, 2));
	}
}

static void make_member(struct family *family, size_t index, const uint8_t *common, uint64_t *seed)
{
	struct member *member = &family->members[index];

	member->bytes = malloc(FILE_BYTES);
	assert_non_null(member->bytes);
	memcpy(member->bytes, common, FILE_BYTES);
	if (index || below(seed, 2))
		make_own(member->bytes, seed);
	family->files[index].bytes = (struct bytes){ member->bytes, FILE_BYTES };
	member->places[0].target = (uint32_t)index;
	member->places[1] =
		(struct placement){ ((uint64_t)index + 1) << 32, (uint32_t)below(seed, index + 1) };
	member->block.placements = member->places;
	member->block.placement_count = below(seed, 4) ? 1 : 2;
	make_extents(member, (uint32_t)index, seed);
	member->block.first_edge = below(seed, 4) ? EDGE_REAL : EDGE_UNSEEN;
	member->block.last_edge = below(seed, 4) ? EDGE_REAL : EDGE_UNSEEN;
}

static void make_family(struct family *family, size_t count, uint64_t seed)
{
	uint8_t *common = malloc(FILE_BYTES);

	memset(family, 0, sizeof(*family));
	assert_non_null(common);
	family->database.reach = DOUBLE_REACH;
	family->database.look_behind = DOUBLE_LOOK_BEHIND;
	family->count = count;
	fill(common, FILE_BYTES, &seed);
	for (size_t i = 0; i < 6; i++)
		memset(common + below(&seed, FILE_BYTES / PAGE) * PAGE, 0, PAGE);
	for (size_t i = 0; i < count; i++)
		make_member(family, i, common, &seed);
	family->table = (struct file_table){ family->files, (uint32_t)count };
	free(common);
}

static void free_family(struct family *family)
{
	for (size_t i = 0; i < family->count; i++)
		free(family->members[i].bytes);
}

static int note(void *context, uint32_t target, struct match_table *matches, uint64_t bytes_lost,
		struct error *err)
{
	struct answer *answer = context;

	(void)err;
	pthread_mutex_lock(&answer->lock);
	assert_null(answer->tables[target]);
	answer->tables[target] = matches;
	answer->lost[target] = bytes_lost;
	pthread_mutex_unlock(&answer->lock);
	return 0;
}

struct way {
	enum sharing sharing;
	size_t threads, shard_bytes;
};

static void search_family(struct family *family, const struct way *way, struct answer *answer)
{
	const struct block *blocks[MOST_MEMBERS];
	const struct search_purpose purpose = { &family->database, family->needs };
	struct warning_list *warnings;
	_Atomic uint64_t bytes_done = 0;
	struct search *search;
	struct search_plan plan = { .purposes = &purpose,
				    .purpose_count = 1,
				    .files = &family->table,
				    .shard_bytes = way->shard_bytes,
				    .context_bytes = CONTEXT,
				    .bytes_done = &bytes_done,
				    .sharing = way->sharing };
	struct error err;

	*answer = (struct answer){ .scanned = 0 };
	pthread_mutex_init(&answer->lock, NULL);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	plan.warnings = warnings;
	atomic_store(&family->database.scanned, 0);
	for (size_t i = 0; i < family->count; i++)
		blocks[i] = &family->members[i].block;
	assert_int_equal(search_new(&search, pools[way->threads], &plan, note, answer, NULL), 0);
	if (search_add_siblings(search, blocks, family->count, &err))
		fail_msg("%s", err.message);
	for (uint32_t i = 0; i < family->count; i++)
		assert_int_equal(search_seal(search, i, NULL), 0);
	if (search_finish(search, &err))
		fail_msg("%s", err.message);
	warning_list_sorted(warnings, &answer->warnings);
	warning_list_free(warnings);
	answer->bytes_done = atomic_load(&bytes_done);
	answer->scanned = atomic_load(&family->database.scanned);
}

static void release_answer(struct answer *answer)
{
	for (size_t i = 0; i < MOST_MEMBERS; i++)
		match_table_free(answer->tables[i]);
	pthread_mutex_destroy(&answer->lock);
}

static void compare_tables(size_t member, const struct match_table *got,
			   const struct match_table *expected)
{
	for (size_t i = 0; i < got->count && i < expected->count; i++) {
		const struct double_match *one = &got->items[i], *other = &expected->items[i];

		if (memcmp(one, other, sizeof(*one)) != 0)
			fail_msg("member %zu: pattern %u at %#llx instead of %u at %#llx", member,
				 (unsigned int)one->pattern, (unsigned long long)one->address,
				 (unsigned int)other->pattern, (unsigned long long)other->address);
	}
	assert_int_equal(got->count, expected->count);
}

static void compare_answers(const struct family *family, const struct answer *got,
			    const struct answer *expected)
{
	for (size_t i = 0; i < family->count; i++) {
		compare_tables(i, got->tables[i], expected->tables[i]);
		assert_int_equal(got->lost[i], expected->lost[i]);
	}
	assert_int_equal(got->bytes_done, expected->bytes_done);
	assert_int_equal(got->warnings, expected->warnings);
}

static const struct way alone = { SHARING_OFF, 3, 0 };

static void same_together(struct family *family)
{
	static const struct way ways[] = {
		{ SHARING_ALWAYS, 1, 0 },     { SHARING_ALWAYS, 3, 0 },
		{ SHARING_ALWAYS, 3, 100 },   { SHARING_ALWAYS, 1, 5000 },
		{ SHARING_ALWAYS, 3, 40000 }, { SHARING_AUTO, 3, 8192 },
	};
	struct answer expected, got;

	search_family(family, &alone, &expected);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		search_family(family, &ways[i], &got);
		compare_answers(family, &got, &expected);
		release_answer(&got);
	}
	release_answer(&expected);
}

static void what_siblings_share_never_shows(void **state)
{
	static struct family family;

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		make_family(&family, 2 + seed % 5, seed * 7919);
		family.database.costly = seed % 2;
		same_together(&family);
		free_family(&family);
	}
}

static void wide_reaches_need_wide_equality(void **state)
{
	static const size_t reaches[] = { 4090, 4096, 9000 };
	static struct family family;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make_family(&family, 4, 104729 + i);
		family.database.reach = reaches[i];
		same_together(&family);
		free_family(&family);
	}
}

static void kept_and_copied_bytes_are_compared_too(void **state)
{
	static struct family family;

	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		make_family(&family, 5, seed * 271);
		family.files[0].only_read = seed % 2;
		family.files[1].only_read = true;
		family.files[2].lend_at_most = 10000;
		same_together(&family);
		free_family(&family);
	}
}

static void members_that_cannot_be_read_are_searched_alone(void **state)
{
	static struct family family;

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		make_family(&family, 5, seed * 613);
		family.files[seed % 5].damaged = (struct address_range){ 9 * PAGE, 11 * PAGE };
		family.files[(seed + 1) % 5].only_read = true;
		family.files[(seed + 1) % 5].failing =
			(struct address_range){ 5 * PAGE, 30 * PAGE };
		same_together(&family);
		free_family(&family);
	}
}

static void more_siblings_than_are_compared_at_a_time(void **state)
{
	static struct family family;

	(void)state;
	make_family(&family, MOST_MEMBERS, 5);
	same_together(&family);
	free_family(&family);
}

/* Two of three members with the same bytes: the third part is searched once, with the page that one has for itself. */
static void equal_bytes_are_searched_once(void **state)
{
	static struct family family;
	const struct way together = { SHARING_ALWAYS, 1, 0 };
	struct answer answer;

	(void)state;
	make_family(&family, 3, 11);
	for (size_t i = 0; i < 3; i++) {
		struct member *member = &family.members[i];

		memset(member->bytes, 'a', FILE_BYTES);
		member->extents[0] = (struct extent){ .length = FILE_BYTES, .file = (uint32_t)i };
		member->places[0].address = BASE;
		member->block.extent_count = member->block.placement_count = 1;
		member->block.first_edge = member->block.last_edge = EDGE_REAL;
	}
	search_family(&family, &together, &answer);
	assert_int_equal(answer.scanned, FILE_BYTES + 1);
	assert_int_equal(answer.bytes_done, 3 * FILE_BYTES);
	release_answer(&answer);
	family.members[2].bytes[20 * PAGE + 2000] = 'z';
	search_family(&family, &together, &answer);
	assert_in_range(answer.scanned, FILE_BYTES + 1 + PAGE,
			FILE_BYTES + 1 + PAGE + 2 * (DOUBLE_REACH + 2 * CONTEXT + 8));
	release_answer(&answer);
	free_family(&family);
}

static void zeros_never_written_are_not_zeros_of_the_dump(void **state)
{
	static struct family family;
	struct answer together, expected;
	const struct way always = { SHARING_ALWAYS, 1, 0 };

	(void)state;
	make_family(&family, 2, 11);
	for (size_t i = 0; i < 2; i++) {
		struct member *member = &family.members[i];

		memset(member->bytes, 0, FILE_BYTES);
		for (uint32_t page = 0; page < 3; page++)
			member->extents[page] =
				(struct extent){ .length = PAGE,
						 .offset = page * PAGE,
						 .file = (uint32_t)i,
						 .kind = page == 1 && i ? EXTENT_ZERO
									: EXTENT_RAW };
		member->places[0].address = BASE;
		member->block.extent_count = 3;
		member->block.placement_count = 1;
		member->block.first_edge = member->block.last_edge = EDGE_REAL;
	}
	search_family(&family, &always, &together);
	search_family(&family, &alone, &expected);
	assert_true(together.tables[1]->count < together.tables[0]->count);
	compare_answers(&family, &together, &expected);
	release_answer(&together);
	release_answer(&expected);
	free_family(&family);
}

/* Strangers at the same addresses: after the first MiB nothing is compared any more. */
static void what_is_not_equal_is_soon_not_compared(void **state)
{
	static const struct way together = { SHARING_AUTO, 1, 8192 };
	static struct family family;
	struct answer got, expected;
	uint64_t seed = 77;

	(void)state;
	make_family(&family, 12, 3);
	family.database.costly = true;
	for (size_t i = 0; i < family.count; i++)
		fill(family.members[i].bytes, FILE_BYTES, &seed);
	search_family(&family, &together, &got);
	search_family(&family, &alone, &expected);
	compare_answers(&family, &got, &expected);
	release_answer(&got);
	release_answer(&expected);
	free_family(&family);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_siblings_share_never_shows),
		cmocka_unit_test(wide_reaches_need_wide_equality),
		cmocka_unit_test(kept_and_copied_bytes_are_compared_too),
		cmocka_unit_test(members_that_cannot_be_read_are_searched_alone),
		cmocka_unit_test(more_siblings_than_are_compared_at_a_time),
		cmocka_unit_test(equal_bytes_are_searched_once),
		cmocka_unit_test(zeros_never_written_are_not_zeros_of_the_dump),
		cmocka_unit_test(what_is_not_equal_is_soon_not_compared),
	};

	return cmocka_run_group_tests(tests, start_pools, stop_pools);
}
