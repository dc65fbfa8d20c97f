#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/core_dump/core_dump.h"
#include "tests/unit/scanners/made_core.h"

#define ID_BYTES 20u

/* Page @page of the data becomes the first of an ELF file whose build id is made of @id. */
static void put_program(struct made_core *core, size_t page, uint8_t id)
{
	uint8_t *out = core->bytes + MADE_DATA + page * 4096;

	memset(out, 0, 4096);
	memcpy(out, "\177ELF\2\1\1", 7);
	made_number(core, out + 16, 3, 2);
	made_number(core, out + 32, 64, 8); /* program headers */
	made_number(core, out + 54, 56, 2);
	made_number(core, out + 56, 1, 2);
	made_number(core, out + 64, 4, 4); /* a note, behind them */
	made_number(core, out + 64 + 8, 120, 8);
	made_number(core, out + 64 + 32, 16 + ID_BYTES, 8);
	made_number(core, out + 64 + 48, 4, 8);
	made_number(core, out + 120, 4, 4);
	made_number(core, out + 124, ID_BYTES, 4);
	made_number(core, out + 128, 3, 4);
	memcpy(out + 132, "GNU", 4);
	memset(out + 136, id, ID_BYTES);
}

static struct checkpoint *open_core(struct made_core *core, struct file_table **files)
{
	const struct stored_bytes bytes = made_store(core, files);
	struct checkpoint *checkpoint;

	assert_int_equal(core_dump_checkpoint(&checkpoint, *files, &bytes, "core", NULL, NULL), 0);
	return checkpoint;
}

/* Two mappings of /lib/a, the first of which begins it; one of /lib/b from its second page on; anonymous memory. */
static void make(struct made_core *core, const char *first)
{
	const struct made_file files[] = {
		{ 0x10000, 0x11000, 0, first },
		{ 0x20000, 0x22000, 1, "/lib/a" },
		{ 0x30000, 0x31000, 1, "/lib/b" },
	};

	*core = (struct made_core){ .wide = true };
	made_files(core, 4096, files, 3);
	made_segment(core, 0x10000, 0x1000, 0x1000, 4);
	made_segment(core, 0x20000, 0x2000, 0, 5);
	made_segment(core, 0x30000, 0x1000, 0x1000, 4);
	made_segment(core, 0x40000, 0x1000, 0x1000, 6);
	made_finish(core);
	put_program(core, 0, 7);
	put_program(core, 1, 8);
	put_program(core, 2, 9);
}

static void a_file_is_known_by_the_build_id_on_its_first_page(void **state)
{
	struct made_core core;
	struct checkpoint *checkpoint;
	struct file_table *files;
	const struct vma *vmas;

	(void)state;
	make(&core, "/lib/a");
	checkpoint = open_core(&core, &files);
	vmas = checkpoint->processes[0].vmas;
	assert_int_equal(checkpoint->file_count, 1);
	assert_ptr_equal(vmas[0].file, &checkpoint->files[0]);
	assert_ptr_equal(vmas[1].file, &checkpoint->files[0]);
	assert_string_equal(vmas[0].file->path, "/lib/a");
	assert_false(vmas[0].file->has_size);
	assert_int_equal(vmas[0].file->build_id.length, ID_BYTES);
	assert_int_equal(vmas[0].file->build_id.data[0], 7);
	assert_int_equal(vmas[0].file->build_id.data[ID_BYTES - 1], 7);
	/* What is no first page may look like one. */
	assert_null(vmas[2].file);
	assert_null(vmas[3].file);
	checkpoint_free(checkpoint);
	file_table_free(files);
}

static void a_deleted_file_is_another_than_what_has_its_path(void **state)
{
	struct made_core core;
	struct checkpoint *checkpoint;
	struct file_table *files;
	const struct vma *vmas;

	(void)state;
	make(&core, "/lib/a (deleted)");
	checkpoint = open_core(&core, &files);
	vmas = checkpoint->processes[0].vmas;
	assert_true(vmas[0].file->deleted);
	assert_null(vmas[1].file);
	checkpoint_free(checkpoint);
	file_table_free(files);
}

static void a_file_without_an_id_stays_unknown(void **state)
{
	struct made_core core;
	struct checkpoint *checkpoint;
	struct file_table *files;

	(void)state;
	make(&core, "/lib/a");
	core.bytes[MADE_DATA + 1] = 'X';
	checkpoint = open_core(&core, &files);
	assert_int_equal(checkpoint->file_count, 0);
	assert_null(checkpoint->processes[0].vmas[0].file);
	checkpoint_free(checkpoint);
	file_table_free(files);
}

static void two_files_of_one_path_are_none(void **state)
{
	const struct made_file mapped[] = {
		{ 0x10000, 0x11000, 0, "/lib/a" },
		{ 0x20000, 0x21000, 0, "/lib/a" },
	};

	(void)state;
	for (uint8_t second = 7; second < 9; second++) {
		struct made_core core = { .wide = true };
		struct checkpoint *checkpoint;
		struct file_table *files;

		made_files(&core, 4096, mapped, 2);
		made_segment(&core, 0x10000, 0x1000, 0x1000, 4);
		made_segment(&core, 0x20000, 0x1000, 0x1000, 4);
		made_finish(&core);
		put_program(&core, 0, 7);
		put_program(&core, 1, second);
		checkpoint = open_core(&core, &files);
		assert_int_equal(checkpoint->file_count, second == 7 ? 1 : 0);
		checkpoint_free(checkpoint);
		file_table_free(files);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_known_by_the_build_id_on_its_first_page),
		cmocka_unit_test(a_deleted_file_is_another_than_what_has_its_path),
		cmocka_unit_test(a_file_without_an_id_stays_unknown),
		cmocka_unit_test(two_files_of_one_path_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
