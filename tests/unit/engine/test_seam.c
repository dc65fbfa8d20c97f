#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/read/mapped.h"
#include "engine/search/piece_maker.h"
#include "engine/search/seam.h"
#include "engine/search/shard.h"
#include "search_doubles.h"

/* Every piece is held against the block's bytes laid out flat: bytes, margins, who owns what. */
#define FILE_BYTES (256u << 10)
#define LEFT 7u
#define RIGHT 40u
#define REACH 30u

static const struct margins margins = { LEFT, RIGHT, REACH };

struct fixture {
	uint8_t bytes[2][FILE_BYTES];
	struct double_file files[2];
	struct file_table table;
};

static void make_fixture(struct fixture *fixture)
{
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < FILE_BYTES; j++)
			fixture->bytes[i][j] = (uint8_t)(j * 7 + j / 251 + i * 101 + 1);
		fixture->files[i] =
			(struct double_file){ .bytes = { fixture->bytes[i], FILE_BYTES } };
	}
	fixture->table = (struct file_table){ fixture->files, 2 };
}

static struct view *make_view(const struct extent *extents, size_t count)
{
	struct block block = { .extents = extents, .extent_count = count };
	struct span_list spans = { NULL, 0, 0 };
	struct view like = { .first_edge = EDGE_REAL, .last_edge = EDGE_UNSEEN };
	struct view *view;

	assert_int_equal(span_list_add_extents(&spans, &block, NULL), 0);
	like.length = span_end(&spans.items[spans.count - 1]);
	assert_int_equal(view_new(&view, &spans, &like, NULL, NULL, NULL, NULL), 0);
	free(spans.items);
	return view;
}

/* The byte at @position, or -1 where the block was never written. */
static int byte_of(const struct fixture *fixture, const struct view *view, uint64_t position)
{
	const struct span *span = &view->spans[view_span_at(view, position)];

	if (span->kind == SPAN_ZERO)
		return -1;
	return fixture->bytes[span->file][span->offset + (position - span->start)];
}

static bool is_dumped(const struct piece *piece, size_t index)
{
	for (size_t i = 0; i < piece->dumped_count; i++)
		if (index >= piece->dumped[i].start && index < piece->dumped[i].end)
			return true;
	return piece->dumped == NULL;
}

static void check_bytes(const struct fixture *fixture, const struct view *view,
			const struct piece *piece)
{
	for (size_t i = 0; i < piece->length; i++) {
		int byte = byte_of(fixture, view, piece->position + i);

		assert_int_equal(piece->data[i], byte < 0 ? 0 : byte);
		assert_int_equal(is_dumped(piece, i), byte >= 0);
	}
}

static void check_margins(const struct view *view, const struct piece *piece)
{
	uint64_t end = piece->position + piece->length;

	assert_true(piece->own_start < piece->own_end);
	assert_true(piece->own_start >= LEFT || piece->position == 0);
	assert_true(end == view->length || piece->length - (piece->own_end - 1) >= RIGHT);
	assert_int_equal(piece->first, piece->position ? EDGE_CUT : EDGE_REAL);
	assert_int_equal(piece->last, end < view->length ? EDGE_CUT : EDGE_UNSEEN);
}

struct pieces {
	size_t count, in_place;
	uint64_t searched;
	uint8_t *owned; /* how often each start is owned, length + 1 */
};

static bool lies_in_a_file(const struct fixture *fixture, const struct piece *piece)
{
	for (size_t i = 0; i < 2; i++)
		if (piece->data >= fixture->bytes[i] &&
		    piece->data < fixture->bytes[i] + FILE_BYTES)
			return true;
	return false;
}

static void take_pieces(const struct fixture *fixture, struct piece_maker *maker,
			const struct view *view, uint64_t shard_bytes, struct pieces *pieces)
{
	struct shard_cutter cutter = { view, &margins, 0, view->length + 1, shard_bytes };
	uint64_t start, end;

	*pieces = (struct pieces){ .owned = calloc(1, view->length + 2) };
	assert_non_null(pieces->owned);
	while (shard_cutter_next(&cutter, &start, &end)) {
		struct piece piece;
		bool more;

		piece_maker_begin(maker, view, &margins, start, end);
		while (!piece_maker_next(maker, &piece, &more, NULL) && more) {
			check_bytes(fixture, view, &piece);
			check_margins(view, &piece);
			pieces->count++;
			pieces->in_place += lies_in_a_file(fixture, &piece);
			for (size_t i = piece.own_start; i < piece.own_end; i++)
				pieces->owned[piece.position + i]++;
		}
	}
	pieces->searched = maker->searched;
	maker->searched = 0;
}

/* Each start in dumped bytes once; each within reach before them once; none twice. */
static void check_owned(const struct fixture *fixture, const struct view *view,
			const struct pieces *pieces)
{
	uint64_t raw = 0;

	for (uint64_t i = 0; i < view->length; i++) {
		bool dumped = byte_of(fixture, view, i) >= 0, soon = dumped;

		raw += dumped;
		for (uint64_t j = i; !soon && j < i + REACH && j < view->length; j++)
			soon = byte_of(fixture, view, j) >= 0;
		if (soon)
			assert_int_equal(pieces->owned[i], 1);
		else
			assert_true(pieces->owned[i] <= 1);
	}
	assert_int_equal(pieces->owned[view->length],
			 byte_of(fixture, view, view->length - 1) >= 0);
	assert_int_equal(pieces->searched, raw);
}

#define RAW(number, from, bytes)                                                                   \
	{                                                                                          \
		.length = (bytes), .offset = (from), .file = (number)                              \
	}
#define ZERO(bytes)                                                                                \
	{                                                                                          \
		.length = (bytes), .kind = EXTENT_ZERO                                             \
	}

struct layout {
	const char *name;
	struct extent extents[8];
	size_t in_place; /* pieces in place with shards of 1 MiB */
};

static const struct layout layouts[] = {
	{ "one byte", { RAW(0, 5, 1) }, 1 },
	{ "one span, however short, lies in place", { RAW(0, 5, 100) }, 1 },
	{ "long spans are copied only where they meet",
	  { RAW(0, 0, 100000), RAW(1, 7, 90000) },
	  2 },
	{ "spans that continue are one", { RAW(0, 0, 50), RAW(0, 50, 70000) }, 1 },
	{ "short spans are gathered", { RAW(0, 9, 30), RAW(1, 3, 1), RAW(0, 1000, 60) }, 0 },
	{ "zeros on both sides", { ZERO(500), RAW(0, 0, 60), ZERO(500) }, 0 },
	{ "zeros shorter than the margins", { RAW(0, 0, 9), ZERO(3), RAW(1, 0, 9), ZERO(2) }, 0 },
	{ "zeros that are two extents", { RAW(0, 0, 50), ZERO(40), ZERO(300), RAW(1, 0, 5) }, 0 },
	{ "zeros before a long span", { ZERO(5000), RAW(0, 0, 100000) }, 1 },
	{ "a span as long as its margins", { RAW(0, 0, 99), RAW(1, 0, 47), RAW(0, 200, 99) }, 0 },
	{ "more than is copied at once",
	  { RAW(0, 0, 30000), RAW(1, 0, 30000), RAW(0, 1, 30000), RAW(1, 1, 30000),
	    RAW(0, 2, 30000), RAW(1, 2, 30000), RAW(0, 3, 30000) },
	  0 },
};

static size_t extent_count(const struct layout *layout)
{
	size_t count = 0;

	while (count < 8 && layout->extents[count].length)
		count++;
	return count;
}

static void pieces_tile_the_block_with_margins(void **state)
{
	static const uint64_t shard_bytes[] = { 1 << 20, 4096, 61, 1 };
	struct fixture *fixture = malloc(sizeof(*fixture));

	(void)state;
	assert_non_null(fixture);
	make_fixture(fixture);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		struct view *view = make_view(layouts[i].extents, extent_count(&layouts[i]));
		struct piece_maker maker = { .files = &fixture->table };

		for (size_t j = 0; j < 4; j++) {
			struct pieces pieces;

			if (view->length > 1000 && shard_bytes[j] == 1)
				continue;
			take_pieces(fixture, &maker, view, shard_bytes[j], &pieces);
			check_owned(fixture, view, &pieces);
			if (j == 0 && pieces.in_place != layouts[i].in_place) {
				print_error("%s: %zu in place\n", layouts[i].name, pieces.in_place);
				fail();
			}
			free(pieces.owned);
		}
		piece_maker_release(&maker);
		view_release(view, 0);
	}
	free(fixture);
}

static void a_copied_seam_has_the_bytes_of_both_sides(void **state)
{
	static const struct extent extents[] = { RAW(0, 100, 10), ZERO(4), RAW(1, 300, 10) };
	struct fixture *fixture = malloc(sizeof(*fixture));
	struct view *view = make_view(extents, 3);
	struct stretch stretch = { .data = NULL };

	(void)state;
	assert_non_null(fixture);
	make_fixture(fixture);
	stretch_begin(&stretch, 5, 20, 6, 15);
	assert_int_equal(seam_copy(&stretch, view, &fixture->table, NULL), 0);
	assert_memory_equal(stretch.data, fixture->bytes[0] + 105, 5);
	assert_memory_equal(stretch.data + 5, "\0\0\0\0", 4);
	assert_memory_equal(stretch.data + 9, fixture->bytes[1] + 300, 6);
	assert_true(stretch.has_zeros);
	assert_int_equal(stretch.dumped_count, 2);
	assert_int_equal(stretch.dumped[1].start, 14);
	assert_int_equal(stretch.hole_count, 0);
	stretch_release(&stretch);
	view_release(view, 0);
	free(fixture);
}

struct unreadable {
	const char *name;
	struct double_file file; /* bytes are the fixture's, cut to bytes.length */
	struct address_range lost; /* offsets */
	enum warning_code code;
};

static const struct unreadable unreadables[] = {
	{ "a damaged page",
	  { .bytes = { NULL, FILE_BYTES }, .damaged = { 8192, 12288 } },
	  { 8192, 12288 },
	  WARNING_CHANGED_WHILE_READ },
	{ "a page that cannot be read",
	  { .bytes = { NULL, FILE_BYTES }, .only_read = true, .failing = { 8192, 12288 } },
	  { 8192, 12288 },
	  WARNING_READ_ERROR },
	{ "a file that ends", { .bytes = { NULL, 15000 } }, { 15000, 50100 }, WARNING_TRUNCATED },
	{ "a file that ends and is only read",
	  { .bytes = { NULL, 15000 }, .only_read = true },
	  { 15000, 50100 },
	  WARNING_TRUNCATED },
	{ "a file whose first bytes are damaged",
	  { .bytes = { NULL, FILE_BYTES }, .damaged = { 0, 4096 } },
	  { 100, 4096 },
	  WARNING_CHANGED_WHILE_READ },
};

/* Pieces around the hole: none has a byte of it, and both ends there are unseen. */
static void check_around_hole(struct piece_maker *maker, const struct address_range *hole)
{
	struct piece piece;
	bool more;

	while (!piece_maker_next(maker, &piece, &more, NULL) && more) {
		uint64_t end = piece.position + piece.length;

		assert_true(end <= hole->start || piece.position >= hole->end);
		assert_true(end != hole->start || piece.last == EDGE_UNSEEN);
		assert_true(piece.position != hole->end || piece.first == EDGE_UNSEEN);
	}
}

static void what_cannot_be_read_is_a_hole_and_counted_once(void **state)
{
	static const struct extent extents[] = { RAW(0, 100, 50000) };
	struct fixture *fixture = malloc(sizeof(*fixture));
	struct view *view = make_view(extents, 1);

	(void)state;
	assert_non_null(fixture);
	for (size_t i = 0; i < sizeof(unreadables) / sizeof(unreadables[0]); i++) {
		const struct unreadable *row = &unreadables[i];
		struct address_range hole = { row->lost.start - 100, row->lost.end - 100 };

		for (uint64_t shard_bytes = 1000; shard_bytes <= 100000; shard_bytes *= 10) {
			struct shard_cutter cutter = { view, &margins, 0, 50001, shard_bytes };
			struct piece_maker maker = { .files = &fixture->table };
			uint64_t start, end;

			make_fixture(fixture);
			fixture->files[0] = row->file;
			fixture->files[0].bytes.data = fixture->bytes[0];
			while (shard_cutter_next(&cutter, &start, &end)) {
				piece_maker_begin(&maker, view, &margins, start, end);
				check_around_hole(&maker, &hole);
			}
			lost_list_merge(&maker.lost);
			if (maker.lost.count != 1 || maker.lost.items[0].code != row->code ||
			    maker.lost.items[0].offset != row->lost.start ||
			    maker.lost_bytes != row->lost.end - row->lost.start) {
				print_error("%s: %llu bytes lost\n", row->name,
					    (unsigned long long)maker.lost_bytes);
				fail();
			}
			assert_int_equal(maker.searched, 50000 - maker.lost_bytes);
			piece_maker_release(&maker);
		}
	}
	view_release(view, 0);
	free(fixture);
}

static void damage_during_the_scan_counts_as_lost(void **state)
{
	static const struct extent extents[] = { RAW(0, 0, 50000) };
	struct fixture *fixture = malloc(sizeof(*fixture));
	struct view *view = make_view(extents, 1);
	struct piece_maker maker = { .files = NULL };
	struct piece piece;
	bool more;

	(void)state;
	assert_non_null(fixture);
	make_fixture(fixture);
	maker.files = &fixture->table;
	piece_maker_begin(&maker, view, &margins, 0, 50001);
	assert_int_equal(piece_maker_next(&maker, &piece, &more, NULL), 0);
	assert_true(more);
	assert_int_equal(piece.length, 50000);
	fixture->files[0].damaged = (struct address_range){ 40960, 60000 };
	assert_int_equal(piece_maker_next(&maker, &piece, &more, NULL), 0);
	assert_false(more);
	assert_int_equal(maker.lost_bytes, 50000 - 40960);
	assert_int_equal(maker.searched, 40960);
	piece_maker_release(&maker);
	view_release(view, 0);
	free(fixture);
}

static void a_clipped_view_keeps_bytes_of_its_own(void **state)
{
	uint8_t passing[100];
	struct span_list spans = { NULL, 0, 0 };
	struct view like = { .length = 1000 };
	struct view *view, *clip;

	(void)state;
	memset(passing, 'p', sizeof(passing));
	span_list_add(&spans, (struct span){ .length = 50, .kind = SPAN_ZERO }, NULL);
	span_list_add(
		&spans,
		(struct span){ .length = 100, .offset = 7, .data = passing, .kind = SPAN_MEMORY },
		NULL);
	assert_int_equal(view_new(&view, &spans, &like, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(view_clip(&clip, view, 40, 60, NULL), 0);
	memset(passing, 'x', sizeof(passing));
	assert_int_equal(clip->span_count, 2);
	assert_int_equal(clip->spans[0].start, 40);
	assert_int_equal(clip->spans[0].length, 10);
	assert_int_equal(clip->spans[1].start, 50);
	assert_int_equal(clip->spans[1].length, 10);
	assert_int_equal(clip->spans[1].offset, 7);
	assert_memory_equal(clip->spans[1].data, "pppppppppp", 10);
	assert_int_equal(view_dumped_bytes(clip, 45, 55), 5);
	view_release(view, 0);
	view_release(clip, 0);
	free(spans.items);
}

#define MAPPED_PAGES 8u
#define PAGE 4096u

/* Without a descriptor the mapping knows only of pages that somebody has met. */
static void what_cannot_be_read_is_met_before_it_is_searched(void **state)
{
	const struct extent extent = { .length = MAPPED_PAGES * PAGE, .kind = EXTENT_RAW };
	struct view *view = make_view(&extent, 1);
	char path[] = "/tmp/test_seam_XXXXXX";
	int descriptor = mkstemp(path);

	(void)state;
	assert_true(descriptor >= 0);
	unlink(path);
	for (uint64_t left = 0; left <= MAPPED_PAGES; left++) {
		struct address_range damage = { 0, 0 };
		struct stretch stretch = { .data = NULL };
		struct mapped *mapped;
		uint64_t lent = 0;

		assert_int_equal(ftruncate(descriptor, MAPPED_PAGES * PAGE), 0);
		uint8_t *data =
			mmap(NULL, MAPPED_PAGES * PAGE, PROT_READ, MAP_SHARED, descriptor, 0);
		struct double_file file = { .bytes = { data, MAPPED_PAGES * PAGE } };
		struct file_table table = { &file, 1 };

		assert_true(data != MAP_FAILED);
		assert_int_equal(mapped_guard(&mapped, data, MAPPED_PAGES * PAGE, NULL), 0);
		assert_int_equal(ftruncate(descriptor, (off_t)(left * PAGE)), 0);
		stretch_begin(&stretch, 100, 6 * PAGE + 100, 200, 6 * PAGE);
		assert_int_equal(seam_lend(&stretch, view->spans, &table, &lent, NULL), 0);
		assert_int_equal(lent, 6 * PAGE);
		assert_ptr_equal(stretch.data, data + 100);
		assert_int_equal(mapped_damaged(mapped, 0, 7 * PAGE, &damage), left < 7);
		if (left < 7)
			assert_int_equal(damage.start, left * PAGE);
		stretch_release(&stretch);
		mapped_free(mapped);
		munmap(data, MAPPED_PAGES * PAGE);
	}
	close(descriptor);
	view_release(view, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_tile_the_block_with_margins),
		cmocka_unit_test(a_copied_seam_has_the_bytes_of_both_sides),
		cmocka_unit_test(what_cannot_be_read_is_a_hole_and_counted_once),
		cmocka_unit_test(damage_during_the_scan_counts_as_lost),
		cmocka_unit_test(a_clipped_view_keeps_bytes_of_its_own),
		cmocka_unit_test(what_cannot_be_read_is_met_before_it_is_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
