#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/criu/deleted_files.h"
#include "scanners/criu/files.h"
#include "tests/unit/scanners/image_builder.h"

static struct image image_of(const struct builder *builder, struct warning_list *warnings)
{
	return (struct image){ .name = "files.img",
			       .bytes = { builder->bytes, builder->length },
			       .warnings = warnings };
}

static void put_regular(struct builder *out, uint32_t id, const char *path)
{
	put_number(out, 1, id);
	put_text(out, 6, path);
}

static void put_file(struct builder *builder, uint32_t type, uint32_t id, uint32_t field,
		     const struct builder *what)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, type);
	put_number(&entry, 2, id);
	put_message(&entry, field, what);
	put_entry(builder, &entry);
}

static void files_are_found_by_id(void **state)
{
	struct builder builder = { .length = 0 }, regular = { .length = 0 }, pipe = { .length = 0 };
	struct builder memfd = { .length = 0 };
	struct warning_list *warnings;
	struct files files = { 0 };

	(void)state;
	put_magic(&builder, IMAGE_FILES);
	put_regular(&regular, 9, "/bin/x");
	put_file(&builder, 1, 9, 3, &regular);
	put_number(&pipe, 2, 77);
	put_file(&builder, 2, 5, 18, &pipe);
	put_number(&memfd, 5, 500);
	put_file(&builder, 18, 3, 20, &memfd);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = image_of(&builder, warnings);

	assert_int_equal(files_parse(&files, &image, NULL), 0);
	assert_int_equal(files.count, 3);
	assert_string_equal(files_find(&files, 9)->path, "/bin/x");
	assert_int_equal(files_find(&files, 3)->type, FILE_MEMFD);
	assert_int_equal(files_find(&files, 3)->inode_id, 500);
	assert_int_equal(files_find(&files, 5)->type, FILE_PIPE);
	assert_int_equal(files_find(&files, 5)->number, 77);
	assert_null(files_find(&files, 6));
	assert_null(files_find(&files, 9 + (UINT64_C(1) << 32)));
	files_release(&files);
	warning_list_free(warnings);
}

static void files_of_older_images_stand_alone(void **state)
{
	struct builder builder = { .length = 0 }, regular = { .length = 0 };
	struct warning_list *warnings;
	struct files files = { 0 };

	(void)state;
	put_magic(&builder, IMAGE_REG_FILES);
	put_regular(&regular, 4, "/lib/y");
	put_entry(&builder, &regular);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = image_of(&builder, warnings);

	assert_int_equal(files_parse_single(&files, &image, IMAGE_REG_FILES, NULL), 0);
	assert_string_equal(files_find(&files, 4)->path, "/lib/y");
	files_release(&files);
	warning_list_free(warnings);
}

#define NO_TYPE UINT32_MAX

static const struct {
	const char *name;
	uint32_t remap_id, type;
	bool deleted, ghost;
	uint32_t number;
} remaps[] = {
	{ "a link kept by CRIU", 12, 0, true, false, 12 },
	{ "a ghost", 1, 1, true, true, 1 },
	{ "a dead process's entry in /proc", 1, 2, false, false, 0 },
	{ "a ghost of old images", 0x80000001, NO_TYPE, true, true, 1 },
	{ "a link of old images", 1, NO_TYPE, false, false, 0 },
};

static void run_remap(size_t index)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };
	struct deleted_files deleted = { 0 };
	struct warning_list *warnings;

	print_message("%s\n", remaps[index].name);
	put_magic(&builder, IMAGE_REMAP_FPATH);
	put_number(&entry, 1, 40);
	put_number(&entry, 2, remaps[index].remap_id);
	if (remaps[index].type != NO_TYPE)
		put_number(&entry, 3, remaps[index].type);
	put_entry(&builder, &entry);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = image_of(&builder, warnings);

	assert_int_equal(deleted_files_parse(&deleted, &image, NULL), 0);

	const struct deleted_file *file = deleted_files_find(&deleted, 40);

	assert_int_equal(file != NULL, remaps[index].deleted);
	assert_int_equal(file && file->ghost, remaps[index].ghost);
	assert_int_equal(file ? file->number : 0, remaps[index].number);
	assert_null(deleted_files_find(&deleted, 41));
	deleted_files_release(&deleted);
	warning_list_free(warnings);
}

static void deleted_files_are_told_by_their_remap(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(remaps) / sizeof(remaps[0]); i++)
		run_remap(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_found_by_id),
		cmocka_unit_test(files_of_older_images_stand_alone),
		cmocka_unit_test(deleted_files_are_told_by_their_remap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
