#include "rules/check/checker.h"

#include <string.h>

/* Modules that YARA 4.5 can be built with. */
static const char *const known_modules[] = {
	"console", "cuckoo", "dex", "dotnet", "elf",   "hash", "macho",
	"magic",   "math",   "pe",  "string", "tests", "time", "pb_tests",
};

static bool is_known_module(const char *name)
{
	for (size_t i = 0; i < sizeof(known_modules) / sizeof(*known_modules); i++) {
		if (strcmp(known_modules[i], name) == 0)
			return true;
	}
	return false;
}

static void check_import(struct checker *checker, const struct import_definition *import)
{
	uint32_t scope = checker_namespace(checker, import->namespace_name);

	if (is_known_module(import->module))
		checker_error(checker, import->span, "not-supported",
			      "module \"%s\" is not supported yet", import->module);
	else if (!*import->module)
		checker_error(checker, import->span, "invalid-module-name",
			      "invalid module name \"\"");
	else
		checker_error(checker, import->span, "unknown-module", "unknown module \"%s\"",
			      import->module);
	/* Known from now on, so that its uses are no further errors. */
	if (!name_map_add(&checker->modules, scope, import->module, strlen(import->module), 0))
		checker_no_memory(checker);
}

void check_imports(struct checker *checker, const struct rules_tree *tree)
{
	for (size_t i = 0; i < tree->import_count && !checker->failed; i++)
		check_import(checker, &tree->imports[i]);
}
