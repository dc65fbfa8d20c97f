#include "rules/modules/registry.h"

#include "rules/modules/declared.h"

static const struct module_member text = TEXT(ELEMENT_NAME);
static const struct module_member number = INTEGER(ELEMENT_NAME);

static const struct module_member version_members[] = {
	INTEGER("major"),	    INTEGER("minor"), INTEGER("build_number"),
	INTEGER("revision_number"), NO_MORE,
};

static const struct module_member stream_members[] = {
	TEXT("name"),
	INTEGER("offset"),
	INTEGER("size"),
	NO_MORE,
};
static const struct module_member stream = STRUCTURE(ELEMENT_NAME, stream_members);

static const struct module_member resource_members[] = {
	INTEGER("offset"),
	INTEGER("length"),
	TEXT("name"),
	NO_MORE,
};
static const struct module_member resource = STRUCTURE(ELEMENT_NAME, resource_members);

static const struct module_member parameter_members[] = {
	TEXT("name"),
	TEXT("type"),
	NO_MORE,
};
static const struct module_member parameter = STRUCTURE(ELEMENT_NAME, parameter_members);

static const struct module_member method_members[] = {
	ARRAY("generic_parameters", &text),
	INTEGER("number_of_generic_parameters"),
	ARRAY("parameters", &parameter),
	INTEGER("number_of_parameters"),
	TEXT("return_type"),
	INTEGER("abstract"),
	INTEGER("final"),
	INTEGER("virtual"),
	INTEGER("static"),
	TEXT("visibility"),
	TEXT("name"),
	NO_MORE,
};
static const struct module_member method = STRUCTURE(ELEMENT_NAME, method_members);

static const struct module_member class_members[] = {
	TEXT("fullname"),
	TEXT("name"),
	TEXT("namespace"),
	TEXT("visibility"),
	TEXT("type"),
	INTEGER("abstract"),
	INTEGER("sealed"),
	INTEGER("number_of_generic_parameters"),
	ARRAY("generic_parameters", &text),
	INTEGER("number_of_base_types"),
	ARRAY("base_types", &text),
	INTEGER("number_of_methods"),
	ARRAY("methods", &method),
	NO_MORE,
};
static const struct module_member class = STRUCTURE(ELEMENT_NAME, class_members);

static const struct module_member assembly_reference_members[] = {
	STRUCTURE("version", version_members),
	TEXT("public_key_or_token"),
	TEXT("name"),
	NO_MORE,
};
static const struct module_member assembly_reference =
	STRUCTURE(ELEMENT_NAME, assembly_reference_members);

static const struct module_member assembly[] = {
	STRUCTURE("version", version_members),
	TEXT("name"),
	TEXT("culture"),
	NO_MORE,
};

static const struct module_member members[] = {
	INTEGER("is_dotnet"),
	TEXT("version"),
	TEXT("module_name"),
	ARRAY("streams", &stream),
	INTEGER("number_of_streams"),
	ARRAY("guids", &text),
	INTEGER("number_of_guids"),
	ARRAY("resources", &resource),
	INTEGER("number_of_resources"),
	ARRAY("classes", &class),
	INTEGER("number_of_classes"),
	ARRAY("assembly_refs", &assembly_reference),
	INTEGER("number_of_assembly_refs"),
	STRUCTURE("assembly", assembly),
	ARRAY("modulerefs", &text),
	INTEGER("number_of_modulerefs"),
	ARRAY("user_strings", &text),
	INTEGER("number_of_user_strings"),
	TEXT("typelib"),
	ARRAY("constants", &text),
	INTEGER("number_of_constants"),
	ARRAY("field_offsets", &number),
	INTEGER("number_of_field_offsets"),
	NO_MORE,
};

const struct module dotnet_module = { .name = "dotnet", .members = members, .evaluated = false };
