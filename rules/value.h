#ifndef CKPT_RULES_VALUE_H
#define CKPT_RULES_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/regex.h"

struct module_member;

enum value_kind {
	VALUE_UNDEFINED,
	VALUE_INTEGER, /* booleans are the integers 0 and 1 */
	VALUE_FLOAT,
	VALUE_TEXT,
	VALUE_REGEX, /* an argument of a module's function */
	VALUE_PLACE, /* a structure, array or dictionary of a module */
};

/* How many arrays and dictionaries may lie one inside the other. */
#define MODULE_DEPTH 3

/*
 * A place in what a module declares: the member, and which element of each array or dictionary on the way to it,
 * outermost first. pe.import_details[2].functions[7] is the element of `functions` with {2, 7}.
 */
struct module_place {
	const struct module_member *member; /* NULL: the module itself */
	uint32_t module; /* its number in the ruleset */
	uint32_t indexes[MODULE_DEPTH];
	uint32_t depth; /* indexes in use */
};

/* What an expression comes to. Texts belong to the rules, to the module's arena or to the evaluation. */
struct value {
	enum value_kind kind;
	union {
		int64_t integer;
		double real;
		struct bytes text;
		const struct regex_program *regex;
		struct module_place place;
	};
};

static inline struct value value_undefined(void)
{
	return (struct value){ .kind = VALUE_UNDEFINED };
}

static inline struct value value_integer(int64_t integer)
{
	return (struct value){ .kind = VALUE_INTEGER, .integer = integer };
}

static inline struct value value_float(double real)
{
	return (struct value){ .kind = VALUE_FLOAT, .real = real };
}

static inline struct value value_text(const void *data, size_t length)
{
	return (struct value){ .kind = VALUE_TEXT, .text = { data, length } };
}

#endif
