#ifndef TESTS_SUPPORT_TESTS_MODULE_H
#define TESTS_SUPPORT_TESTS_MODULE_H

#include "rules/module.h"

/*
 * The module `tests` that YARA's own test suite imports: something of every kind that a module may declare. It is
 * for compile_options.modules; built_in_modules do not have it.
 */
extern const struct module tests_module;

/* The same, with something for module_data to be. */
struct tests_module_with_data {
	struct module module;
	struct bytes data; /* borrowed */
};

void tests_module_with_data_init(struct tests_module_with_data *tests, struct bytes data);

#endif
