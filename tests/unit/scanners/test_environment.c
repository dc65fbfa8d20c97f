#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/text.h"
#include "scanners/environment.h"

#define START UINT64_C(0x10000)

/* One page of memory at START; the page behind it was described and is lost. */
struct made {
	struct page_image image;
	struct page_run runs[2];
	struct vma vma;
	struct process process;
	struct checkpoint checkpoint;
	struct file_table *files;
	struct process_memory *memory;
	struct warning_list *warnings;
};

static void make(struct made *made, const void *bytes, size_t length, uint64_t start, uint64_t end)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	uint8_t *page = calloc(1, 4096);

	assert_non_null(page);
	memcpy(page, bytes, length);
	*made = (struct made){
		.runs = { { .address = START, .length = 4096 },
			  { .address = START + 4096, .length = 4096, .lost = true } },
		.vma = { .start = START, .end = START + 8192, .protection = 3 },
		.process = { .pid = 7, .name = "", .run_count = 2, .vma_count = 1 },
	};
	assert_int_equal(file_table_new(&made->files, &options, NULL), 0);
	made->image = (struct page_image){ .name = "pages-1.img", .length = 4096 };
	assert_int_equal(file_table_add_memory(made->files, page, 4096, "pages-1.img",
					       &made->image.file, NULL),
			 0);
	made->process.runs = made->runs;
	made->process.vmas = &made->vma;
	made->process.environment_start = start;
	made->process.environment_end = end;
	made->checkpoint = (struct checkpoint){ .processes = &made->process,
						.process_count = 1,
						.images = &made->image,
						.image_count = 1 };
	assert_int_equal(process_memory_new(&made->memory, &made->checkpoint, &made->process, NULL),
			 0);
	assert_int_equal(warning_list_new(&made->warnings, NULL), 0);
}

static void release(struct made *made)
{
	process_memory_free(made->memory);
	file_table_free(made->files);
	warning_list_free(made->warnings);
}

static int note(void *context, struct bytes name, struct bytes value, struct error *err)
{
	struct text *text = context;

	(void)err;
	text_add_byte(text, '[');
	text_add_escaped_memory(text, name);
	text_add_byte(text, '|');
	text_add_escaped_memory(text, value);
	text_add_byte(text, ']');
	return 0;
}

static void read_variables(struct made *made, struct text *out)
{
	text_add(out, "");
	assert_int_equal(environment_each(&made->process, made->memory, made->files, made->warnings,
					  note, out, NULL),
			 0);
}

static const struct {
	const char *name, *bytes;
	size_t length;
	const char *found;
} rows[] = {
	{ "name and value", "A=1\0HOME=/root", 15, "[A|1][HOME|/root]" },
	{ "an empty value", "A=\0B=2", 7, "[A|][B|2]" },
	{ "an empty name", "=x\0B=2", 7, "[|x][B|2]" },
	{ "no sign of equality", "A\0B=2", 6, "[A|][B|2]" },
	{ "a value with such signs", "A=b=c", 6, "[A|b=c]" },
	{ "zeros that a title left behind", "\0\0A=1\0\0\0B=2\0\0", 13, "[A|1][B|2]" },
	{ "no end", "A=1\0B=2", 6, "[A|1][B|]" },
	{ "bytes that are no text", "A=\x01\xff\x1b[", 7, "[A|\\x01\\xff\\x1b[]" },
	{ "nothing", "", 0, "" },
};

static void variables_are_what_stands_between_zeros(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text found = { 0 };
		struct made made;
		size_t warnings;

		print_message("%s\n", rows[i].name);
		make(&made, rows[i].bytes, rows[i].length, START, START + rows[i].length);
		read_variables(&made, &found);
		assert_string_equal(found.data ? found.data : "", rows[i].found);
		warning_list_sorted(made.warnings, &warnings);
		assert_int_equal(warnings, 0);
		text_release(&found);
		release(&made);
	}
}

static void bytes_that_are_lost_are_told(void **state)
{
	struct text found = { 0 };
	const struct warning *list;
	struct made made;
	size_t count;

	(void)state;
	make(&made, "A=1", 4, START, START + 4096 + 100);
	read_variables(&made, &found);
	assert_string_equal(found.data, "[A|1]");
	list = warning_list_sorted(made.warnings, &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].code, WARNING_TRUNCATED);
	assert_int_equal(list[0].pid, 7);
	assert_int_equal(list[0].start, START + 4096);
	assert_int_equal(list[0].end, START + 4096 + 100);
	text_release(&found);
	release(&made);
}

static void more_than_the_kernel_takes_is_not_read(void **state)
{
	struct text found = { 0 };
	struct made made;
	size_t count;

	(void)state;
	make(&made, "A=1", 4, START, START + (UINT64_C(1) << 60));
	made.vma.end = START + (UINT64_C(1) << 61);
	made.process.run_count = 1;
	read_variables(&made, &found);
	assert_int_equal(warning_list_sorted(made.warnings, &count)[0].code, WARNING_LIMIT);
	assert_string_equal(found.data, "[A|1]");
	text_release(&found);
	release(&made);
}

static void a_range_that_ends_before_it_starts_holds_nothing(void **state)
{
	struct text found = { 0 };
	struct made made;

	(void)state;
	make(&made, "A=1", 4, START + 4, START);
	read_variables(&made, &found);
	assert_int_equal(found.length, 0);
	text_release(&found);
	release(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_what_stands_between_zeros),
		cmocka_unit_test(bytes_that_are_lost_are_told),
		cmocka_unit_test(more_than_the_kernel_takes_is_not_read),
		cmocka_unit_test(a_range_that_ends_before_it_starts_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
