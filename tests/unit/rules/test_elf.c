#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "made_elf.h"
#include "module_fixture.h"
#include "rules/modules/elf/elf_strings.h"
#include "rules/modules/registry.h"

static const struct made_elf forms[] = {
	{ .is_64 = false, .is_big_endian = false, .type = ET_EXEC },
	{ .is_64 = false, .is_big_endian = true, .type = ET_EXEC },
	{ .is_64 = true, .is_big_endian = false, .type = ET_EXEC },
	{ .is_64 = true, .is_big_endian = true, .type = ET_EXEC },
};

#define FORMS (sizeof(forms) / sizeof(*forms))

struct made_target {
	struct module_fixture fixture;
	struct fixture_block block;
	uint8_t bytes[MADE_ELF_BYTES];
};

static void open_file(struct made_target *target, const struct made_elf *elf)
{
	made_elf_write(elf, target->bytes);
	target->block = (struct fixture_block){ 0, target->bytes, MADE_ELF_BYTES };
	module_fixture_init(&target->fixture, &elf_module, false, &target->block, 1);
}

/* After a change of bytes. */
static void open_again(struct made_target *target)
{
	module_fixture_release(&target->fixture);
	module_fixture_init(&target->fixture, &elf_module, false, &target->block, 1);
}

struct number_case {
	const char *path;
	int64_t value;
};

static const struct number_case numbers[] = {
	{ "type", ET_EXEC },
	{ "machine", EM_PPC64 },
	{ "entry_point", MADE_ELF_CODE + 4 },
	{ "number_of_sections", 7 },
	{ "number_of_segments", 4 },
	{ "sh_offset", MADE_ELF_SECTIONS },
	{ "ph_offset", MADE_ELF_SEGMENTS },
	{ "sections[2].type", SHT_DYNSYM },
	{ "sections[2].flags", SHF_ALLOC },
	{ "sections[2].address", MADE_ELF_ADDRESS + MADE_ELF_SYMBOLS },
	{ "sections[2].offset", MADE_ELF_SYMBOLS },
	{ "sections[3].size", 22 },
	{ "segments[2].type", PT_DYNAMIC },
	{ "segments[2].flags", PF_R | PF_X },
	{ "segments[2].offset", MADE_ELF_DYNAMIC },
	{ "segments[2].virtual_address", MADE_ELF_ADDRESS + MADE_ELF_DYNAMIC },
	{ "segments[2].physical_address", 0x777000 + MADE_ELF_DYNAMIC },
	{ "segments[0].file_size", MADE_ELF_BYTES },
	{ "segments[0].memory_size", MADE_ELF_BYTES + 8 },
	{ "segments[0].alignment", 0x1000 },
	{ "dynamic_section_entries", 4 },
	{ "dynamic[1].type", DT_STRTAB },
	{ "dynamic[1].val", MADE_ELF_ADDRESS + MADE_ELF_STRINGS },
	{ "dynamic[3].type", DT_NULL },
	{ "symtab_entries", 5 },
	{ "symtab[2].value", MADE_ELF_ADDRESS + 0x300 },
	{ "symtab[2].size", 16 },
	{ "symtab[3].type", STT_OBJECT },
	{ "symtab[3].bind", STB_WEAK },
	{ "symtab[3].shndx", 1 },
	{ "dynsym_entries", 4 },
	{ "dynsym[2].value", MADE_ELF_ADDRESS + 0x300 },
	{ "dynsym[2].size", 16 },
	{ "dynsym[3].type", STT_OBJECT },
	{ "dynsym[3].bind", STB_WEAK },
	{ "dynsym[3].shndx", 1 },
	{ "EM_X86_64", EM_X86_64 },
	{ "PT_GNU_STACK", PT_GNU_STACK },
};

static void reads_every_number_in_all_four_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct made_target target;

		open_file(&target, &forms[i]);
		target.fixture.lend_most = 7;
		for (size_t j = 0; j < sizeof(numbers) / sizeof(*numbers); j++)
			assert_module_integer(&target.fixture, numbers[j].path, numbers[j].value);
		assert_module_integer(&target.fixture, "sh_entry_size", forms[i].is_64 ? 64 : 40);
		assert_module_integer(&target.fixture, "ph_entry_size", forms[i].is_64 ? 56 : 32);
		module_fixture_release(&target.fixture);
	}
}

static void reads_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct made_target target;

		open_file(&target, &forms[i]);
		assert_module_text(&target.fixture, "sections[0].name", "");
		assert_module_text(&target.fixture, "sections[1].name", ".text");
		assert_module_text(&target.fixture, "sections[6].name", ".bss");
		assert_module_text(&target.fixture, "symtab[0].name", "");
		assert_module_text(&target.fixture, "symtab[1].name", "Puts_it");
		assert_module_text(&target.fixture, "symtab[3].name", "_start");
		assert_module_text(&target.fixture, "dynsym[2].name", "alpha");
		assert_module_undefined(&target.fixture, "symtab[4].name");
		module_fixture_release(&target.fixture);
	}
}

static void elements_beyond_the_last_are_undefined(void **state)
{
	struct made_target target;

	(void)state;
	open_file(&target, &forms[2]);
	assert_module_undefined(&target.fixture, "sections[7].type");
	assert_module_undefined(&target.fixture, "segments[4].type");
	assert_module_undefined(&target.fixture, "dynamic[4].type");
	assert_module_undefined(&target.fixture, "symtab[5].value");
	assert_module_undefined(&target.fixture, "dynsym[4].value");
	module_fixture_release(&target.fixture);
}

/* One change to a file of 64 bits, and a value that it takes away. */
struct damage_case {
	const char *name;
	size_t at, bytes;
	uint64_t value;
	const char *undefined;
	const char *still; /* a number that is still there; NULL: none is looked at */
};

#define SECTION(index, field) (MADE_ELF_SECTIONS + (index)*64 + offsetof(Elf64_Shdr, field))
#define HEADER(field) offsetof(Elf64_Ehdr, field)

static const struct damage_case damages[] = {
	{ "another magic", 0, 1, 0x7e, "type", NULL },
	{ "no class", EI_CLASS, 1, 3, "type", NULL },
	{ "no order of bytes", EI_DATA, 1, 0, "machine", NULL },
	{ "sections beyond the file", HEADER(e_shoff), 8, MADE_ELF_BYTES, "sections[0].type",
	  "number_of_sections" },
	{ "sections that end beyond the file", HEADER(e_shoff), 8, MADE_ELF_BYTES - 7 * 64 + 1,
	  "symtab_entries", "sh_offset" },
	{ "sections at the end of all numbers", HEADER(e_shoff), 8, UINT64_MAX, "dynsym_entries",
	  "sh_offset" },
	{ "names in a section that is not there", HEADER(e_shstrndx), 2, 7, "sections[1].type",
	  "number_of_sections" },
	{ "reserved count of sections", HEADER(e_shnum), 2, 0xff00, "sections[1].type",
	  "number_of_sections" },
	{ "segments beyond the file", HEADER(e_phoff), 8, MADE_ELF_BYTES - 1, "segments[0].type",
	  "ph_offset" },
	{ "segments at the end of all numbers", HEADER(e_phoff), 8, UINT64_MAX - 8,
	  "dynamic_section_entries", "ph_offset" },
	{ "more segments than a file may have", HEADER(e_phnum), 2, 0xffff, "segments[0].type",
	  "number_of_segments" },
	{ "an entry that no segment has", HEADER(e_entry), 8, 5, "entry_point", "type" },
	{ "no entry", HEADER(e_entry), 8, 0, "entry_point", "type" },
	{ "names of sections at the start of the file", SECTION(5, sh_offset), 8, 0,
	  "sections[1].name", "sections[1].type" },
	{ "names of sections beyond the file", SECTION(5, sh_offset), 8, MADE_ELF_BYTES,
	  "sections[1].name", "sections[1].type" },
	{ "names that do not begin with zero", MADE_ELF_SECTION_NAMES, 1, 'x', "sections[1].name",
	  "sections[1].type" },
	{ "a name of a section beyond the file", SECTION(1, sh_name), 4, 0x7fffffff,
	  "sections[1].name", "sections[1].type" },
	{ "a negative place of a name", SECTION(1, sh_name), 4, 0x80000001, "sections[1].name",
	  "sections[1].type" },
	{ "symbols whose names are no strings", SECTION(3, sh_type), 4, SHT_PROGBITS,
	  "symtab_entries", "sections[4].type" },
	{ "symbols whose names are in no section", SECTION(4, sh_link), 4, 7, "symtab_entries",
	  "dynsym_entries" },
	{ "symbols that end beyond the file", SECTION(4, sh_size), 8, MADE_ELF_BYTES,
	  "symtab_entries", "dynsym_entries" },
	{ "symbols at the end of all numbers", SECTION(2, sh_offset), 8, UINT64_MAX - 15,
	  "dynsym_entries", "symtab_entries" },
	{ "names of symbols beyond the file", SECTION(3, sh_size), 8, UINT64_MAX, "symtab_entries",
	  "sections[3].type" },
	{ "names of symbols that end within one", SECTION(3, sh_size), 8, 12, "symtab[2].name",
	  "symtab[2].value" },
};

static void damage_takes_away_only_what_it_touches(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		const struct damage_case *c = &damages[i];
		struct made_target target;

		print_message("%s\n", c->name);
		open_file(&target, &forms[2]);
		made_elf_put(&forms[2], target.bytes + c->at, c->bytes, c->value);
		open_again(&target);
		assert_module_undefined(&target.fixture, c->undefined);
		if (c->still)
			assert_int_equal(module_fixture_get(&target.fixture, c->still).kind,
					 VALUE_INTEGER);
		module_fixture_release(&target.fixture);
	}
}

static void a_dynamic_section_without_an_end_goes_to_the_end_of_the_file(void **state)
{
	struct made_target target;

	(void)state;
	open_file(&target, &forms[2]);
	memset(target.bytes + MADE_ELF_DYNAMIC, 1, MADE_ELF_BYTES - MADE_ELF_DYNAMIC);
	open_again(&target);
	assert_module_integer(&target.fixture, "dynamic_section_entries",
			      (MADE_ELF_BYTES - MADE_ELF_DYNAMIC) / 16);
	made_elf_put(&forms[2], target.bytes + MADE_ELF_SEGMENTS + 2 * 56 + 8, 8, MADE_ELF_BYTES);
	open_again(&target);
	assert_module_integer(&target.fixture, "dynamic_section_entries", 0);
	module_fixture_release(&target.fixture);
}

static void the_entry_of_a_library_is_found_by_its_sections(void **state)
{
	struct made_elf library = forms[2];
	struct made_target target;

	(void)state;
	library.type = ET_DYN;
	open_file(&target, &library);
	assert_module_integer(&target.fixture, "entry_point", MADE_ELF_CODE + 4);
	made_elf_put(&library, target.bytes + SECTION(1, sh_type), 4, SHT_NOBITS);
	open_again(&target);
	assert_module_undefined(&target.fixture, "entry_point");
	module_fixture_release(&target.fixture);
}

static void import_md5_is_of_sorted_names_in_lower_case(void **state)
{
	struct made_target target;

	(void)state;
	open_file(&target, &forms[1]);
	assert_module_text(&target.fixture, "import_md5()", "bbacfcfddfcbf0a93e1351a9a6d607bb");
	assert_module_text(&target.fixture, "import_md5()", "bbacfcfddfcbf0a93e1351a9a6d607bb");
	/* Two more that are not defined. */
	for (size_t i = 2; i < 4; i++)
		made_elf_put(&forms[1],
			     target.bytes + MADE_ELF_SYMBOLS + i * sizeof(Elf32_Sym) +
				     offsetof(Elf32_Sym, st_shndx),
			     2, 0);
	open_again(&target);
	assert_module_text(&target.fixture, "import_md5()", "167d7047b930a39f6681ef3031eea391");
	module_fixture_release(&target.fixture);
}

static void telfhash_of_few_names_is_empty_and_of_none_undefined(void **state)
{
	struct made_target target;

	(void)state;
	open_file(&target, &forms[3]);
	assert_module_text(&target.fixture, "telfhash()", "");
	memset(target.bytes + MADE_ELF_STRINGS + 1, '_', 20);
	open_again(&target);
	assert_module_undefined(&target.fixture, "telfhash()");
	module_fixture_release(&target.fixture);
}

static void a_file_that_is_no_elf_has_nothing(void **state)
{
	const struct fixture_block block = { 0, "MZ, or some such thing", 22 };
	struct module_fixture fixture;

	(void)state;
	module_fixture_init(&fixture, &elf_module, false, &block, 1);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers) - 2; i++)
		assert_module_undefined(&fixture, numbers[i].path);
	assert_module_undefined(&fixture, "telfhash()");
	assert_module_undefined(&fixture, "import_md5()");
	module_fixture_release(&fixture);
}

static void a_header_alone_is_not_enough(void **state)
{
	struct made_target target;

	(void)state;
	open_file(&target, &forms[2]);
	target.block.length = 64;
	open_again(&target);
	assert_module_undefined(&target.fixture, "type");
	target.block.length = 65;
	open_again(&target);
	assert_module_integer(&target.fixture, "type", ET_EXEC);
	module_fixture_release(&target.fixture);
}

/* A name that ends beyond what is read at first, and one that is longer than any may be. */
static void names_may_lie_far_from_the_start_of_their_table(void **state)
{
	size_t length = MADE_ELF_BYTES + ELF_NAME_LIMIT + 3000000;
	uint8_t *bytes = calloc(1, length);
	struct fixture_block block = { 0, bytes, length };
	struct module_fixture fixture;

	(void)state;
	assert_non_null(bytes);
	made_elf_write(&forms[2], bytes);
	made_elf_put(&forms[2], bytes + SECTION(5, sh_offset), 8, MADE_ELF_BYTES);
	made_elf_put(&forms[2], bytes + SECTION(1, sh_name), 4, 100000);
	made_elf_put(&forms[2], bytes + SECTION(2, sh_name), 4, 1000000);
	memcpy(bytes + MADE_ELF_BYTES + 100000, "far away", 8);
	memset(bytes + MADE_ELF_BYTES + 1000000, 'x', ELF_NAME_LIMIT);
	module_fixture_init(&fixture, &elf_module, false, &block, 1);
	assert_module_text(&fixture, "sections[1].name", "far away");
	assert_module_undefined(&fixture, "sections[2].name");
	module_fixture_release(&fixture);
	free(bytes);
}

static void what_has_passed_ends_the_evaluation(void **state)
{
	struct made_target target;
	struct value out = value_undefined();
	struct error err;

	(void)state;
	open_file(&target, &forms[2]);
	target.fixture.lend_error = ERROR_NOT_KEPT;
	for (const struct module_member *member = elf_module.members; member->name; member++) {
		if (strcmp(member->name, "telfhash") == 0)
			assert_int_equal(member->call(&target.fixture.context, NULL, &out, &err),
					 ERROR_NOT_KEPT);
		if (strcmp(member->name, "symtab") == 0)
			assert_int_equal(member->count(&target.fixture.context, NULL, &out, &err),
					 ERROR_NOT_KEPT);
	}
	module_fixture_release(&target.fixture);
}

/* Every cut and every changed byte of every form; the sanitizers judge. */
static void nothing_breaks_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		for (size_t at = 0; at < MADE_ELF_BYTES; at += 3) {
			struct made_target target;

			open_file(&target, &forms[i]);
			target.bytes[at] = (uint8_t)(at % 2 ? 0xff : target.bytes[at] + 1);
			if (at % 5 == 0)
				target.block.length = at;
			open_again(&target);
			for (size_t j = 0; j < sizeof(numbers) / sizeof(*numbers); j++)
				module_fixture_get(&target.fixture, numbers[j].path);
			module_fixture_get(&target.fixture, "sections[1].name");
			module_fixture_get(&target.fixture, "symtab[1].name");
			module_fixture_get(&target.fixture, "telfhash()");
			module_fixture_get(&target.fixture, "import_md5()");
			module_fixture_release(&target.fixture);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_number_in_all_four_forms),
		cmocka_unit_test(reads_names),
		cmocka_unit_test(elements_beyond_the_last_are_undefined),
		cmocka_unit_test(damage_takes_away_only_what_it_touches),
		cmocka_unit_test(a_dynamic_section_without_an_end_goes_to_the_end_of_the_file),
		cmocka_unit_test(the_entry_of_a_library_is_found_by_its_sections),
		cmocka_unit_test(import_md5_is_of_sorted_names_in_lower_case),
		cmocka_unit_test(telfhash_of_few_names_is_empty_and_of_none_undefined),
		cmocka_unit_test(a_file_that_is_no_elf_has_nothing),
		cmocka_unit_test(a_header_alone_is_not_enough),
		cmocka_unit_test(names_may_lie_far_from_the_start_of_their_table),
		cmocka_unit_test(what_has_passed_ends_the_evaluation),
		cmocka_unit_test(nothing_breaks_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
