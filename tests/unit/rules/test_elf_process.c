#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "made_elf.h"
#include "module_fixture.h"
#include "rules/modules/elf/elf_image.h"
#include "rules/modules/registry.h"

/* Where the file is mapped; its own addresses are moved by so much. */
#define BASE 0x7000000u
#define SLIDE (BASE - MADE_ELF_ADDRESS)

#define FLAG_PIE 0x08000000

struct process_case {
	const char *name;
	struct made_elf elf;
	bool no_dynamic; /* its page is not in the dump */
	bool found;
};

static const struct process_case cases[] = {
	{ "a program of a fixed address", { true, false, ET_EXEC, false, 0, 0 }, false, true },
	{ "a big-endian one of 32 bits", { false, true, ET_EXEC, true, 0, 0 }, true, true },
	{ "a program with an interpreter", { true, false, ET_DYN, false, 0, 0 }, false, true },
	{ "the same of 32 bits", { false, false, ET_DYN, false, 0, 0 }, false, true },
	{ "a static one that says what it is",
	  { true, false, ET_DYN, true, DT_FLAGS_1, FLAG_PIE | 1 },
	  false,
	  true },
	{ "the same of 32 bits and big-endian",
	  { false, true, ET_DYN, true, DT_FLAGS_1, FLAG_PIE },
	  false,
	  true },
	{ "an interpreter and nothing else is known",
	  { true, false, ET_DYN, false, DT_SONAME, 1 },
	  true,
	  true },
	{ "a library", { true, false, ET_DYN, true, DT_SONAME, 1 }, false, false },
	{ "a library that can be run", { true, false, ET_DYN, false, DT_SONAME, 1 }, false, false },
	{ "flags that say something else",
	  { true, false, ET_DYN, true, DT_FLAGS_1, 1 },
	  false,
	  false },
	{ "a library of which nothing else is known",
	  { true, false, ET_DYN, true, 0, 0 },
	  true,
	  false },
	{ "an object file", { true, false, ET_REL, false, 0, 0 }, false, false },
	{ "a core file", { true, false, ET_CORE, false, 0, 0 }, false, false },
};

/* The head of the file in a block of its own, and its dynamic section where a process has it, in another. */
static size_t map(struct fixture_block *blocks, const uint8_t *bytes, bool no_dynamic)
{
	blocks[0] = (struct fixture_block){ BASE, bytes, MADE_ELF_SYMBOLS };
	blocks[1] = (struct fixture_block){ SLIDE + MADE_ELF_ADDRESS + MADE_ELF_DYNAMIC,
					    bytes + MADE_ELF_DYNAMIC, 0x80 };
	return no_dynamic ? 1 : 2;
}

static void tells_programs_from_libraries(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct process_case *c = &cases[i];
		uint8_t bytes[MADE_ELF_BYTES];
		struct fixture_block blocks[2];
		struct module_fixture fixture;

		print_message("%s\n", c->name);
		made_elf_write(&c->elf, bytes);
		module_fixture_init(&fixture, &elf_module, true, blocks,
				    map(blocks, bytes, c->no_dynamic));
		if (c->found)
			assert_module_integer(&fixture, "type", c->elf.type);
		else
			assert_module_undefined(&fixture, "type");
		module_fixture_release(&fixture);
	}
}

static void the_entry_is_an_address(void **state)
{
	const struct made_elf elf = { true, false, ET_DYN, false, 0, 0 };
	uint8_t bytes[MADE_ELF_BYTES];
	struct fixture_block blocks[2];
	struct module_fixture fixture;

	(void)state;
	made_elf_write(&elf, bytes);
	module_fixture_init(&fixture, &elf_module, true, blocks, map(blocks, bytes, false));
	assert_module_integer(&fixture, "entry_point", BASE + MADE_ELF_ADDRESS + MADE_ELF_CODE + 4);
	module_fixture_release(&fixture);
}

static void what_is_not_mapped_is_undefined(void **state)
{
	const struct made_elf elf = { true, false, ET_EXEC, false, 0, 0 };
	uint8_t bytes[MADE_ELF_BYTES];
	struct fixture_block blocks[2];
	struct module_fixture fixture;

	(void)state;
	made_elf_write(&elf, bytes);
	module_fixture_init(&fixture, &elf_module, true, blocks, map(blocks, bytes, false));
	assert_module_integer(&fixture, "number_of_sections", 7);
	assert_module_undefined(&fixture, "sections[1].type");
	assert_module_integer(&fixture, "segments[2].type", PT_DYNAMIC);
	assert_module_integer(&fixture, "dynamic_section_entries", 0);
	assert_module_undefined(&fixture, "symtab_entries");
	assert_module_undefined(&fixture, "import_md5()");
	module_fixture_release(&fixture);
}

static void the_first_program_in_order_of_address_counts(void **state)
{
	const struct made_elf library = { true, false, ET_DYN, false, DT_SONAME, 1 };
	const struct made_elf program = { true, false, ET_DYN, false, 0, 0 };
	const struct made_elf fixed = { false, true, ET_EXEC, false, 0, 0 };
	uint8_t bytes[3][MADE_ELF_BYTES];
	const struct fixture_block blocks[] = {
		{ 0x1000, "something else", 14 },
		{ 0x2000, bytes[0], MADE_ELF_BYTES },
		{ 0x3000, bytes[1], MADE_ELF_BYTES },
		{ 0x4000, bytes[2], MADE_ELF_BYTES },
	};
	struct module_fixture fixture;

	(void)state;
	made_elf_write(&library, bytes[0]);
	made_elf_write(&program, bytes[1]);
	made_elf_write(&fixed, bytes[2]);
	module_fixture_init(&fixture, &elf_module, true, blocks, 4);
	assert_module_integer(&fixture, "type", ET_DYN);
	assert_module_integer(&fixture, "entry_point", 0x3000 + MADE_ELF_ADDRESS + 0x304);
	module_fixture_release(&fixture);
	module_fixture_init(&fixture, &elf_module, true, blocks + 3, 1);
	assert_module_integer(&fixture, "type", ET_EXEC);
	assert_module_integer(&fixture, "entry_point", 0x4000 + MADE_ELF_ADDRESS + 0x304);
	module_fixture_release(&fixture);
}

static void a_block_may_end_at_the_end_of_all_addresses(void **state)
{
	const struct made_elf elf = { true, false, ET_REL, false, 0, 0 };
	uint8_t bytes[MADE_ELF_BYTES];
	const struct fixture_block block = { 0 - (uint64_t)MADE_ELF_BYTES, bytes, MADE_ELF_BYTES };
	struct module_fixture fixture;

	(void)state;
	made_elf_write(&elf, bytes);
	module_fixture_init(&fixture, &elf_module, true, &block, 1);
	assert_module_undefined(&fixture, "type");
	module_fixture_release(&fixture);
	module_fixture_init(&fixture, &elf_module, false, &block, 1);
	assert_module_text(&fixture, "sections[1].name", ".text");
	module_fixture_release(&fixture);
}

static void bytes_that_have_passed_end_the_search(void **state)
{
	const struct fixture_block block = { 0x1000, "something", 9 };
	struct module_fixture fixture;
	struct elf_image image;
	struct error err;
	bool found;

	(void)state;
	module_fixture_init(&fixture, NULL, true, &block, 1);
	fixture.lend_error = ERROR_NOT_KEPT;
	assert_int_equal(elf_image_find(&image, &fixture.context, &found, &err), ERROR_NOT_KEPT);
	module_fixture_release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_programs_from_libraries),
		cmocka_unit_test(the_entry_is_an_address),
		cmocka_unit_test(what_is_not_mapped_is_undefined),
		cmocka_unit_test(the_first_program_in_order_of_address_counts),
		cmocka_unit_test(a_block_may_end_at_the_end_of_all_addresses),
		cmocka_unit_test(bytes_that_have_passed_end_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
