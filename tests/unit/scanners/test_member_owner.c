#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive_entry.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image_builder.h"
#include "made_archive.h"
#include "scanners/member_owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void inventory(struct archive *archive, const char *name, uint64_t version)
{
	struct builder image = { .length = 0 }, entry = { .length = 0 };

	put_magic(&image, IMAGE_INVENTORY);
	put_number(&entry, 1, version);
	put_entry(&image, &entry);
	add_file(archive, name, image.bytes, image.length);
}

static void several(struct archive *archive)
{
	inventory(archive, "a/checkpoint/inventory.img", 2);
	inventory(archive, "a/checkpoint/inner/inventory.img", 2);
	inventory(archive, "b/checkpoint/inventory.img", 2);
	inventory(archive, "b/pre-checkpoint/inventory.img", 0);
	inventory(archive, "ab/inventory.img", 2);
}

/* Which of the directories of several() may be the owner, as letters. */
static const struct {
	const char *name, *owners;
} rows[] = {
	{ "a/checkpoint/unknown", "1" },
	{ "a/checkpoint/deep/unknown", "1" },
	{ "a/checkpoint/inner/unknown", "2" },
	{ "a/checkpoint/inner/deep/unknown", "2" },
	{ "a/rootfs-diff.tar", "1" },
	{ "a/artifacts/deep/unknown", "1" },
	{ "b/rootfs-diff.tar", "3" },
	{ "b/pre-checkpoint/unknown", "" },
	{ "ab/unknown", "4" },
	{ "abc/unknown", "4" }, /* beside ab, in the folder at the top */
	{ "unknown", "4" },
};

static void a_member_is_of_the_images_nearest_to_it(void **state)
{
	static const char *const directories[] = { "a/checkpoint", "a/checkpoint/inner",
						   "b/checkpoint", "ab" };
	const struct file_table_options memory = { .memory_bytes = 1 << 20 };
	const struct source_options options = { 0 };
	struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, 0, several);
	char *path = made_archive_file(&made, made.length);
	struct warning_list *warnings;
	struct file_table *files;
	struct source *source;
	struct contents *contents;
	struct member_owners owners;
	const struct member *member;

	(void)state;
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	assert_int_equal(file_table_new(&files, &memory, NULL), 0);
	assert_int_equal(contents_new(&contents, warnings, 0, NULL), 0);
	assert_int_equal(source_open(&source, path, files, warnings, &options, NULL), 0);
	while (source_next(source, &member, NULL) == 0 && member) {
		struct page_member pages;
		enum member_role role;

		assert_int_equal(contents_take(contents, source, member, &role, &pages, NULL), 0);
	}
	assert_int_equal(member_owners_make(&owners, contents, NULL), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct member_owner owner = member_owner_of(&owners, rows[i].name);
		char found[8] = "";

		for (size_t j = 0; j < COUNT(directories); j++)
			if (member_owner_is(&owner, rows[i].name, directories[j]))
				found[strlen(found)] = (char)('1' + j);
		assert_string_equal(found, rows[i].owners);
	}
	member_owners_release(&owners);
	source_close(source);
	contents_free(contents);
	file_table_free(files);
	warning_list_free(warnings);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_of_the_images_nearest_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
