#include "scanners/source/source.h"

#include <archive_entry.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/made_archive.h"
#include "tests/unit/scanners/read_source.h"

struct packing {
	int filter;
	const char *name; /* source_compression_name() */
};

static const struct packing packings[] = {
	{ ARCHIVE_FILTER_NONE, NULL },	 { ARCHIVE_FILTER_GZIP, "gzip" },
	{ ARCHIVE_FILTER_ZSTD, "zstd" }, { ARCHIVE_FILTER_XZ, "xz" },
	{ ARCHIVE_FILTER_LZ4, "lz4" },	 { ARCHIVE_FILTER_BZIP2, "bzip2" },
};

static const int formats[] = {
	ARCHIVE_FORMAT_TAR_USTAR,
	ARCHIVE_FORMAT_TAR_GNUTAR,
	ARCHIVE_FORMAT_TAR_PAX_RESTRICTED,
	ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void fill_checkpoint(struct archive *archive)
{
	add_special(archive, "checkpoint/", AE_IFDIR, NULL);
	add_bytes(archive, "checkpoint/inventory.img", 77, 1);
	add_bytes(archive, "checkpoint/pages-1.img", 3 << 20, 2);
	add_bytes(archive, "checkpoint/empty.img", 0, 3);
	add_bytes(archive, "checkpoint/pages-2.img", 12288, 4);
	add_special(archive, "checkpoint/parent", AE_IFLNK, "../pre-checkpoint");
	add_special(archive, "checkpoint/fifo", AE_IFIFO, NULL);
	add_bytes(archive, "spec.dump", 5000, 5);
}

/* Standard input, for the time of one source. */
static int borrow_standard_input(const char *path)
{
	int before = dup(STDIN_FILENO), file = open(path, O_RDONLY);

	assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
	close(file);
	return before;
}

static void give_standard_input_back(int before)
{
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
}

static char *expected_listing(void)
{
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_checkpoint);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened);

	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
	return listing;
}

static void check_form(const struct packing *packing, const char *path, bool standard_input,
		       const char *expected)
{
	struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);
	bool passes = packing->name || standard_input;

	assert_int_equal(opened.code, 0);
	assert_int_equal(source_form(opened.source), FORM_TAR);
	assert_int_equal(source_passes(opened.source), passes);
	assert_int_equal(source_can_repeat(opened.source), !standard_input);
	if (packing->name)
		assert_string_equal(source_compression_name(source_compression(opened.source)),
				    packing->name);
	else
		assert_int_equal(source_compression(opened.source), COMPRESSION_NONE);

	char *listing = opened_listing(&opened);

	assert_string_equal(listing, expected);
	assert_false(source_truncated(opened.source));
	free(listing);
	listing = opened_warnings(&opened);
	assert_string_equal(listing, "");
	free(listing);
	if (passes)
		assert_true(source_consumed(opened.source) > 0);
	opened_release(&opened);
}

static void every_form_of_an_archive_gives_the_same_members(void **state)
{
	(void)state;
	char *expected = expected_listing();

	for (size_t p = 0; p < COUNT(packings); p++) {
		for (size_t f = 0; f < COUNT(formats); f++) {
			struct made_archive made =
				made_archive_new(formats[f], packings[p].filter, fill_checkpoint);
			char *path = made_archive_file(&made, made.length);

			check_form(&packings[p], path, false, expected);
			int before = borrow_standard_input(path);
			check_form(&packings[p], path, true, expected);
			give_standard_input_back(before);
			unlink(path);
			free(path);
			made_archive_release(&made);
		}
	}
	assert_non_null(strstr(expected, "l checkpoint/parent 0 0 -> ../pre-checkpoint\n"));
	assert_non_null(strstr(expected, "f checkpoint/pages-1.img 3145728 "));
	assert_non_null(strstr(expected, "o checkpoint/fifo 0 0\n"));
	free(expected);
}

static void members_of_a_plain_tar_lie_in_the_file(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE, fill_checkpoint);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	const struct member *member;

	assert_int_equal(source_size(opened.source), made.length);
	while (source_next(opened.source, &member, NULL) == 0 && member) {
		if (member->kind != MEMBER_FILE || member->length == 0)
			continue;
		assert_false(member->passing);
		assert_int_equal(member->offset % 512, 0);
		uint32_t seed = strstr(member->name, "pages-1") ? 2 : 4;

		if (strstr(member->name, "pages-"))
			for (uint64_t i = 0; i < member->length; i += 97)
				assert_int_equal(made.data[member->offset + i], made_byte(i, seed));
		assert_int_equal(member->time, 1700000000);
	}
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

/* Every line of @part is the next line of @whole; the last one may be short. */
static bool is_prefix(const char *whole, const char *part)
{
	while (*part) {
		size_t length = strcspn(part, "\n");

		if (strncmp(whole, part, length + 1) != 0)
			return part[length + 1] == '\0' &&
			       strncmp(whole, part, strcspn(part + 2, " ") + 2) == 0;
		whole += length + 1;
		part += length + 1;
	}
	return true;
}

static void fill_small(struct archive *archive)
{
	add_bytes(archive, "checkpoint/inventory.img", 77, 1);
	add_bytes(archive, "checkpoint/pages-1.img", 30000, 2);
	add_bytes(archive,
		  "a-name-that-is-longer-than-what-an-old-header-can-hold/"
		  "so-that-it-needs-a-header-of-its-own-in-front-of-the-member/pages-2.img",
		  8192, 3);
	add_bytes(archive, "spec.dump", 600, 4);
}

static void check_cut(const struct made_archive *made, size_t length, const char *whole,
		      bool standard_input, bool must_be_told)
{
	char *path = made_archive_file(made, length);
	int before = borrow_standard_input(path);
	struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);

	if (opened.code == 0) {
		char *listing = opened_listing(&opened), *warnings = opened_warnings(&opened);

		if (!is_prefix(whole, listing))
			fail_msg("cut at %zu:\n%s", length, listing);
		if (must_be_told && (!source_truncated(opened.source) || !*warnings))
			fail_msg("cut at %zu is not told", length);
		if (source_truncated(opened.source))
			assert_true(opened_has_warning(&opened, WARNING_TRUNCATED));
		free(listing);
		free(warnings);
	} else {
		assert_true(opened.code == ERROR_NOT_FOUND || opened.code == ERROR_TRUNCATED);
		assert_true(strlen(opened.error.message) > 0);
	}
	opened_release(&opened);
	give_standard_input_back(before);
	unlink(path);
	free(path);
}

static char *listing_of(const struct made_archive *made)
{
	char *path = made_archive_file(made, made->length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened);

	opened_release(&opened);
	unlink(path);
	free(path);
	return listing;
}

/* Where the second block of zeros ends: nothing behind it is missed. */
static size_t end_of_tar(const struct made_archive *made)
{
	size_t end = made->length;

	while (made->data[end - 1] == 0)
		end--;
	return (end + 511) / 512 * 512 + 1024;
}

static void an_archive_cut_anywhere_gives_what_came_before(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(packings); p++) {
		for (size_t f = 0; f < COUNT(formats); f += p ? 3 : 1) {
			struct made_archive made =
				made_archive_new(formats[f], packings[p].filter, fill_small);
			char *whole = listing_of(&made);
			size_t told = packings[p].name ? made.length : end_of_tar(&made);
			size_t step = packings[p].name ? made.length / 60 + 1 : 512;

			for (size_t length = 0; length < made.length; length += step) {
				check_cut(&made, length, whole, false, length < told);
				check_cut(&made, length, whole, true, length < told);
			}
			for (size_t back = 1; back < 20; back++)
				check_cut(&made, made.length - back, whole, false,
					  made.length - back < told);
			free(whole);
			made_archive_release(&made);
		}
	}
}

static void a_plain_tar_cut_within_blocks_gives_what_came_before(void **state)
{
	(void)state;
	struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
						    ARCHIVE_FILTER_NONE, fill_small);
	char *whole = listing_of(&made);
	size_t told = end_of_tar(&made);

	for (size_t length = 1; length < made.length; length += 101)
		check_cut(&made, length, whole, length % 2, length < told);
	free(whole);
	made_archive_release(&made);
}

static void a_cut_member_is_told_with_what_is_missing(void **state)
{
	(void)state;
	for (int standard_input = 0; standard_input < 2; standard_input++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_small);
		/* Header and data of the first member, header of the second, then 3000 bytes. */
		char *path = made_archive_file(&made, 512 + 512 + 512 + 3000);
		int before = borrow_standard_input(path);
		struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);
		char *listing = opened_listing(&opened);
		size_t count;
		const struct warning *warnings = warning_list_sorted(opened.warnings, &count);

		assert_int_equal(count, 1);
		assert_int_equal(warnings->code, WARNING_TRUNCATED);
		assert_string_equal(warnings->file, "checkpoint/pages-1.img");
		assert_string_equal(warnings->message,
				    "3000 of 30000 bytes are there: the archive is cut");
		assert_int_equal(warnings->offset, 3000);
		assert_int_equal(warnings->length, 27000);
		assert_int_equal(warnings->bytes, 27000);
		assert_non_null(strstr(listing, "checkpoint/pages-1.img 3000 "));
		free(listing);
		opened_release(&opened);
		give_standard_input_back(before);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void a_damaged_header_ends_the_archive(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_small);

	/* The name in the second header; its check sum is then wrong. */
	made.data[1024 + 3] ^= 1;
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened);

	assert_non_null(strstr(listing, "inventory.img"));
	assert_null(strstr(listing, "spec.dump"));
	assert_true(opened_has_warning(&opened, WARNING_CORRUPT));
	assert_true(source_truncated(opened.source));
	free(listing);
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void a_wrong_check_sum_behind_the_last_member_is_told(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, fill_small);

	made.data[made.length - 8] ^= 1;
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened);

	assert_non_null(strstr(listing, "spec.dump"));
	assert_true(opened_has_warning(&opened, WARNING_CORRUPT));
	free(listing);
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void an_archive_that_is_cut_while_it_is_walked_is_told(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_checkpoint);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	const struct member *member;

	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_int_equal(truncate(path, 4096), 0);
	while (source_next(opened.source, &member, NULL) == 0 && member)
		;
	assert_true(source_truncated(opened.source));
	assert_true(opened_has_warning(&opened, WARNING_CHANGED_WHILE_READ));
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static const struct warning *only_warning(struct opened *opened)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(opened->warnings, &count);

	assert_int_equal(count, 1);
	return warnings;
}

static void check_note(const struct made_archive *made, bool standard_input, uint64_t offset,
		       uint64_t length)
{
	char *path = made_archive_file(made, made->length);
	int before = borrow_standard_input(path);
	struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);
	char *listing = opened_listing(&opened);
	const struct warning *note = only_warning(&opened);

	assert_non_null(strstr(listing, "spec.dump"));
	assert_false(source_truncated(opened.source));
	assert_int_equal(note->code, WARNING_LONGER_THAN_DESCRIBED);
	assert_string_equal(note->file, standard_input ? "standard input" : path);
	assert_true(note->has_range);
	assert_int_equal(note->offset, offset);
	assert_int_equal(note->length, length);
	free(listing);
	opened_release(&opened);
	give_standard_input_back(before);
	unlink(path);
	free(path);
}

static void bytes_behind_the_end_mark_are_noted(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_small);
	size_t end = end_of_tar(&made);

	assert_true(end + 700 < made.length);
	memset(made.data + end + 600, 'x', 1);
	for (int standard_input = 0; standard_input < 2; standard_input++)
		check_note(&made, standard_input, end + 600, made.length - end - 600);
	memset(made.data + end, 'x', made.length - end);
	for (int standard_input = 0; standard_input < 2; standard_input++)
		check_note(&made, standard_input, end, made.length - end);
	made_archive_release(&made);
}

/* Far behind, where the bytes come in further pieces. */
static void an_archive_behind_the_archive_is_noted(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_small);
	size_t far = (size_t)3 << 20;
	struct made_archive twice = { calloc(1, far + made.length), far + made.length };

	memcpy(twice.data, made.data, made.length);
	memcpy(twice.data + far, made.data, made.length);
	for (int standard_input = 0; standard_input < 2; standard_input++)
		check_note(&twice, standard_input, far, made.length);
	made_archive_release(&twice);
	made_archive_release(&made);
}

static void bytes_behind_a_compressed_stream_are_noted(void **state)
{
	(void)state;
	static const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_LZ4,
				       ARCHIVE_FILTER_BZIP2 };

	for (size_t f = 0; f < COUNT(filters); f++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[f], fill_small);
		struct made_archive longer = { calloc(1, made.length + 100), made.length + 100 };

		memcpy(longer.data, made.data, made.length);
		memset(longer.data + made.length + 20, 'x', 80);
		for (int standard_input = 0; standard_input < 2; standard_input++)
			check_note(&longer, standard_input, made.length + 20, 80);
		made_archive_release(&longer);
		made_archive_release(&made);
	}
}

/* Bytes that gzip stores, and does not compress: only the check sum knows of the damage. */
static void damage_in_the_middle_names_the_check_sum(void **state)
{
	(void)state;
	static const uint8_t name[] = "spec.dump";
	struct made_archive tar =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_small);
	struct made_archive made = { calloc(1, tar.length + 64), 0 };
	static const uint8_t header[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
	size_t length = tar.length;
	uint8_t *found = memmem(tar.data, tar.length, name, sizeof(name) - 1);

	assert_true(length < 65536 && found);
	*found ^= 1;
	memcpy(made.data, header, sizeof(header));
	made.data[10] = 1;
	made.data[11] = (uint8_t)length;
	made.data[12] = (uint8_t)(length >> 8);
	made.data[13] = (uint8_t)~made.data[11];
	made.data[14] = (uint8_t)~made.data[12];
	memcpy(made.data + 15, tar.data, length);
	/* The check sum is left 0, which is wrong. */
	made.data[15 + length + 4] = (uint8_t)length;
	made.data[15 + length + 5] = (uint8_t)(length >> 8);
	made.length = 15 + length + 8;
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened), *warnings = opened_warnings(&opened);

	assert_true(source_truncated(opened.source));
	assert_non_null(strstr(warnings, "Damaged tar archive"));
	assert_non_null(strstr(warnings, "gzip: the check sum is wrong"));
	free(listing);
	free(warnings);
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
	made_archive_release(&tar);
}

static void fill_names(struct archive *archive)
{
	add_file(archive, "./checkpoint//a.img", "1", 1);
	add_file(archive, "/checkpoint/./b.img", "2", 1);
	add_file(archive, "checkpoint/../../etc/passwd", "3", 1);
	add_file(archive, "..", "4", 1);
	add_file(archive, "caf\xc3\xa9/\xe6\xbc\xa2.img", "5", 1);
	add_file(archive, "checkpoint/a.img", "6", 1);
	add_file(archive, "last", "7", 1);
}

static void names_are_cleaned_and_those_that_lead_out_are_refused(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(formats); f++) {
		struct made_archive made =
			made_archive_new(formats[f], ARCHIVE_FILTER_NONE, fill_names);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 0, NULL);
		const struct member *member;
		char *names = calloc(1, 1000);

		while (source_next(opened.source, &member, NULL) == 0 && member) {
			strcat(names, member->name);
			strcat(names, "|");
		}
		assert_string_equal(names, "checkpoint/a.img|checkpoint/b.img|"
					   "caf\xc3\xa9/\xe6\xbc\xa2.img|checkpoint/a.img|last|");
		assert_true(opened_has_warning(&opened, WARNING_UNSUPPORTED));
		free(names);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void fill_sparse(struct archive *archive)
{
	add_sparse(archive, "checkpoint/pages-1.img", 5 << 20, 2 << 20, 70000);
	add_sparse(archive, "checkpoint/hole.img", 100000, 0, 0);
	add_sparse(archive, "checkpoint/dense.img", 9000, 0, 9000);
	add_bytes(archive, "checkpoint/after.img", 700, 1);
}

static uint8_t sparse_byte(uint64_t offset)
{
	return offset >= 2 << 20 && offset < (2 << 20) + 70000 ? made_byte(offset, 5) : 0;
}

static void holes_of_sparse_members_are_zeros(void **state)
{
	(void)state;
	/* The format that writes them is pax; both readers, and with or without memory to keep them. */
	for (size_t p = 0; p < COUNT(packings); p++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
							    packings[p].filter, fill_sparse);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 1 << 20, NULL);
		const struct member *member;
		uint8_t *data;
		size_t length;

		assert_true(made.length < 1 << 20);
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_int_equal(member->length, 5 << 20);
		assert_int_equal(source_read(opened.source, member, 6 << 20, &data, &length, NULL),
				 0);
		assert_int_equal(length, 5 << 20);
		for (size_t i = 0; i < length; i++)
			if (data[i] != sparse_byte(i))
				fail_msg("wrong byte at %zu", i);
		free(data);
		char *listing = opened_listing(&opened), *warnings = opened_warnings(&opened);

		assert_non_null(strstr(listing, "f checkpoint/hole.img 100000 "));
		assert_non_null(strstr(listing, "f checkpoint/dense.img 9000 "));
		assert_non_null(strstr(listing, "f checkpoint/after.img 700 "));
		assert_string_equal(warnings, "");
		free(listing);
		free(warnings);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void a_sparse_member_that_cannot_be_kept_is_told(void **state)
{
	(void)state;
	struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
						    ARCHIVE_FILTER_NONE, fill_sparse);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened);

	assert_null(strstr(listing, "pages-1.img"));
	assert_non_null(strstr(listing, "after.img"));
	assert_true(opened_has_warning(&opened, WARNING_LIMIT));
	free(listing);
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void fill_links(struct archive *archive)
{
	add_bytes(archive, "./a.img", 5000, 1);
	add_hard_link(archive, "b.img", "./a.img");
	add_hard_link(archive, "c.img", "nowhere.img");
	add_hard_link(archive, "d.img", "b.img");
}

static void hard_links_in_place_are_the_same_bytes(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_links);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	const struct member *member;
	uint64_t offset;

	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	offset = member->offset;
	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_string_equal(member->name, "b.img");
	assert_int_equal(member->offset, offset);
	assert_int_equal(member->length, 5000);
	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_string_equal(member->name, "d.img");
	assert_int_equal(member->offset, offset);
	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_null(member);
	assert_true(opened_has_warning(&opened, WARNING_UNSUPPORTED));
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void hard_links_to_passing_bytes_need_them_kept(void **state)
{
	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, fill_links);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 1 << 20, NULL);
		const struct member *member;

		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		if (keep)
			assert_int_equal(source_keep(opened.source, member, NULL, 0, NULL), 0);
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		if (keep) {
			assert_non_null(member);
			assert_string_equal(member->name, "b.img");
			assert_false(member->passing);
			assert_int_equal(member->length, 5000);
		} else {
			assert_null(member);
		}
		assert_int_equal(opened_has_warning(&opened, WARNING_UNSUPPORTED), !keep);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void hard_links_without_bytes_come_where_they_are_asked_for(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_ZSTD };
	const struct source_options options = { .links = true };

	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[i], fill_links);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 1 << 20, &options);
		const struct member *member;
		size_t without = 0;

		while (source_next(opened.source, &member, NULL) == 0 && member) {
			if (member->kind == MEMBER_FILE)
				continue;
			without++;
			assert_int_equal(member->kind, MEMBER_OTHER);
			assert_false(member->passing);
			if (strcmp(member->name, "c.img") == 0)
				assert_string_equal(member->link, "nowhere.img");
			else
				assert_string_equal(member->link,
						    member->name[0] == 'b' ? "a.img" : "b.img");
		}
		assert_int_equal(without, filters[i] == ARCHIVE_FILTER_NONE ? 1 : 3);
		assert_false(opened_has_warning(&opened, WARNING_UNSUPPORTED));
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void ranges_that_are_kept_can_be_read_when_they_have_passed(void **state)
{
	(void)state;
	const struct address_range ranges[] = { { 4096, 8192 },	      { 0, 10 },
						{ 1000000, 2200000 }, { 1500000, 2100000 },
						{ 2200000, 2200001 }, { 5000, 5000 },
						{ 3145727, 3145728 } };

	for (int lend = 0; lend < 2; lend++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    ARCHIVE_FILTER_GZIP, fill_checkpoint);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 600000, NULL);
		const struct member *member;
		uint32_t file = 0;
		size_t got;

		while (source_next(opened.source, &member, NULL) == 0 && member) {
			if (strcmp(member->name, "checkpoint/pages-1.img") != 0)
				continue;
			file = member->file;
			assert_int_equal(
				source_keep(opened.source, member, ranges, COUNT(ranges), NULL), 0);
			for (struct lease lease = { .length = (size_t)lend }; lease.length > 0;) {
				assert_int_equal(source_lend(opened.source, &lease, NULL), 0);
				if (lease.length == 0)
					break;
				lease_release(&lease);
				lease.length = 1;
			}
		}
		for (size_t i = 0; i < COUNT(ranges); i++) {
			size_t length = (size_t)(ranges[i].end - ranges[i].start);
			uint8_t *data = malloc(length);

			assert_int_equal(file_table_read(opened.files, file, ranges[i].start, data,
							 length, &got, NULL),
					 0);
			for (size_t b = 0; b < length; b++)
				if (data[b] != made_byte(ranges[i].start + b, 2))
					fail_msg("wrong byte at %zu of range %zu", b, i);
			free(data);
		}
		struct bytes lent;

		assert_int_equal(file_table_lend(opened.files, file, 10, 1, &lent, NULL),
				 ERROR_NOT_KEPT);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void what_cannot_be_kept_is_told_and_the_rest_passes(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, fill_checkpoint);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	const struct member *member;

	while (source_next(opened.source, &member, NULL) == 0 && member)
		if (strcmp(member->name, "checkpoint/pages-1.img") == 0)
			assert_int_equal(source_keep(opened.source, member, NULL, 0, NULL), 0);

	char *warnings = opened_warnings(&opened);

	assert_non_null(strstr(warnings, "limit checkpoint/pages-1.img what is needed later"));
	assert_false(source_truncated(opened.source));
	free(warnings);
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void leases_outlive_the_source(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, fill_checkpoint);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	const struct member *member;
	struct lease leases[4];
	uint64_t offset = 0;

	do
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
	while (strcmp(member->name, "checkpoint/pages-1.img") != 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(source_lend(opened.source, &leases[i], NULL), 0);
	opened_release(&opened);
	for (size_t i = 0; i < 4; i++) {
		for (size_t b = 0; b < leases[i].length; b++)
			if (leases[i].data[b] != made_byte(offset + b, 2))
				fail_msg("wrong byte");
		offset += leases[i].length;
		lease_release(&leases[i]);
	}
	assert_int_equal(offset, 3 << 20);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void small_members_are_read_as_a_whole(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(packings); p++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, packings[p].filter, fill_small);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 0, NULL);
		const struct member *member;
		struct error error;
		uint8_t *data = NULL;
		size_t length;

		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_int_equal(source_read(opened.source, member, 77, &data, &length, NULL), 0);
		assert_int_equal(length, 77);
		assert_int_equal(data[77], 0);
		for (size_t i = 0; i < length; i++)
			assert_int_equal(data[i], made_byte(i, 1));
		free(data);
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_int_equal(source_read(opened.source, member, 29999, &data, &length, &error),
				 ERROR_LIMIT);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void a_cut_member_is_read_as_far_as_it_goes(void **state)
{
	(void)state;
	for (int standard_input = 0; standard_input < 2; standard_input++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_small);
		char *path = made_archive_file(&made, 1024 + 512 + 1000);
		int before = borrow_standard_input(path);
		struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);
		const struct member *member;
		struct error error;
		uint8_t *data;
		size_t length;

		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_int_equal(
			source_read(opened.source, member, 1 << 20, &data, &length, &error),
			ERROR_TRUNCATED);
		assert_int_equal(length, 1000);
		assert_int_equal(data[999], made_byte(999, 2));
		free(data);
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_null(member);
		opened_release(&opened);
		give_standard_input_back(before);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void members_beyond_the_limits_are_refused(void **state)
{
	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, packings[p].filter, fill_small);
		char *path = made_archive_file(&made, made.length);
		struct source_options small = { .member_bytes = 20000 },
				      few = { .member_count = 2 };
		struct opened opened = opened_new(path, 0, &small);
		char *listing = opened_listing(&opened);

		assert_null(strstr(listing, "pages-1.img"));
		assert_non_null(strstr(listing, "spec.dump"));
		assert_true(opened_has_warning(&opened, WARNING_LIMIT));
		free(listing);
		opened_release(&opened);
		opened = opened_new(path, 0, &few);
		listing = opened_listing(&opened);
		assert_non_null(strstr(listing, "pages-1.img"));
		assert_null(strstr(listing, "spec.dump"));
		assert_true(opened_has_warning(&opened, WARNING_LIMIT));
		free(listing);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

struct refused_case {
	const char *name;
	const char *bytes;
	size_t length;
	int code;
	const char *says; /* behind the path */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct refused_case refused_cases[] = {
	{ "an empty file", BYTES(""), ERROR_NOT_FOUND, "empty file" },
	{ "a text", BYTES("hello\n"), ERROR_NOT_FOUND,
	  "not an archive and not a directory of CRIU images: text" },
	{ "bytes", BYTES("\1\2\3\4"), ERROR_NOT_FOUND,
	  "not an archive and not a directory of CRIU images: unknown bytes" },
	{ "one image", BYTES("\x19\x43\x56\x54 rest"), ERROR_NOT_FOUND,
	  "not an archive and not a directory of CRIU images: one CRIU image (give its "
	  "directory)" },
	{ "age", BYTES("age-encryption.org/v1\n-> X25519"), ERROR_UNSUPPORTED,
	  "encrypted with age; decrypt it first" },
	{ "armoured gpg", BYTES("-----BEGIN PGP MESSAGE-----\n"), ERROR_UNSUPPORTED,
	  "encrypted with gpg; decrypt it first" },
	{ "symmetric gpg", BYTES("\x8c\x0d\x04\x09\x03\x02"), ERROR_UNSUPPORTED,
	  "encrypted with gpg; decrypt it first" },
	{ "public key gpg", BYTES("\x85\x01\x8c\x03\x12\x34"), ERROR_UNSUPPORTED,
	  "encrypted with gpg; decrypt it first" },
	{ "openssl", BYTES("Salted__12345678"), ERROR_UNSUPPORTED,
	  "encrypted with openssl; decrypt it first" },
	{ "a start of gzip", BYTES("\x1f\x8b\x08"), ERROR_TRUNCATED, "the gzip stream ends early" },
	{ "a start of zstd", BYTES("\x28\xb5\x2f\xfd\x24"), ERROR_TRUNCATED,
	  "the zstd stream ends early" },
	{ "a start of xz", BYTES("\xfd\x37\x7a\x58\x5a\x00"), ERROR_TRUNCATED,
	  "the xz stream ends early" },
	{ "damaged gzip", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff\xff\xff"), ERROR_FORMAT,
	  "gzip: the compressed data is damaged" },
	{ "a gzip of a text",
	  BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\5\0\0\0"),
	  ERROR_NOT_FOUND, "gzip, but not of a tar archive: text" },
};

static void what_is_no_source_is_refused_in_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused_cases); i++) {
		const struct refused_case *row = &refused_cases[i];

		for (int standard_input = 0; standard_input < 2; standard_input++) {
			struct made_archive made = { (uint8_t *)(uintptr_t)row->bytes,
						     row->length };
			char *path = made_archive_file(&made, made.length);
			int before = borrow_standard_input(path);
			struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);
			const char *name = standard_input ? "standard input" : path;

			if (opened.code != row->code)
				print_error("%s\n", row->name);
			assert_int_equal(opened.code, row->code);
			assert_memory_equal(opened.error.message, name, strlen(name));
			assert_string_equal(opened.error.message + strlen(name) + 2, row->says);
			opened_release(&opened);
			give_standard_input_back(before);
			unlink(path);
			free(path);
		}
	}
}

static void what_cannot_be_opened_is_an_error_of_the_system(void **state)
{
	(void)state;
	struct opened opened = opened_new("/nonexistent/file", 0, NULL);

	assert_int_equal(opened.code, ERROR_SYSTEM);
	assert_string_equal(opened.error.message,
			    "/nonexistent/file: cannot open: No such file or directory");
	opened_release(&opened);
	opened = opened_new("/dev/null", 0, NULL);
	assert_int_equal(opened.code, ERROR_NOT_FOUND);
	assert_string_equal(opened.error.message, "/dev/null: neither a file nor a directory");
	opened_release(&opened);
}

static void *stop_soon(void *context)
{
	usleep(300000);
	atomic_store((_Atomic int *)context, 2);
	return NULL;
}

/* Opens a pipe into which @length bytes were written, and nothing follows. */
static struct opened open_stalled(const struct made_archive *made, size_t length,
				  const struct source_options *options)
{
	int ends[2], before = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], made->data, length), length);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	struct opened opened = opened_new("-", 0, options);

	if (opened.code == 0)
		free(opened_listing(&opened));
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
	close(ends[0]);
	close(ends[1]);
	return opened;
}

static void the_flag_that_stops_the_run_ends_a_source_that_waits(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_small);
	_Atomic int stop = 0;
	struct source_options options = { .stop = &stop };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
	struct opened opened = open_stalled(&made, 8192, &options);

	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(opened.code, 0);
	assert_true(source_truncated(opened.source));
	assert_true(opened_has_warning(&opened, WARNING_INTERRUPTED));
	opened_release(&opened);
	opened = open_stalled(&made, 0, &options);
	assert_int_equal(opened.code, ERROR_INTERRUPTED);
	opened_release(&opened);
	made_archive_release(&made);
}

static void fill_nothing(struct archive *archive)
{
	(void)archive;
}

static void an_archive_of_no_members_is_complete(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(packings); p++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    packings[p].filter, fill_nothing);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 0, NULL);
		char *listing = opened_listing(&opened);

		assert_string_equal(listing, "");
		assert_false(source_truncated(opened.source));
		free(listing);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void a_closed_source_stops_in_the_middle(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(packings); p++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    packings[p].filter, fill_checkpoint);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 0, NULL);
		const struct member *member;

		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static struct opened open_shared(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/checkpoints/%s", SHARED_DIR, name);
	if (access(path, R_OK) != 0) {
		print_message("  skipped: no %s\n", path);
		skip();
	}
	return opened_new(path, 64 << 20, NULL);
}

static void a_real_export_that_lost_its_end_is_truncated(void **state)
{
	(void)state;
	struct opened opened = open_shared("containerd-ctr-cut.tar.zst");
	char *listing = opened_listing(&opened);

	assert_non_null(strstr(listing, "f index.json "));
	assert_true(source_truncated(opened.source));
	assert_true(opened_has_warning(&opened, WARNING_TRUNCATED));
	free(listing);
	/* The last member is whole, and only what fills up its block is missing. */
	listing = opened_warnings(&opened);
	assert_non_null(strstr(listing, "the archive ends without its end mark"));
	assert_null(strstr(listing, "352 of 352"));
	free(listing);
	opened_release(&opened);
}

static void real_archives_are_complete(void **state)
{
	(void)state;
	static const char *const names[] = {
		"podman-none.tar",	  "podman-gzip.tar",	      "podman-zstd.tar",
		"containerd-cri.tar.zst", "containerd-ctr.tar.zst",   "redis-gzip.tar",
		"runc-dir.tar.zst",	  "docker-container.tar.zst",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct opened opened = open_shared(names[i]);
		char *listing = opened_listing(&opened), *warnings = opened_warnings(&opened);

		print_message("  %s\n", names[i]);
		assert_string_equal(warnings, "");
		assert_false(source_truncated(opened.source));
		assert_null(strstr(listing, " short"));
		free(listing);
		free(warnings);
		opened_release(&opened);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_an_archive_gives_the_same_members),
		cmocka_unit_test(members_of_a_plain_tar_lie_in_the_file),
		cmocka_unit_test(an_archive_cut_anywhere_gives_what_came_before),
		cmocka_unit_test(a_plain_tar_cut_within_blocks_gives_what_came_before),
		cmocka_unit_test(a_cut_member_is_told_with_what_is_missing),
		cmocka_unit_test(a_damaged_header_ends_the_archive),
		cmocka_unit_test(a_wrong_check_sum_behind_the_last_member_is_told),
		cmocka_unit_test(an_archive_that_is_cut_while_it_is_walked_is_told),
		cmocka_unit_test(bytes_behind_the_end_mark_are_noted),
		cmocka_unit_test(an_archive_behind_the_archive_is_noted),
		cmocka_unit_test(bytes_behind_a_compressed_stream_are_noted),
		cmocka_unit_test(damage_in_the_middle_names_the_check_sum),
		cmocka_unit_test(names_are_cleaned_and_those_that_lead_out_are_refused),
		cmocka_unit_test(holes_of_sparse_members_are_zeros),
		cmocka_unit_test(a_sparse_member_that_cannot_be_kept_is_told),
		cmocka_unit_test(hard_links_in_place_are_the_same_bytes),
		cmocka_unit_test(hard_links_to_passing_bytes_need_them_kept),
		cmocka_unit_test(hard_links_without_bytes_come_where_they_are_asked_for),
		cmocka_unit_test(ranges_that_are_kept_can_be_read_when_they_have_passed),
		cmocka_unit_test(what_cannot_be_kept_is_told_and_the_rest_passes),
		cmocka_unit_test(leases_outlive_the_source),
		cmocka_unit_test(small_members_are_read_as_a_whole),
		cmocka_unit_test(a_cut_member_is_read_as_far_as_it_goes),
		cmocka_unit_test(members_beyond_the_limits_are_refused),
		cmocka_unit_test(what_is_no_source_is_refused_in_one_line),
		cmocka_unit_test(what_cannot_be_opened_is_an_error_of_the_system),
		cmocka_unit_test(the_flag_that_stops_the_run_ends_a_source_that_waits),
		cmocka_unit_test(an_archive_of_no_members_is_complete),
		cmocka_unit_test(a_closed_source_stops_in_the_middle),
		cmocka_unit_test(a_real_export_that_lost_its_end_is_truncated),
		cmocka_unit_test(real_archives_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
