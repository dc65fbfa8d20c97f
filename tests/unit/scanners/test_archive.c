#include "scanners/source/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/made_archive.h"
#include "tests/unit/scanners/read_source.h"

#define BLOCK 512

/* A tar made by hand, for what no writer writes. */
struct tar {
	uint8_t data[64 * BLOCK];
	size_t length;
};

static void seal(uint8_t *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

static uint8_t *add_header(struct tar *tar, const char *name, char type, const char *size)
{
	uint8_t *header = tar->data + tar->length;

	memcpy(header, name, strlen(name));
	memcpy(header + 100, "0000600", 8);
	memcpy(header + 124, size, strlen(size));
	memcpy(header + 136, "14524770400", 12);
	header[156] = (uint8_t)type;
	memcpy(header + 257,
	       "ustar\0"
	       "00",
	       8);
	seal(header);
	tar->length += BLOCK;
	return header;
}

static void add_body(struct tar *tar, const char *text)
{
	memcpy(tar->data + tar->length, text, strlen(text));
	tar->length += BLOCK;
}

static void add_end(struct tar *tar)
{
	tar->length += 2 * BLOCK;
}

struct outcome {
	char *listing, *warnings;
	bool truncated;
};

static struct outcome read_bytes(const uint8_t *data, size_t length, bool through_pipe)
{
	struct made_archive made = { (uint8_t *)(uintptr_t)data, length };
	char *path = made_archive_file(&made, length);
	struct outcome outcome = { NULL, NULL, false };
	int before = dup(STDIN_FILENO);

	if (!freopen(path, "r", stdin))
		fail();
	struct opened opened = opened_new(through_pipe ? "-" : path, 1 << 20, NULL);

	if (opened.code == 0) {
		outcome.listing = opened_listing(&opened);
		outcome.truncated = source_truncated(opened.source);
		outcome.warnings = opened_warnings(&opened);
	} else {
		outcome.listing = strdup("");
		outcome.warnings = strdup(opened.error.message);
	}
	opened_release(&opened);
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
	unlink(path);
	free(path);
	return outcome;
}

static void outcome_release(struct outcome *outcome)
{
	free(outcome->listing);
	free(outcome->warnings);
}

struct size_case {
	const char *name;
	const char *size; /* field of the header */
	size_t size_length;
	bool delivered;
};

#define FIELD(text) text, sizeof(text) - 1

static const struct size_case size_cases[] = {
	{ "as much as octal can say", FIELD("77777777777"), true },
	{ "2^62 in base 256", FIELD("\x80\0\0\0\x40\0\0\0\0\0\0\0"), false },
	{ "2^63 - 1 in base 256", FIELD("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), false },
	{ "2^64 in base 256", FIELD("\x80\0\0\1\0\0\0\0\0\0\0\0"), false },
	{ "less than nothing", FIELD("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0"), false },
};

static void sizes_beyond_the_archive_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(size_cases) / sizeof(*size_cases); i++) {
		for (int through_pipe = 0; through_pipe < 2; through_pipe++) {
			struct tar tar = { .length = 0 };
			uint8_t *header = add_header(&tar, "pages-1.img", '0', "");

			memcpy(header + 124, size_cases[i].size, size_cases[i].size_length);
			seal(header);
			add_body(&tar, "body");
			add_end(&tar);
			struct outcome outcome = read_bytes(tar.data, tar.length, through_pipe);

			print_message("  %s: %s", size_cases[i].name, outcome.warnings);
			assert_true(outcome.truncated || strstr(outcome.warnings, "limit"));
			assert_int_equal(strstr(outcome.listing, "pages-1.img") != NULL,
					 size_cases[i].delivered);
			outcome_release(&outcome);
		}
	}
}

static void one_block_of_zeros_is_no_end_mark(void **state)
{
	(void)state;
	for (int through_pipe = 0; through_pipe < 2; through_pipe++) {
		struct tar tar = { .length = 0 };

		add_header(&tar, "a", '0', "00000000004");
		add_body(&tar, "text");
		tar.length += BLOCK;
		struct outcome outcome = read_bytes(tar.data, tar.length, through_pipe);

		assert_true(outcome.truncated);
		outcome_release(&outcome);
		/* Nor is it when more stands behind it. */
		add_header(&tar, "b", '0', "00000000000");
		add_end(&tar);
		outcome = read_bytes(tar.data, tar.length, through_pipe);
		assert_true(outcome.truncated);
		outcome_release(&outcome);
	}
}

static void a_cut_behind_an_extended_header_is_told(void **state)
{
	(void)state;
	for (int through_pipe = 0; through_pipe < 2; through_pipe++) {
		struct tar tar = { .length = 0 };

		add_header(&tar, "a", '0', "00000000004");
		add_body(&tar, "text");
		add_header(&tar, "PaxHeader", 'x', "00000000014");
		add_body(&tar, "12 path=abc\n");
		struct outcome outcome = read_bytes(tar.data, tar.length, through_pipe);

		assert_true(outcome.truncated);
		assert_non_null(strstr(outcome.listing, "f a 4 "));
		outcome_release(&outcome);
	}
}

static void long_chains_of_extended_headers_end(void **state)
{
	(void)state;
	static const char types[] = "xgLK";

	for (size_t t = 0; t < 4; t++) {
		size_t count = 20000, length = count * 2 * BLOCK;
		uint8_t *data = calloc(1, length + 4 * BLOCK);

		for (size_t i = 0; i < count; i++) {
			struct tar tar = { .length = 0 };

			add_header(&tar, "h", types[t], "00000000014");
			add_body(&tar, "12 path=abc\n");
			memcpy(data + i * 2 * BLOCK, tar.data, 2 * BLOCK);
		}
		struct outcome outcome = read_bytes(data, length + 4 * BLOCK, false);

		assert_true(outcome.truncated);
		outcome_release(&outcome);
		free(data);
	}
}

/* A map that says "0 bytes at 0" 4 million times would become a list of hundreds of megabytes. */
static void a_sparse_map_without_end_is_refused(void **state)
{
	(void)state;
	size_t map = (size_t)16 << 20;
	uint8_t *data = calloc(1, map + 5 * BLOCK);
	struct tar tar = { .length = 0 };

	add_header(&tar, "PaxHeader", 'x', "00000000130");
	add_body(&tar, "22 GNU.sparse.major=1\n"
		       "22 GNU.sparse.minor=0\n"
		       "20 GNU.sparse.name=a\n"
		       "24 GNU.sparse.realsize=9\n");
	add_header(&tar, "a", '0', "00100000000");
	memcpy(data, tar.data, tar.length);
	for (size_t at = 0; at < map; at += 2)
		memcpy(data + tar.length + at, "0\n", 2);
	memcpy(data + tar.length, "00004000000\n", 12);
	for (int through_pipe = 0; through_pipe < 2; through_pipe++) {
		struct outcome outcome =
			read_bytes(data, tar.length + map + 2 * BLOCK, through_pipe);

		assert_true(outcome.truncated);
		assert_non_null(strstr(outcome.warnings, "limit"));
		assert_non_null(strstr(outcome.warnings, "a header of more than 2097152 bytes"));
		outcome_release(&outcome);
	}
	free(data);
}

static void fill_all_kinds(struct archive *archive)
{
	add_special(archive, "checkpoint", AE_IFDIR, NULL);
	add_bytes(archive, "checkpoint/inventory.img", 77, 1);
	add_sparse(archive, "checkpoint/pages-1.img", 100000, 50000, 3000);
	add_bytes(archive,
		  "a-name-that-is-longer-than-what-an-old-header-can-hold/"
		  "so-that-it-needs-a-header-of-its-own-in-front-of-the-member/pages-2.img",
		  8192, 3);
	add_special(archive, "checkpoint/parent", AE_IFLNK, "../previous");
	add_hard_link(archive, "hard", "checkpoint/inventory.img");
	add_bytes(archive, "spec.dump", 600, 4);
}

/* Nothing to expect but that it ends, under the sanitizers, with the same members both ways. */
static void damaged_bytes_anywhere_do_no_harm(void **state)
{
	(void)state;
	static const int formats[] = { ARCHIVE_FORMAT_TAR_GNUTAR,
				       ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE };
	uint32_t seed = 12345;

	for (size_t f = 0; f < 2; f++) {
		struct made_archive made =
			made_archive_new(formats[f], ARCHIVE_FILTER_NONE, fill_all_kinds);

		for (int round = 0; round < 300; round++) {
			uint8_t *copy = malloc(made.length);

			memcpy(copy, made.data, made.length);
			for (int i = 0; i < 3; i++) {
				seed = seed * 1664525 + 1013904223;
				copy[seed % made.length] ^= (uint8_t)(seed >> 24);
			}
			/* With right check sums, so that what they say is believed. */
			for (size_t at = 0; at + BLOCK <= made.length; at += BLOCK)
				if (memcmp(copy + at + 257, "ustar", 5) == 0)
					seal(copy + at);
			struct outcome outcome = read_bytes(copy, made.length, false);
			struct outcome piped = read_bytes(copy, made.length, true);

			outcome_release(&outcome);
			outcome_release(&piped);
			free(copy);
		}
		made_archive_release(&made);
	}
}

static void damaged_streams_do_no_harm(void **state)
{
	(void)state;
	static const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ,
				       ARCHIVE_FILTER_LZ4, ARCHIVE_FILTER_BZIP2 };
	uint32_t seed = 54321;

	for (size_t f = 0; f < 5; f++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[f], fill_all_kinds);

		for (int round = 0; round < 80; round++) {
			uint8_t *copy = malloc(made.length);

			memcpy(copy, made.data, made.length);
			seed = seed * 1664525 + 1013904223;
			copy[8 + seed % (made.length - 8)] ^= (uint8_t)(seed >> 24 | 1);
			struct outcome outcome = read_bytes(copy, made.length, false);

			/* Each of these forms has a check sum over what comes out, but for lz4 and zstd. */
			if (filters[f] == ARCHIVE_FILTER_BZIP2 || filters[f] == ARCHIVE_FILTER_XZ)
				assert_true(strlen(outcome.warnings) > 0);
			outcome_release(&outcome);
			free(copy);
		}
		made_archive_release(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_beyond_the_archive_do_no_harm),
		cmocka_unit_test(one_block_of_zeros_is_no_end_mark),
		cmocka_unit_test(a_cut_behind_an_extended_header_is_told),
		cmocka_unit_test(long_chains_of_extended_headers_end),
		cmocka_unit_test(a_sparse_map_without_end_is_refused),
		cmocka_unit_test(damaged_bytes_anywhere_do_no_harm),
		cmocka_unit_test(damaged_streams_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
