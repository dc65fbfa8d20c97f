#include "scanners/source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/made_archive.h"
#include "tests/unit/scanners/read_source.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

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

static void an_archive_cut_anywhere_gives_what_came_before(void **state)
{
	(void)state;
	for (size_t p = 0; p < PACKING_COUNT; p++) {
		for (size_t f = 0; f < FORMAT_COUNT; f += p ? 3 : 1) {
			struct made_archive made = made_archive_new(
				made_formats[f], made_packings[p].filter, made_small);
			char *whole = listing_of(&made);
			size_t told = made_packings[p].name ? made.length : made_end_of_tar(&made);
			size_t step = made_packings[p].name ? made.length / 60 + 1 : 512;

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
						    ARCHIVE_FILTER_NONE, made_small);
	char *whole = listing_of(&made);
	size_t told = made_end_of_tar(&made);

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
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_small);
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
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_small);

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
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, made_small);

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
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_checkpoint);
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
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_small);
	size_t end = made_end_of_tar(&made);

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
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_small);
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
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[f], made_small);
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
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_small);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(a_real_export_that_lost_its_end_is_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
