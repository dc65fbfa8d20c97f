#ifndef CKPT_RULES_MODULES_REGISTRY_H
#define CKPT_RULES_MODULES_REGISTRY_H

#include "rules/module.h"

/* One file, or one folder, for each; one line in registry.c. */
extern const struct module console_module;
extern const struct module cuckoo_module;
extern const struct module dex_module;
extern const struct module dotnet_module;
extern const struct module elf_module;
extern const struct module hash_module;
extern const struct module macho_module;
extern const struct module magic_module;
extern const struct module math_module;
extern const struct module pe_module;
extern const struct module string_module;
extern const struct module time_module;

#endif
