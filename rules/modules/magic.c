#include "rules/modules/registry.h"

#include "rules/modules/declared.h"

static const struct module_member members[] = {
	FUNCTION("mime_type", "", MODULE_TEXT),
	FUNCTION("type", "", MODULE_TEXT),
	NO_MORE,
};

const struct module magic_module = { .name = "magic", .members = members, .evaluated = false };
