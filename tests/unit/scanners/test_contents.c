#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive_entry.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image_builder.h"
#include "made_archive.h"
#include "scanners/contents.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What an archive holds, as the contents see it. */
struct seen {
	struct warning_list *warnings;
	struct file_table *files;
	struct source *source;
	struct contents *contents;
	char pages[256]; /* names of page images that were left to the caller */
};

static void inventory(struct archive *archive, const char *name, uint64_t version)
{
	struct builder image = { .length = 0 }, entry = { .length = 0 };

	put_magic(&image, IMAGE_INVENTORY);
	put_number(&entry, 1, version);
	put_entry(&image, &entry);
	add_file(archive, name, image.bytes, image.length);
}

static void see(struct seen *seen, fill_archive *fill, int filter, uint64_t metadata_limit)
{
	const struct file_table_options memory = { .memory_bytes = 1 << 20 };
	const struct source_options options = { 0 };
	struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filter, fill);
	char *path = made_archive_file(&made, made.length);
	const struct member *member;

	memset(seen, 0, sizeof(*seen));
	assert_int_equal(warning_list_new(&seen->warnings, NULL), 0);
	assert_int_equal(file_table_new(&seen->files, &memory, NULL), 0);
	assert_int_equal(contents_new(&seen->contents, seen->warnings, metadata_limit, NULL), 0);
	assert_int_equal(
		source_open(&seen->source, path, seen->files, seen->warnings, &options, NULL), 0);
	while (source_next(seen->source, &member, NULL) == 0 && member) {
		struct page_member pages;
		enum member_role role;

		assert_int_equal(
			contents_take(seen->contents, seen->source, member, &role, &pages, NULL),
			0);
		if (role == ROLE_PAGES) {
			size_t length = strlen(seen->pages);

			snprintf(seen->pages + length, sizeof(seen->pages) - length, "%s:%llu ",
				 pages.directory->path, (unsigned long long)pages.id);
		}
	}
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void forget(struct seen *seen)
{
	contents_free(seen->contents);
	source_close(seen->source);
	file_table_free(seen->files);
	warning_list_free(seen->warnings);
}

/* The first directory with the inventory of a checkpoint; NULL: none. */
static const struct image_directory *checkpoint_of(const struct seen *seen)
{
	for (size_t i = 0; i < seen->contents->directory_count; i++)
		if (image_set_has_inventory(seen->contents->directories[i]->images))
			return seen->contents->directories[i];
	return NULL;
}

static bool warned(const struct seen *seen, enum warning_code code)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(seen->warnings, &count);

	for (size_t i = 0; i < count; i++)
		if (warnings[i].code == code)
			return true;
	return false;
}

/* Of any directory. */
static bool limited(const struct seen *seen)
{
	for (size_t i = 0; i < seen->contents->directory_count; i++) {
		size_t count;
		const struct warning *warnings =
			warning_list_sorted(seen->contents->directories[i]->warnings, &count);

		for (size_t j = 0; j < count; j++)
			if (warnings[j].code == WARNING_LIMIT)
				return true;
	}
	return warned(seen, WARNING_LIMIT);
}

static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP };

static void two_directories(struct archive *archive)
{
	inventory(archive, "pre/inventory.img", 0);
	add_bytes(archive, "pre/pages-1.img", 4096, 1);
	inventory(archive, "final/inventory.img", 2);
	add_bytes(archive, "final/pages-12.img", 8192, 2);
	add_bytes(archive, "final/pages-x.img", 10, 3);
	add_special(archive, "final/parent", AE_IFLNK, "../pre");
}

static void images_belong_to_their_directories(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++) {
		struct seen seen;

		see(&seen, two_directories, filters[i], 0);
		assert_int_equal(seen.contents->directory_count, 2);
		assert_string_equal(checkpoint_of(&seen)->path, "final");
		assert_true(contents_has_pre_dump(seen.contents));
		assert_string_equal(seen.pages, "pre:1 final:12 ");
		forget(&seen);
	}
}

static void nothing_of_criu(struct archive *archive)
{
	add_file(archive, "notes.txt", "12345", 5);
	add_file(archive, "a/b/c/config.dump", "{}", 2);
	add_special(archive, "directory", AE_IFDIR, NULL);
}

static void without_an_inventory_there_is_no_checkpoint(void **state)
{
	struct seen seen;

	(void)state;
	see(&seen, nothing_of_criu, ARCHIVE_FILTER_NONE, 0);
	assert_null(checkpoint_of(&seen));
	assert_false(contents_has_pre_dump(seen.contents));
	assert_int_equal(seen.contents->directory_count, 0);
	assert_int_equal(seen.contents->loose.count, 1);
	assert_string_equal(seen.contents->loose.items[0].name, "notes.txt");
	forget(&seen);
}

static void metadata_of_an_engine(struct archive *archive)
{
	static const char config[] = "{\"id\":\"4711\",\"name\":\"payments\"}";

	add_file(archive, "config.dump", config, sizeof(config) - 1);
	inventory(archive, "checkpoint/inventory.img", 2);
	add_file(archive, "dump.log", "about the dump", 14);
	add_file(archive, "rootfs-diff.tar", "123", 3);
}

/* The name of the container whose images are in @directory; lent until the next call. */
static const char *name_in(const struct seen *seen, const char *directory)
{
	static char name[64];
	struct container_reader *reader;
	const char *found;

	assert_int_equal(container_reader_new(&reader, seen->warnings, NULL), 0);
	assert_int_equal(contents_describe(seen->contents, directory, reader, NULL), 0);
	found = container_reader_result(reader)->name;
	snprintf(name, sizeof(name), "%s", found ? found : "");
	container_reader_free(reader);
	return name;
}

static void add_name(struct archive *archive, const char *path, const char *name)
{
	char config[128];
	int length = snprintf(config, sizeof(config), "{\"name\":\"%s\"}", name);

	add_file(archive, path, config, (size_t)length);
}

static void many_containers(struct archive *archive)
{
	add_name(archive, "config.dump", "top");
	add_name(archive, "a/config.dump", "a");
	add_name(archive, "a/checkpoint/config.dump", "within");
	add_name(archive, "bb/config.dump", "b");
	add_name(archive, "b/config.dump", "first");
	add_name(archive, "b/config.dump", "last");
}

static void the_nearest_description_counts(void **state)
{
	static const struct {
		const char *directory, *name;
	} rows[] = {
		{ "", "top" },
		{ "checkpoint", "top" },
		{ "a", "a" },
		{ "a/checkpoint", "within" },
		{ "a/other", "a" },
		{ "b/checkpoint", "last" },
		{ "bb/checkpoint", "b" },
		{ "c/checkpoint", "" },
	};
	struct seen seen;

	(void)state;
	see(&seen, many_containers, ARCHIVE_FILTER_NONE, 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(name_in(&seen, rows[i].directory), rows[i].name) != 0)
			fail_msg("%s: %s", rows[i].directory, name_in(&seen, rows[i].directory));
	assert_true(warned(&seen, WARNING_DUPLICATE_MEMBER));
	forget(&seen);
}

static void metadata_is_read_and_other_files_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++) {
		struct seen seen;

		see(&seen, metadata_of_an_engine, filters[i], 0);
		assert_string_equal(name_in(&seen, "checkpoint"), "payments");
		assert_int_equal(seen.contents->loose.count, 1);
		assert_string_equal(seen.contents->loose.items[0].name, "rootfs-diff.tar");
		assert_int_equal(seen.contents->loose.items[0].bytes.length, 3);
		forget(&seen);
	}
}

static void ascending(struct archive *archive)
{
	inventory(archive, "c/inventory.img", 2);
	add_bytes(archive, "c/pages-1.img", 4096, 1);
	add_file(archive, "c/pstree.img", "x", 1);
}

static void not_ascending(struct archive *archive)
{
	add_bytes(archive, "c/pages-1.img", 4096, 1);
	inventory(archive, "c/inventory.img", 2);
}

static void tells_whether_members_are_in_order(void **state)
{
	struct seen seen;

	(void)state;
	see(&seen, ascending, ARCHIVE_FILTER_NONE, 0);
	assert_true(seen.contents->directories[0]->sorted);
	forget(&seen);
	see(&seen, not_ascending, ARCHIVE_FILTER_NONE, 0);
	assert_false(seen.contents->directories[0]->sorted);
	forget(&seen);
}

static void many_directories(struct archive *archive)
{
	inventory(archive, "checkpoint/inventory.img", 2);
	for (int i = 0; i < 16400; i++) {
		char name[64];

		snprintf(name, sizeof(name), "d%d/inventory.img", i);
		inventory(archive, name, 2);
	}
}

static void too_many_directories_are_a_limit(void **state)
{
	struct seen seen;

	(void)state;
	see(&seen, many_directories, ARCHIVE_FILTER_NONE, 0);
	assert_string_equal(checkpoint_of(&seen)->path, "checkpoint");
	assert_true(seen.contents->directory_count <= 16384);
	assert_true(limited(&seen));
	forget(&seen);
}

/* Page maps are small, but any number of them can be: 64 MiB are always granted, then the limit holds. */
static void large_images(struct archive *archive)
{
	inventory(archive, "c/inventory.img", 2);
	add_bytes(archive, "c/mm-1.img", 40 << 20, 1);
	add_bytes(archive, "c/mm-2.img", 40 << 20, 2);
}

static void small_images_have_a_limit_together(void **state)
{
	struct seen seen;

	(void)state;
	see(&seen, large_images, ARCHIVE_FILTER_NONE, 1);
	assert_true(limited(&seen));
	assert_true(seen.contents->metadata_bytes < 64 << 20);
	forget(&seen);
	see(&seen, large_images, ARCHIVE_FILTER_NONE, 128 << 20);
	assert_false(limited(&seen));
	forget(&seen);
}

static void images_that_are_no_files(struct archive *archive)
{
	inventory(archive, "c/inventory.img", 2);
	add_special(archive, "c/pages-1.img", AE_IFLNK, "/elsewhere/pages-1.img");
	add_special(archive, "c/pstree.img", AE_IFIFO, NULL);
	add_special(archive, "c/mm-1.img", AE_IFDIR, NULL);
	add_special(archive, "c/log", AE_IFLNK, "/var/log");
	add_special(archive, "c/stats-dump", AE_IFLNK, "../stats-dump");
}

static void what_only_has_the_name_of_an_image_is_told(void **state)
{
	static const char *const names[] = { "c/mm-1.img", "c/pages-1.img", "c/pstree.img" };

	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++) {
		struct seen seen;
		size_t count;

		see(&seen, images_that_are_no_files, filters[i], 0);
		const struct warning *warnings = warning_list_sorted(seen.warnings, &count);

		assert_int_equal(count, COUNT(names));
		for (size_t w = 0; w < count; w++) {
			assert_int_equal(warnings[w].code, WARNING_UNSUPPORTED);
			assert_string_equal(warnings[w].file, names[w]);
			assert_string_equal(warnings[w].message,
					    "not a regular file, not followed");
		}
		assert_string_equal(seen.pages, "");
		forget(&seen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_belong_to_their_directories),
		cmocka_unit_test(without_an_inventory_there_is_no_checkpoint),
		cmocka_unit_test(the_nearest_description_counts),
		cmocka_unit_test(metadata_is_read_and_other_files_are_kept),
		cmocka_unit_test(tells_whether_members_are_in_order),
		cmocka_unit_test(too_many_directories_are_a_limit),
		cmocka_unit_test(small_images_have_a_limit_together),
		cmocka_unit_test(what_only_has_the_name_of_an_image_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
