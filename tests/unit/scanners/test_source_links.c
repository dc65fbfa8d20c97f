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
	for (size_t f = 0; f < FORMAT_COUNT; f++) {
		struct made_archive made =
			made_archive_new(made_formats[f], ARCHIVE_FILTER_NONE, fill_names);
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
	for (size_t p = 0; p < PACKING_COUNT; p++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
							    made_packings[p].filter, fill_sparse);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_cleaned_and_those_that_lead_out_are_refused),
		cmocka_unit_test(holes_of_sparse_members_are_zeros),
		cmocka_unit_test(a_sparse_member_that_cannot_be_kept_is_told),
		cmocka_unit_test(hard_links_in_place_are_the_same_bytes),
		cmocka_unit_test(hard_links_to_passing_bytes_need_them_kept),
		cmocka_unit_test(hard_links_without_bytes_come_where_they_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
