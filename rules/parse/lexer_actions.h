#ifndef CKPT_RULES_PARSE_LEXER_ACTIONS_H
#define CKPT_RULES_PARSE_LEXER_ACTIONS_H

#include "rules/parse/token.h"

/* What the lexer does with what it has found. Those that return int return the token. */

/* Before every action: sets @place and counts lines. */
void action_token(struct parse_context *context, struct token_place *place, const char *text,
		  size_t length);
int action_end(struct parse_context *context, struct token_place *place);

/* A comment or literal begins. */
void action_open(struct parse_context *context, const struct token_place *place);
/* Reports that what was opened has no end. */
int action_unterminated(struct parse_context *context, struct token_place *place, const char *what);

void action_add(struct parse_context *context, const char *text, size_t length);
void action_add_hex(struct parse_context *context, const char *digits);
void action_illegal_escape(struct parse_context *context, struct token_place place);
int action_text(struct parse_context *context, union token_value *value, struct token_place *place);

/* @flags: the closing slash and what follows. */
int action_regex(struct parse_context *context, union token_value *value, struct token_place *place,
		 const char *flags);

void action_bad_hex(struct parse_context *context, struct token_place place);
int action_hex(struct parse_context *context, union token_value *value, struct token_place *place);

/* int8 to uint32be */
int action_read(union token_value *value, const char *text, size_t length);
int action_name(struct parse_context *context, union token_value *value, const char *name,
		size_t length, int token);
int action_string_name(struct parse_context *context, union token_value *value, const char *name,
		       size_t length);
int action_identifier(struct parse_context *context, union token_value *value,
		      struct token_place place, const char *name, size_t length);
int action_integer(struct parse_context *context, union token_value *value,
		   struct token_place place, const char *text, size_t length);
int action_float(union token_value *value, const char *text);
int action_not_ascii(struct parse_context *context, struct token_place place);
int action_unknown(struct parse_context *context, struct token_place place, unsigned char byte);

void *action_alloc(struct parse_context *context, size_t bytes);

#endif
