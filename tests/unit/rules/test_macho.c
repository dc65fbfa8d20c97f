#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "declared_rules.h"

static void knows_every_number(void **state)
{
	static const char *const integers[] = {
		"macho.magic",
		"macho.cputype",
		"macho.cpusubtype",
		"macho.filetype",
		"macho.ncmds",
		"macho.sizeofcmds",
		"macho.flags",
		"macho.reserved",
		"macho.number_of_segments",
		"macho.entry_point",
		"macho.stack_size",
		"macho.segments[0].vmaddr",
		"macho.segments[0].vmsize",
		"macho.segments[0].fileoff",
		"macho.segments[0].fsize",
		"macho.segments[0].maxprot",
		"macho.segments[0].initprot",
		"macho.segments[0].nsects",
		"macho.segments[0].flags",
		"macho.segments[0].sections[1].addr",
		"macho.segments[0].sections[1].size",
		"macho.segments[0].sections[1].offset",
		"macho.segments[0].sections[1].align",
		"macho.segments[0].sections[1].reloff",
		"macho.segments[0].sections[1].nreloc",
		"macho.segments[0].sections[1].flags",
		"macho.segments[0].sections[1].reserved1",
		"macho.segments[0].sections[1].reserved2",
		"macho.segments[0].sections[1].reserved3",
		"macho.fat_magic",
		"macho.nfat_arch",
		"macho.fat_arch[0].cputype",
		"macho.fat_arch[0].cpusubtype",
		"macho.fat_arch[0].offset",
		"macho.fat_arch[0].size",
		"macho.fat_arch[0].align",
		"macho.file[0].magic",
		"macho.file[0].cputype",
		"macho.file[0].cpusubtype",
		"macho.file[0].filetype",
		"macho.file[0].ncmds",
		"macho.file[0].sizeofcmds",
		"macho.file[0].flags",
		"macho.file[0].reserved",
		"macho.file[0].number_of_segments",
		"macho.file[0].entry_point",
		"macho.file[0].stack_size",
		"macho.file[0].segments[1].vmaddr",
		"macho.file[0].segments[1].vmsize",
		"macho.file[0].segments[1].fileoff",
		"macho.file[0].segments[1].fsize",
		"macho.file[0].segments[1].maxprot",
		"macho.file[0].segments[1].initprot",
		"macho.file[0].segments[1].nsects",
		"macho.file[0].segments[1].flags",
		"macho.file[0].segments[1].sections[2].addr",
		"macho.file[0].segments[1].sections[2].size",
		"macho.file[0].segments[1].sections[2].offset",
		"macho.file[0].segments[1].sections[2].align",
		"macho.file[0].segments[1].sections[2].reloff",
		"macho.file[0].segments[1].sections[2].nreloc",
		"macho.file[0].segments[1].sections[2].flags",
		"macho.file[0].segments[1].sections[2].reserved1",
		"macho.file[0].segments[1].sections[2].reserved2",
		"macho.file[0].segments[1].sections[2].reserved3",
		"macho.file_index_for_arch(7)",
		"macho.file_index_for_arch(7, 3)",
		"macho.entry_point_for_arch(7)",
		"macho.entry_point_for_arch(7, 3)",
		NULL,
	};

	(void)state;
	assert_integers("macho", integers);
}

static void knows_every_text(void **state)
{
	static const char *const texts[] = {
		"macho.segments[0].segname",
		"macho.segments[0].sections[1].sectname",
		"macho.segments[0].sections[1].segname",
		"macho.file[0].segments[1].segname",
		"macho.file[0].segments[1].sections[2].sectname",
		"macho.file[0].segments[1].sections[2].segname",
		NULL,
	};

	(void)state;
	assert_texts("macho", texts);
}

static void has_constants_without_a_file(void **state)
{
	static const char *const constants[] = {
		"macho.MH_MAGIC == 0xfeedface",
		"macho.MH_CIGAM_64 == 0xcffaedfe",
		"macho.FAT_MAGIC == 0xcafebabe",
		"macho.FAT_CIGAM_64 == 0xbfbafeca",
		"macho.CPU_ARCH_ABI64 == 0x1000000",
		"macho.CPU_SUBTYPE_LIB64 == 0x80000000",
		"macho.CPU_TYPE_I386 == 7",
		"macho.CPU_TYPE_X86 == 7",
		"macho.CPU_TYPE_X86_64 == 0x1000007",
		"macho.CPU_TYPE_ARM64 == 0x100000c",
		"macho.CPU_TYPE_POWERPC64 == 0x1000012",
		"macho.CPU_SUBTYPE_386 == 3",
		"macho.CPU_SUBTYPE_I386_ALL == 3",
		"macho.CPU_SUBTYPE_X86_64_ALL == 3",
		"macho.CPU_SUBTYPE_486SX == 0x84",
		"macho.CPU_SUBTYPE_PENTII_M5 == 0x56",
		"macho.CPU_SUBTYPE_ARM_V7EM == 0x10",
		"macho.CPU_SUBTYPE_POWERPC_603ev == 5",
		"macho.CPU_SUBTYPE_POWERPC_970 == 0x64",
		"macho.MH_EXECUTE == 2",
		"macho.MH_KEXT_BUNDLE == 11",
		"macho.MH_PIE == 0x200000",
		"macho.MH_APP_EXTENSION_SAFE == 0x2000000",
		"macho.SG_PROTECTED_VERSION_1 == 8",
		"macho.SECTION_TYPE == 0xff",
		"macho.SECTION_ATTRIBUTES == 0xffffff00",
		"macho.S_REGULAR == 0",
		"macho.S_LITERAL_POINTERS == 5",
		"macho.S_NON_LAZY_SYMBOL_POINTERS == 6",
		"macho.S_THREAD_LOCAL_INIT_FUNCTION_POINTERS == 0x15",
		"macho.S_ATTR_PURE_INSTRUCTIONS == 0x80000000",
		"macho.S_ATTR_LOC_RELOC == 0x100",
		NULL,
	};

	(void)state;
	assert_true_everywhere("macho", constants);
}

static void is_walked_by_loops(void **state)
{
	static const char *const conditions[] = {
		"for any f in macho.file : (for any s in f.segments : (s.segname == \"x\"))",
		NULL,
	};

	(void)state;
	assert_conditions("macho", conditions);
}

static void refuses_what_is_not_declared(void **state)
{
	static const struct refused_condition refused[] = {
		{ "macho.cpu_type == 7", "invalid-field-name", "invalid field name \"cpu_type\"" },
		{ "macho.fat_arch[0].reserved == 7", "invalid-field-name",
		  "invalid field name \"reserved\"" },
		{ "macho.entry_point_for_arch(\"x\")", "wrong-arguments",
		  "wrong arguments for function \"entry_point_for_arch\"" },
		{ "macho.file_index_for_arch()", "wrong-arguments",
		  "wrong arguments for function \"file_index_for_arch\"" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	assert_refused("macho", refused);
}

static void is_not_evaluated(void **state)
{
	(void)state;
	assert_not_evaluated("macho", "macho.filetype == macho.MH_EXECUTE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_number),
		cmocka_unit_test(knows_every_text),
		cmocka_unit_test(has_constants_without_a_file),
		cmocka_unit_test(is_walked_by_loops),
		cmocka_unit_test(refuses_what_is_not_declared),
		cmocka_unit_test(is_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
