#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scanners/received_parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT UINT64_C(0x1000)

#define RAW(number, from, bytes)                                                                   \
	{                                                                                          \
		.kind = EXTENT_RAW, .file = number, .offset = from, .length = bytes                \
	}
#define ZERO(bytes)                                                                                \
	{                                                                                          \
		.kind = EXTENT_ZERO, .length = bytes                                               \
	}

/* Each part: where its two placements see it, its edges (| real, ~ unseen), its extents, its bytes of files. */
static const struct {
	const char *name;
	struct extent extents[4];
	size_t extent_count;
	uint64_t came[2]; /* of files 0 and 1 */
	const char *parts;
	uint64_t missing;
} cases[] = {
	{ "all came",
	  { RAW(0, 0, 8), ZERO(4), RAW(0, 8, 8) },
	  3,
	  { 16, 0 },
	  "1000,9000|0@0+8 z4 0@8+8 |=16;",
	  0 },
	{ "more came", { RAW(0, 0, 8) }, 1, { 99, 0 }, "1000,9000|0@0+8 |=8;", 0 },
	{ "nothing came", { RAW(0, 0, 8), ZERO(4), RAW(0, 8, 8) }, 3, { 0, 0 }, "", 16 },
	{ "it ends within an extent",
	  { RAW(0, 4, 8), ZERO(4) },
	  2,
	  { 7, 0 },
	  "1000,9000|0@4+3 ~=3;",
	  5 },
	{ "zeros before what is missing belong to the part",
	  { RAW(0, 0, 8), ZERO(4), RAW(0, 8, 8) },
	  3,
	  { 8, 0 },
	  "1000,9000|0@0+8 z4 ~=8;",
	  8 },
	{ "the other file goes on behind it",
	  { RAW(0, 0, 8), RAW(1, 2, 4) },
	  2,
	  { 5, 6 },
	  "1000,9000|0@0+5 ~=5;1008,9008~1@2+4 |=4;",
	  3 },
	{ "zeros behind what is missing begin a part",
	  { RAW(0, 0, 8), ZERO(4), RAW(1, 0, 4) },
	  3,
	  { 0, 4 },
	  "1008,9008~z4 1@0+4 |=4;",
	  8 },
	{ "zeros alone are no part", { RAW(0, 0, 8), ZERO(4), RAW(1, 0, 4) }, 3, { 0, 0 }, "", 12 },
	{ "three parts might be",
	  { RAW(0, 0, 8), ZERO(4), RAW(0, 8, 4), RAW(1, 0, 2) },
	  4,
	  { 8, 1 },
	  "1000,9000|0@0+8 z4 ~=8;1010,9010~1@0+1 ~=1;",
	  5 },
};

struct told {
	const uint64_t *came;
	char text[256];
};

static uint64_t came_of(void *context, uint32_t file)
{
	return ((const struct told *)context)->came[file];
}

static void say(struct told *told, const char *text)
{
	assert_true(strlen(told->text) + strlen(text) < sizeof(told->text));
	strcat(told->text, text);
}

static int tell(void *context, const struct block *part, uint64_t bytes, struct error *err)
{
	char text[64];

	(void)err;
	assert_int_equal(part->placement_count, 2);
	assert_int_equal(part->placements[0].target, 3);
	assert_int_equal(part->placements[1].target, 5);
	assert_int_equal(part->purpose, 1);
	snprintf(text, sizeof(text), "%llx,%llx%c", (unsigned long long)part->placements[0].address,
		 (unsigned long long)part->placements[1].address,
		 part->first_edge == EDGE_REAL ? '|' : '~');
	say(context, text);
	for (size_t i = 0; i < part->extent_count; i++) {
		const struct extent *extent = &part->extents[i];

		if (extent->kind == EXTENT_ZERO)
			snprintf(text, sizeof(text), "z%llu ", (unsigned long long)extent->length);
		else
			snprintf(text, sizeof(text), "%u@%llu+%llu ", extent->file,
				 (unsigned long long)extent->offset,
				 (unsigned long long)extent->length);
		say(context, text);
	}
	snprintf(text, sizeof(text), "%c=%llu;", part->last_edge == EDGE_REAL ? '|' : '~',
		 (unsigned long long)bytes);
	say(context, text);
	return 0;
}

static const struct placement placements[] = { { AT, 3 }, { 9 * AT, 5 } };

static struct block block_of(size_t index)
{
	return (struct block){ .extents = cases[index].extents,
			       .extent_count = cases[index].extent_count,
			       .placements = placements,
			       .placement_count = COUNT(placements),
			       .first_edge = EDGE_REAL,
			       .last_edge = EDGE_REAL,
			       .purpose = 1 };
}

static void a_block_is_cut_where_bytes_did_not_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct told told = { .came = cases[i].came };
		const struct received_parts parts = { &told, came_of, tell };
		const struct block block = block_of(i);
		uint64_t missing;

		assert_int_equal(received_parts_each(&parts, &block, &missing, NULL), 0);
		if (strcmp(told.text, cases[i].parts) != 0 || missing != cases[i].missing)
			fail_msg("%s: %s missing %llu", cases[i].name, told.text,
				 (unsigned long long)missing);
	}
}

static int refuse(void *context, const struct block *part, uint64_t bytes, struct error *err)
{
	tell(context, part, bytes, err);
	return error_set(err, ERROR_INTERRUPTED, 0, "enough");
}

static void it_ends_with_the_first_part_that_is_refused(void **state)
{
	static const uint64_t came[] = { 5, 6 };
	struct told told = { .came = came };
	const struct received_parts parts = { &told, came_of, refuse };
	const struct block block = block_of(5);
	struct error err;
	uint64_t missing;

	(void)state;
	assert_int_equal(received_parts_each(&parts, &block, &missing, &err), ERROR_INTERRUPTED);
	assert_string_equal(told.text, "1000,9000|0@0+5 ~=5;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_cut_where_bytes_did_not_come),
		cmocka_unit_test(it_ends_with_the_first_part_that_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
