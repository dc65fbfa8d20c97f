#ifndef CKPT_RULES_IMPORT_WARNINGS_H
#define CKPT_RULES_IMPORT_WARNINGS_H

#include "rules/diagnostic.h"
#include "rules/parse/tree.h"

/* Warns at the first import of each of @modules (none of them has values, and some rule looks into it) in each file. */
int import_warnings_add(struct diagnostics *notes, const struct rules_tree *tree,
			const char *const *modules, size_t module_count, struct error *err);

#endif
