#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/command_line.h"

#define ADDRESS UINT64_C(0x7ffc00001000)
#define PAGE 4096u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct memory {
	struct file_table *files;
	struct page_image image;
	struct page_run run;
	struct vma vma;
	struct process process;
	struct checkpoint checkpoint;
	struct process_memory *memory;
	struct arena *arena;
};

/* Two pages, the arguments from @start in the first on. */
static void memory_make(struct memory *memory, const char *text, size_t length, size_t start,
			size_t described)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	uint8_t *data = calloc(2, PAGE);

	assert_non_null(data);
	memcpy(data + start, text, length);
	*memory = (struct memory){ .image = { .name = "pages-1.img", .length = 2 * PAGE } };
	assert_int_equal(file_table_new(&memory->files, &options, NULL), 0);
	assert_int_equal(file_table_add_memory(memory->files, data, 2 * PAGE, "pages-1.img",
					       &memory->image.file, NULL),
			 0);
	memory->run = (struct page_run){ .address = ADDRESS, .length = 2 * PAGE };
	memory->vma = (struct vma){ .start = ADDRESS, .end = ADDRESS + 2 * PAGE };
	memory->process = (struct process){ .vmas = &memory->vma,
					    .vma_count = 1,
					    .runs = &memory->run,
					    .run_count = 1,
					    .argument_start = ADDRESS + start,
					    .argument_end = ADDRESS + start + described };
	memory->checkpoint = (struct checkpoint){ .images = &memory->image, .image_count = 1 };
	assert_int_equal(
		process_memory_new(&memory->memory, &memory->checkpoint, &memory->process, NULL),
		0);
	memory->arena = arena_new(0);
	assert_non_null(memory->arena);
}

static void memory_release(struct memory *memory)
{
	process_memory_free(memory->memory);
	file_table_free(memory->files);
	arena_free(memory->arena);
}

static const struct {
	const char *name, *text;
	size_t length, start, described;
	size_t count;
	const char *arguments[4];
} cases[] = {
	{ "arguments end in a zero", "sh\0-c\0ls\0", 9, 16, 9, 3, { "sh", "-c", "ls" } },
	{ "an argument may be empty", "a\0\0b\0", 5, 0, 5, 3, { "a", "", "b" } },
	{ "a title written over the arguments",
	  "nginx: worker",
	  13,
	  0,
	  40,
	  1,
	  { "nginx: worker" } },
	{ "across two pages", "first\0second\0", 13, PAGE - 3, 13, 2, { "first", "second" } },
	{ "more described than mapped", "x\0", 2, 2 * PAGE - 2, 5000, 1, { "x" } },
	{ "nothing but zeros", "\0\0\0", 3, 0, 3, 0, { 0 } },
	{ "not known where", "sh", 2, 0, 0, 0, { 0 } },
};

static void reads_what_stands_in_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct command_line line;
		struct memory memory;

		memory_make(&memory, cases[i].text, cases[i].length, cases[i].start,
			    cases[i].described);
		assert_int_equal(command_line_read(&line, &memory.process, memory.memory,
						   memory.files, memory.arena, NULL),
				 0);
		if (line.count != cases[i].count || !line.arguments != !cases[i].count)
			fail_msg("%s: %zu arguments", cases[i].name, line.count);
		for (size_t j = 0; j < line.count; j++)
			assert_string_equal(line.arguments[j], cases[i].arguments[j]);
		memory_release(&memory);
	}
}

static void a_long_one_is_cut_and_says_so(void **state)
{
	char text[COMMAND_LINE_BYTES + 100];
	struct command_line line;
	struct memory memory;

	(void)state;
	memset(text, 'x', sizeof(text));
	memory_make(&memory, text, sizeof(text), 100, sizeof(text));
	assert_int_equal(command_line_read(&line, &memory.process, memory.memory, memory.files,
					   memory.arena, NULL),
			 0);
	assert_int_equal(line.count, 1);
	assert_true(line.cut);
	assert_int_equal(strlen(line.arguments[0]), COMMAND_LINE_BYTES);
	memory_release(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_stands_in_memory),
		cmocka_unit_test(a_long_one_is_cut_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
