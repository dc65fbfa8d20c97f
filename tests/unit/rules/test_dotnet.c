#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "declared_rules.h"

static void knows_every_number(void **state)
{
	static const char *const integers[] = {
		"dotnet.is_dotnet",
		"dotnet.streams[0].offset",
		"dotnet.streams[0].size",
		"dotnet.number_of_streams",
		"dotnet.number_of_guids",
		"dotnet.resources[0].offset",
		"dotnet.resources[0].length",
		"dotnet.number_of_resources",
		"dotnet.classes[0].abstract",
		"dotnet.classes[0].sealed",
		"dotnet.classes[0].number_of_generic_parameters",
		"dotnet.classes[0].number_of_base_types",
		"dotnet.classes[0].number_of_methods",
		"dotnet.classes[0].methods[1].number_of_generic_parameters",
		"dotnet.classes[0].methods[1].number_of_parameters",
		"dotnet.classes[0].methods[1].abstract",
		"dotnet.classes[0].methods[1].final",
		"dotnet.classes[0].methods[1].virtual",
		"dotnet.classes[0].methods[1].static",
		"dotnet.number_of_classes",
		"dotnet.assembly_refs[0].version.major",
		"dotnet.assembly_refs[0].version.minor",
		"dotnet.assembly_refs[0].version.build_number",
		"dotnet.assembly_refs[0].version.revision_number",
		"dotnet.number_of_assembly_refs",
		"dotnet.assembly.version.major",
		"dotnet.assembly.version.minor",
		"dotnet.assembly.version.build_number",
		"dotnet.assembly.version.revision_number",
		"dotnet.number_of_modulerefs",
		"dotnet.number_of_user_strings",
		"dotnet.number_of_constants",
		"dotnet.field_offsets[0]",
		"dotnet.number_of_field_offsets",
		NULL,
	};

	(void)state;
	assert_integers("dotnet", integers);
}

static void knows_every_text(void **state)
{
	static const char *const texts[] = {
		"dotnet.version",
		"dotnet.module_name",
		"dotnet.streams[0].name",
		"dotnet.guids[0]",
		"dotnet.resources[0].name",
		"dotnet.classes[0].fullname",
		"dotnet.classes[0].name",
		"dotnet.classes[0].namespace",
		"dotnet.classes[0].visibility",
		"dotnet.classes[0].type",
		"dotnet.classes[0].generic_parameters[1]",
		"dotnet.classes[0].base_types[1]",
		"dotnet.classes[0].methods[1].generic_parameters[2]",
		"dotnet.classes[0].methods[1].parameters[2].name",
		"dotnet.classes[0].methods[1].parameters[2].type",
		"dotnet.classes[0].methods[1].return_type",
		"dotnet.classes[0].methods[1].visibility",
		"dotnet.classes[0].methods[1].name",
		"dotnet.assembly_refs[0].public_key_or_token",
		"dotnet.assembly_refs[0].name",
		"dotnet.assembly.name",
		"dotnet.assembly.culture",
		"dotnet.modulerefs[0]",
		"dotnet.user_strings[0]",
		"dotnet.typelib",
		"dotnet.constants[0]",
		NULL,
	};

	(void)state;
	assert_texts("dotnet", texts);
}

static void is_walked_by_loops(void **state)
{
	static const char *const conditions[] = {
		"for any c in dotnet.classes : (c.name == \"Main\" and for any m in c.methods : "
		"(m.static == 1 and for all p in m.parameters : (p.type == \"int\")))",
		"for any s in dotnet.user_strings : (s matches /http/)",
		NULL,
	};

	(void)state;
	assert_conditions("dotnet", conditions);
}

static void refuses_what_is_not_declared(void **state)
{
	static const struct refused_condition refused[] = {
		{ "dotnet.klass", "invalid-field-name", "invalid field name \"klass\"" },
		{ "dotnet.assembly.version.build", "invalid-field-name",
		  "invalid field name \"build\"" },
		{ "dotnet.streams.name == \"#US\"", "wrong-type",
		  "\"streams\" is not a structure" },
		{ "dotnet.assembly[0].name == \"x\"", "wrong-type",
		  "\"assembly\" is not an array or dictionary" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	assert_refused("dotnet", refused);
}

static void is_not_evaluated(void **state)
{
	(void)state;
	assert_not_evaluated("dotnet", "dotnet.number_of_streams > 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_number),
		cmocka_unit_test(knows_every_text),
		cmocka_unit_test(is_walked_by_loops),
		cmocka_unit_test(refuses_what_is_not_declared),
		cmocka_unit_test(is_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
