#include "scanners/source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/made_archive.h"
#include "tests/unit/scanners/read_source.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void ranges_that_are_kept_can_be_read_when_they_have_passed(void **state)
{
	(void)state;
	const struct address_range ranges[] = { { 4096, 8192 },	      { 0, 10 },
						{ 1000000, 2200000 }, { 1500000, 2100000 },
						{ 2200000, 2200001 }, { 5000, 5000 },
						{ 3145727, 3145728 } };

	for (int lend = 0; lend < 2; lend++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    ARCHIVE_FILTER_GZIP, made_checkpoint);
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
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, made_checkpoint);
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

static void only_bytes_that_were_kept_count_as_kept(void **state)
{
	(void)state;
	for (uint32_t memory = 0; memory <= 1u << 20; memory += 1u << 20) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    ARCHIVE_FILTER_ZSTD, made_checkpoint);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, memory, NULL);
		const struct member *member;

		while (source_next(opened.source, &member, NULL) == 0 && member) {
			uint64_t kept = 0;

			if (!member->passing || !member->length)
				continue;
			assert_int_equal(source_keep_whole(opened.source, member, &kept, NULL), 0);
			assert_int_equal(kept, memory ? member->length : 0);
			assert_int_equal(source_keep_failed(opened.source), !memory);
		}
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void leases_outlive_the_source(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, made_checkpoint);
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
	for (size_t p = 0; p < PACKING_COUNT; p++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    made_packings[p].filter, made_small);
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
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_small);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_that_are_kept_can_be_read_when_they_have_passed),
		cmocka_unit_test(what_cannot_be_kept_is_told_and_the_rest_passes),
		cmocka_unit_test(only_bytes_that_were_kept_count_as_kept),
		cmocka_unit_test(leases_outlive_the_source),
		cmocka_unit_test(small_members_are_read_as_a_whole),
		cmocka_unit_test(a_cut_member_is_read_as_far_as_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
