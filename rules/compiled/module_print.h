#ifndef CKPT_RULES_COMPILED_MODULE_PRINT_H
#define CKPT_RULES_COMPILED_MODULE_PRINT_H

#include "rules/module.h"

/*
 * A number for all that @module declares: names, types, arguments and order. Members are saved by their place in a
 * table, so rules that were compiled with another table are not loaded.
 */
uint64_t module_print(const struct module *module);

#endif
