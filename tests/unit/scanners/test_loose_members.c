#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive_entry.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "made_archive.h"
#include "scanners/loose_members.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct loose {
	struct file_table *files;
	struct warning_list *warnings;
	struct source *source;
	struct loose_members members;
};

static void load(struct loose *loose, fill_archive *fill, int filter,
		 const struct file_table_options *memory)
{
	struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filter, fill);
	char *path = made_archive_file(&made, made.length);
	const struct source_options options = { 0 };
	const struct member *member;

	*loose = (struct loose){ .members = { .arena = arena_new(0) } };
	assert_non_null(loose->members.arena);
	assert_int_equal(warning_list_new(&loose->warnings, NULL), 0);
	assert_int_equal(file_table_new(&loose->files, memory, NULL), 0);
	assert_int_equal(
		source_open(&loose->source, path, loose->files, loose->warnings, &options, NULL),
		0);
	while (source_next(loose->source, &member, NULL) == 0 && member)
		assert_int_equal(loose_members_add(&loose->members, loose->source, member,
						   member->name, loose->warnings, NULL),
				 0);
	assert_int_equal(loose_members_sort(&loose->members, loose->warnings, NULL), 0);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void unload(struct loose *loose)
{
	struct arena *arena = loose->members.arena;

	loose_members_release(&loose->members);
	arena_free(arena);
	source_close(loose->source);
	file_table_free(loose->files);
	warning_list_free(loose->warnings);
}

static bool warned(const struct loose *loose, enum warning_code code)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(loose->warnings, &count);

	for (size_t i = 0; i < count; i++)
		if (warnings[i].code == code)
			return true;
	return false;
}

static void fill(struct archive *archive)
{
	add_file(archive, "z", "last", 4);
	add_file(archive, "a/file", "old", 3);
	add_special(archive, "a/link", AE_IFLNK, "file");
	add_special(archive, "b/up", AE_IFLNK, "../a/./link");
	add_special(archive, "b/out", AE_IFLNK, "../../z");
	add_special(archive, "b/absolute", AE_IFLNK, "/z");
	add_special(archive, "b/round", AE_IFLNK, "round");
	add_special(archive, "b/nowhere", AE_IFLNK, "c");
	add_file(archive, "a/file", "new", 3);
}

static const struct file_table_options plenty = { .memory_bytes = 1 << 20 };

static void members_are_found_by_name_and_link(void **state)
{
	static const struct {
		const char *name, *data; /* NULL: none */
	} rows[] = {
		{ "z", "last" },     { "a/file", "new" },   { "a/link", "new" },
		{ "b/up", "new" },   { "b/out", NULL },	    { "b/absolute", NULL },
		{ "b/round", NULL }, { "b/nowhere", NULL }, { "c", NULL },
		{ "", NULL },
	};
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_ZSTD };

	(void)state;
	for (size_t f = 0; f < COUNT(filters); f++) {
		struct loose loose;

		load(&loose, fill, filters[f], &plenty);
		for (size_t i = 0; i < COUNT(rows); i++) {
			const struct loose_member *found =
				loose_members_find(&loose.members, rows[i].name);
			char data[16] = "";
			size_t got;

			if (!found != !rows[i].data)
				fail_msg("%s", rows[i].name);
			if (!found)
				continue;
			assert_int_equal(file_table_read(loose.files, found->bytes.file,
							 found->bytes.offset, data,
							 found->bytes.length, &got, NULL),
					 0);
			assert_string_equal(data, rows[i].data);
		}
		assert_true(warned(&loose, WARNING_DUPLICATE_MEMBER));
		assert_int_equal(loose.members.count, 8);
		unload(&loose);
	}
}

static void large(struct archive *archive)
{
	add_bytes(archive, "large", 3 << 20, 1);
}

static void what_cannot_be_kept_is_told(void **state)
{
	const struct file_table_options little = { .memory_bytes = 64 << 10, .no_spill = true };
	struct loose loose;

	(void)state;
	load(&loose, large, ARCHIVE_FILTER_ZSTD, &little);
	assert_int_equal(loose.members.count, 1);
	assert_int_equal(loose.members.items[0].length, 3 << 20);
	assert_true(loose.members.items[0].bytes.length <= 64 << 10);
	assert_true(warned(&loose, WARNING_LIMIT));
	unload(&loose);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_by_name_and_link),
		cmocka_unit_test(what_cannot_be_kept_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
