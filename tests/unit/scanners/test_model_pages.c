#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <lz4.h>
#include <stdio.h>

#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

#define PAGE 4096u
#define LAYERS 4
#define ITEMS 8
#define SHOWN 8 /* pages that are looked at, from address 0x1000 on */

#define NO_WARNING WARNING_CODES

enum { ALIGNED = 8 };

/* How the pages of an entry lie in the image. */
enum packing {
	RAW,
	BY_PAGE,
	BY_TWO, /* pages in a block */
	AS_THEY_ARE, /* in blocks of a page, but none of them smaller */
	ZEROS, /* blocks without bytes */
};

enum damage {
	UNDAMAGED,
	PAYLOAD, /* of the last block is spoiled */
	FEW_SIZES,
	MANY_SIZES,
	LONG_BLOCK, /* longer than its pages */
	WRONG_TOTAL,
	CUT_BLOCK, /* the image ends within the last block */
	HUGE_BLOCKS,
	HALF_AN_IMAGE,
	NO_TOTAL,
	NO_REGION, /* of 0 pages, which means of one */
};

struct entry {
	uint32_t page; /* address, in pages */
	uint32_t pages, flags;
	enum packing packing;
	enum damage damage;
};

#define FLAGS(page, pages, flags, packing)                                                         \
	{                                                                                          \
		page, pages, flags, packing, UNDAMAGED                                             \
	}
#define HAS(page, pages) FLAGS(page, pages, PRESENT, RAW)
#define LEFT(page, pages) FLAGS(page, pages, PARENT, RAW)
#define PACKED(page, pages, packing) FLAGS(page, pages, PRESENT, packing)
#define SPOILED(page, pages, packing, damage)                                                      \
	{                                                                                          \
		page, pages, PRESENT, packing, damage                                              \
	}

/*
 * Page n of the pages image of layer l is filled with one letter: a, b, c... in layer 0, A, B, C... in its parent, 0,
 * 1, 2... in that one's, then !, ", #...
 */
static const char first_letters[LAYERS] = { 'a', 'A', '0', '!' };

static const struct {
	const char *name;
	struct entry layers[LAYERS][ITEMS]; /* each ends with no flags */
	size_t parents;
	enum chain_end end;
	const char *shown; /* letter by page; '.': no page there, '-': lost, '_': zeros */
	enum warning_code code; /* of the one warning */
	const char *file;
	uint64_t lost; /* pages that it tells */
} cases[] = {
	{ "a page is taken from the newest layer that has it",
	  { { HAS(1, 1), LEFT(2, 2), HAS(4, 1) },
	    { HAS(1, 2), LEFT(3, 1), HAS(4, 1) },
	    { HAS(2, 3) } },
	  2,
	  CHAIN_WHOLE,
	  "aB1b....",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "one entry is answered by several, and several by one",
	  { { LEFT(1, 4), LEFT(6, 1), LEFT(7, 1) }, { HAS(1, 1), HAS(2, 2), HAS(4, 5) } },
	  1,
	  CHAIN_WHOLE,
	  "ABCD.FG.",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "entries out of order are in their places, in the map and in a parent's",
	  { { LEFT(5, 2), HAS(2, 1) }, { HAS(1, 3), HAS(5, 2) } },
	  1,
	  CHAIN_WHOLE,
	  ".a..DE..",
	  WARNING_CORRUPT,
	  "pagemap-5.img",
	  0 },
	{ "so they are in a parent's map, packed or not",
	  { { LEFT(2, 5) }, { PACKED(4, 3, BY_TWO), HAS(2, 2), PACKED(7, 1, BY_PAGE) } },
	  1,
	  CHAIN_WHOLE,
	  ".DEABC..",
	  WARNING_CORRUPT,
	  "parent/pagemap-5.img",
	  0 },
	{ "pages that the child does not ask for are not its memory",
	  { { LEFT(3, 1) }, { HAS(1, 5) } },
	  1,
	  CHAIN_WHOLE,
	  "..C.....",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "what a parent's map does not have is lost",
	  { { LEFT(1, 6) }, { HAS(2, 1), HAS(5, 1) } },
	  1,
	  CHAIN_WHOLE,
	  "-A--B-..",
	  WARNING_MISSING_PARENT,
	  "parent/pagemap-5.img",
	  4 },
	{ "so is what a parent has left to another that is not there",
	  { { LEFT(1, 3) }, { HAS(1, 1), LEFT(2, 2) } },
	  1,
	  CHAIN_MISSING,
	  "A--.....",
	  WARNING_MISSING_PARENT,
	  "parent/pagemap-5.img",
	  2 },
	{ "a loop is named where pages were left to it",
	  { { LEFT(1, 3) }, { HAS(1, 1), LEFT(2, 2) } },
	  1,
	  CHAIN_LOOP,
	  "A--.....",
	  WARNING_PARENT_LOOP,
	  "parent/pagemap-5.img",
	  2 },
	{ "a loop that no page was left to loses nothing",
	  { { LEFT(1, 1) }, { HAS(1, 1) } },
	  1,
	  CHAIN_LOOP,
	  "A.......",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "a chain that is too long ends at a limit",
	  { { LEFT(1, 1) } },
	  0,
	  CHAIN_LIMIT,
	  "-.......",
	  WARNING_LIMIT,
	  "pagemap-5.img",
	  1 },
	{ "lazy pages of a parent are lost",
	  { { LEFT(1, 2) }, { FLAGS(1, 1, LAZY, RAW), HAS(2, 1) } },
	  1,
	  CHAIN_WHOLE,
	  "-A......",
	  WARNING_LAZY_PAGES,
	  "parent/pagemap-5.img",
	  1 },
	{ "pages behind the end of a parent's image are lost",
	  { { LEFT(1, 4) }, { SPOILED(1, 4, RAW, HALF_AN_IMAGE) } },
	  1,
	  CHAIN_WHOLE,
	  "AB--....",
	  WARNING_TRUNCATED,
	  "parent/pages-1.img",
	  2 },
	{ "of a parent's image only what is asked for is missed",
	  { { LEFT(1, 2) }, { SPOILED(1, 4, RAW, HALF_AN_IMAGE) } },
	  1,
	  CHAIN_WHOLE,
	  "AB......",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "pages go through three parents",
	  { { LEFT(1, 4) }, { LEFT(1, 3), HAS(4, 1) }, { LEFT(1, 2), HAS(3, 1) }, { HAS(1, 2) } },
	  3,
	  CHAIN_WHOLE,
	  "!\"0A....",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "pages are packed one by one",
	  { { PACKED(1, 3, BY_PAGE) } },
	  0,
	  CHAIN_WHOLE,
	  "abc.....",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "the last block of an entry is what is left",
	  { { PACKED(1, 3, BY_TWO), PACKED(5, 4, BY_TWO) } },
	  0,
	  CHAIN_WHOLE,
	  "abc.defg",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "the sum of the sizes may be left out",
	  { { SPOILED(1, 3, BY_TWO, NO_TOTAL), PACKED(5, 1, BY_PAGE) } },
	  0,
	  CHAIN_WHOLE,
	  "abc.d...",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "a region of no pages is one of a page",
	  { { SPOILED(1, 2, BY_PAGE, NO_REGION), PACKED(5, 1, BY_PAGE) } },
	  0,
	  CHAIN_WHOLE,
	  "ab..c...",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "raw and packed entries stand side by side",
	  { { HAS(1, 1), PACKED(2, 2, BY_TWO), FLAGS(4, 1, PRESENT | LAZY, RAW),
	      PACKED(5, 1, BY_PAGE), HAS(6, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "abcdef..",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "an entry that is aligned starts at a page",
	  { { PACKED(1, 1, BY_PAGE), FLAGS(2, 1, PRESENT | ALIGNED, RAW), PACKED(3, 2, BY_TWO),
	      FLAGS(5, 2, PRESENT | ALIGNED, BY_PAGE), HAS(7, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "abcdefg.",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "zeros in a row are one place",
	  { { PACKED(1, 1, BY_PAGE), PACKED(2, 3, ZEROS), PACKED(6, 1, BY_PAGE) } },
	  0,
	  CHAIN_WHOLE,
	  "a___.e..",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "blocks may be stored as they are, or be zeros",
	  { { PACKED(1, 2, AS_THEY_ARE), PACKED(3, 2, ZEROS), PACKED(5, 1, BY_PAGE) } },
	  0,
	  CHAIN_WHOLE,
	  "ab__e...",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "a damaged block loses its pages only",
	  { { SPOILED(1, 3, BY_PAGE, PAYLOAD), PACKED(5, 1, BY_PAGE) } },
	  0,
	  CHAIN_WHOLE,
	  "ab-.d...",
	  WARNING_CORRUPT,
	  "pages-1.img",
	  1 },
	{ "too few sizes hide what comes after them",
	  { { PACKED(1, 2, BY_PAGE), SPOILED(3, 3, BY_PAGE, FEW_SIZES), HAS(7, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "ab---.-.",
	  WARNING_CORRUPT,
	  "pagemap-5.img",
	  4 },
	{ "so do too many",
	  { { SPOILED(1, 2, BY_TWO, MANY_SIZES), HAS(7, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "--....-.",
	  WARNING_CORRUPT,
	  "pagemap-5.img",
	  3 },
	{ "so does a block longer than its pages",
	  { { SPOILED(1, 2, BY_PAGE, LONG_BLOCK), HAS(7, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "--....-.",
	  WARNING_CORRUPT,
	  "pagemap-5.img",
	  3 },
	{ "so does a sum that is another",
	  { { SPOILED(1, 2, BY_PAGE, WRONG_TOTAL), HAS(7, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "--....-.",
	  WARNING_CORRUPT,
	  "pagemap-5.img",
	  3 },
	{ "a block that is cut off is lost",
	  { { SPOILED(1, 3, BY_PAGE, CUT_BLOCK) } },
	  0,
	  CHAIN_WHOLE,
	  "ab-.....",
	  WARNING_TRUNCATED,
	  "pages-1.img",
	  1 },
	{ "blocks of more than 4 MiB are an unknown encoding",
	  { { SPOILED(1, 3, BY_PAGE, HUGE_BLOCKS) } },
	  0,
	  CHAIN_WHOLE,
	  "---.....",
	  WARNING_UNKNOWN_ENCODING,
	  "pagemap-5.img",
	  3 },
	{ "packed fields without pages are an unknown encoding",
	  { { FLAGS(1, 1, PARENT, BY_PAGE), HAS(2, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "-a......",
	  WARNING_UNKNOWN_ENCODING,
	  "pagemap-5.img",
	  1 },
	{ "a flag of a later version hides the pages behind it",
	  { { HAS(1, 1), FLAGS(2, 1, PRESENT | 16, RAW), HAS(3, 1) } },
	  0,
	  CHAIN_WHOLE,
	  "a--.....",
	  WARNING_UNKNOWN_ENCODING,
	  "pagemap-5.img",
	  2 },
	{ "parents are raw or packed, each by its own entries",
	  { { LEFT(1, 2), PACKED(3, 1, BY_PAGE), LEFT(4, 3) },
	    { HAS(1, 1), LEFT(2, 1), LEFT(4, 2), HAS(6, 1) },
	    { PACKED(2, 4, BY_TWO) } },
	  2,
	  CHAIN_WHOLE,
	  "A0a23B..",
	  NO_WARNING,
	  NULL,
	  0 },
	{ "damage in blocks that nobody asks for is not told",
	  { { LEFT(1, 2) }, { SPOILED(1, 3, BY_PAGE, PAYLOAD) } },
	  1,
	  CHAIN_WHOLE,
	  "AB......",
	  NO_WARNING,
	  NULL,
	  0 },
};

/* A layer's page map and pages image while they are written. */
struct writer {
	struct builder map, pages;
	uint32_t *sizes;
	size_t size_count;
	char letter;
	bool cut;
};

static size_t put_block(struct builder *pages, enum packing packing, char letter, size_t count)
{
	char raw[2 * PAGE], packed[LZ4_COMPRESSBOUND(2 * PAGE)];
	size_t length = count * PAGE;

	for (size_t i = 0; i < length; i++)
		raw[i] = (char)(letter + (char)(i / PAGE));
	if (packing == AS_THEY_ARE) {
		put_bytes(pages, raw, length);
		return length;
	}
	if (packing == ZEROS)
		return 0;

	int stored = LZ4_compress_default(raw, packed, (int)length, sizeof(packed));

	assert_true(stored > 0 && (size_t)stored < length);
	put_bytes(pages, packed, (size_t)stored);
	return (size_t)stored;
}

static void put_sizes(struct builder *entry, const uint32_t *sizes, size_t count)
{
	struct builder packed = { .length = 0 };

	for (size_t i = 0; i < count; i++)
		put_varint(&packed, sizes[i]);
	put_message(entry, 6, &packed);
}

static void put_packed(struct writer *writer, struct builder *item, const struct entry *entry)
{
	struct builder nowhere = { .length = 0 };
	struct builder *to = entry->flags & PRESENT ? &writer->pages : &nowhere;
	uint32_t sizes[ITEMS + 1] = { 0 };
	size_t block = entry->packing == BY_TWO ? 2 : 1, count = 0, last = 0;
	uint64_t total = 0;

	for (size_t i = 0; i < entry->pages; i += block) {
		size_t pages = entry->pages - i < block ? entry->pages - i : block;

		last = put_block(to, entry->packing, writer->letter, pages);
		if (entry->flags & PRESENT)
			writer->letter = (char)(writer->letter + (char)pages);
		sizes[count++] = (uint32_t)last;
		total += last;
	}
	if (entry->damage == PAYLOAD)
		memset(writer->pages.bytes + writer->pages.length - last, 0xff, last);
	if (entry->damage == CUT_BLOCK)
		writer->pages.length--;
	if (entry->damage == LONG_BLOCK)
		sizes[0] = (uint32_t)block * PAGE + 1;
	count += entry->damage == MANY_SIZES;
	count -= entry->damage == FEW_SIZES;
	put_sizes(item, sizes, count);
	if (entry->damage != NO_TOTAL)
		put_number(item, 7, total + (entry->damage == WRONG_TOTAL));
	if (entry->damage == NO_REGION)
		put_number(item, 8, 0);
	if (block > 1 || entry->damage == HUGE_BLOCKS)
		put_number(item, 8, entry->damage == HUGE_BLOCKS ? 1025 : block);
}

static void put_raw(struct writer *writer, const struct entry *entry)
{
	size_t pages = entry->damage == HALF_AN_IMAGE ? entry->pages / 2 : entry->pages;

	for (size_t i = 0; i < pages; i++)
		put_block(&writer->pages, AS_THEY_ARE, writer->letter++, 1);
}

static void put_page_entry(struct writer *writer, const struct entry *entry)
{
	struct builder item = { .length = 0 };

	put_number(&item, 1, (uint64_t)entry->page * PAGE);
	put_number(&item, 4, entry->flags);
	put_number(&item, 5, entry->pages);
	while (entry->flags & ALIGNED && writer->pages.length % PAGE)
		put_bytes(&writer->pages, "?", 1);
	if (entry->packing != RAW)
		put_packed(writer, &item, entry);
	else if (entry->flags & PRESENT)
		put_raw(writer, entry);
	put_entry(&writer->map, &item);
}

static void add_pages(struct planted *planted, struct image_set *set, const struct builder *pages)
{
	uint32_t file;

	assert_int_equal(file_table_add_memory(planted->files, builder_copy(pages), pages->length,
					       "pages-1.img", &file, NULL),
			 0);
	assert_int_equal(image_set_add_pages(set, 1, file, 0, pages->length, NULL), 0);
}

static void add_layer(struct planted *planted, struct image_set *set, size_t layer,
		      const struct entry *entries)
{
	struct writer writer = { .letter = first_letters[layer] };

	put_pagemap(&writer.map, 1, NULL, 0);
	for (size_t i = 0; i < ITEMS && entries[i].flags; i++)
		put_page_entry(&writer, &entries[i]);
	assert_int_equal(image_set_add(set, "pagemap-5.img", builder_copy(&writer.map),
				       writer.map.length, NULL),
			 0);
	add_pages(planted, set, &writer.pages);
}

static void add_process(struct planted *planted)
{
	static const struct mapping mapping = { .start = PAGE,
						.end = PAGE * (SHOWN + 1),
						.status = 0x201 };
	struct builder mm = { .length = 0 }, core = { .length = 0 }, tree = { .length = 0 },
		       entry = { .length = 0 };

	put_magic(&tree, IMAGE_PROCESS_TREE);
	put_number(&entry, 1, 5);
	put_entry(&tree, &entry);
	put_core(&core, 1, "sleep");
	put_mm(&mm, &mapping, 1);
	assert_int_equal(image_set_add(planted->images, "pstree.img", builder_copy(&tree),
				       tree.length, NULL),
			 0);
	assert_int_equal(image_set_add(planted->images, "core-5.img", builder_copy(&core),
				       core.length, NULL),
			 0);
	assert_int_equal(
		image_set_add(planted->images, "mm-5.img", builder_copy(&mm), mm.length, NULL), 0);
}

/* The letter that fills a page of a run; every byte of it is looked at. */
static char letter_of(const struct planted *planted, const struct page_run *run, uint64_t at)
{
	const struct page_image *image = &planted->checkpoint->images[run->image];
	uint8_t bytes[PAGE];
	size_t got;

	assert_int_equal(file_table_read(planted->files, image->file,
					 image->offset + run->offset + at, bytes, PAGE, &got, NULL),
			 0);
	assert_int_equal(got, PAGE);
	assert_memory_equal(bytes, bytes + 1, PAGE - 1);
	return bytes[0] ? (char)bytes[0] : '_';
}

static void show(const struct planted *planted, char out[SHOWN + 1])
{
	const struct process *process = &planted->checkpoint->processes[0];
	uint64_t end = 0;

	memset(out, '.', SHOWN);
	out[SHOWN] = '\0';
	for (size_t i = 0; i < process->run_count; i++) {
		const struct page_run *run = &process->runs[i];

		assert_true(run->address >= end && run->length % PAGE == 0);
		end = run->address + run->length;
		assert_true(run->address >= PAGE && end <= PAGE * (SHOWN + 1));
		for (uint64_t at = 0; at < run->length; at += PAGE)
			out[(run->address + at) / PAGE - 1] =
				run->lost ? '-' : letter_of(planted, run, at);
	}
}

static void assert_warning(const struct planted *planted, size_t index)
{
	const struct warning *warnings;
	size_t count;

	warnings = warning_list_sorted(planted->warnings, &count);
	assert_int_equal(count, cases[index].code != NO_WARNING);
	if (!count)
		return;
	print_message("\t%s\n", warnings->message);
	assert_int_equal(warnings->code, cases[index].code);
	assert_string_equal(warnings->file, cases[index].file);
	assert_true(warnings->bytes == cases[index].lost * PAGE);
	assert_true(warnings->has_memory && warnings->pid == 5);
	assert_true(warnings->end - warnings->start >= warnings->bytes);
}

/* Every block is found again where it is stored. */
static void assert_packed(const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < checkpoint->image_count; i++) {
		const struct page_image *image = &checkpoint->images[i];

		for (size_t j = 0; j < image->packed_count; j++) {
			uint64_t offset = image->packed[j].offset;

			assert_true(page_image_stored_offset(image, offset) ==
				    image->packed[j].stored);
			assert_true(page_image_stored_offset(image, offset + PAGE - 1) ==
				    image->packed[j].stored);
		}
	}
}

static void open_layers(struct planted *planted, struct image_set **parents, size_t count,
			const struct entry layers[LAYERS][ITEMS])
{
	planted_prepare(planted);
	add_process(planted);
	add_layer(planted, planted->images, 0, layers[0]);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(image_set_new(&parents[i], planted->warnings, NULL), 0);
		add_layer(planted, parents[i], i + 1, layers[i + 1]);
	}
}

static void make_model(struct planted *planted, const struct parent_chain *chain,
		       struct file_table *files)
{
	const struct model_options options = { .final = true, .parents = chain, .files = files };

	assert_int_equal(
		image_set_checkpoint(planted->images, &options, &planted->checkpoint, NULL), 0);
}

static void close_layers(struct planted *planted, struct image_set **parents, size_t count)
{
	for (size_t i = 0; i < count; i++)
		image_set_free(parents[i]);
	planted_close(planted);
}

static void run_case(size_t index)
{
	struct image_set *parents[LAYERS];
	struct planted planted;
	char shown[SHOWN + 1];
	const struct parent_chain chain = {
		.sets = parents,
		.count = cases[index].parents,
		.end = cases[index].end,
		.missing = "../older",
	};

	print_message("%s\n", cases[index].name);
	open_layers(&planted, parents, chain.count, cases[index].layers);
	make_model(&planted, &chain, planted.files);
	show(&planted, shown);
	assert_string_equal(shown, cases[index].shown);
	assert_warning(&planted, index);
	assert_packed(planted.checkpoint);
	assert_int_equal(image_set_unplaced_bytes(planted.images, planted.checkpoint), 0);
	close_layers(&planted, parents, chain.count);
}

static void pages_come_from_layers_raw_or_packed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
}

static const struct warning *only_warning(struct planted *planted)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(planted->warnings, &count);

	assert_int_equal(count, 1);
	return warnings;
}

static void assert_one_loss(struct planted *planted, const char *expected, enum warning_code code,
			    uint64_t pages)
{
	char shown[SHOWN + 1];

	show(planted, shown);
	assert_string_equal(shown, expected);
	assert_int_equal(only_warning(planted)->code, code);
	assert_true(only_warning(planted)->bytes == pages * PAGE);
}

static const struct entry mixed[LAYERS][ITEMS] = { { HAS(1, 1), PACKED(2, 2, BY_TWO) } };

static void without_a_place_to_unpack_packed_pages_are_lost(void **state)
{
	struct planted planted;

	(void)state;
	open_layers(&planted, NULL, 0, mixed);
	assert_true(image_set_packs_pages(planted.images));
	make_model(&planted, NULL, NULL);
	assert_one_loss(&planted, "a--.....", WARNING_UNKNOWN_ENCODING, 2);
	close_layers(&planted, NULL, 0);
}

static void what_is_packed_stays_so_when_the_run_has_ended(void **state)
{
	static const struct entry layers[LAYERS][ITEMS] = { { HAS(1, 1), PACKED(2, 2, BY_TWO),
							      PACKED(5, 1, ZEROS) } };
	const _Atomic int stop = 1;
	struct planted planted;

	(void)state;
	open_layers(&planted, NULL, 0, layers);

	const struct model_options options = { .final = true,
					       .files = planted.files,
					       .stop = &stop };

	assert_int_equal(image_set_checkpoint(planted.images, &options, &planted.checkpoint, NULL),
			 0);
	assert_one_loss(&planted, "a--.-...", WARNING_INTERRUPTED, 3);
	close_layers(&planted, NULL, 0);
}

/* Nothing fits into the account, and there may be no file. */
static void what_may_not_be_kept_is_a_limit(void **state)
{
	static const struct entry layers[LAYERS][ITEMS] = { { HAS(1, 1), PACKED(2, 2, BY_TWO),
							      PACKED(4, 1, ZEROS) } };
	const struct file_table_options options = { .memory_bytes = PAGE, .no_spill = true };
	struct planted planted;

	(void)state;
	open_layers(&planted, NULL, 0, layers);
	file_table_free(planted.files);
	assert_int_equal(file_table_new(&planted.files, &options, NULL), 0);

	struct builder pages = { .length = 0 };
	uint32_t file;

	put_block(&pages, AS_THEY_ARE, 'a', 1);
	put_block(&pages, BY_TWO, 'b', 2);
	assert_int_equal(file_table_add_memory(planted.files, builder_copy(&pages), pages.length,
					       "pages-1.img", &file, NULL),
			 0);
	assert_int_equal(image_set_add_pages(planted.images, 1, file, 0, pages.length, NULL), 0);
	make_model(&planted, NULL, planted.files);

	char shown[SHOWN + 1];

	show(&planted, shown);
	assert_string_equal(shown, "a---....");
	close_layers(&planted, NULL, 0);
}

static void a_parent_without_such_a_map_is_named(void **state)
{
	static const struct entry layers[LAYERS][ITEMS] = { { LEFT(1, 2) } };
	struct image_set *parent;
	struct planted planted;
	const struct parent_chain chain = { .sets = &parent, .count = 1 };

	(void)state;
	open_layers(&planted, NULL, 0, layers);
	assert_int_equal(image_set_new(&parent, planted.warnings, NULL), 0);
	make_model(&planted, &chain, planted.files);
	assert_one_loss(&planted, "--......", WARNING_MISSING_PARENT, 2);
	assert_string_equal(only_warning(&planted)->file, "parent/pagemap-5.img");
	close_layers(&planted, &parent, 1);
}

static void without_a_chain_pages_of_a_parent_are_lost(void **state)
{
	static const struct entry layers[LAYERS][ITEMS] = { { LEFT(1, 2), HAS(4, 1) } };
	struct planted planted;

	(void)state;
	open_layers(&planted, NULL, 0, layers);
	make_model(&planted, NULL, planted.files);
	assert_one_loss(&planted, "--.a....", WARNING_MISSING_PARENT, 2);
	close_layers(&planted, NULL, 0);
}

/* What a parent's image has behind its last page is nobody's, but worth a word. */
static void a_parents_image_longer_than_described_is_told(void **state)
{
	static const struct entry layers[LAYERS][ITEMS] = { { LEFT(1, 1) }, { HAS(1, 1) } };
	struct builder pages = { .length = 0 };
	struct image_set *parent;
	struct planted planted;
	char shown[SHOWN + 1];
	const struct parent_chain chain = { .sets = &parent, .count = 1 };

	(void)state;
	open_layers(&planted, &parent, 1, layers);
	put_block(&pages, AS_THEY_ARE, 'A', 2);
	add_pages(&planted, parent, &pages);
	make_model(&planted, &chain, planted.files);
	show(&planted, shown);
	assert_string_equal(shown, "A.......");

	size_t count, longer = 0;
	const struct warning *warnings = warning_list_sorted(planted.warnings, &count);

	for (size_t i = 0; i < count; i++) {
		if (warnings[i].code != WARNING_LONGER_THAN_DESCRIBED)
			continue;
		longer++;
		assert_string_equal(warnings[i].file, "parent/pages-1.img");
		assert_true(warnings[i].offset == PAGE && warnings[i].length == PAGE);
	}
	assert_int_equal(longer, 1);
	close_layers(&planted, &parent, 1);
}

/* Many ranges through many parents that each leave all of them to the next: the product is what must not be walked. */
static void ranges_that_go_through_too_many_parents_end_at_a_limit(void **state)
{
	enum { RANGES = 3000, PARENTS = 1000 };
	static struct item ranges[RANGES];
	static const struct item all[] = { { PAGE, 2 * RANGES, PARENT } };
	static struct builder map;
	static struct image_set *parents[PARENTS];
	struct planted planted;
	const struct parent_chain chain = { .sets = parents, .count = PARENTS };

	(void)state;
	planted_prepare(&planted);
	add_process(&planted);
	for (size_t i = 0; i < RANGES; i++)
		ranges[i] = (struct item){ PAGE * (2 * i + 1), 1, PARENT };
	put_pagemap(&map, 1, ranges, RANGES);
	assert_int_equal(image_set_add(planted.images, "pagemap-5.img", builder_copy(&map),
				       map.length, NULL),
			 0);
	map.length = 0;
	put_pagemap(&map, 1, all, 1);
	for (size_t i = 0; i < PARENTS; i++) {
		assert_int_equal(image_set_new(&parents[i], planted.warnings, NULL), 0);
		assert_int_equal(image_set_add(parents[i], "pagemap-5.img", builder_copy(&map),
					       map.length, NULL),
				 0);
	}
	make_model(&planted, &chain, planted.files);
	assert_int_equal(only_warning(&planted)->code, WARNING_LIMIT);
	assert_true(only_warning(&planted)->bytes == (uint64_t)RANGES * PAGE);
	assert_int_equal(planted.checkpoint->processes[0].run_count, RANGES);
	close_layers(&planted, parents, PARENTS);
}

static void places_at_the_last_address_do_not_wrap(void **state)
{
	static const struct item top[] = { { 0, 1, PARENT }, { 0xfffffffffffff000, 1, PARENT } };
	static const struct item below[] = { { 0, 1, LAZY }, { 0x5000, 1, PRESENT } };
	struct builder map = { .length = 0 }, parent_map = { .length = 0 };
	const struct process *process;
	struct image_set *parent;
	struct planted planted;
	const struct parent_chain chain = { .sets = &parent, .count = 1 };

	(void)state;
	planted_prepare(&planted);
	add_process(&planted);
	put_pagemap(&map, 1, top, 2);
	put_pagemap(&parent_map, 1, below, 2);
	assert_int_equal(image_set_new(&parent, planted.warnings, NULL), 0);
	assert_int_equal(image_set_add(planted.images, "pagemap-5.img", builder_copy(&map),
				       map.length, NULL),
			 0);
	assert_int_equal(image_set_add(parent, "pagemap-5.img", builder_copy(&parent_map),
				       parent_map.length, NULL),
			 0);
	make_model(&planted, &chain, planted.files);
	process = &planted.checkpoint->processes[0];
	assert_int_equal(process->run_count, 2);
	assert_true(process->runs[0].address == 0 && process->runs[0].length == PAGE);
	assert_true(process->runs[1].address == 0xfffffffffffff000 &&
		    process->runs[1].length == PAGE);
	assert_true(process->runs[0].lost && process->runs[1].lost);
	close_layers(&planted, &parent, 1);
}

/* A small image that unpacks to much: 255 times as much as it is, in blocks of 4 MiB. */
static void what_unpacks_to_too_much_ends_at_a_limit(void **state)
{
	enum { BLOCK = 4 << 20, BLOCKS = 40 };
	char *raw = malloc(BLOCK), *packed = malloc(LZ4_COMPRESSBOUND(BLOCK));
	struct builder map = { .length = 0 }, item = { .length = 0 };
	uint32_t sizes[BLOCKS], file;
	uint64_t lost = 0;
	struct planted planted;
	uint8_t *pages;
	int stored;

	(void)state;
	assert_true(raw && packed);
	memset(raw, 'x', BLOCK);
	stored = LZ4_compress_default(raw, packed, BLOCK, LZ4_COMPRESSBOUND(BLOCK));
	assert_true(stored > 0);
	pages = malloc((size_t)stored * BLOCKS);
	assert_non_null(pages);
	for (size_t i = 0; i < BLOCKS; i++) {
		memcpy(pages + i * (size_t)stored, packed, (size_t)stored);
		sizes[i] = (uint32_t)stored;
	}
	planted_prepare(&planted);
	add_process(&planted);
	put_pagemap(&map, 1, NULL, 0);
	put_number(&item, 1, PAGE);
	put_number(&item, 4, PRESENT);
	put_number(&item, 5, (uint64_t)BLOCKS * BLOCK / PAGE);
	put_sizes(&item, sizes, BLOCKS);
	put_number(&item, 8, BLOCK / PAGE);
	put_entry(&map, &item);
	assert_int_equal(image_set_add(planted.images, "pagemap-5.img", builder_copy(&map),
				       map.length, NULL),
			 0);
	assert_int_equal(file_table_add_memory(planted.files, pages, (size_t)stored * BLOCKS,
					       "pages-1.img", &file, NULL),
			 0);
	assert_int_equal(
		image_set_add_pages(planted.images, 1, file, 0, (size_t)stored * BLOCKS, NULL), 0);
	make_model(&planted, NULL, planted.files);
	for (size_t i = 0; i < planted.checkpoint->processes[0].run_count; i++)
		lost += planted.checkpoint->processes[0].runs[i].lost
				? planted.checkpoint->processes[0].runs[i].length
				: 0;
	assert_int_equal(only_warning(&planted)->code, WARNING_LIMIT);
	assert_true(only_warning(&planted)->bytes == lost);
	assert_in_range(BLOCKS * (uint64_t)BLOCK - lost, 64 << 20,
			(64 << 20) + 64 * (uint64_t)stored * BLOCKS);
	free(raw);
	free(packed);
	planted_close(&planted);
}

static void pages_of_entries_that_overlap_are_in_no_place(void **state)
{
	static const struct entry layers[LAYERS][ITEMS] = { { HAS(4, 2), HAS(1, 1),
							      PACKED(3, 3, BY_PAGE), HAS(2, 1) } };
	struct planted planted;
	char shown[SHOWN + 1];

	(void)state;
	open_layers(&planted, NULL, 0, layers);
	make_model(&planted, NULL, planted.files);
	show(&planted, shown);
	assert_string_equal(shown, "cg.ab...");
	assert_int_equal(image_set_unplaced_bytes(planted.images, planted.checkpoint), 3 * PAGE);
	close_layers(&planted, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_place_to_unpack_packed_pages_are_lost),
		cmocka_unit_test(what_is_packed_stays_so_when_the_run_has_ended),
		cmocka_unit_test(what_may_not_be_kept_is_a_limit),
		cmocka_unit_test(a_parent_without_such_a_map_is_named),
		cmocka_unit_test(without_a_chain_pages_of_a_parent_are_lost),
		cmocka_unit_test(a_parents_image_longer_than_described_is_told),
		cmocka_unit_test(ranges_that_go_through_too_many_parents_end_at_a_limit),
		cmocka_unit_test(places_at_the_last_address_do_not_wrap),
		cmocka_unit_test(what_unpacks_to_too_much_ends_at_a_limit),
		cmocka_unit_test(pages_come_from_layers_raw_or_packed),
		cmocka_unit_test(pages_of_entries_that_overlap_are_in_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
