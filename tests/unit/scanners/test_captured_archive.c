#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive_entry.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_archive.h"
#include "scanners/captured_archive.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct reading {
	struct file_table *files;
	struct warning_list *warnings;
	struct captured_list list;
};

static void begin(struct reading *reading)
{
	const struct file_table_options memory = { .memory_bytes = 1 << 20 };

	*reading = (struct reading){ .list = { .arena = arena_new(0) } };
	assert_non_null(reading->list.arena);
	assert_int_equal(file_table_new(&reading->files, &memory, NULL), 0);
	assert_int_equal(warning_list_new(&reading->warnings, NULL), 0);
}

static void end(struct reading *reading)
{
	struct arena *arena = reading->list.arena;

	captured_list_release(&reading->list);
	arena_free(arena);
	warning_list_free(reading->warnings);
	file_table_free(reading->files);
}

/* @missing: bytes of the archive that could not be had. */
static void read_bytes(struct reading *reading, const void *data, size_t length, uint64_t missing)
{
	struct captured_archive archive = {
		.name = "rootfs-diff.tar",
		.bytes = { .length = length },
		.length = length + missing,
		.origin = ORIGIN_ROOTFS_DIFF,
		.mountpoint = "/",
	};
	uint8_t *copy = malloc(length + 1);

	assert_non_null(copy);
	memcpy(copy, data, length);
	assert_int_equal(file_table_add_memory(reading->files, copy, length, "outer",
					       &archive.bytes.file, NULL),
			 0);
	assert_int_equal(captured_archive_read(&archive, reading->files, reading->warnings, NULL,
					       &reading->list, NULL),
			 0);
	assert_int_equal(captured_list_sort(&reading->list, reading->warnings, NULL), 0);
}

static void describe(const struct reading *reading, char out[1024])
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < reading->list.count; i++) {
		const struct captured *captured = &reading->list.items[i];
		uint64_t stored = content_bytes(&captured->content, PIECE_STORED);
		uint64_t lost = content_bytes(&captured->content, PIECE_LOST);
		char text[64] = "";
		size_t got = 0;

		if (stored)
			assert_int_equal(file_table_read(reading->files,
							 captured->content.pieces[0].file,
							 captured->content.pieces[0].offset, text,
							 stored < 8 ? stored : 8, &got, NULL),
					 0);
		length += (size_t)snprintf(out + length, 1024 - length, "%s %s%s=%s+%llu; ",
					   captured_origin_name(captured->origin), captured->path,
					   captured->archive ? "" : "!", text,
					   (unsigned long long)lost);
	}
}

static bool warned(const struct reading *reading, enum warning_code code)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(reading->warnings, &count);

	for (size_t i = 0; i < count; i++)
		if (warnings[i].code == code)
			return true;
	return false;
}

static void fill(struct archive *archive)
{
	add_special(archive, "./etc", AE_IFDIR, NULL);
	add_file(archive, "./etc/one", "first", 5);
	add_hard_link(archive, "./etc/two", "./etc/one");
	add_file(archive, "./etc/.wh.gone", "", 0);
	add_special(archive, "./etc/link", AE_IFLNK, "/etc/shadow");
	add_special(archive, "./fifo", AE_IFIFO, NULL);
	add_file(archive, "./twice", "old", 3);
	add_file(archive, "./twice", "new", 3);
}

static void regular_files_are_captured(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP,
				       ARCHIVE_FILTER_ZSTD };

	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++) {
		struct made_archive made =
			made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filters[i], fill);
		struct reading reading;
		char text[1024];

		begin(&reading);
		read_bytes(&reading, made.data, made.length, 0);
		describe(&reading, text);
		assert_string_equal(text, "rootfs-diff /etc/one=first+0; "
					  "rootfs-diff /etc/two=first+0; "
					  "rootfs-diff /twice=new+0; ");
		assert_true(warned(&reading, WARNING_DUPLICATE_MEMBER));
		end(&reading);
		made_archive_release(&made);
	}
}

static void what_is_no_archive_is_one_file(void **state)
{
	static const struct {
		const char *data, *text;
		enum warning_code code;
	} rows[] = {
		{ "garbage", "image rootfs-diff.tar!=garbage+0; ", WARNING_CORRUPT },
		{ "age-encryption.org/v1\n", "image rootfs-diff.tar!=+22; ", WARNING_ENCRYPTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reading reading;
		char text[1024];

		begin(&reading);
		read_bytes(&reading, rows[i].data, strlen(rows[i].data), 0);
		describe(&reading, text);
		assert_string_equal(text, rows[i].text);
		assert_true(warned(&reading, rows[i].code));
		end(&reading);
	}
}

static void fill_two(struct archive *archive)
{
	add_file(archive, "a", "whole", 5);
	add_bytes(archive, "b", 4096, 1);
}

/* @missing: how much of it is known to be missing. */
static void check_cut(uint64_t missing)
{
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill_two);
	struct reading reading;

	begin(&reading);
	read_bytes(&reading, made.data, 3 * 512 + 1000, missing);
	assert_int_equal(reading.list.count, missing > 3096 ? 3 : 2);
	assert_string_equal(reading.list.items[0].path, "/a");
	assert_int_equal(content_bytes(&reading.list.items[1].content, PIECE_STORED), 1000);
	assert_int_equal(content_bytes(&reading.list.items[1].content, PIECE_LOST), 3096);
	if (missing > 3096)
		assert_int_equal(content_bytes(&reading.list.items[2].content, PIECE_LOST),
				 missing - 3096);
	assert_true(warned(&reading, WARNING_TRUNCATED));
	end(&reading);
	made_archive_release(&made);
}

static void of_a_cut_archive_what_stands_before_is_kept(void **state)
{
	(void)state;
	check_cut(0);
	check_cut(3096);
	check_cut(10000);
}

static void bytes_that_were_not_kept_are_lost(void **state)
{
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, fill);
	uint64_t lost = 0;
	struct reading reading;

	(void)state;
	begin(&reading);
	read_bytes(&reading, made.data, made.length, 1000);
	for (size_t i = 0; i < reading.list.count; i++)
		lost += content_bytes(&reading.list.items[i].content, PIECE_LOST);
	assert_int_equal(lost, 1000);
	assert_int_equal(reading.list.count, 4);
	end(&reading);
	made_archive_release(&made);
}

static void an_empty_one_holds_nothing(void **state)
{
	struct reading reading;

	(void)state;
	begin(&reading);
	read_bytes(&reading, "", 0, 0);
	assert_int_equal(reading.list.count, 0);
	end(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regular_files_are_captured),
		cmocka_unit_test(what_is_no_archive_is_one_file),
		cmocka_unit_test(of_a_cut_archive_what_stands_before_is_kept),
		cmocka_unit_test(bytes_that_were_not_kept_are_lost),
		cmocka_unit_test(an_empty_one_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
