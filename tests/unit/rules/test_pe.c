#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "declared_rules.h"

static void knows_every_number(void **state)
{
	static const char *const integers[] = {
		"pe.is_pe",
		"pe.machine",
		"pe.number_of_sections",
		"pe.timestamp",
		"pe.pointer_to_symbol_table",
		"pe.number_of_symbols",
		"pe.size_of_optional_header",
		"pe.characteristics",
		"pe.entry_point",
		"pe.entry_point_raw",
		"pe.image_base",
		"pe.number_of_rva_and_sizes",
		"pe.number_of_version_infos",
		"pe.opthdr_magic",
		"pe.size_of_code",
		"pe.size_of_initialized_data",
		"pe.size_of_uninitialized_data",
		"pe.base_of_code",
		"pe.base_of_data",
		"pe.section_alignment",
		"pe.file_alignment",
		"pe.linker_version.major",
		"pe.linker_version.minor",
		"pe.os_version.major",
		"pe.os_version.minor",
		"pe.image_version.major",
		"pe.image_version.minor",
		"pe.subsystem_version.major",
		"pe.subsystem_version.minor",
		"pe.win32_version_value",
		"pe.size_of_image",
		"pe.size_of_headers",
		"pe.checksum",
		"pe.calculate_checksum()",
		"pe.subsystem",
		"pe.dll_characteristics",
		"pe.size_of_stack_reserve",
		"pe.size_of_stack_commit",
		"pe.size_of_heap_reserve",
		"pe.size_of_heap_commit",
		"pe.loader_flags",
		"pe.data_directories[0].virtual_address",
		"pe.data_directories[0].size",
		"pe.overlay.offset",
		"pe.overlay.size",
		"pe.rich_signature.offset",
		"pe.rich_signature.length",
		"pe.rich_signature.key",
		"pe.is_dll()",
		"pe.is_32bit()",
		"pe.is_64bit()",
		"pe.number_of_imports",
		"pe.number_of_imported_functions",
		"pe.number_of_delayed_imports",
		"pe.number_of_delayed_imported_functions",
		"pe.number_of_exports",
		"pe.export_timestamp",
		"pe.export_details[0].offset",
		"pe.export_details[0].ordinal",
		"pe.export_details[0].rva",
		"pe.import_details[0].number_of_functions",
		"pe.import_details[0].functions[1].ordinal",
		"pe.import_details[0].functions[1].rva",
		"pe.delayed_import_details[0].number_of_functions",
		"pe.delayed_import_details[0].functions[1].ordinal",
		"pe.delayed_import_details[0].functions[1].rva",
		"pe.resource_timestamp",
		"pe.resource_version.major",
		"pe.resource_version.minor",
		"pe.number_of_resources",
		"pe.is_signed",
		"pe.number_of_signatures",
		"pe.sections[0].characteristics",
		"pe.sections[0].virtual_address",
		"pe.sections[0].virtual_size",
		"pe.sections[0].raw_data_offset",
		"pe.sections[0].raw_data_size",
		"pe.sections[0].pointer_to_relocations",
		"pe.sections[0].pointer_to_line_numbers",
		"pe.sections[0].number_of_relocations",
		"pe.sections[0].number_of_line_numbers",
		"pe.resources[0].rva",
		"pe.resources[0].offset",
		"pe.resources[0].length",
		"pe.resources[0].type",
		"pe.resources[0].id",
		"pe.resources[0].language",
		"pe.signatures[0].version",
		"pe.signatures[0].not_before",
		"pe.signatures[0].not_after",
		"pe.signatures[0].verified",
		"pe.signatures[0].number_of_certificates",
		"pe.signatures[0].certificates[1].version",
		"pe.signatures[0].certificates[1].not_before",
		"pe.signatures[0].certificates[1].not_after",
		"pe.signatures[0].signer_info.length_of_chain",
		"pe.signatures[0].signer_info.chain[1].version",
		"pe.signatures[0].signer_info.chain[1].not_before",
		"pe.signatures[0].signer_info.chain[1].not_after",
		"pe.signatures[0].number_of_countersignatures",
		"pe.signatures[0].countersignatures[1].verified",
		"pe.signatures[0].countersignatures[1].sign_time",
		"pe.signatures[0].countersignatures[1].length_of_chain",
		"pe.signatures[0].countersignatures[1].chain[2].version",
		"pe.signatures[0].countersignatures[1].chain[2].not_before",
		"pe.signatures[0].countersignatures[1].chain[2].not_after",
		"pe.signatures[0].valid_on(1400000000)",
		NULL,
	};

	(void)state;
	assert_integers("pe", integers);
}

static void knows_every_overload(void **state)
{
	static const char *const integers[] = {
		"pe.rich_signature.version(21005)",
		"pe.rich_signature.version(21005, 170)",
		"pe.rich_signature.toolid(170)",
		"pe.rich_signature.toolid(170, 40219)",
		"pe.section_index(\".text\")",
		"pe.section_index(4096)",
		"pe.exports(\"f\")",
		"pe.exports(/^f/)",
		"pe.exports(7)",
		"pe.exports_index(\"f\")",
		"pe.exports_index(7)",
		"pe.exports_index(/^f/)",
		"pe.imports(\"d\", \"f\")",
		"pe.imports(\"d\", 7)",
		"pe.imports(\"d\")",
		"pe.imports(/d/i, /f/)",
		"pe.imports(pe.IMPORT_ANY, \"d\", \"f\")",
		"pe.imports(pe.IMPORT_DELAYED, \"d\", 7)",
		"pe.imports(pe.IMPORT_STANDARD, \"d\")",
		"pe.imports(pe.IMPORT_ANY, /d/, /f/)",
		"pe.import_rva(\"d\", \"f\")",
		"pe.import_rva(\"d\", 7)",
		"pe.delayed_import_rva(\"d\", \"f\")",
		"pe.delayed_import_rva(\"d\", 7)",
		"pe.locale(0x419)",
		"pe.language(9)",
		"pe.rva_to_offset(4096)",
		NULL,
	};

	(void)state;
	assert_integers("pe", integers);
}

static void knows_every_text(void **state)
{
	static const char *const texts[] = {
		"pe.version_info[\"CompanyName\"]",
		"pe.version_info_list[0].key",
		"pe.version_info_list[0].value",
		"pe.sections[0].name",
		"pe.sections[0].full_name",
		"pe.rich_signature.raw_data",
		"pe.rich_signature.clear_data",
		"pe.rich_signature.version_data",
		"pe.imphash()",
		"pe.dll_name",
		"pe.export_details[0].name",
		"pe.export_details[0].forward_name",
		"pe.import_details[0].library_name",
		"pe.import_details[0].functions[1].name",
		"pe.delayed_import_details[0].library_name",
		"pe.delayed_import_details[0].functions[1].name",
		"pe.resources[0].type_string",
		"pe.resources[0].name_string",
		"pe.resources[0].language_string",
		"pe.pdb_path",
		"pe.signatures[0].thumbprint",
		"pe.signatures[0].issuer",
		"pe.signatures[0].subject",
		"pe.signatures[0].algorithm",
		"pe.signatures[0].algorithm_oid",
		"pe.signatures[0].serial",
		"pe.signatures[0].digest_alg",
		"pe.signatures[0].digest",
		"pe.signatures[0].file_digest",
		"pe.signatures[0].signer_info.program_name",
		"pe.signatures[0].signer_info.digest",
		"pe.signatures[0].signer_info.digest_alg",
		"pe.signatures[0].countersignatures[1].digest_alg",
		"pe.signatures[0].countersignatures[1].digest",
		"pe.signatures[0].certificates[1].thumbprint",
		"pe.signatures[0].certificates[1].issuer",
		"pe.signatures[0].certificates[1].subject",
		"pe.signatures[0].certificates[1].algorithm",
		"pe.signatures[0].certificates[1].algorithm_oid",
		"pe.signatures[0].certificates[1].serial",
		"pe.signatures[0].signer_info.chain[1].thumbprint",
		"pe.signatures[0].signer_info.chain[1].issuer",
		"pe.signatures[0].signer_info.chain[1].subject",
		"pe.signatures[0].signer_info.chain[1].algorithm",
		"pe.signatures[0].signer_info.chain[1].algorithm_oid",
		"pe.signatures[0].signer_info.chain[1].serial",
		"pe.signatures[0].countersignatures[1].chain[2].thumbprint",
		"pe.signatures[0].countersignatures[1].chain[2].issuer",
		"pe.signatures[0].countersignatures[1].chain[2].subject",
		"pe.signatures[0].countersignatures[1].chain[2].algorithm",
		"pe.signatures[0].countersignatures[1].chain[2].algorithm_oid",
		"pe.signatures[0].countersignatures[1].chain[2].serial",
		NULL,
	};

	(void)state;
	assert_texts("pe", texts);
}

static void has_constants_without_a_file(void **state)
{
	static const char *const constants[] = {
		"pe.MACHINE_UNKNOWN == 0",
		"pe.MACHINE_AM33 == 0x1d3",
		"pe.MACHINE_AMD64 == 0x8664",
		"pe.MACHINE_ARM64 == 0xaa64",
		"pe.MACHINE_I386 == 0x14c",
		"pe.MACHINE_ALPHA64 == pe.MACHINE_AXP64",
		"pe.MACHINE_TARGET_HOST == 1",
		"pe.MACHINE_CEE == 0xc0ee",
		"pe.SUBSYSTEM_WINDOWS_GUI == 2",
		"pe.SUBSYSTEM_XBOX == 14",
		"pe.SUBSYSTEM_WINDOWS_BOOT_APPLICATION == 16",
		"pe.HIGH_ENTROPY_VA == 0x20",
		"pe.APPCONTAINER == 0x1000",
		"pe.TERMINAL_SERVER_AWARE == 0x8000",
		"pe.RELOCS_STRIPPED == 1",
		"pe.MACHINE_32BIT == 0x100",
		"pe.DLL == 0x2000",
		"pe.BYTES_REVERSED_HI == 0x8000",
		"pe.IMAGE_DIRECTORY_ENTRY_EXPORT == 0",
		"pe.IMAGE_DIRECTORY_ENTRY_COPYRIGHT == pe.IMAGE_DIRECTORY_ENTRY_ARCHITECTURE",
		"pe.IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR == 14",
		"pe.IMAGE_NT_OPTIONAL_HDR32_MAGIC == 0x10b",
		"pe.IMAGE_NT_OPTIONAL_HDR64_MAGIC == 0x20b",
		"pe.IMAGE_ROM_OPTIONAL_HDR_MAGIC == 0x107",
		"pe.SECTION_NO_PAD == 8",
		"pe.SECTION_CNT_CODE == 0x20",
		"pe.SECTION_MEM_FARDATA == 0x8000",
		"pe.SECTION_MEM_PURGEABLE == pe.SECTION_MEM_16BIT",
		"pe.SECTION_ALIGN_1BYTES == 0x100000",
		"pe.SECTION_ALIGN_8192BYTES == 0xe00000",
		"pe.SECTION_ALIGN_MASK == 0xf00000",
		"pe.SECTION_MEM_WRITE == 0x80000000",
		"pe.SECTION_SCALE_INDEX == 1",
		"pe.RESOURCE_TYPE_CURSOR == 1",
		"pe.RESOURCE_TYPE_GROUP_CURSOR == 12",
		"pe.RESOURCE_TYPE_MANIFEST == 24",
		"pe.IMAGE_DEBUG_TYPE_CODEVIEW == 2",
		"pe.IMAGE_DEBUG_TYPE_REPRO == 16",
		"pe.IMPORT_STANDARD == 1",
		"pe.IMPORT_DELAYED == 2",
		"pe.IMPORT_ANY == -1",
		NULL,
	};

	(void)state;
	assert_true_everywhere("pe", constants);
}

static void is_walked_by_loops(void **state)
{
	static const char *const conditions[] = {
		"for any s in pe.sections : (s.name == \".text\" and s.virtual_size > 0)",
		"for any k, v in pe.version_info : (k == \"CompanyName\" and v contains \"x\")",
		"for all i in (0..pe.number_of_signatures - 1) : (pe.signatures[i].issuer contains "
		"\"x\")",
		"for any d in pe.import_details : (for any f in d.functions : (f.name == \"x\"))",
		"pe.is_dll() and not pe.is_pe",
		"pe.characteristics & pe.DLL",
		NULL,
	};

	(void)state;
	assert_conditions("pe", conditions);
}

static void refuses_what_is_not_declared(void **state)
{
	static const struct refused_condition refused[] = {
		{ "pe.number_of_section == 1", "invalid-field-name",
		  "invalid field name \"number_of_section\"" },
		{ "pe.sections[0].size == 1", "invalid-field-name", "invalid field name \"size\"" },
		{ "pe.delay_import_details[0].library_name == \"x\"", "invalid-field-name",
		  "invalid field name \"delay_import_details\"" },
		{ "pe.imports(1)", "wrong-arguments", "wrong arguments for function \"imports\"" },
		{ "pe.imports(\"d\", /f/)", "wrong-arguments",
		  "wrong arguments for function \"imports\"" },
		{ "pe.exports(1.5)", "wrong-arguments",
		  "wrong arguments for function \"exports\"" },
		{ "pe.imphash(1) == \"x\"", "wrong-arguments",
		  "wrong arguments for function \"imphash\"" },
		{ "pe.sections[\"x\"].name == \"x\"", "wrong-type",
		  "array indexes must be of integer type" },
		{ "pe.version_info[0] == \"x\"", "wrong-type",
		  "dictionary keys must be of string type" },
		{ "pe.machine()", "wrong-type", "\"machine\" is not a function" },
		{ "pe.entry_point.raw == 1", "wrong-type", "\"entry_point\" is not a structure" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	assert_refused("pe", refused);
}

static void is_not_evaluated(void **state)
{
	(void)state;
	assert_not_evaluated("pe", "pe.machine == pe.MACHINE_AMD64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_number),
		cmocka_unit_test(knows_every_overload),
		cmocka_unit_test(knows_every_text),
		cmocka_unit_test(has_constants_without_a_file),
		cmocka_unit_test(is_walked_by_loops),
		cmocka_unit_test(refuses_what_is_not_declared),
		cmocka_unit_test(is_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
