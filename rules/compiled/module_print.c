#include "rules/compiled/module_print.h"

#include <string.h>

/* Tables that lie one inside the other. */
#define DEEPEST 16u

static uint64_t mix(uint64_t hash, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u; /* FNV-1a */
	return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	return mix(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

static uint64_t mix_members(uint64_t hash, const struct module_member *members, size_t count,
			    unsigned int depth)
{
	for (size_t i = 0; i < count && members && members[i].name; i++) {
		const struct module_member *member = &members[i];
		const uint32_t types[] = { (uint32_t)member->type, (uint32_t)member->result };
		bool is_table = member->type == MODULE_STRUCTURE;

		hash = mix_text(hash, member->name);
		hash = mix(hash, types, sizeof(types));
		hash = mix_text(hash, member->arguments);
		if (member->members && depth < DEEPEST)
			hash = mix_members(hash, member->members, is_table ? SIZE_MAX : 1,
					   depth + 1);
		hash = mix(hash, "}", 1);
	}
	return hash;
}

uint64_t module_print(const struct module *module)
{
	return mix_members(0xcbf29ce484222325u, module->members, SIZE_MAX, 0);
}
