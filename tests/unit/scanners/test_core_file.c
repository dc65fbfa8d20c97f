#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/core_dump/core_file.h"
#include "tests/unit/scanners/made_core.h"

struct opened {
	struct file_table *files;
	struct warning_list *warnings;
	struct core_file file;
	int ret;
};

static void open_core(struct opened *opened, const struct made_core *core)
{
	*opened = (struct opened){ 0 };
	assert_int_equal(warning_list_new(&opened->warnings, NULL), 0);
	opened->file = (struct core_file){ .bytes = made_store(core, &opened->files),
					   .name = "core",
					   .warnings = opened->warnings };
	opened->file.files = opened->files;
	opened->ret = core_file_open(&opened->file, NULL);
}

static void close_core(struct opened *opened)
{
	core_file_release(&opened->file);
	file_table_free(opened->files);
	warning_list_free(opened->warnings);
}

/* The code of the only warning; WARNING_CODES: there is none. */
static enum warning_code only_warning(const struct opened *opened)
{
	size_t count;
	const struct warning *list = warning_list_sorted(opened->warnings, &count);

	assert_true(count <= 1);
	return count ? list[0].code : WARNING_CODES;
}

static const struct {
	const char *name;
	bool wide, big;
} shapes[] = {
	{ "64 bits, little-endian", true, false },
	{ "64 bits, big-endian", true, true },
	{ "32 bits, little-endian", false, false },
	{ "32 bits, big-endian", false, true },
};

static void headers_are_read_in_both_widths_and_byte_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct made_core core = { .wide = shapes[i].wide,
					  .big = shapes[i].big,
					  .machine = MADE_X86_64 };
		struct opened opened;
		const struct core_segment *segment;

		print_message("%s\n", shapes[i].name);
		made_segment(&core, 0x12345000, 0x3000, 0x1000, 6);
		made_finish(&core);
		open_core(&opened, &core);
		assert_int_equal(opened.ret, 0);
		assert_int_equal(only_warning(&opened), WARNING_CODES);
		assert_int_equal(opened.file.machine, MADE_X86_64);
		assert_int_equal(opened.file.segment_count, 2);
		assert_int_equal(opened.file.segments[0].type, SEGMENT_NOTE);
		segment = &opened.file.segments[1];
		assert_int_equal(segment->type, SEGMENT_LOAD);
		assert_int_equal(segment->flags, SEGMENT_READ | SEGMENT_WRITE);
		assert_int_equal(segment->address, 0x12345000);
		assert_int_equal(segment->memory_bytes, 0x3000);
		assert_int_equal(segment->file_bytes, 0x1000);
		assert_int_equal(segment->offset, MADE_DATA);
		close_core(&opened);
	}
}

static void segments_of_other_types_are_left_out(void **state)
{
	struct made_core core = { .wide = true };
	struct opened opened;

	(void)state;
	made_segment(&core, 0x1000, 0x1000, 0, 4)->type = 6;
	made_segment(&core, 0x1000, 0x1000, 0, 4)->type = 0x6474e551;
	made_finish(&core);
	open_core(&opened, &core);
	assert_int_equal(opened.file.segment_count, 1);
	close_core(&opened);
}

/* Section header 0 stands at the end. */
static void many_segments_are_counted_in_the_first_section_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct made_core core = { .wide = shapes[i].wide,
					  .big = shapes[i].big,
					  .count = 0xffff };
		struct opened opened;

		print_message("%s\n", shapes[i].name);
		made_segment(&core, 0x1000, 0x1000, 0x1000, 4);
		made_finish(&core);
		made_number(&core, core.bytes + (core.wide ? 40 : 32), core.length,
			    made_word(&core));
		made_number(&core, core.bytes + core.length + (core.wide ? 44 : 28), 2, 4);
		core.length += core.wide ? 64 : 40;
		open_core(&opened, &core);
		assert_int_equal(only_warning(&opened), WARNING_CODES);
		assert_int_equal(opened.file.segment_count, 2);
		close_core(&opened);
	}
}

struct damage {
	const char *name;
	size_t at; /* byte to set */
	uint8_t byte;
	size_t length; /* 0: all of it */
	int ret;
	enum warning_code code;
	size_t segments;
};

static const struct damage damages[] = {
	{ "nothing is wrong", 6, 1, 0, 0, WARNING_CODES, 2 },
	{ "no ELF file", 1, 'X', 0, ERROR_FORMAT, WARNING_CODES, 0 },
	{ "a class that is none", 4, 3, 0, ERROR_FORMAT, WARNING_CODES, 0 },
	{ "a byte order that is none", 5, 0, 0, ERROR_FORMAT, WARNING_CODES, 0 },
	{ "a program", 16, 2, 0, ERROR_FORMAT, WARNING_CODES, 0 },
	{ "too short to tell", 6, 1, 19, ERROR_FORMAT, WARNING_CODES, 0 },
	{ "cut off in its header", 6, 1, 40, 0, WARNING_TRUNCATED, 0 },
	{ "cut off before its program headers", 6, 1, 64, 0, WARNING_TRUNCATED, 0 },
	{ "cut off in its second program header", 6, 1, 64 + 56 + 55, 0, WARNING_TRUNCATED, 1 },
	{ "cut off behind its program headers", 6, 1, 64 + 112, 0, WARNING_CODES, 2 },
	{ "program headers behind the end", 38, 1, 0, 0, WARNING_TRUNCATED, 0 },
	{ "program headers that are too short", 54, 55, 0, 0, WARNING_CORRUPT, 0 },
	{ "no program headers", 56, 0, 0, 0, WARNING_CODES, 0 },
};

static void damage_is_told_and_what_stands_before_it_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct made_core core = { .wide = true };
		struct opened opened;

		print_message("%s\n", damages[i].name);
		made_segment(&core, 0x1000, 0x1000, 0x1000, 4);
		made_finish(&core);
		core.bytes[damages[i].at] = damages[i].byte;
		if (damages[i].length)
			core.length = damages[i].length;
		open_core(&opened, &core);
		assert_int_equal(opened.ret, damages[i].ret);
		assert_int_equal(only_warning(&opened), damages[i].code);
		assert_int_equal(opened.file.segment_count, damages[i].segments);
		close_core(&opened);
	}
}

static void a_count_that_stands_behind_the_end_is_cut_off(void **state)
{
	struct made_core core = { .wide = true, .count = 0xffff };
	struct opened opened;
	size_t count;

	(void)state;
	made_segment(&core, 0x1000, 0x1000, 0x1000, 4);
	made_finish(&core);
	made_number(&core, core.bytes + 40, core.length, 8);
	open_core(&opened, &core);
	warning_list_sorted(opened.warnings, &count);
	/* The number, and the entries that the file is too short for. */
	assert_int_equal(count, 2);
	assert_true(opened.file.segment_count >= 2);
	close_core(&opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read_in_both_widths_and_byte_orders),
		cmocka_unit_test(segments_of_other_types_are_left_out),
		cmocka_unit_test(many_segments_are_counted_in_the_first_section_header),
		cmocka_unit_test(damage_is_told_and_what_stands_before_it_is_kept),
		cmocka_unit_test(a_count_that_stands_behind_the_end_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
