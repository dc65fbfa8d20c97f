#ifndef CKPT_RULES_MODULE_H
#define CKPT_RULES_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "rules/target_view.h"
#include "rules/value.h"

/*
 * A module of the YARA language: a table of what it declares, and functions that give the values for one target
 * when they are asked for. Nothing is made beforehand but what load() leaves in @state, so that a symbol table of
 * a hostile file costs nothing until a rule looks at one of its entries.
 */
enum module_type {
	MODULE_INTEGER,
	MODULE_FLOAT,
	MODULE_TEXT,
	MODULE_STRUCTURE,
	MODULE_ARRAY, /* looked up by number, from 0 */
	MODULE_DICTIONARY, /* looked up by text; its entries have numbers too */
	MODULE_FUNCTION,
};

struct module;

/* One module and one target, while it is judged; one thread. */
struct module_context {
	const struct module *module;
	struct target_view *view;
	struct arena *arena; /* lives until the target is judged: for @state and what it holds */
	struct arena *texts; /* lives until the rule is judged: for results of functions */
	void *state; /* what load() left */
	struct regex_scratch *scratch; /* for functions that take a regex */
	/* Before and during long work: negative where the evaluation is to end, then return that. */
	int (*look)(struct module_context *context, struct error *err);
	/* console: one line; copies. Refused lines (beyond a limit) are counted, not an error. */
	int (*log)(struct module_context *context, const char *text, size_t length,
		   struct error *err);
	void *owner; /* of the two functions above */
};

/*
 * All return 0, or a negative code that ends the evaluation (of view->lend(), look(), or no memory). *@out is
 * undefined on entry and may be left so. @indexes: one for each array or dictionary on the way, as in
 * struct module_place; elements at or beyond what count() gave are never asked for.
 */
typedef int module_get(struct module_context *context, const uint32_t *indexes, struct value *out,
		       struct error *err);
/* How many elements an array or a dictionary has: an integer, or left undefined. */
typedef int module_count(struct module_context *context, const uint32_t *indexes, struct value *out,
			 struct error *err);
/* Dictionary: the key of the entry that the last of @indexes names, a text. */
typedef module_get module_key;
/* Dictionary: the number of the entry @key as an integer; left undefined where there is none. */
typedef int module_find(struct module_context *context, const uint32_t *indexes, struct bytes key,
			struct value *out, struct error *err);
/* @arguments: as many and of the kinds that the declaration says, none undefined. */
typedef int module_call(struct module_context *context, const struct value *arguments,
			struct value *out, struct error *err);

/* What is declared. A table ends with a member without a name. NULL functions: the value is undefined. */
struct module_member {
	const char *name; /* of an array's or a dictionary's element: "" */
	enum module_type type;
	bool constant; /* the value is @number or @real for every target */
	int64_t number;
	double real;
	module_get *get; /* INTEGER, FLOAT, TEXT */
	const struct module_member
		*members; /* STRUCTURE: its table; ARRAY, DICTIONARY: the one element */
	module_count *count; /* ARRAY, DICTIONARY */
	module_key *key; /* DICTIONARY */
	module_find *find; /* DICTIONARY */
	/* FUNCTION; overloads follow each other in the table under the same name */
	const char *arguments; /* a letter each: i f s b r (integer, float, text, boolean, regex) */
	enum module_type result; /* INTEGER, FLOAT, TEXT */
	module_call *call;
	bool reads_nothing; /* no value of it comes from the target's bytes, though the module's others may */
};

struct module {
	const char *name;
	const struct module_member *members;
	/*
	 * False: declared in full so that rules compile, but no values are known but the constants. Rules that use it
	 * are counted, with the warning module-not-evaluated.
	 */
	bool evaluated;
	bool reads_nothing; /* no value comes from the target's bytes: time, string */
	bool logs; /* functions write console lines: when they are called is seen from outside */
	/* Once for each target, when a rule first looks; NULL: nothing to prepare. */
	int (*load)(struct module_context *context, struct error *err);
};

/* The modules that every build has, by name; NULL: none of that name. */
const struct module *module_find_built_in(const char *name, size_t length);
/* The same in order of name, ended by NULL. */
extern const struct module *const built_in_modules[];

/* For tables. */
#define MODULE_MEMBER(n, t, g)                                                                     \
	{                                                                                          \
		.name = (n), .type = (t), .get = (g)                                               \
	}
#define MODULE_CONSTANT(n, v)                                                                      \
	{                                                                                          \
		.name = (n), .type = MODULE_INTEGER, .constant = true, .number = (v)               \
	}
#define MODULE_CALL(n, a, r, f)                                                                    \
	{                                                                                          \
		.name = (n), .type = MODULE_FUNCTION, .arguments = (a), .result = (r), .call = (f) \
	}

#endif
