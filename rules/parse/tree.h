#ifndef CKPT_RULES_PARSE_TREE_H
#define CKPT_RULES_PARSE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/pattern.h"
#include "engine/regex.h"
#include "rules/diagnostic.h"

/*
 * What the parser makes of rule texts: trees only, nothing is checked or resolved but the grammar. Every
 * node carries its span. All of it lives in one arena.
 */

enum expression_kind {
	/* primaries */
	EXPRESSION_INTEGER, /* .integer */
	EXPRESSION_FLOAT, /* .real */
	EXPRESSION_TEXT, /* .text: the unescaped bytes */
	EXPRESSION_REGEX, /* .regex */
	EXPRESSION_TRUE,
	EXPRESSION_FALSE,
	EXPRESSION_FILESIZE,
	EXPRESSION_ENTRYPOINT,
	EXPRESSION_IDENTIFIER, /* .name: rule, external, module or loop variable */
	EXPRESSION_FIELD, /* .children[0] . .name */
	EXPRESSION_INDEX, /* .children[0] [ .children[1] ] */
	EXPRESSION_CALL, /* .children[0] ( .children[1..] ) */
	EXPRESSION_READ, /* integer read: .read of address .children[0] */
	/* strings; .name has the identifier without sigil, "" for the anonymous or loop's own $ */
	EXPRESSION_STRING, /* $a */
	EXPRESSION_STRING_AT, /* $a at .children[0] */
	EXPRESSION_STRING_IN, /* $a in (.children[0]..children[1]) */
	EXPRESSION_STRING_COUNT, /* #a, or #a in (.children[0]..children[1]) when child_count is 2 */
	EXPRESSION_STRING_OFFSET, /* @a or @a[.children[0]] */
	EXPRESSION_STRING_LENGTH, /* !a or !a[.children[0]] */
	/* operators: children are operands */
	EXPRESSION_UNARY, /* .operator */
	EXPRESSION_BINARY, /* .operator */
	EXPRESSION_AND, /* two or more children */
	EXPRESSION_OR,
	/* sets */
	EXPRESSION_OF, /* .quantifier of .set; optional .children: 1 = at, 2 = in (low..high) */
	EXPRESSION_FOR_OF, /* for .quantifier of .set : (.children[0]) */
	EXPRESSION_FOR_IN, /* for .quantifier .variables in .iterator : (.children[0]) */
};

enum expression_operator {
	OPERATOR_NOT,
	OPERATOR_DEFINED,
	OPERATOR_MINUS,
	OPERATOR_BIT_NOT, /* unary */
	OPERATOR_ADD,
	OPERATOR_SUBTRACT,
	OPERATOR_MULTIPLY,
	OPERATOR_DIVIDE,
	OPERATOR_MODULO,
	OPERATOR_BIT_AND,
	OPERATOR_BIT_OR,
	OPERATOR_BIT_XOR,
	OPERATOR_SHIFT_LEFT,
	OPERATOR_SHIFT_RIGHT,
	OPERATOR_EQUAL,
	OPERATOR_NOT_EQUAL,
	OPERATOR_LESS,
	OPERATOR_LESS_EQUAL,
	OPERATOR_GREATER,
	OPERATOR_GREATER_EQUAL,
	OPERATOR_CONTAINS,
	OPERATOR_ICONTAINS,
	OPERATOR_STARTSWITH,
	OPERATOR_ISTARTSWITH,
	OPERATOR_ENDSWITH,
	OPERATOR_IENDSWITH,
	OPERATOR_IEQUALS,
	OPERATOR_MATCHES,
};

/* int8 ... uint32be */
struct integer_read {
	uint8_t bytes; /* 1, 2, 4 */
	bool is_signed, big_endian;
};

enum quantifier_kind {
	QUANTIFIER_ALL,
	QUANTIFIER_ANY,
	QUANTIFIER_NONE,
	QUANTIFIER_COUNT, /* .value */
	QUANTIFIER_PERCENT, /* .value */
};

struct quantifier {
	enum quantifier_kind kind;
	struct expression *value;
	struct source_span span;
};

/* One element of a set: $a, $a*, $ ; or rule names r1, r2*. */
struct set_element {
	const char *name; /* without sigil and star */
	bool wildcard;
	struct source_span span;
};

struct string_set {
	bool them;
	bool of_rules; /* elements are rule names */
	struct set_element *elements;
	size_t count;
	struct source_span span;
};

enum iterator_kind {
	ITERATOR_RANGE, /* children[0] .. children[1] */
	ITERATOR_LIST, /* children: integers or texts */
	ITERATOR_EXPRESSION, /* children[0]: array or dictionary of a module */
};

struct iterator {
	enum iterator_kind kind;
	struct expression **children;
	size_t child_count;
	struct source_span span;
};

/* A regular expression between slashes. */
struct regex_literal {
	struct bytes source; /* between the slashes, for messages and hashes */
	const struct regex_node *tree; /* `i` is not in it; `s` is */
	bool nocase, dot_all;
	bool greedy, lazy; /* which kinds of repeats it has */
};

struct expression {
	enum expression_kind kind;
	struct source_span span;
	union {
		int64_t integer;
		double real;
		struct bytes text;
		struct regex_literal *regex;
		struct integer_read read;
		enum expression_operator operator;
		struct string_set *set; /* OF, FOR_OF */
		struct iterator *iterator; /* FOR_IN */
	};
	const char *name;
	struct quantifier quantifier; /* OF, FOR_OF, FOR_IN */
	const char **variables; /* FOR_IN */
	size_t variable_count;
	struct expression **children;
	size_t child_count;
};

enum string_kind { STRING_TEXT, STRING_HEX, STRING_REGEX };

enum string_modifier {
	MODIFIER_NOCASE = 1 << 0,
	MODIFIER_WIDE = 1 << 1,
	MODIFIER_ASCII = 1 << 2,
	MODIFIER_FULLWORD = 1 << 3,
	MODIFIER_XOR = 1 << 4,
	MODIFIER_BASE64 = 1 << 5,
	MODIFIER_BASE64WIDE = 1 << 6,
	MODIFIER_PRIVATE = 1 << 7,
};

struct string_definition {
	const char *name; /* without $; "" for anonymous */
	enum string_kind kind;
	struct source_span span; /* of the identifier */
	struct source_span value_span; /* of the text, hex string or regex */
	struct bytes text; /* TEXT: unescaped; HEX: as written between the braces */
	struct regex_literal *regex; /* REGEX */
	/* HEX: top-level pieces; gaps[i] is the jump between part i and i + 1. One part: no chaining. */
	const struct regex_node **hex_parts;
	struct pattern_gap *hex_gaps;
	size_t hex_part_count;
	uint32_t modifiers; /* enum string_modifier */
	uint8_t xor_min, xor_max;
	struct bytes alphabet; /* base64 and base64wide; empty: the standard one */
	struct source_span modifier_span;
};

enum meta_kind { META_TEXT, META_INTEGER, META_BOOLEAN };

struct meta_definition {
	const char *name;
	enum meta_kind kind;
	struct bytes text;
	int64_t integer; /* also the boolean */
	struct source_span span;
};

struct tag_definition {
	const char *name;
	struct source_span span;
};

/*
 * The hash of a rule is SHA-256 over its tokens from the first `private`, `global` or `rule` to the closing
 * brace, but for those from `meta` to the next `strings` or `condition`. Space and comments are no tokens.
 * Each token is its kind, a letter, then its value, both added by digest_add_sized():
 *
 *	w	keyword, name, operator: as it is written, sigil included
 *	t	text string: its bytes, escapes resolved
 *	i	integer: eight bytes, little-endian, units resolved (1KB is 1024, 0x10 is 16)
 *	f	float: the eight bytes of the double, little-endian
 *	r	regex: what stands between the slashes; then once more sized: "i" or "-" and "s" or "-"
 *	h	hex string: without space and comments, in lower case
 *
 * So two rules that differ in layout, comments, meta or spelling of a value have the same hash.
 */
struct rule_definition {
	const char *name, *namespace_name;
	bool is_private, is_global;
	struct source_span span; /* of the name */
	struct tag_definition *tags;
	size_t tag_count;
	struct meta_definition *meta;
	size_t meta_count;
	struct string_definition *strings;
	size_t string_count;
	struct expression *condition;
	uint8_t hash[32];
};

struct import_definition {
	const char *module, *namespace_name;
	struct source_span span;
	size_t rule; /* how many rules come before it: only later ones may use the module */
};

/*
 * Everything that was read, in order of appearance (included files where they are included). After errors later
 * passes may look for more, but must not build on it: of a rule with a syntax error only name and place are
 * there, with a condition that is false; an invalid regex or hex string matches nothing but the empty string.
 */
struct rules_tree {
	struct rule_definition **rules;
	size_t rule_count;
	struct import_definition *imports;
	size_t import_count;
};

#endif
