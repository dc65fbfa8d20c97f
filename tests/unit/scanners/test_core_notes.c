#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/core_dump/core_notes.h"
#include "tests/unit/scanners/made_core.h"

struct read {
	struct file_table *files;
	struct warning_list *warnings;
	struct core_file file;
	struct core_notes notes;
	const struct warning *told;
	size_t told_count;
};

static void read_core(struct read *read, const struct made_core *core)
{
	*read = (struct read){ 0 };
	assert_int_equal(warning_list_new(&read->warnings, NULL), 0);
	read->file = (struct core_file){ .bytes = made_store(core, &read->files),
					 .name = "core",
					 .warnings = read->warnings };
	read->file.files = read->files;
	assert_int_equal(core_file_open(&read->file, NULL), 0);
	assert_int_equal(core_notes_read(&read->notes, &read->file, NULL), 0);
	read->told = warning_list_sorted(read->warnings, &read->told_count);
}

static void close_core(struct read *read)
{
	core_notes_release(&read->notes);
	core_file_release(&read->file);
	file_table_free(read->files);
	warning_list_free(read->warnings);
}

static const struct {
	const char *name;
	bool wide, big, narrow_ids;
	uint16_t machine;
	size_t stack_register;
} shapes[] = {
	{ "x86-64", true, false, false, MADE_X86_64, 19 },
	{ "x86", false, false, true, MADE_386, 15 },
	{ "arm, big-endian", false, true, true, MADE_ARM, 13 },
	{ "ppc64", true, true, false, MADE_PPC64, 1 },
	{ "a machine of 32 bits with long ids", false, true, false, MADE_S390, 17 },
};

static void process_and_threads_are_read_of_every_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct made_core core = { .wide = shapes[i].wide,
					  .big = shapes[i].big,
					  .machine = shapes[i].machine };
		struct read read;

		print_message("%s\n", shapes[i].name);
		made_thread(&core, 43, shapes[i].stack_register, 0x7000);
		made_process(&core, shapes[i].narrow_ids, 42, 7, 1000, "worker");
		made_thread(&core, 42, shapes[i].stack_register, 0x8000);
		made_finish(&core);
		read_core(&read, &core);
		assert_int_equal(read.told_count, 0);
		assert_true(read.notes.has_process);
		assert_int_equal(read.notes.pid, 42);
		assert_int_equal(read.notes.ppid, 7);
		assert_int_equal(read.notes.uid, 1000);
		assert_string_equal(read.notes.name, "worker");
		assert_int_equal(read.notes.state, 'S');
		assert_int_equal(read.notes.thread_count, 2);
		assert_int_equal(read.notes.threads[0].id, 43);
		assert_int_equal(read.notes.threads[1].id, 42);
		assert_true(read.notes.threads[1].has_stack_pointer);
		assert_int_equal(read.notes.threads[1].stack_pointer, 0x8000);
		close_core(&read);
	}
}

static void a_name_of_sixteen_bytes_needs_no_end(void **state)
{
	struct made_core core = { .wide = true };
	struct read read;

	(void)state;
	made_process(&core, false, 1, 0, 0, "sixteen-letters!");
	made_finish(&core);
	read_core(&read, &core);
	assert_string_equal(read.notes.name, "sixteen-letters!");
	close_core(&read);
}

static void a_machine_that_is_not_known_has_no_stack_pointer(void **state)
{
	struct made_core core = { .wide = true, .machine = 4711 };
	struct read read;

	(void)state;
	made_thread(&core, 1, 19, 0x8000);
	made_finish(&core);
	read_core(&read, &core);
	assert_int_equal(read.notes.thread_count, 1);
	assert_false(read.notes.threads[0].has_stack_pointer);
	close_core(&read);
}

static void notes_of_others_are_skipped(void **state)
{
	struct made_core core = { .wide = true };
	struct read read;

	(void)state;
	made_thread(&core, 1, 19, 0x8000);
	memcpy(core.notes + 12, "LINUX", 5);
	made_finish(&core);
	read_core(&read, &core);
	assert_int_equal(read.told_count, 0);
	assert_int_equal(read.notes.thread_count, 0);
	close_core(&read);
}

static void the_vector_ends_at_its_first_empty_pair(void **state)
{
	const uint64_t pairs[] = { 6, 16384, 9, 0x400123, 0, 0 };

	(void)state;
	for (int wide = 0; wide < 2; wide++) {
		struct made_core core = { .wide = wide };
		uint8_t bytes[128] = { 0 };
		struct read read;
		uint64_t value;

		/* What stands behind the end is not looked at. */
		made_number(&core, bytes + made_vector_bytes(&core, pairs, bytes), 33,
			    made_word(&core));
		made_note(&core, 6, bytes, sizeof(bytes));
		made_finish(&core);
		read_core(&read, &core);
		assert_int_equal(read.notes.vector_bytes, 6 * made_word(&core));
		assert_true(core_notes_vector(&read.notes, &read.file, VECTOR_PAGE_BYTES, &value));
		assert_int_equal(value, 16384);
		assert_true(core_notes_vector(&read.notes, &read.file, VECTOR_ENTRY, &value));
		assert_int_equal(value, 0x400123);
		assert_false(core_notes_vector(&read.notes, &read.file, VECTOR_VDSO, &value));
		close_core(&read);
	}
}

static const struct made_file listed[] = {
	{ 0x500000, 0x502000, 1, "/lib/second" },
	{ 0x400000, 0x401000, 0, "/bin/first" },
};

static void files_are_sorted_and_found_by_address(void **state)
{
	static const struct {
		uint64_t address;
		const char *path;
	} rows[] = {
		{ 0x3fffff, NULL }, { 0x400000, "/bin/first" },	 { 0x400fff, "/bin/first" },
		{ 0x401000, NULL }, { 0x500000, "/lib/second" }, { 0x501fff, "/lib/second" },
		{ 0x502000, NULL },
	};

	(void)state;
	for (int shape = 0; shape < 4; shape++) {
		struct made_core core = { .wide = shape & 1, .big = shape & 2 };
		struct read read;

		made_files(&core, 4096, listed, 2);
		made_finish(&core);
		read_core(&read, &core);
		assert_int_equal(read.told_count, 0);
		assert_int_equal(read.notes.mapping_count, 2);
		assert_int_equal(read.notes.mappings[1].offset, 4096);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const struct core_mapping *mapping =
				core_notes_mapping(&read.notes, rows[i].address);

			if (rows[i].path)
				assert_string_equal(mapping->path, rows[i].path);
			else
				assert_null(mapping);
		}
		close_core(&read);
	}
}

static void offsets_of_files_are_in_the_unit_that_the_note_names(void **state)
{
	struct made_core core = { .wide = true };
	struct read read;

	(void)state;
	made_files(&core, 1, listed, 2);
	made_finish(&core);
	read_core(&read, &core);
	assert_int_equal(read.notes.mappings[1].offset, 1);
	close_core(&read);
}

static void an_offset_beyond_all_bounds_is_none(void **state)
{
	const struct made_file file = { 0x1000, 0x2000, UINT64_MAX, "/x" };
	struct made_core core = { .wide = true };
	struct read read;

	(void)state;
	made_files(&core, 4096, &file, 1);
	made_finish(&core);
	read_core(&read, &core);
	assert_int_equal(read.notes.mappings[0].offset, 0);
	close_core(&read);
}

/* What is at @at of the note's bytes is @word, of the widest kind. */
struct bent {
	const char *name;
	size_t at;
	uint64_t word;
	size_t mappings;
};

static const struct bent bents[] = {
	{ "more files than it is long", 0, 3, 0 },
	{ "a count that overflows", 0, UINT64_C(1) << 61, 0 },
	{ "fewer files than there are", 0, 1, 1 },
};

static void a_list_of_files_is_never_read_behind_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bents) / sizeof(bents[0]); i++) {
		struct made_core core = { .wide = true };
		struct read read;

		print_message("%s\n", bents[i].name);
		made_files(&core, 4096, listed, 2);
		made_number(&core, core.notes + 20 + bents[i].at, bents[i].word, 8);
		made_finish(&core);
		read_core(&read, &core);
		assert_int_equal(read.told_count, bents[i].mappings ? 0 : 1);
		if (read.told_count)
			assert_int_equal(read.told[0].code, WARNING_CORRUPT);
		assert_int_equal(read.notes.mapping_count, bents[i].mappings);
		close_core(&read);
	}
}

static void paths_that_are_cut_off_are_told(void **state)
{
	struct made_core core = { .wide = true };
	struct read read;

	(void)state;
	made_files(&core, 4096, listed, 2);
	made_number(&core, core.notes + 4, 16 + 48 + 12, 4);
	core.note_length = 20 + 16 + 48 + 12;
	made_finish(&core);
	read_core(&read, &core);
	assert_int_equal(read.told_count, 1);
	assert_int_equal(read.notes.mapping_count, 1);
	assert_string_equal(read.notes.mappings[0].path, "/lib/second");
	close_core(&read);
}

struct cut {
	const char *name;
	uint32_t type, length;
	enum warning_code code;
};

static const struct cut cuts[] = {
	{ "a status without an id", 1, 20, WARNING_CORRUPT },
	{ "a process of no known length", 3, 135, WARNING_CORRUPT },
	{ "files without a count", 0x46494c45, 12, WARNING_CORRUPT },
	{ "a status that is no thread's", 1, 70000, WARNING_CORRUPT },
	{ "a length behind the end", 99, 0xffffffff, WARNING_CORRUPT },
};

static void a_note_that_is_too_short_or_long_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct made_core core = { .wide = true };
		uint8_t bytes[256] = { 0 };
		struct read read;

		print_message("%s\n", cuts[i].name);
		made_thread(&core, 5, 19, 0);
		made_note(&core, cuts[i].type, bytes, cuts[i].length < 256 ? cuts[i].length : 0);
		made_number(&core,
			    core.notes + core.note_length - 20 -
				    (cuts[i].length < 256 ? ((cuts[i].length + 3) & ~3u) : 0) + 4,
			    cuts[i].length, 4);
		made_finish(&core);
		read_core(&read, &core);
		assert_int_equal(read.told_count, 1);
		assert_int_equal(read.told[0].code, cuts[i].code);
		assert_int_equal(read.notes.thread_count, 1);
		close_core(&read);
	}
}

static void notes_that_the_end_of_the_file_cuts_are_told(void **state)
{
	struct made_core core = { .wide = true };
	struct read read;

	(void)state;
	made_thread(&core, 5, 19, 0);
	made_thread(&core, 6, 19, 0);
	made_finish(&core);
	core.length = MADE_NOTES + core.note_length - 8;
	read_core(&read, &core);
	assert_int_equal(read.told_count, 1);
	assert_int_equal(read.told[0].code, WARNING_TRUNCATED);
	assert_int_equal(read.notes.thread_count, 1);
	close_core(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_and_threads_are_read_of_every_machine),
		cmocka_unit_test(a_name_of_sixteen_bytes_needs_no_end),
		cmocka_unit_test(a_machine_that_is_not_known_has_no_stack_pointer),
		cmocka_unit_test(notes_of_others_are_skipped),
		cmocka_unit_test(the_vector_ends_at_its_first_empty_pair),
		cmocka_unit_test(files_are_sorted_and_found_by_address),
		cmocka_unit_test(offsets_of_files_are_in_the_unit_that_the_note_names),
		cmocka_unit_test(an_offset_beyond_all_bounds_is_none),
		cmocka_unit_test(a_list_of_files_is_never_read_behind_its_end),
		cmocka_unit_test(paths_that_are_cut_off_are_told),
		cmocka_unit_test(a_note_that_is_too_short_or_long_is_told),
		cmocka_unit_test(notes_that_the_end_of_the_file_cuts_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
