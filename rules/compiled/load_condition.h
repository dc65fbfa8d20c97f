#ifndef CKPT_RULES_COMPILED_LOAD_CONDITION_H
#define CKPT_RULES_COMPILED_LOAD_CONDITION_H

#include "engine/base/error.h"
#include "rules/check/checked_rules.h"

struct loaded_slot {
	bool in_use; /* by a loop around */
	enum value_type type;
	const struct module_member *declared;
};

/*
 * Reads conditions of one set of rules, one after another. Everything that evaluation relies on is checked: numbers,
 * types of operands, loops around variables and depth.
 */
struct condition_loader {
	const struct checked_rules *rules; /* patterns, programs, modules and externals are there */
	struct bytes_reader *in; /* its bytes live as long as the rules: texts are lent */
	size_t rule; /* number of the one at hand: it sees those before it, and itself */
	struct error *err;
	struct loaded_slot slots[LOOP_SLOTS];
	bool in_string_loop;
	unsigned int depth;
};

int condition_load(struct condition_loader *loader, const struct condition **out);
/* A constant or the value of an external, lent. */
bool value_load(struct bytes_reader *in, struct value *out);

#endif
