#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/criu/page_runs.h"
#include "tests/unit/scanners/image_builder.h"

#define NO_WARNING WARNING_CODES
#define ITEMS 6
#define PAGE UINT64_C(4096)

static const struct {
	const char *name;
	struct item items[ITEMS]; /* ends with one of flags 0 and address 0 */
	uint64_t pages_length;
	bool missing;
	struct page_run runs[ITEMS]; /* ends with length 0; image is not compared */
	enum warning_code code;
	uint64_t bytes;
	uint64_t described;
	uint64_t dropped;
} cases[] = {
	{ "places present pages one after another",
	  { { 0x1000, 1, PRESENT }, { 0x3000, 2, PRESENT | LAZY } },
	  3 * PAGE,
	  false,
	  { { 0x1000, PAGE, 0, 0, false }, { 0x3000, 2 * PAGE, 0, PAGE, false } },
	  NO_WARNING,
	  0,
	  3 * PAGE,
	  0 },
	{ "joins entries that follow each other",
	  { { 0x1000, 1, PRESENT }, { 0x2000, 2, PRESENT } },
	  3 * PAGE,
	  false,
	  { { 0x1000, 3 * PAGE, 0, 0, false } },
	  NO_WARNING,
	  0,
	  3 * PAGE,
	  0 },
	{ "pages of a parent are lost and take no room",
	  { { 0x1000, 1, PRESENT }, { 0x2000, 2, PARENT }, { 0x4000, 1, PRESENT } },
	  2 * PAGE,
	  false,
	  { { 0x1000, PAGE, 0, 0, false },
	    { 0x2000, 2 * PAGE, 0, 0, true },
	    { 0x4000, PAGE, 0, PAGE, false } },
	  WARNING_MISSING_PARENT,
	  2 * PAGE,
	  2 * PAGE,
	  0 },
	{ "pages left to a lazy migration are lost",
	  { { 0x1000, 1, LAZY }, { 0x2000, 1, PRESENT } },
	  PAGE,
	  false,
	  { { 0x1000, PAGE, 0, 0, true }, { 0x2000, PAGE, 0, 0, false } },
	  WARNING_LAZY_PAGES,
	  PAGE,
	  PAGE,
	  0 },
	{ "flags that contradict each other are corrupt",
	  { { 0x1000, 1, PRESENT | PARENT }, { 0x2000, 1, PRESENT } },
	  2 * PAGE,
	  false,
	  { { 0x1000, PAGE, 0, 0, true }, { 0x2000, PAGE, 0, PAGE, false } },
	  WARNING_CORRUPT,
	  PAGE,
	  2 * PAGE,
	  0 },
	{ "no flags at all are corrupt",
	  { { 0x1000, 1, 0 }, { 0x2000, 1, PRESENT } },
	  PAGE,
	  false,
	  { { 0x1000, PAGE, 0, 0, true }, { 0x2000, PAGE, 0, 0, false } },
	  WARNING_CORRUPT,
	  PAGE,
	  PAGE,
	  0 },
	{ "a flag of a later version hides the pages after it",
	  { { 0x1000, 1, PRESENT | 16 }, { 0x2000, 1, PRESENT } },
	  2 * PAGE,
	  false,
	  { { 0x1000, 2 * PAGE, 0, 0, true } },
	  WARNING_UNKNOWN_ENCODING,
	  2 * PAGE,
	  DESCRIBED_UNKNOWN,
	  0 },
	{ "an overlapping entry is skipped but takes its room",
	  { { 0x1000, 2, PRESENT }, { 0x2000, 1, PRESENT }, { 0x3000, 1, PRESENT } },
	  4 * PAGE,
	  false,
	  { { 0x1000, 2 * PAGE, 0, 0, false }, { 0x3000, PAGE, 0, 3 * PAGE, false } },
	  WARNING_CORRUPT,
	  PAGE,
	  4 * PAGE,
	  PAGE },
	{ "entries out of order keep the places that their order in the map gives them",
	  { { 0x5000, 1, PRESENT }, { 0x1000, 2, PRESENT }, { 0x6000, 1, PRESENT } },
	  4 * PAGE,
	  false,
	  { { 0x1000, 2 * PAGE, 0, PAGE, false },
	    { 0x5000, PAGE, 0, 0, false },
	    { 0x6000, PAGE, 0, 3 * PAGE, false } },
	  WARNING_CORRUPT,
	  0,
	  4 * PAGE,
	  0 },
	{ "of entries out of order the later one goes where two overlap",
	  { { 0x5000, 2, PRESENT },
	    { 0x1000, 1, PRESENT },
	    { 0x4000, 2, PRESENT },
	    { 0x2000, 1, PRESENT } },
	  6 * PAGE,
	  false,
	  { { 0x1000, PAGE, 0, 2 * PAGE, false },
	    { 0x2000, PAGE, 0, 5 * PAGE, false },
	    { 0x5000, 2 * PAGE, 0, 0, false } },
	  WARNING_CORRUPT,
	  0,
	  6 * PAGE,
	  2 * PAGE },
	{ "an entry that stands twice is there once, as it stood first",
	  { { 0x5000, 1, PRESENT }, { 0x5000, 1, PRESENT } },
	  2 * PAGE,
	  false,
	  { { 0x5000, PAGE, 0, 0, false } },
	  WARNING_CORRUPT,
	  PAGE,
	  2 * PAGE,
	  PAGE },
	{ "an entry between pages is skipped",
	  { { 0x1001, 1, PRESENT }, { 0x3000, 1, PRESENT } },
	  2 * PAGE,
	  false,
	  { { 0x3000, PAGE, 0, PAGE, false } },
	  WARNING_CORRUPT,
	  PAGE,
	  2 * PAGE,
	  PAGE },
	{ "an entry of no pages is skipped",
	  { { 0x1000, 0, PRESENT }, { 0x3000, 1, PRESENT } },
	  PAGE,
	  false,
	  { { 0x3000, PAGE, 0, 0, false } },
	  WARNING_CORRUPT,
	  0,
	  PAGE,
	  0 },
	{ "an entry of 2^63 pages is skipped",
	  { { 0x1000, 1, PRESENT }, { 0x2000, UINT64_C(1) << 63, PARENT } },
	  PAGE,
	  false,
	  { { 0x1000, PAGE, 0, 0, false } },
	  WARNING_CORRUPT,
	  0,
	  PAGE,
	  0 },
	{ "the length of one that was stored hides the pages after it",
	  { { 0x1000, UINT64_C(1) << 63, PRESENT }, { 0x2000, 1, PRESENT } },
	  PAGE,
	  false,
	  { { 0x2000, PAGE, 0, 0, true } },
	  WARNING_CORRUPT,
	  0,
	  DESCRIBED_UNKNOWN,
	  0 },
	{ "an entry past the last address is skipped",
	  { { 0xfffffffffffff000, 2, PRESENT } },
	  2 * PAGE,
	  false,
	  { { 0 } },
	  WARNING_CORRUPT,
	  2 * PAGE,
	  2 * PAGE,
	  2 * PAGE },
	{ "an entry may touch the last address",
	  { { 0xfffffffffffff000, 1, PRESENT } },
	  PAGE,
	  false,
	  { { 0xfffffffffffff000, PAGE, 0, 0, false } },
	  NO_WARNING,
	  0,
	  PAGE,
	  0 },
	{ "an entry may come after the last address",
	  { { 0xfffffffffffff000, 1, PRESENT }, { 0x1000, 1, PRESENT } },
	  2 * PAGE,
	  false,
	  { { 0x1000, PAGE, 0, PAGE, false }, { 0xfffffffffffff000, PAGE, 0, 0, false } },
	  WARNING_CORRUPT,
	  0,
	  2 * PAGE,
	  0 },
	{ "whole pages of a short image are served",
	  { { 0x1000, 2, PRESENT }, { 0x5000, 1, PRESENT } },
	  PAGE + 100,
	  false,
	  { { 0x1000, PAGE, 0, 0, false },
	    { 0x2000, PAGE, 0, 0, true },
	    { 0x5000, PAGE, 0, 0, true } },
	  WARNING_TRUNCATED,
	  2 * PAGE,
	  3 * PAGE,
	  0 },
	{ "a missing image loses its pages",
	  { { 0x1000, 2, PRESENT } },
	  0,
	  true,
	  { { 0x1000, 2 * PAGE, 0, 0, true } },
	  WARNING_MISSING_IMAGE,
	  2 * PAGE,
	  2 * PAGE,
	  0 },
	{ "an image that has not come is as long as need be",
	  { { 0x1000, 2, PRESENT } },
	  UINT64_MAX,
	  false,
	  { { 0x1000, 2 * PAGE, 0, 0, false } },
	  NO_WARNING,
	  0,
	  2 * PAGE,
	  0 },
};

static void parse_items(struct pagemap *out, const struct item *items,
			struct warning_list *warnings)
{
	struct builder builder = { .length = 0 };
	size_t count = 0;

	while (count < ITEMS && (items[count].address || items[count].flags))
		count++;
	put_pagemap(&builder, 3, items, count);

	struct image image = { .name = "pagemap-9.img",
			       .bytes = { builder.bytes, builder.length },
			       .warnings = warnings };

	assert_int_equal(pagemap_parse(out, &image, NULL), 0);
	assert_int_equal(out->count, count);
	assert_int_equal(out->pages_id, 3);
}

static void assert_runs(const struct page_runs *runs, const struct page_run *expected)
{
	size_t count = 0;

	while (count < ITEMS && expected[count].length)
		count++;
	assert_int_equal(runs->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_true(runs->items[i].address == expected[i].address);
		assert_true(runs->items[i].length == expected[i].length);
		assert_int_equal(runs->items[i].lost, expected[i].lost);
		if (!expected[i].lost)
			assert_true(runs->items[i].offset == expected[i].offset);
	}
}

/* One layer; there are no parents. */
struct single {
	struct page_layout layout;
	uint64_t described;
};

static enum page_fate find_single(void *context, uint32_t layer, struct page_layout *out)
{
	const struct single *single = context;

	*out = single->layout;
	return layer ? FATE_PARENT : FATE_STORED;
}

static int note_single(void *context, const struct page_layout *layout, uint64_t described,
		       struct error *err)
{
	struct single *single = context;

	(void)layout, (void)err;
	single->described = described;
	return 0;
}

static void run_case(size_t index)
{
	struct pagemap pagemap = { 0 };
	struct page_runs runs = { 0 };
	struct warning_list *warnings;
	const struct warning *warning;
	uint64_t steps = 1000;
	size_t count;

	print_message("%s\n", cases[index].name);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	parse_items(&pagemap, cases[index].items, warnings);

	struct single single = {
		.layout = {
			.pagemap = &pagemap,
			.name = "pagemap-9.img",
			.pages_name = "pages-3.img",
			.page_bytes = PAGE,
			.pages_length = cases[index].pages_length,
			.pages_fate = cases[index].missing ? FATE_MISSING : FATE_STORED,
			.has_pid = true,
			.pid = 9,
		},
	};
	const struct page_layers layers = { &single, find_single, note_single, NULL, &steps };

	assert_int_equal(page_runs_make(&runs, &layers, warnings, NULL), 0);
	assert_runs(&runs, cases[index].runs);
	assert_true(single.described == cases[index].described);
	assert_true(runs.dropped == cases[index].dropped);
	warning = warning_list_sorted(warnings, &count);
	assert_int_equal(count > 0, cases[index].code != NO_WARNING);
	if (count) {
		assert_int_equal(warning->code, cases[index].code);
		assert_true(warning->bytes == cases[index].bytes);
	}
	page_runs_release(&runs);
	pagemap_release(&pagemap);
	warning_list_free(warnings);
}

static void page_maps_become_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
}

/* Entries as earlier versions wrote them, one field list each. */
static void parse_entry(struct pagemap *out, const struct builder *entry)
{
	struct builder builder = { .length = 0 };
	struct warning_list *warnings;

	put_pagemap(&builder, 1, NULL, 0);
	put_entry(&builder, entry);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = { .name = "pagemap-9.img",
			       .bytes = { builder.bytes, builder.length },
			       .warnings = warnings };

	assert_int_equal(pagemap_parse(out, &image, NULL), 0);
	assert_int_equal(out->count, 1);
	warning_list_free(warnings);
}

static void the_old_page_count_is_used_where_there_is_no_new_one(void **state)
{
	struct builder entry = { .length = 0 };
	struct pagemap pagemap = { 0 };

	(void)state;
	put_number(&entry, 1, 0x1000);
	put_number(&entry, 2, 17);
	parse_entry(&pagemap, &entry);
	assert_true(pagemap.entries[0].pages == 17);
	assert_int_equal(pagemap.entries[0].state, PAGES_PRESENT);
	pagemap_release(&pagemap);
}

static void the_old_mark_of_a_parent_is_understood(void **state)
{
	struct builder entry = { .length = 0 };
	struct pagemap pagemap = { 0 };

	(void)state;
	put_number(&entry, 1, 0x1000);
	put_number(&entry, 2, 1);
	put_number(&entry, 3, 1);
	parse_entry(&pagemap, &entry);
	assert_int_equal(pagemap.entries[0].state, PAGES_PARENT);
	assert_false(pagemap.entries[0].stored);
	pagemap_release(&pagemap);
}

static void compressed_pages_are_told_by_any_of_their_fields(void **state)
{
	(void)state;
	for (uint32_t field = 6; field <= 8; field++) {
		struct builder entry = { .length = 0 };
		struct pagemap pagemap = { 0 };

		put_number(&entry, 1, 0x1000);
		put_number(&entry, 4, PRESENT);
		put_number(&entry, 5, 1);
		put_number(&entry, field, 100);
		parse_entry(&pagemap, &entry);
		assert_int_equal(pagemap.entries[0].state, PAGES_PACKED);
		pagemap_release(&pagemap);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_maps_become_runs),
		cmocka_unit_test(the_old_page_count_is_used_where_there_is_no_new_one),
		cmocka_unit_test(the_old_mark_of_a_parent_is_understood),
		cmocka_unit_test(compressed_pages_are_told_by_any_of_their_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
