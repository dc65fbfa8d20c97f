#ifndef CKPT_RULES_PARSE_TOKEN_H
#define CKPT_RULES_PARSE_TOKEN_H

#include "rules/parse/parse_context.h"
#include "rules/parse/tree.h"

/* A literal as the lexer found it: not yet parsed. */
struct raw_literal {
	struct bytes source; /* in the arena: between the slashes or braces */
	struct token_place place; /* of the source's first byte */
	bool nocase, dot_all; /* of a regex */
	bool is_bad; /* an error was reported: there is nothing to parse */
};

struct expression_list {
	struct expression **items;
	size_t count;
};

struct element_list {
	struct set_element *items;
	size_t count;
};

struct name_list {
	const char **items;
	size_t count;
};

struct modifier_list {
	uint32_t flags;
	uint8_t xor_min, xor_max;
	struct bytes alphabet;
	struct token_place place; /* of the first */
};

struct string_list {
	struct string_definition *items;
	size_t count;
};

struct meta_list {
	struct meta_definition *items;
	size_t count;
};

struct tag_list {
	struct tag_definition *items;
	size_t count;
};

/* What tokens and the grammar's symbols stand for. All of it lives in the arena. */
union token_value {
	struct bytes text;
	int64_t integer;
	double real;
	const char *name;
	struct integer_read read;
	struct raw_literal literal;
	struct expression *expression;
	struct expression_list expressions;
	struct element_list elements;
	struct name_list names;
	struct string_set *set;
	struct iterator *iterator;
	struct quantifier quantifier;
	struct modifier_list modifiers;
	struct string_definition string;
	struct string_list strings;
	struct meta_definition meta;
	struct meta_list metas;
	struct tag_list tags;
	uint32_t flags;
};

/* The next token for the grammar: adds it to the rule's hash. */
int rules_grammar_lex(union token_value *value, struct token_place *place,
		      struct parse_context *context);
/*
 * After a syntax error: passes over everything to the next rule, import or include (which may be the token
 * that was read last) or the end. False at the end.
 */
bool tokens_skip(struct parse_context *context);

/* Implemented by the generated lexer. */
int lexer_open(struct parse_context *context, char *text, size_t length);
void lexer_close(struct parse_context *context);
int lexer_next(union token_value *value, struct token_place *place, struct parse_context *context);

#endif
