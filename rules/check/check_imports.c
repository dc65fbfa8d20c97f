#include "rules/check/checker.h"

#include <string.h>

#include "engine/base/array.h"

/* Modules from outside come first, so that tests may put one in place of a built-in one. */
static const struct module *find_module(const struct checker *checker, const char *name)
{
	const struct module *const *modules = checker->options->modules;

	for (size_t i = 0; modules && modules[i]; i++) {
		if (strcmp(modules[i]->name, name) == 0)
			return modules[i];
	}
	return module_find_built_in(name, strlen(name));
}

/* Several namespaces may import the same one. */
static bool number_module(struct checker *checker, const struct module *module, uint32_t *number)
{
	struct checked_rules *out = checker->out;
	const struct module **grown;

	for (size_t i = 0; i < out->module_count; i++) {
		if (out->modules[i] == module) {
			*number = (uint32_t)i;
			return true;
		}
	}
	grown = array_grow(out->modules, &out->module_capacity, out->module_count + 1,
			   sizeof(*grown));
	if (!grown)
		return checker_no_memory(checker);
	out->modules = grown;
	out->modules[out->module_count] = module;
	*number = (uint32_t)out->module_count++;
	return true;
}

static void check_import(struct checker *checker, const struct import_definition *import)
{
	uint32_t scope = checker_namespace(checker, import->namespace_name);
	const struct module *module = find_module(checker, import->module);
	uint32_t number = MODULE_REFUSED;

	checker->definition = NULL; /* an error here is in no rule */
	if (!*import->module)
		checker_error(checker, import->span, "invalid-module-name",
			      "invalid module name \"\"");
	else if (!module)
		checker_error(checker, import->span, "unknown-module", "unknown module \"%s\"",
			      import->module);
	else if (!number_module(checker, module, &number))
		return;
	/* Known from now on even when refused, so that its uses are no further errors. */
	if (!name_map_add(&checker->modules, scope, import->module, strlen(import->module), number))
		checker_no_memory(checker);
}

void check_imports(struct checker *checker, const struct rules_tree *tree, size_t rule)
{
	while (checker->import < tree->import_count &&
	       tree->imports[checker->import].rule <= rule && !checker->failed)
		check_import(checker, &tree->imports[checker->import++]);
}
