#include "rules/modules/registry.h"

#include <string.h>

const struct module *const built_in_modules[] = {
	&console_module, &cuckoo_module, &dex_module,	&dotnet_module, &elf_module,
	&hash_module,	 &macho_module,	 &magic_module, &math_module,	&pe_module,
	&string_module,	 &time_module,	 NULL,
};

const struct module *module_find_built_in(const char *name, size_t length)
{
	for (size_t i = 0; built_in_modules[i]; i++) {
		const struct module *module = built_in_modules[i];

		if (strlen(module->name) == length && memcmp(module->name, name, length) == 0)
			return module;
	}
	return NULL;
}
