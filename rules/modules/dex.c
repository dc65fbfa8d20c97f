#include "rules/modules/registry.h"

#include <string.h>

#include "rules/modules/declared.h"

static int text(struct value *out, const char *value)
{
	*out = value_text(value, strlen(value));
	return 0;
}

static int magic_035(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	return text(out, "dex\n035");
}

static int magic_036(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	return text(out, "dex\n036");
}

static int magic_037(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	return text(out, "dex\n037");
}

static int magic_038(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	return text(out, "dex\n038");
}

static int magic_039(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	return text(out, "dex\n039");
}

static const struct module_member header[] = {
	TEXT("magic"),
	INTEGER("checksum"),
	TEXT("signature"),
	INTEGER("file_size"),
	INTEGER("header_size"),
	INTEGER("endian_tag"),
	INTEGER("link_size"),
	INTEGER("link_offset"),
	INTEGER("map_offset"),
	INTEGER("string_ids_size"),
	INTEGER("string_ids_offset"),
	INTEGER("type_ids_size"),
	INTEGER("type_ids_offset"),
	INTEGER("proto_ids_size"),
	INTEGER("proto_ids_offset"),
	INTEGER("field_ids_size"),
	INTEGER("field_ids_offset"),
	INTEGER("method_ids_size"),
	INTEGER("method_ids_offset"),
	INTEGER("class_defs_size"),
	INTEGER("class_defs_offset"),
	INTEGER("data_size"),
	INTEGER("data_offset"),
	NO_MORE,
};

static const struct module_member string_id_members[] = {
	INTEGER("offset"),
	INTEGER("size"),
	TEXT("value"),
	NO_MORE,
};
static const struct module_member string_id = STRUCTURE(ELEMENT_NAME, string_id_members);

static const struct module_member type_id_members[] = {
	INTEGER("descriptor_idx"),
	NO_MORE,
};
static const struct module_member type_id = STRUCTURE(ELEMENT_NAME, type_id_members);

static const struct module_member proto_id_members[] = {
	INTEGER("shorty_idx"),
	INTEGER("return_type_idx"),
	INTEGER("parameters_offset"),
	NO_MORE,
};
static const struct module_member proto_id = STRUCTURE(ELEMENT_NAME, proto_id_members);

static const struct module_member field_id_members[] = {
	INTEGER("class_idx"),
	INTEGER("type_idx"),
	INTEGER("name_idx"),
	NO_MORE,
};
static const struct module_member field_id = STRUCTURE(ELEMENT_NAME, field_id_members);

static const struct module_member method_id_members[] = {
	INTEGER("class_idx"),
	INTEGER("proto_idx"),
	INTEGER("name_idx"),
	NO_MORE,
};
static const struct module_member method_id = STRUCTURE(ELEMENT_NAME, method_id_members);

static const struct module_member class_definition_members[] = {
	INTEGER("class_idx"),
	INTEGER("access_flags"),
	INTEGER("super_class_idx"),
	INTEGER("interfaces_offset"),
	INTEGER("source_file_idx"),
	INTEGER("annotations_offset"),
	INTEGER("class_data_offset"),
	INTEGER("static_values_offset"),
	NO_MORE,
};
static const struct module_member class_definition =
	STRUCTURE(ELEMENT_NAME, class_definition_members);

static const struct module_member class_data_members[] = {
	INTEGER("static_fields_size"),
	INTEGER("instance_fields_size"),
	INTEGER("direct_methods_size"),
	INTEGER("virtual_methods_size"),
	NO_MORE,
};
static const struct module_member class_data = STRUCTURE(ELEMENT_NAME, class_data_members);

static const struct module_member map_item_members[] = {
	INTEGER("type"), INTEGER("unused"), INTEGER("size"), INTEGER("offset"), NO_MORE,
};
static const struct module_member map_item = STRUCTURE(ELEMENT_NAME, map_item_members);

static const struct module_member map_list[] = {
	INTEGER("size"),
	ARRAY("map_item", &map_item),
	NO_MORE,
};

static const struct module_member field_members[] = {
	TEXT("class_name"),	 TEXT("name"), TEXT("proto"), INTEGER("field_idx_diff"),
	INTEGER("access_flags"), NO_MORE,
};
static const struct module_member field = STRUCTURE(ELEMENT_NAME, field_members);

/* Declared without a field, so that a rule can name them and no more. */
static const struct module_member nothing[] = {
	NO_MORE,
};
static const struct module_member handler = STRUCTURE(ELEMENT_NAME, nothing);

static const struct module_member code_item[] = {
	INTEGER("registers_size"),
	INTEGER("ins_size"),
	INTEGER("outs_size"),
	INTEGER("tries_size"),
	INTEGER("debug_info_off"),
	INTEGER("insns_size"),
	TEXT("insns"),
	INTEGER("padding"),
	STRUCTURE("tries", nothing),
	ARRAY("handlers", &handler),
	NO_MORE,
};

static const struct module_member method_members[] = {
	TEXT("class_name"),
	TEXT("name"),
	TEXT("proto"),
	INTEGER("direct"),
	INTEGER("virtual"),
	INTEGER("method_idx_diff"),
	INTEGER("access_flags"),
	INTEGER("code_off"),
	STRUCTURE("code_item", code_item),
	NO_MORE,
};
static const struct module_member method = STRUCTURE(ELEMENT_NAME, method_members);

static const struct module_member members[] = {
	MODULE_MEMBER("DEX_FILE_MAGIC_035", MODULE_TEXT, magic_035),
	MODULE_MEMBER("DEX_FILE_MAGIC_036", MODULE_TEXT, magic_036),
	MODULE_MEMBER("DEX_FILE_MAGIC_037", MODULE_TEXT, magic_037),
	MODULE_MEMBER("DEX_FILE_MAGIC_038", MODULE_TEXT, magic_038),
	MODULE_MEMBER("DEX_FILE_MAGIC_039", MODULE_TEXT, magic_039),
	MODULE_CONSTANT("ENDIAN_CONSTANT", 0x12345678),
	MODULE_CONSTANT("REVERSE_ENDIAN_CONSTANT", 0x78563412),
	MODULE_CONSTANT("NO_INDEX", 0xffffffff),
	MODULE_CONSTANT("ACC_PUBLIC", 0x00001),
	MODULE_CONSTANT("ACC_PRIVATE", 0x00002),
	MODULE_CONSTANT("ACC_PROTECTED", 0x00004),
	MODULE_CONSTANT("ACC_STATIC", 0x00008),
	MODULE_CONSTANT("ACC_FINAL", 0x00010),
	MODULE_CONSTANT("ACC_SYNCHRONIZED", 0x00020),
	MODULE_CONSTANT("ACC_VOLATILE", 0x00040),
	MODULE_CONSTANT("ACC_BRIDGE", 0x00040),
	MODULE_CONSTANT("ACC_TRANSIENT", 0x00080),
	MODULE_CONSTANT("ACC_VARARGS", 0x00080),
	MODULE_CONSTANT("ACC_NATIVE", 0x00100),
	MODULE_CONSTANT("ACC_INTERFACE", 0x00200),
	MODULE_CONSTANT("ACC_ABSTRACT", 0x00400),
	MODULE_CONSTANT("ACC_STRICT", 0x00800),
	MODULE_CONSTANT("ACC_SYNTHETIC", 0x01000),
	MODULE_CONSTANT("ACC_ANNOTATION", 0x02000),
	MODULE_CONSTANT("ACC_ENUM", 0x04000),
	MODULE_CONSTANT("ACC_CONSTRUCTOR", 0x10000),
	MODULE_CONSTANT("ACC_DECLARED_SYNCHRONIZED", 0x20000),
	MODULE_CONSTANT("TYPE_HEADER_ITEM", 0x0000),
	MODULE_CONSTANT("TYPE_STRING_ID_ITEM", 0x0001),
	MODULE_CONSTANT("TYPE_TYPE_ID_ITEM", 0x0002),
	MODULE_CONSTANT("TYPE_PROTO_ID_ITEM", 0x0003),
	MODULE_CONSTANT("TYPE_FIELD_ID_ITEM", 0x0004),
	MODULE_CONSTANT("TYPE_METHOD_ID_ITEM", 0x0005),
	MODULE_CONSTANT("TYPE_CLASS_DEF_ITEM", 0x0006),
	MODULE_CONSTANT("TYPE_CALL_SITE_ID_ITEM", 0x0007),
	MODULE_CONSTANT("TYPE_METHOD_HANDLE_ITEM", 0x0008),
	MODULE_CONSTANT("TYPE_MAP_LIST", 0x1000),
	MODULE_CONSTANT("TYPE_TYPE_LIST", 0x1001),
	MODULE_CONSTANT("TYPE_ANNOTATION_SET_REF_LIST", 0x1002),
	MODULE_CONSTANT("TYPE_ANNOTATION_SET_ITEM", 0x1003),
	MODULE_CONSTANT("TYPE_CLASS_DATA_ITEM", 0x2000),
	MODULE_CONSTANT("TYPE_CODE_ITEM", 0x2001),
	MODULE_CONSTANT("TYPE_STRING_DATA_ITEM", 0x2002),
	MODULE_CONSTANT("TYPE_DEBUG_INFO_ITEM", 0x2003),
	MODULE_CONSTANT("TYPE_ANNOTATION_ITEM", 0x2004),
	MODULE_CONSTANT("TYPE_ENCODED_ARRAY_ITEM", 0x2005),
	MODULE_CONSTANT("TYPE_ANNOTATIONS_DIRECTORY_ITEM", 0x2006),
	STRUCTURE("header", header),
	ARRAY("string_ids", &string_id),
	ARRAY("type_ids", &type_id),
	ARRAY("proto_ids", &proto_id),
	ARRAY("field_ids", &field_id),
	ARRAY("method_ids", &method_id),
	ARRAY("class_defs", &class_definition),
	ARRAY("class_data_item", &class_data),
	STRUCTURE("map_list", map_list),
	INTEGER("number_of_fields"),
	ARRAY("field", &field),
	FUNCTION("has_method", "s", MODULE_INTEGER),
	FUNCTION("has_method", "ss", MODULE_INTEGER),
	FUNCTION("has_method", "r", MODULE_INTEGER),
	FUNCTION("has_method", "rr", MODULE_INTEGER),
	FUNCTION("has_class", "s", MODULE_INTEGER),
	FUNCTION("has_class", "r", MODULE_INTEGER),
	INTEGER("number_of_methods"),
	ARRAY("method", &method),
	NO_MORE,
};

const struct module dex_module = { .name = "dex", .members = members, .evaluated = false };
