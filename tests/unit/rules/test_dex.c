#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "declared_rules.h"

static void knows_every_number(void **state)
{
	static const char *const integers[] = {
		"dex.header.checksum",
		"dex.header.file_size",
		"dex.header.header_size",
		"dex.header.endian_tag",
		"dex.header.link_size",
		"dex.header.link_offset",
		"dex.header.map_offset",
		"dex.header.string_ids_size",
		"dex.header.string_ids_offset",
		"dex.header.type_ids_size",
		"dex.header.type_ids_offset",
		"dex.header.proto_ids_size",
		"dex.header.proto_ids_offset",
		"dex.header.field_ids_size",
		"dex.header.field_ids_offset",
		"dex.header.method_ids_size",
		"dex.header.method_ids_offset",
		"dex.header.class_defs_size",
		"dex.header.class_defs_offset",
		"dex.header.data_size",
		"dex.header.data_offset",
		"dex.string_ids[0].offset",
		"dex.string_ids[0].size",
		"dex.type_ids[0].descriptor_idx",
		"dex.proto_ids[0].shorty_idx",
		"dex.proto_ids[0].return_type_idx",
		"dex.proto_ids[0].parameters_offset",
		"dex.field_ids[0].class_idx",
		"dex.field_ids[0].type_idx",
		"dex.field_ids[0].name_idx",
		"dex.method_ids[0].class_idx",
		"dex.method_ids[0].proto_idx",
		"dex.method_ids[0].name_idx",
		"dex.class_defs[0].class_idx",
		"dex.class_defs[0].access_flags",
		"dex.class_defs[0].super_class_idx",
		"dex.class_defs[0].interfaces_offset",
		"dex.class_defs[0].source_file_idx",
		"dex.class_defs[0].annotations_offset",
		"dex.class_defs[0].class_data_offset",
		"dex.class_defs[0].static_values_offset",
		"dex.class_data_item[0].static_fields_size",
		"dex.class_data_item[0].instance_fields_size",
		"dex.class_data_item[0].direct_methods_size",
		"dex.class_data_item[0].virtual_methods_size",
		"dex.map_list.size",
		"dex.map_list.map_item[0].type",
		"dex.map_list.map_item[0].unused",
		"dex.map_list.map_item[0].size",
		"dex.map_list.map_item[0].offset",
		"dex.number_of_fields",
		"dex.field[0].field_idx_diff",
		"dex.field[0].access_flags",
		"dex.number_of_methods",
		"dex.method[0].direct",
		"dex.method[0].virtual",
		"dex.method[0].method_idx_diff",
		"dex.method[0].access_flags",
		"dex.method[0].code_off",
		"dex.method[0].code_item.registers_size",
		"dex.method[0].code_item.ins_size",
		"dex.method[0].code_item.outs_size",
		"dex.method[0].code_item.tries_size",
		"dex.method[0].code_item.debug_info_off",
		"dex.method[0].code_item.insns_size",
		"dex.method[0].code_item.padding",
		"dex.has_method(\"m\")",
		"dex.has_method(\"c\", \"m\")",
		"dex.has_method(/m/)",
		"dex.has_method(/c/, /m/i)",
		"dex.has_class(\"c\")",
		"dex.has_class(/c/)",
		NULL,
	};

	(void)state;
	assert_integers("dex", integers);
}

static void knows_every_text(void **state)
{
	static const char *const texts[] = {
		"dex.DEX_FILE_MAGIC_035",
		"dex.DEX_FILE_MAGIC_039",
		"dex.header.magic",
		"dex.header.signature",
		"dex.string_ids[0].value",
		"dex.field[0].class_name",
		"dex.field[0].name",
		"dex.field[0].proto",
		"dex.method[0].class_name",
		"dex.method[0].name",
		"dex.method[0].proto",
		"dex.method[0].code_item.insns",
		NULL,
	};

	(void)state;
	assert_texts("dex", texts);
}

static void has_constants_without_a_file(void **state)
{
	static const char *const constants[] = {
		"dex.DEX_FILE_MAGIC_035 == \"dex\\n035\"",
		"dex.DEX_FILE_MAGIC_036 == \"dex\\n036\"",
		"dex.DEX_FILE_MAGIC_037 == \"dex\\n037\"",
		"dex.DEX_FILE_MAGIC_038 == \"dex\\n038\"",
		"dex.DEX_FILE_MAGIC_039 == \"dex\\n039\"",
		"dex.ENDIAN_CONSTANT == 0x12345678",
		"dex.REVERSE_ENDIAN_CONSTANT == 0x78563412",
		"dex.NO_INDEX == 0xffffffff",
		"dex.ACC_PUBLIC == 1",
		"dex.ACC_STATIC == 8",
		"dex.ACC_VOLATILE == 0x40",
		"dex.ACC_BRIDGE == 0x40",
		"dex.ACC_VARARGS == 0x80",
		"dex.ACC_ABSTRACT == 0x400",
		"dex.ACC_CONSTRUCTOR == 0x10000",
		"dex.ACC_DECLARED_SYNCHRONIZED == 0x20000",
		"dex.TYPE_HEADER_ITEM == 0",
		"dex.TYPE_CALL_SITE_ID_ITEM == 7",
		"dex.TYPE_METHOD_HANDLE_ITEM == 8",
		"dex.TYPE_MAP_LIST == 0x1000",
		"dex.TYPE_ANNOTATION_SET_ITEM == 0x1003",
		"dex.TYPE_CLASS_DATA_ITEM == 0x2000",
		"dex.TYPE_ANNOTATIONS_DIRECTORY_ITEM == 0x2006",
		NULL,
	};

	(void)state;
	assert_true_everywhere("dex", constants);
}

static void names_what_has_no_fields(void **state)
{
	static const char *const conditions[] = {
		"for any h in dex.method[0].code_item.handlers : (true)",
		NULL,
	};

	(void)state;
	assert_conditions("dex", conditions);
}

static void refuses_what_is_not_declared(void **state)
{
	static const struct refused_condition refused[] = {
		{ "dex.headers.magic == \"x\"", "invalid-field-name",
		  "invalid field name \"headers\"" },
		{ "dex.method[0].code_item.tries.start", "invalid-field-name",
		  "invalid field name \"start\"" },
		{ "dex.has_method(1)", "wrong-arguments",
		  "wrong arguments for function \"has_method\"" },
		{ "dex.has_method(\"c\", /m/)", "wrong-arguments",
		  "wrong arguments for function \"has_method\"" },
		{ "dex.has_class(\"c\", \"m\")", "wrong-arguments",
		  "wrong arguments for function \"has_class\"" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	assert_refused("dex", refused);
}

static void is_not_evaluated(void **state)
{
	(void)state;
	assert_not_evaluated("dex", "dex.number_of_methods > 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_number),
		cmocka_unit_test(knows_every_text),
		cmocka_unit_test(has_constants_without_a_file),
		cmocka_unit_test(names_what_has_no_fields),
		cmocka_unit_test(refuses_what_is_not_declared),
		cmocka_unit_test(is_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
