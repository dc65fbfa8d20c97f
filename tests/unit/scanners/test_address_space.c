#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scanners/address_space.h"
#include "scanners/content.h"

#define PAGE UINT64_C(0x1000)
#define RUNS 4
#define PIECES 5
#define TEXT_BYTES 512
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A file of 0x3800 bytes, mapped from 0x10000 to 0x16000 if the row does not say otherwise. */
#define STORED(at, bytes, from)                                                                    \
	{                                                                                          \
		.start = at, .length = bytes, .offset = from, .file = 9, .kind = PIECE_STORED      \
	}
#define HOLE(at, bytes)                                                                            \
	{                                                                                          \
		.start = at, .length = bytes, .kind = PIECE_ZERO                                   \
	}
#define LOST(at, bytes)                                                                            \
	{                                                                                          \
		.start = at, .length = bytes, .kind = PIECE_LOST                                   \
	}

/*
 * Spans from 0x10000 on as text: d(umped), f(ile)@FILE:OFFSET, z(ero), l(ost), n(ot dumped), - nothing; with the
 * length; hex. A star stands behind what the file has there.
 */
static const struct {
	const char *name;
	uint64_t offset, end, page_bytes;
	struct page_run runs[RUNS];
	uint64_t length;
	struct piece pieces[PIECES];
	bool unknown;
	const char *spans;
} cases[] = {
	{ .name = "a file that is not at hand is not dumped",
	  .unknown = true,
	  .runs = { { 0x11000, PAGE, 0, 0, false } },
	  .spans = "n1000 d1000@0:0 n4000" },
	{ .name = "the last page of a file is filled up with zeros and ends it",
	  .length = 0x3800,
	  .pieces = { STORED(0, 0x3800, 0x40) },
	  .spans = "f3800@9:40* z800* -2000" },
	{ .name = "a file of whole pages ends without zeros",
	  .length = 0x3000,
	  .pieces = { STORED(0, 0x3000, 0) },
	  .spans = "f3000@9:0* -3000" },
	{ .name = "a mapping that shows a file's middle",
	  .offset = 0x1000,
	  .end = 0x12000,
	  .length = 0x3800,
	  .pieces = { STORED(0, 0x3800, 0x40) },
	  .spans = "f2000@9:1040*" },
	{ .name = "the process's own pages win",
	  .length = 0x3800,
	  .pieces = { STORED(0, 0x3800, 0) },
	  .runs = { { 0x11000, PAGE, 0, 0x5000, false }, { 0x13000, PAGE, 0, 0x8000, false } },
	  .spans = "f1000@9:0* d1000@0:5000 f1000@9:2000* d1000@0:8000 -2000" },
	{ .name = "a page that the process lost is not the file's",
	  .length = 0x3000,
	  .pieces = { STORED(0, 0x3000, 0) },
	  .runs = { { 0x11000, PAGE, 0, 0, true } },
	  .spans = "f1000@9:0* l1000 f1000@9:2000* -3000" },
	{ .name = "its own page behind the end of the file is there",
	  .length = 0x1000,
	  .pieces = { STORED(0, 0x1000, 0) },
	  .runs = { { 0x14000, PAGE, 0, 0, false } },
	  .spans = "f1000@9:0* -3000 d1000@0:0 -1000" },
	{ .name = "holes of a file are zeros and what it lost is not dumped",
	  .length = 0x4000,
	  .pieces = { STORED(0, 0x800, 0x100), HOLE(0x800, 0x1800), LOST(0x2000, 0x1000),
		      STORED(0x3000, 0x1000, 0x900) },
	  .spans = "f800@9:100* z1800* n1000 f1000@9:900* -2000" },
	{ .name = "larger pages are filled up further",
	  .page_bytes = 0x4000,
	  .end = 0x18000,
	  .length = 0x1234,
	  .pieces = { STORED(0, 0x1234, 0) },
	  .spans = "f1234@9:0* z2dcc* -4000" },
	{ .name = "a file without bytes has no page", .length = 0, .spans = "-6000" },
	{ .name = "a mapping that starts behind the end of the file",
	  .offset = 0x8000,
	  .length = 0x3800,
	  .pieces = { STORED(0, 0x3800, 0) },
	  .spans = "-6000" },
	{ .name = "a mapping that starts within the zeros of the last page",
	  .offset = 0x3900,
	  .end = 0x12000,
	  .length = 0x3800,
	  .pieces = { STORED(0, 0x3800, 0) },
	  .spans = "z700* -1900" },
	{ .name = "a mapping past the end of all offsets shows nothing there",
	  .offset = UINT64_MAX - 0xfff,
	  .end = 0x13000,
	  .length = 0x3800,
	  .pieces = { STORED(0, 0x3800, 0) },
	  .spans = "-3000" },
	{ .name = "a length that touches the end of all offsets does not wrap",
	  .offset = UINT64_MAX - 0x1fff,
	  .end = 0x12000,
	  .length = UINT64_MAX,
	  .pieces = { HOLE(0, UINT64_MAX) },
	  .spans = "z1fff* z1*" },
};

static size_t show(const struct span *span, char *out, size_t size)
{
	static const char *const letters[] = {
		[SPAN_DUMPED] = "d",  [SPAN_FILE] = "f",       [SPAN_ZERO] = "z",
		[SPAN_LOST] = "l",    [SPAN_NOT_DUMPED] = "n", [SPAN_UNSEEN] = "u",
		[SPAN_NOTHING] = "-",
	};
	unsigned long long length = span_length(span), offset = span->offset;
	size_t at = (size_t)snprintf(out, size, "%s%llx", letters[span->kind], length);

	if (span->kind == SPAN_DUMPED || span->kind == SPAN_FILE)
		at += (size_t)snprintf(out + at, size - at, "@%x:%llx",
				       span->kind == SPAN_FILE ? span->file : span->image, offset);
	return at + (size_t)snprintf(out + at, size - at, "%s", span->of_file ? "*" : "");
}

static void check(size_t index)
{
	const struct vma vma = { .start = 0x10000,
				 .end = cases[index].end ? cases[index].end : 0x16000,
				 .kind = VMA_FILE,
				 .backing = BACKING_FILE,
				 .offset = cases[index].offset };
	struct content content = { cases[index].length, cases[index].pieces, 0 };
	const struct content *contents[] = { cases[index].unknown ? NULL : &content };
	struct process process = { .page_bytes = cases[index].page_bytes ?: PAGE,
				   .vmas = &vma,
				   .vma_count = 1,
				   .contents = contents,
				   .runs = cases[index].runs };
	struct span_cursor cursor;
	char text[TEXT_BYTES] = "";
	struct span span;
	size_t at = 0;

	while (content.piece_count < PIECES && cases[index].pieces[content.piece_count].length)
		content.piece_count++;
	while (process.run_count < RUNS && cases[index].runs[process.run_count].length)
		process.run_count++;
	print_message("%s\n", cases[index].name);
	cursor = span_cursor_at(&process, vma.start);
	while (span_cursor_next(&cursor, &span) && span.region.vma) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", at ? " " : "");
		at += show(&span, text + at, sizeof(text) - at);
	}
	assert_string_equal(text, cases[index].spans);
}

static void mapped_files_show_through_where_the_dump_has_no_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(i);
}

/* However the walk is entered, the same byte comes from the same place. */
static void a_walk_that_starts_in_the_middle_sees_the_same(void **state)
{
	static const struct piece pieces[] = { STORED(0, 0x1800, 0x100), HOLE(0x1800, 0x1000),
					       STORED(0x2800, 0x1000, 0x5000) };
	static const struct content content = { 0x3800, pieces, 3 };
	static const struct content *const contents[] = { &content };
	static const struct vma vma = {
		.start = 0x10000, .end = 0x16000, .kind = VMA_FILE, .backing = BACKING_FILE
	};
	static const struct page_run run = { 0x11000, PAGE, 0, 0x7000, false };
	const struct process process = { .page_bytes = PAGE,
					 .vmas = &vma,
					 .vma_count = 1,
					 .contents = contents,
					 .runs = &run,
					 .run_count = 1 };
	struct span_cursor all = span_cursor_at(&process, vma.start);
	struct span whole, part;

	(void)state;
	while (span_cursor_next(&all, &whole) && whole.region.vma) {
		uint64_t middle = whole.first + span_length(&whole) / 2;
		struct span_cursor cursor = span_cursor_at(&process, middle);

		assert_true(span_cursor_next(&cursor, &part));
		assert_int_equal(part.kind, whole.kind);
		assert_true(part.last == whole.last);
		if (part.kind == SPAN_FILE || part.kind == SPAN_DUMPED)
			assert_true(part.offset == whole.offset + (middle - whole.first));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapped_files_show_through_where_the_dump_has_no_page),
		cmocka_unit_test(a_walk_that_starts_in_the_middle_sees_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
