#include "engine/search/fetch_slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLOT_BYTES (64u << 10)
#define MOST_SPANS 300
#define NO_FILE 9 /* cannot be read by the ring */

static int released;

static void count_release(struct lease_owner *owner)
{
	(void)owner;
	released++;
}

static int file_of(void *context, uint32_t file)
{
	(void)context;
	return file == NO_FILE ? -1 : (int)file + 100;
}

static struct fetch_slot *new_slot(void)
{
	struct fetch_slot *slot = calloc(1, sizeof(*slot));

	assert_non_null(slot);
	slot->data = malloc(SLOT_BYTES);
	assert_non_null(slot->data);
	slot->bytes = SLOT_BYTES;
	slot->owner.release = count_release;
	fetch_slot_clear(slot);
	return slot;
}

static void free_slot(struct fetch_slot *slot)
{
	free(slot->data);
	free(slot);
}

static struct view *view_of(const struct span *spans, size_t count)
{
	struct span_list list = { NULL, 0, 0 };
	struct view like = { .length = 0 }, *view;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(span_list_add(&list, spans[i], NULL), 0);
		like.length += spans[i].length;
	}
	assert_int_equal(view_new(&view, &list, &like, NULL, NULL, NULL, NULL), 0);
	free(list.items);
	return view;
}

static const struct margins margins = { .left = 100, .right = 200, .reach = 150 };

static enum fetch_fit add(struct fetch_slot *slot, const struct view *view, uint64_t start,
			  uint64_t end)
{
	return fetch_slot_add(slot, view, &margins, start, end, file_of, NULL);
}

/* As if the ring had brought all of it: each byte tells its offset. */
static void bring(struct fetch_slot *slot)
{
	for (size_t i = 0; i < slot->read_count; i++) {
		struct ring_read *read = &slot->reads[i].ring;

		for (uint32_t j = 0; j < read->length; j++)
			read->target[j] = (uint8_t)((read->offset + j) / 7);
		read->done = read->length;
	}
}

static void what_lies_together_is_one_read(void **state)
{
	static const struct {
		const char *name;
		struct span spans[3];
		size_t reads;
		struct {
			uint64_t offset;
			uint32_t length, needed;
		} expected[2];
	} rows[] = {
		{ "one span is rounded to what a disk reads",
		  { { .length = 1000, .offset = 5000 } },
		  1,
		  { { 4096, 4096, 1904 } } },
		{ "across a border of these",
		  { { .length = 1000, .offset = 8000 } },
		  1,
		  { { 4096, 8192, 4904 } } },
		{ "neighbours in the file with zeros between them",
		  { { .length = 4096, .offset = 0 },
		    { .length = 100, .kind = SPAN_ZERO },
		    { .length = 4096, .offset = 4096 } },
		  1,
		  { { 0, 8192, 8192 } } },
		{ "a small gap is read over",
		  { { .length = 100, .offset = 0 }, { .length = 100, .offset = 20000 } },
		  1,
		  { { 0, 20480, 20100 } } },
		{ "a large one is not",
		  { { .length = 100, .offset = 0 }, { .length = 100, .offset = 1 << 20 } },
		  2,
		  { { 0, 4096, 100 }, { 1 << 20, 4096, 100 } } },
		{ "nor what lies before",
		  { { .length = 100, .offset = 20000 }, { .length = 100, .offset = 0 } },
		  2,
		  { { 16384, 4096, 3716 }, { 0, 4096, 100 } } },
		{ "nor another file",
		  { { .length = 100, .offset = 0 }, { .length = 100, .offset = 100, .file = 1 } },
		  2,
		  { { 0, 4096, 100 }, { 0, 4096, 200 } } },
		{ "the same bytes again are there already",
		  { { .length = 5000, .offset = 0 }, { .length = 100, .offset = 300 } },
		  1,
		  { { 0, 8192, 5000 } } },
		{ "what the ring cannot read is left out",
		  { { .length = 100, .offset = 0, .file = NO_FILE },
		    { .length = 100, .offset = 0 } },
		  1,
		  { { 0, 4096, 100 } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fetch_slot *slot = new_slot();
		size_t count = 0;
		struct view *view;

		while (count < 3 && rows[i].spans[count].length)
			count++;
		view = view_of(rows[i].spans, count);
		if (add(slot, view, 0, view->length + 1) != FETCH_FITS ||
		    slot->read_count != rows[i].reads)
			fail_msg("%s: %zu reads", rows[i].name, slot->read_count);
		for (size_t j = 0; j < slot->read_count; j++) {
			const struct ring_read *read = &slot->reads[j].ring;

			if (read->offset != rows[i].expected[j].offset ||
			    read->length != rows[i].expected[j].length ||
			    read->needed != rows[i].expected[j].needed)
				fail_msg("%s: %llu %u %u", rows[i].name,
					 (unsigned long long)read->offset, read->length,
					 read->needed);
		}
		view_release(view, SIZE_MAX);
		free_slot(slot);
	}
}

static void only_the_starts_and_their_margins_are_read(void **state)
{
	struct span span = { .length = 60000, .offset = 40960 };
	struct fetch_slot *slot = new_slot();
	struct view *view = view_of(&span, 1);

	(void)state;
	assert_int_equal(add(slot, view, 20000, 21000), FETCH_FITS);
	assert_int_equal(slot->reads[0].ring.offset, 57344); /* 40960 + 20000 - 100, rounded */
	assert_int_equal(slot->reads[0].ring.needed, 40960 + 21000 + 200 - 57344);
	/* The shard behind it: only what is new. */
	assert_int_equal(add(slot, view, 21000, 30000), FETCH_FITS);
	assert_int_equal(slot->read_count, 1);
	assert_int_equal(slot->reads[0].ring.needed, 40960 + 30000 + 200 - 57344);
	view_release(view, SIZE_MAX);
	free_slot(slot);
}

static void what_does_not_fit_leaves_nothing_behind(void **state)
{
	struct span spans[] = { { .length = 30000, .offset = 0 },
				{ .length = 30000, .offset = 1 << 20 },
				{ .length = 30000, .offset = 2 << 20 } };
	struct fetch_slot *slot = new_slot();
	struct view *all = view_of(spans, 3), *one = view_of(spans, 1);
	struct fetch_read before;
	size_t used;

	(void)state;
	assert_int_equal(add(slot, all, 0, 90000), FETCH_NEVER);
	assert_int_equal(slot->read_count, 0);
	assert_int_equal(slot->used, 0);
	assert_int_equal(add(slot, one, 0, 20000), FETCH_FITS);
	before = slot->reads[0];
	used = slot->used;
	assert_int_equal(add(slot, all, 0, 90000), FETCH_FULL);
	assert_int_equal(slot->read_count, 1);
	assert_int_equal(slot->used, used);
	assert_memory_equal(&slot->reads[0], &before, sizeof(before));
	view_release(all, SIZE_MAX);
	view_release(one, SIZE_MAX);
	free_slot(slot);
}

static void too_many_reads_or_none_at_all_are_no_use(void **state)
{
	struct span spans[MOST_SPANS];
	struct span zeros = { .length = 5000, .kind = SPAN_ZERO };
	struct fetch_slot *slot = new_slot();
	struct view *view;

	(void)state;
	for (size_t i = 0; i < MOST_SPANS; i++)
		spans[i] = (struct span){ .length = 10, .offset = (MOST_SPANS - i) << 20 };
	slot->bytes = (size_t)4 << 20; /* of which nothing is touched */
	view = view_of(spans, MOST_SPANS);
	assert_int_equal(add(slot, view, 0, 10 * MOST_SPANS), FETCH_NEVER);
	assert_int_equal(add(slot, view, 0, 2000), FETCH_FITS);
	assert_int_equal(slot->read_count, 220);
	view_release(view, SIZE_MAX);
	fetch_slot_clear(slot);
	view = view_of(&zeros, 1);
	assert_int_equal(add(slot, view, 0, 5000), FETCH_NEVER);
	view_release(view, SIZE_MAX);
	free_slot(slot);
}

static void the_view_has_the_slots_bytes_at_the_same_positions(void **state)
{
	static const struct span spans[] = {
		{ .length = 5000, .offset = 777 },
		{ .length = 300, .kind = SPAN_ZERO },
		{ .length = 5000, .offset = 100, .file = NO_FILE },
		{ .length = 5000, .offset = 9000 },
	};
	struct span_list list = { NULL, 0, 0 };
	struct fetch_slot *slot = new_slot();
	struct view *view = view_of(spans, 4), *fetched;

	(void)state;
	assert_int_equal(add(slot, view, 2000, 12000), FETCH_FITS);
	bring(slot);
	atomic_init(&slot->owner.holders, 1);
	assert_int_equal(fetch_slot_view(slot, view, &margins, 2000, 12000, &list, &fetched, NULL),
			 0);
	assert_int_equal(fetched->length, view->length);
	assert_int_equal(fetched->span_count, 4);
	assert_int_equal(fetched->spans[0].start, 1900);
	assert_int_equal(fetched->spans[0].kind, SPAN_MEMORY);
	assert_int_equal(fetched->spans[0].data[0], (uint8_t)((777 + 1900) / 7));
	assert_int_equal(fetched->spans[1].kind, SPAN_ZERO);
	assert_int_equal(fetched->spans[1].length, 300);
	assert_int_equal(fetched->spans[2].kind, SPAN_FILE);
	assert_int_equal(fetched->spans[2].offset, 100);
	assert_int_equal(fetched->spans[3].start, 10300);
	assert_int_equal(span_end(&fetched->spans[3]), 12200);
	assert_int_equal(fetched->spans[3].data[1000], (uint8_t)((9000 + 1000) / 7));
	view_release(view, SIZE_MAX);
	assert_int_equal(atomic_load(&slot->owner.holders), 2);
	view_release(fetched, SIZE_MAX);
	assert_int_equal(atomic_load(&slot->owner.holders), 1);
	free(list.items);
	free_slot(slot);
}

static void what_came_short_stays_the_files(void **state)
{
	static const struct span spans[] = {
		{ .length = 4096, .offset = 0 },
		{ .length = 4096, .kind = SPAN_ZERO },
		{ .length = 4096, .offset = 4096 },
	};
	struct span_list list = { NULL, 0, 0 };
	struct fetch_slot *slot = new_slot();
	struct view *view = view_of(spans, 3), *fetched;
	struct lease own = { slot->data, 1, &slot->owner };

	(void)state;
	assert_int_equal(add(slot, view, 0, view->length + 1), FETCH_FITS);
	assert_int_equal(slot->read_count, 1);
	bring(slot);
	slot->reads[0].ring.done = 5000;
	atomic_init(&slot->owner.holders, 1);
	assert_int_equal(
		fetch_slot_view(slot, view, &margins, 0, view->length + 1, &list, &fetched, NULL),
		0);
	assert_int_equal(fetched->spans[0].kind, SPAN_MEMORY);
	assert_int_equal(fetched->spans[2].kind, SPAN_FILE);
	assert_int_equal(fetched->spans[2].offset, 4096);
	released = 0;
	lease_release(&own);
	assert_int_equal(released, 0);
	view_release(fetched, SIZE_MAX);
	assert_int_equal(released, 1);
	view_release(view, SIZE_MAX);
	free(list.items);
	free_slot(slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_together_is_one_read),
		cmocka_unit_test(only_the_starts_and_their_margins_are_read),
		cmocka_unit_test(what_does_not_fit_leaves_nothing_behind),
		cmocka_unit_test(too_many_reads_or_none_at_all_are_no_use),
		cmocka_unit_test(the_view_has_the_slots_bytes_at_the_same_positions),
		cmocka_unit_test(what_came_short_stays_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
