#include "scanners/source/source.h"

#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/made_archive.h"
#include "tests/unit/scanners/read_source.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const int filters[] = {
	ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD,
	ARCHIVE_FILTER_XZ,   ARCHIVE_FILTER_LZ4,  ARCHIVE_FILTER_BZIP2,
};

static void fill(struct archive *archive)
{
	add_special(archive, "etc", AE_IFDIR, NULL);
	add_bytes(archive, "etc/passwd", 700, 1);
	add_bytes(archive, "pages-1.img", 3 << 20, 2);
	add_special(archive, "link", AE_IFLNK, "etc");
	add_hard_link(archive, "none", "nowhere");
	add_bytes(archive, "last", 5000, 3);
}

static char *expected_listing(void)
{
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened);

	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
	return listing;
}

/* The same part again, while the first source is still open. */
static void check_again(struct opened *opened, const char *expected)
{
	struct opened again = { .files = opened->files };

	assert_int_equal(warning_list_new(&again.warnings, NULL), 0);
	again.code = source_open_again(&again.source, opened->source, again.warnings, &again.error);
	char *listing = opened_listing(&again);

	assert_string_equal(listing, expected);
	free(listing);
	source_close(again.source);
	warning_list_free(again.warnings);
}

static void an_archive_in_any_file_gives_the_same_members(void **state)
{
	(void)state;
	char *expected = expected_listing();

	for (size_t f = 0; f < COUNT(filters); f++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, filters[f], fill);

		for (int place = 0; place < PART_PLACES; place++) {
			struct stored_bytes part;
			struct opened opened = part_new(place, made.data, made.length, &part);

			part_open(&opened, &part, NULL);
			assert_int_equal(opened.code, 0);
			assert_int_equal(source_form(opened.source), FORM_TAR);
			assert_int_equal(source_size(opened.source), made.length);
			assert_true(source_can_repeat(opened.source));
			assert_int_equal(source_passes(opened.source), f > 0);
			check_again(&opened, expected);

			char *listing = opened_listing(&opened);

			assert_string_equal(listing, expected);
			assert_false(source_truncated(opened.source));
			assert_true(opened_has_warning(&opened, WARNING_UNSUPPORTED));
			assert_int_equal(source_consumed(opened.source), f > 0 ? made.length : 0);
			assert_int_equal(source_inflated(opened.source) > (3 << 20), f > 0);
			check_again(&opened, expected);
			free(listing);
			opened_release(&opened);
		}
		made_archive_release(&made);
	}
	free(expected);
}

static void members_of_a_plain_part_lie_in_its_file(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE, fill);

	for (int place = 0; place < PART_PLACES; place++) {
		struct stored_bytes part;
		struct opened opened = part_new(place, made.data, made.length, &part);
		const struct member *member;
		size_t seen = 0;

		part_open(&opened, &part, NULL);
		while (source_next(opened.source, &member, NULL) == 0 && member) {
			if (strcmp(member->name, "pages-1.img") != 0)
				continue;
			struct bytes lent;

			seen++;
			assert_false(member->passing);
			assert_int_equal(member->file, part.file);
			assert_int_equal((member->offset - PART_OFFSET) % 512, 0);
			assert_int_equal(file_table_lend(opened.files, member->file, member->offset,
							 (size_t)member->length, &lent, NULL),
					 0);
			assert_int_equal(lent.length, 3 << 20);
			for (size_t i = 0; i < lent.length; i += 97)
				assert_int_equal(lent.data[i], made_byte(i, 2));
		}
		assert_int_equal(seen, 1);
		opened_release(&opened);
	}
	made_archive_release(&made);
}

static void a_part_within_a_part_has_the_offsets_of_the_outermost_file(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill);
	struct stored_bytes part = { .length = made.length - 1024 };
	struct opened opened = part_new(PART_MAPPED, made.data, made.length, &part);
	const struct member *member;

	part_open(&opened, &part, NULL);
	do
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
	while (strcmp(member->name, "last") != 0);

	struct stored_bytes last = { member->offset, member->length, member->file };
	struct source *source = NULL;
	const struct source_options none = { 0 };

	assert_int_equal(source_open_part(&source, &last, "last", opened.files, opened.warnings,
					  &none, NULL),
			 ERROR_NOT_FOUND);
	assert_null(source);
	assert_int_equal(made.data[last.offset - PART_OFFSET], made_byte(0, 3));
	opened_release(&opened);
	made_archive_release(&made);
}

/* Many parts of a checkpoint hold files of the same names. */
static void check_names_the_part(struct opened *opened)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(opened->warnings, &count);

	assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		assert_true(strcmp(warnings[i].file, "layer") == 0 ||
			    strncmp(warnings[i].file, "layer/", 6) == 0);
}

static void check_truncated(struct opened *opened, int filter)
{
	/* Of a cut block of lz4, which is 4 MiB, nothing comes out. */
	if (filter == ARCHIVE_FILTER_LZ4) {
		assert_int_equal(opened->code, ERROR_TRUNCATED);
		return;
	}

	char *listing = opened_listing(opened);

	assert_non_null(strstr(listing, "etc/passwd"));
	assert_null(strstr(listing, "last"));
	assert_true(source_truncated(opened->source));
	check_names_the_part(opened);
	assert_true(opened_has_warning(opened, WARNING_TRUNCATED));
	free(listing);
}

/* Its end is cut off: the part is shorter than the archive in it. */
static void a_part_that_is_too_short_is_truncated(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(filters); f++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[f], fill);
		struct stored_bytes part;
		struct opened opened = part_new(PART_MEMORY, made.data, made.length, &part);

		part.length = made.length * 2 / 3;
		part_open(&opened, &part, NULL);
		check_truncated(&opened, filters[f]);
		opened_release(&opened);
		made_archive_release(&made);
	}
}

/* Of a file that was cut as it passed, less is there than was described. */
static void a_part_that_was_not_kept_to_its_end_is_truncated(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(filters); f++) {
		const struct file_table_options options = { .memory_bytes = 1 << 24 };
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[f], fill);
		struct stored_bytes part = { .length = made.length };
		struct opened opened = { .source = NULL };
		const struct bytes there = { made.data, made.length * 2 / 3 };

		assert_int_equal(file_table_new(&opened.files, &options, NULL), 0);
		assert_int_equal(warning_list_new(&opened.warnings, NULL), 0);
		assert_int_equal(
			file_table_add_passing(opened.files, made.length, "cut", &part.file, NULL),
			0);
		assert_int_equal(file_table_keep(opened.files, part.file, 0, there, NULL), 0);
		part_open(&opened, &part, NULL);
		check_truncated(&opened, filters[f]);
		opened_release(&opened);
		made_archive_release(&made);
	}
}

static void what_inflates_to_too_much_is_cut_and_told(void **state)
{
	(void)state;
	static const uint64_t limits[] = { 1, 512, 1 << 20, (1 << 20) + 1, 2 << 20 };

	for (size_t f = 0; f < COUNT(filters); f++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[f], fill);

		for (size_t i = f ? 1 : 0; i < COUNT(limits); i++) {
			const struct source_options options = { .inflated_bytes = limits[i] };
			struct stored_bytes part;
			struct opened opened = part_new(PART_MEMORY, made.data, made.length, &part);

			part_open(&opened, &part, &options);

			char *listing = opened_listing(&opened);

			/* What is not compressed grows by nothing. */
			assert_int_equal(strstr(listing, "last") != NULL, f == 0);
			assert_int_equal(source_truncated(opened.source), f > 0);
			assert_int_equal(opened_has_warning(&opened, WARNING_LIMIT), f > 0);
			if (f)
				assert_int_equal(source_inflated(opened.source), limits[i]);
			free(listing);
			opened_release(&opened);
		}
		made_archive_release(&made);
	}
}

/* The limit is exactly what there is. */
static void what_inflates_to_just_enough_is_whole(void **state)
{
	(void)state;
	struct made_archive plain =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill);
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, fill);
	struct source_options options = { .inflated_bytes = plain.length };
	struct stored_bytes part;
	struct opened opened = part_new(PART_MEMORY, made.data, made.length, &part);

	part_open(&opened, &part, &options);

	char *listing = opened_listing(&opened);

	assert_non_null(strstr(listing, "last"));
	assert_false(source_truncated(opened.source));
	assert_false(opened_has_warning(&opened, WARNING_LIMIT));
	free(listing);
	opened_release(&opened);
	made_archive_release(&made);
	made_archive_release(&plain);
}

static void what_is_no_archive_is_refused_by_its_name(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		int code;
		const char *message;
	} rows[] = {
		{ "", ERROR_NOT_FOUND, "layer: empty file" },
		{ "some text", ERROR_NOT_FOUND,
		  "layer: not an archive and not a directory of CRIU images: text" },
		{ "age-encryption.org/v1\n", ERROR_UNSUPPORTED,
		  "layer: encrypted with age; decrypt it first" },
		{ "\x28\xb5\x2f\xfd", ERROR_TRUNCATED, "layer: the zstd stream ends early" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stored_bytes part;
		struct opened opened =
			part_new(PART_MEMORY, rows[i].bytes, strlen(rows[i].bytes), &part);

		part_open(&opened, &part, NULL);
		assert_int_equal(opened.code, rows[i].code);
		assert_string_equal(opened.error.message, rows[i].message);
		assert_null(opened.source);
		opened_release(&opened);
	}
}

static void a_file_is_opened_again_by_its_path_and_a_pipe_is_not(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, fill);
	char *path = made_archive_file(&made, made.length), *expected = expected_listing();
	struct opened opened = opened_new(path, 0, NULL);

	check_again(&opened, expected);
	opened_release(&opened);

	int before = dup(STDIN_FILENO), ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], made.data, 4096), 4096);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	opened = opened_new("-", 0, NULL);
	dup2(before, STDIN_FILENO);
	close(before);
	assert_int_equal(opened.code, 0);

	struct source *again = NULL;

	assert_int_equal(source_open_again(&again, opened.source, opened.warnings, NULL),
			 ERROR_USAGE);
	assert_null(again);
	opened_release(&opened);
	unlink(path);
	free(path);
	free(expected);
	made_archive_release(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_in_any_file_gives_the_same_members),
		cmocka_unit_test(members_of_a_plain_part_lie_in_its_file),
		cmocka_unit_test(a_part_within_a_part_has_the_offsets_of_the_outermost_file),
		cmocka_unit_test(a_part_that_is_too_short_is_truncated),
		cmocka_unit_test(a_part_that_was_not_kept_to_its_end_is_truncated),
		cmocka_unit_test(what_inflates_to_too_much_is_cut_and_told),
		cmocka_unit_test(what_inflates_to_just_enough_is_whole),
		cmocka_unit_test(what_is_no_archive_is_refused_by_its_name),
		cmocka_unit_test(a_file_is_opened_again_by_its_path_and_a_pipe_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
