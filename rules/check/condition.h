#ifndef CKPT_RULES_CHECK_CONDITION_H
#define CKPT_RULES_CHECK_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/regex.h"
#include "rules/module.h"
#include "rules/parse/tree.h"
#include "rules/value.h"

/*
 * A condition after the checks: names are numbers, types are settled, and every operator says on what it
 * works. Immutable, in the arena of its ruleset; evaluate/ has one function for each kind.
 */
enum condition_kind {
	CONDITION_CONSTANT, /* .constant */
	CONDITION_FILESIZE,
	CONDITION_VARIABLE, /* .slot of a loop */
	CONDITION_RULE, /* .rule: its raw result */
	CONDITION_READ, /* .read at children[0] */
	/* .string */
	CONDITION_FOUND,
	CONDITION_FOUND_AT, /* children[0] */
	CONDITION_FOUND_IN, /* children[0]..children[1] */
	CONDITION_COUNT,
	CONDITION_COUNT_IN,
	CONDITION_OFFSET, /* children[0]: index from 1 */
	CONDITION_LENGTH,
	/* children are operands */
	CONDITION_NOT,
	CONDITION_DEFINED,
	CONDITION_AND,
	CONDITION_OR,
	CONDITION_INTEGER_UNARY, /* .operator */
	CONDITION_FLOAT_MINUS,
	/* .operator; two operands or, but for comparisons, more: ((a + b) + c) + d */
	CONDITION_INTEGER_BINARY, /* operands integers; also comparisons */
	CONDITION_FLOAT_BINARY, /* operands integers or floats */
	CONDITION_TEXT_COMPARE, /* .operator */
	CONDITION_TEXT_SEARCH, /* .operator: contains and its family */
	CONDITION_MATCHES, /* .program */
	/* .quantifier */
	CONDITION_OF_STRINGS, /* .set */
	CONDITION_OF_STRINGS_AT,
	CONDITION_OF_STRINGS_IN,
	CONDITION_OF_RULES, /* .set */
	CONDITION_FOR_STRINGS, /* .set; body children[0] */
	CONDITION_FOR_RANGE, /* .slot; body children[0], then low and high */
	CONDITION_FOR_LIST, /* .slot; body children[0], then the items */
	CONDITION_FOR_ARRAY, /* .slot; body children[0], then the array */
	CONDITION_FOR_DICTIONARY, /* .slot for the key, the next one for the value; body children[0], then it */
	/* modules; children[0] is what stands before the dot, bracket or parenthesis */
	CONDITION_MODULE, /* .module: number in checked_rules.modules; the structure that it is */
	CONDITION_MEMBER, /* .member of a structure */
	CONDITION_ELEMENT, /* of an array, at children[1] */
	CONDITION_ENTRY, /* of a dictionary, under children[1] */
	CONDITION_CALL, /* .member, a function of a structure; children[1..]: arguments */
	CONDITION_REGEX, /* .program, an argument of a function */
	CONDITION_ENTRYPOINT,
	CONDITION_EXTERNAL, /* .external: number in checked_rules.externals, its value of this run */
	CONDITION_KINDS,
};

enum value_type {
	TYPE_UNKNOWN, /* an error was reported here: no further ones because of it */
	TYPE_INTEGER,
	TYPE_FLOAT,
	TYPE_TEXT,
	TYPE_REGEX,
	TYPE_BOOLEAN,
	TYPE_STRUCTURE,
	TYPE_ARRAY,
	TYPE_DICTIONARY,
	TYPE_FUNCTION, /* not called yet: never in a checked tree */
};

/* The string that the innermost loop over strings is at. */
#define STRING_OF_LOOP UINT32_MAX

/* Pattern or rule numbers in the order they were written, repeated where they were. */
struct number_set {
	const uint32_t *items; /* NULL: count numbers from first on */
	uint32_t first;
	size_t count;
};

struct condition_quantifier {
	enum quantifier_kind kind;
	const struct condition *value; /* COUNT, PERCENT */
};

struct condition {
	enum condition_kind kind;
	enum value_type type;
	bool is_known; /* an integer that no scan can change: .known */
	/*
	 * AND: children[1] may write console lines. YARA evaluates it also where children[0] is undefined, which is
	 * false without it: that can be seen only then.
	 */
	bool logs_anyway;
	int64_t known;
	union {
		struct value constant;
		uint32_t slot;
		uint32_t rule;
		uint32_t string;
		struct integer_read read;
		enum expression_operator operator;
		const struct regex_program *program;
		struct number_set set;
		uint32_t module;
		uint32_t external;
		const struct module_member *member;
	};
	/* STRUCTURE, ARRAY, DICTIONARY, FUNCTION: what it is a value of; else NULL */
	const struct module_member *declared;
	struct condition_quantifier quantifier;
	const struct condition **children;
	size_t child_count;
};

#define LOOP_NESTING_LIMIT 4
#define LOOP_VARIABLES_LIMIT 2
#define LOOP_SLOTS (LOOP_NESTING_LIMIT * LOOP_VARIABLES_LIMIT)

/* A condition nested deeper than this is refused, so that walking it fits any thread's stack. */
#define CONDITION_DEPTH_LIMIT 1000

/* The module that a place is in; NULL below a loop variable. */
static inline const struct condition *condition_module(const struct condition *place)
{
	while (place->kind != CONDITION_MODULE && place->child_count)
		place = place->children[0];
	return place->kind == CONDITION_MODULE ? place : NULL;
}

static inline uint32_t number_set_at(const struct number_set *set, size_t index)
{
	return set->items ? set->items[index] : set->first + (uint32_t)index;
}

#endif
