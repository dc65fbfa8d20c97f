#include "rules/import_warnings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* @warned: by file. */
static void warn_of_module(struct diagnostics *notes, const struct rules_tree *tree,
			   const char *module, bool *warned)
{
	for (size_t i = 0; i < tree->import_count; i++) {
		const struct import_definition *import = &tree->imports[i];

		if (warned[import->span.file] || strcmp(import->module, module) != 0)
			continue;
		warned[import->span.file] = true;
		diagnostics_add(notes, SEVERITY_WARNING, import->span, "module-not-evaluated", NULL,
				"module \"%s\" is not evaluated: its fields and functions are "
				"undefined",
				module);
	}
}

int import_warnings_add(struct diagnostics *notes, const struct rules_tree *tree,
			const char *const *modules, size_t module_count, struct error *err)
{
	size_t files = diagnostics_file_count(notes);

	for (size_t i = 0; i < module_count; i++) {
		bool *warned = calloc(files + 1, sizeof(*warned));

		if (!warned)
			return error_no_memory(err, "warnings");
		warn_of_module(notes, tree, modules[i], warned);
		free(warned);
	}
	return 0;
}
