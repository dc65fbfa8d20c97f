#include <archive.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/archive_form.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PAX(tar, ...)                                                                              \
	tar_pax(tar, 'x', (const char *const[]){ __VA_ARGS__ },                                    \
		COUNT(((const char *const[]){ __VA_ARGS__ })))

/* Sparse members: four pieces of a file of 20,000 bytes, the last one a hole. */
#define AT(at, length)                                                                             \
	{                                                                                          \
		at, length                                                                         \
	}
static const struct {
	uint64_t at;
	size_t length;
} map[] = { AT(512, 512), AT(4096, 1024), AT(10000, 100) };
#define REAL_BYTES 20000
#define SPARSE_BYTES " .*512 a*512 .*3072 b*1024 .*4880 c*100 .*9900\n"

static void sparse_data(struct made_tar *tar, const char *before)
{
	char data[4096];
	size_t length = strlen(before);

	memset(data, 0, sizeof(data));
	memcpy(data, before, length);
	if (length)
		length = TAR_BLOCK;
	for (size_t i = 0; i < COUNT(map); i++) {
		memset(data + length, (int)('a' + i), map[i].length);
		length += map[i].length;
	}
	tar_body(tar, data, length);
}

static size_t sparse_length(void)
{
	size_t length = 0;

	for (size_t i = 0; i < COUNT(map); i++)
		length += map[i].length;
	return length;
}

static void fill_sparse_old(struct made_tar *tar)
{
	uint8_t *header = tar_header(tar, "pages-1.img", 'S', sparse_length());

	memcpy(header + 257, "ustar  ", 8);
	for (size_t i = 0; i < COUNT(map); i++) {
		tar_octal(header + 386 + i * 24, map[i].at);
		tar_octal(header + 386 + i * 24 + 12, map[i].length);
	}
	tar_octal(header + 386 + COUNT(map) * 24, REAL_BYTES);
	tar_octal(header + 483, REAL_BYTES);
	tar_seal(header);
	sparse_data(tar, "");
	tar_file(tar, "last", "z");
	tar_end(tar);
}

/* More pieces than the header holds: 60 of one block, each behind a block of nothing. */
static void fill_sparse_extended(struct made_tar *tar)
{
	const size_t pieces = 60, in_header = 4, in_block = 21;
	uint8_t *header = tar_header(tar, "pages-1.img", 'S', pieces * TAR_BLOCK), *entry;

	memcpy(header + 257, "ustar  ", 8);
	tar_octal(header + 483, pieces * 2 * TAR_BLOCK);
	for (size_t i = 0; i < in_header; i++) {
		tar_octal(header + 386 + i * 24, (i * 2 + 1) * TAR_BLOCK);
		tar_octal(header + 386 + i * 24 + 12, TAR_BLOCK);
	}
	header[482] = 1;
	tar_seal(header);
	for (size_t i = in_header; i < pieces; i += in_block) {
		tar_body(tar, "x", 1);
		entry = tar->made.data + tar->made.length - TAR_BLOCK;
		memset(entry, 0, TAR_BLOCK);
		for (size_t j = 0; j < in_block && i + j < pieces; j++) {
			tar_octal(entry + j * 24, ((i + j) * 2 + 1) * TAR_BLOCK);
			tar_octal(entry + j * 24 + 12, TAR_BLOCK);
		}
		entry[504] = i + in_block < pieces;
	}
	for (size_t i = 0; i < pieces; i++) {
		char block[TAR_BLOCK];

		memset(block, i % 2 ? 'b' : 'a', sizeof(block));
		tar_body(tar, block, sizeof(block));
	}
	tar_end(tar);
}

static void fill_sparse_0_0(struct made_tar *tar)
{
	PAX(tar, "GNU.sparse.size=20000", "GNU.sparse.numblocks=3", "GNU.sparse.offset=512",
	    "GNU.sparse.numbytes=512", "GNU.sparse.offset=4096", "GNU.sparse.numbytes=1024",
	    "GNU.sparse.offset=10000", "GNU.sparse.numbytes=100");
	tar_header(tar, "pages-1.img", '0', sparse_length());
	sparse_data(tar, "");
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void fill_sparse_0_1(struct made_tar *tar)
{
	PAX(tar, "GNU.sparse.size=20000", "GNU.sparse.numblocks=3", "GNU.sparse.name=./pages-1.img",
	    "GNU.sparse.map=512,512,4096,1024,10000,100");
	tar_header(tar, "GNUSparseFile.1/pages-1.img", '0', sparse_length());
	sparse_data(tar, "");
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void sparse_1_0(struct made_tar *tar, const char *in_front)
{
	PAX(tar, "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=20000",
	    "GNU.sparse.name=pages-1.img");
	tar_header(tar, "GNUSparseFile.1/pages-1.img", '0', sparse_length() + TAR_BLOCK);
	sparse_data(tar, in_front);
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void fill_sparse_1_0(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n512\n512\n4096\n1024\n10000\n100\n");
}

static void fill_sparse_backwards(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n4096\n1024\n512\n512\n10000\n100\n");
}

static void fill_sparse_overlapping(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n512\n512\n800\n1024\n10000\n100\n");
}

static void fill_sparse_beyond(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n512\n512\n4096\n1024\n19950\n100\n");
}

static void fill_sparse_hole_only(struct made_tar *tar)
{
	PAX(tar, "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=20000",
	    "GNU.sparse.name=hole.img");
	tar_header(tar, "GNUSparseFile.1/hole.img", '0', TAR_BLOCK);
	tar_body(tar, "1\n20000\n0\n", 10);
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void fill_sparse_cut(struct made_tar *tar)
{
	fill_sparse_1_0(tar);
	/* The header and the extended header, the map, one and a half of the pieces. */
	tar->made.length = (size_t)TAR_BLOCK * (3 + 1 + 1 + 1);
}

static void fill_sparse_linked(struct made_tar *tar)
{
	fill_sparse_0_1(tar);
	tar->made.length -= (size_t)4 * TAR_BLOCK;
	tar_link(tar, "link", '1', "pages-1.img");
	tar_end(tar);
}

/* What fill_sparse_extended() makes: 30 times these. */
#define FOUR " .*512 a*512 .*512 b*512"
#define TWENTY FOUR FOUR FOUR FOUR FOUR
#define SIXTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY

static const struct archive_form forms[] = {
	{ .name = "sparse, old GNU",
	  .fill = fill_sparse_old,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse, old GNU with more maps",
	  .fill = fill_sparse_extended,
	  .members = "f pages-1.img 61440" SIXTY "\n",
	  .warnings = "" },
	{ .name = "sparse 0.0",
	  .fill = fill_sparse_0_0,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse 0.1",
	  .fill = fill_sparse_0_1,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse 1.0",
	  .fill = fill_sparse_1_0,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse, only a hole",
	  .fill = fill_sparse_hole_only,
	  .members = "f hole.img 20000 .*20000\nf last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse, a map that goes backwards",
	  .fill = fill_sparse_backwards,
	  .members = "f pages-1.img 5120 .*4096 a*512 b*512\nf last 1 z*1\n",
	  .passing = "f pages-1.img 20000 .*4096 a*512 b*512\nf last 1 z*1\n",
	  .warnings = "corrupt pages-1.img\n" },
	{ .name = "sparse, a map that overlaps",
	  .fill = fill_sparse_overlapping,
	  .members = "f pages-1.img 1024 .*512 a*512\nf last 1 z*1\n",
	  .passing = "f pages-1.img 20000 .*512 a*512\nf last 1 z*1\n",
	  .warnings = "corrupt pages-1.img\n" },
	{ .name = "sparse, a map beyond the end",
	  .fill = fill_sparse_beyond,
	  .members = "f pages-1.img 5120 .*512 a*512 .*3072 b*1024\nf last 1 z*1\n",
	  .passing = "f pages-1.img 20000 .*512 a*512 .*3072 b*1024\nf last 1 z*1\n",
	  .warnings = "corrupt pages-1.img\n" },
	{ .name = "sparse, cut",
	  .fill = fill_sparse_cut,
	  .members = "f pages-1.img 4608 .*512 a*512 .*3072 b*512\n",
	  .passing = "f pages-1.img 20000 .*512 a*512 .*3072 b*512\n",
	  .warnings = "truncated pages-1.img\n" },
	{ .name = "sparse and linked",
	  .fill = fill_sparse_linked,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f link 20000" SPARSE_BYTES,
	  .passing = "f pages-1.img 20000" SPARSE_BYTES,
	  .warnings = "",
	  .passing_warnings = "unsupported link\n" },
};

static void every_form_is_right_or_told(void **state)
{
	(void)state;
	assert_int_equal(archive_forms_check(forms, COUNT(forms)), 0);
}

/* A hole that would fill every disk, kept as a whole in a few pages. */
static void holes_that_pass_take_no_place_when_they_are_kept(void **state)
{
	(void)state;
	struct made_tar tar = { .capacity = 0 };
	struct bytes lent;

	PAX(&tar, "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=8589934592",
	    "GNU.sparse.name=pages-1.img");
	tar_header(&tar, "GNUSparseFile.1/pages-1.img", '0', 2 * TAR_BLOCK);
	tar_body(&tar, "1\n8589930496\n100\n", 17);
	tar_fill(&tar, 'a', 100);
	tar_end(&tar);

	struct made_archive packed = pack_bytes(&tar.made, ARCHIVE_FILTER_ZSTD);
	char *path = made_archive_file(&packed, packed.length);
	const struct file_table_options options = { .memory_bytes = 8192, .no_spill = true };
	struct opened opened = { .code = 0 };
	const struct source_options none = { 0 };
	const struct member *member;
	uint64_t kept;

	assert_int_equal(file_table_new(&opened.files, &options, NULL), 0);
	assert_int_equal(warning_list_new(&opened.warnings, NULL), 0);
	assert_int_equal(
		source_open(&opened.source, path, opened.files, opened.warnings, &none, NULL), 0);
	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_int_equal(source_keep_whole(opened.source, member, &kept, NULL), 0);
	assert_int_equal(kept, 8589934592);
	assert_int_equal(
		file_table_lend(opened.files, member->file, 8589930496 - 50, 200, &lent, NULL), 0);
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(lent.data[i], i >= 50 && i < 150 ? 'a' : 0);

	char *warnings = opened_warnings(&opened);

	assert_string_equal(warnings, "");
	free(warnings);
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&packed);
	free(tar.made.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_right_or_told),
		cmocka_unit_test(holes_that_pass_take_no_place_when_they_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
