#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "made_elf.h"
#include "module_fixture.h"
#include "rules/modules/entry_point.h"

#define PE_BYTES 0x400u
#define PE_HEADER 0x80u
#define PE_SECTIONS (PE_HEADER + 24 + 0xe0)
#define NOTHING UINT64_MAX

static const struct made_elf little = { .is_64 = true, .type = ET_EXEC };

static void put(uint8_t *to, size_t bytes, uint64_t value)
{
	made_elf_put(&little, to, bytes, value);
}

/* A program whose entry 0x1234 lies in the second of two sections, at 0x1000, which stands at offset 0x300. */
static void write_pe(uint8_t *out)
{
	memset(out, 0, PE_BYTES);
	memcpy(out, "MZ", 2);
	put(out + 0x3c, 4, PE_HEADER);
	memcpy(out + PE_HEADER, "PE\0", 4);
	put(out + PE_HEADER + 4, 2, 0x8664);
	put(out + PE_HEADER + 6, 2, 2);
	put(out + PE_HEADER + 20, 2, 0xe0);
	put(out + PE_HEADER + 40, 4, 0x1234);
	put(out + PE_SECTIONS + 12, 4, 0x800);
	put(out + PE_SECTIONS + 20, 4, 0x200);
	put(out + PE_SECTIONS + 40 + 12, 4, 0x1000);
	put(out + PE_SECTIONS + 40 + 20, 4, 0x300);
}

static uint64_t find(const struct fixture_block *blocks, size_t count, bool is_process)
{
	struct module_fixture fixture;
	struct error err;
	uint64_t out = 0;
	bool found;

	module_fixture_init(&fixture, NULL, is_process, blocks, count);
	fixture.lend_most = 11;
	assert_int_equal(entry_point_find(&fixture.view, &found, &out, &err), 0);
	module_fixture_release(&fixture);
	return found ? out : NOTHING;
}

struct pe_case {
	const char *name;
	size_t at, bytes;
	uint64_t value;
	size_t length; /* of the file; 0: all of it */
	uint64_t in_file, in_process; /* where the process has it at 0x50000 */
};

static const struct pe_case pe_cases[] = {
	{ "a program", 0, 0, 0, 0, 0x534, 0x51234 },
	{ "a library", PE_HEADER + 22, 2, 0x2000, 0, 0x534, NOTHING },
	{ "one of 32 bits", PE_HEADER + 4, 2, 0x14c, 0, 0x534, 0x51234 },
	{ "another machine", PE_HEADER + 4, 2, 0x1c0, 0, NOTHING, NOTHING },
	{ "another signature", PE_HEADER, 1, 'N', 0, NOTHING, NOTHING },
	{ "a header beyond the file", 0x3c, 4, PE_BYTES, 0, NOTHING, NOTHING },
	{ "a header before the file", 0x3c, 4, 0xfffffff0, 0, NOTHING, NOTHING },
	{ "a header that ends with the file", 0, 0, 0, PE_HEADER + 248, NOTHING, NOTHING },
	{ "sections that end with the file", 0, 0, 0, PE_SECTIONS + 80, 0, 0x51234 },
	{ "one byte more", 0, 0, 0, PE_SECTIONS + 81, 0x534, 0x51234 },
	{ "sections far away", PE_HEADER + 20, 2, 0xffff, 0, 0, 0x51234 },
	{ "no sections", PE_HEADER + 6, 2, 0, 0, 0x1234, 0x51234 },
	{ "an entry before all sections", PE_HEADER + 40, 4, 0x10, 0, 0x10, 0x50010 },
};

static void finds_where_a_pe_file_starts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pe_cases) / sizeof(*pe_cases); i++) {
		const struct pe_case *c = &pe_cases[i];
		uint8_t bytes[PE_BYTES];
		struct fixture_block block = { 0, bytes, c->length ? c->length : PE_BYTES };

		print_message("%s\n", c->name);
		write_pe(bytes);
		put(bytes + c->at, c->bytes, c->value);
		assert_int_equal(find(&block, 1, false), c->in_file);
		block.address = 0x50000;
		assert_int_equal(find(&block, 1, true), c->in_process);
	}
}

struct elf_case {
	const char *name;
	struct made_elf elf;
	uint64_t in_file, in_process;
};

#define ENTRY (MADE_ELF_CODE + 4)

static const struct elf_case elf_cases[] = {
	{ "a program of 64 bits",
	  { true, false, ET_EXEC, false, 0, 0 },
	  ENTRY,
	  MADE_ELF_ADDRESS + ENTRY },
	{ "a program of 32 bits",
	  { false, false, ET_EXEC, false, 0, 0 },
	  ENTRY,
	  MADE_ELF_ADDRESS + ENTRY },
	{ "a library, by its sections", { true, false, ET_DYN, false, 0, 0 }, ENTRY, NOTHING },
	{ "a library of 32 bits", { false, false, ET_DYN, false, 0, 0 }, ENTRY, NOTHING },
	{ "big-endian, read as if it were not", { true, true, ET_EXEC, false, 0, 0 }, 0, NOTHING },
};

static void finds_where_an_elf_file_starts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(elf_cases) / sizeof(*elf_cases); i++) {
		const struct elf_case *c = &elf_cases[i];
		uint8_t bytes[MADE_ELF_BYTES];
		struct fixture_block block = { 0, bytes, MADE_ELF_BYTES };

		print_message("%s\n", c->name);
		made_elf_write(&c->elf, bytes);
		assert_int_equal(find(&block, 1, false), c->in_file);
		block.address = 0x50000;
		assert_int_equal(find(&block, 1, true), c->in_process);
	}
}

static void a_file_without_a_place_for_its_entry_starts_at_0(void **state)
{
	uint8_t bytes[MADE_ELF_BYTES];
	struct fixture_block block = { 0, bytes, 64 };

	(void)state;
	made_elf_write(&little, bytes);
	assert_int_equal(find(&block, 1, false), 0);
	block.length = 63;
	assert_int_equal(find(&block, 1, false), NOTHING);
}

static void the_first_block_that_has_one_counts(void **state)
{
	uint8_t pe[PE_BYTES], elf[MADE_ELF_BYTES];
	const struct fixture_block blocks[] = {
		{ 0x1000, "no program at all", 17 },
		{ 0x50000, pe, PE_BYTES },
		{ 0x60000, elf, MADE_ELF_BYTES },
	};

	(void)state;
	write_pe(pe);
	made_elf_write(&little, elf);
	assert_int_equal(find(blocks, 1, true), NOTHING);
	assert_int_equal(find(blocks, 3, true), 0x51234);
	put(pe + PE_HEADER + 22, 2, 0x2000);
	assert_int_equal(find(blocks, 3, true), MADE_ELF_ADDRESS + ENTRY);
	assert_int_equal(find(NULL, 0, false), NOTHING);
}

static void bytes_that_have_passed_end_the_search(void **state)
{
	const struct fixture_block block = { 0x1000, "something", 9 };
	struct module_fixture fixture;
	struct error err;
	uint64_t out;
	bool found;

	(void)state;
	module_fixture_init(&fixture, NULL, true, &block, 1);
	fixture.lend_error = ERROR_NOT_KEPT;
	assert_int_equal(entry_point_find(&fixture.view, &found, &out, &err), ERROR_NOT_KEPT);
	module_fixture_release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_where_a_pe_file_starts),
		cmocka_unit_test(finds_where_an_elf_file_starts),
		cmocka_unit_test(a_file_without_a_place_for_its_entry_starts_at_0),
		cmocka_unit_test(the_first_block_that_has_one_counts),
		cmocka_unit_test(bytes_that_have_passed_end_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
