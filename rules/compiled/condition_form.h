#ifndef CKPT_RULES_COMPILED_CONDITION_FORM_H
#define CKPT_RULES_COMPILED_CONDITION_FORM_H

#include "rules/check/condition.h"

/* Which part of the union a kind of condition has. */
enum condition_payload {
	PAYLOAD_NONE,
	PAYLOAD_CONSTANT,
	PAYLOAD_SLOT,
	PAYLOAD_RULE,
	PAYLOAD_READ,
	PAYLOAD_STRING,
	PAYLOAD_OPERATOR,
	PAYLOAD_PROGRAM,
	PAYLOAD_STRING_SET,
	PAYLOAD_RULE_SET,
	PAYLOAD_MODULE,
	PAYLOAD_EXTERNAL,
	PAYLOAD_MEMBER,
};

/*
 * What a kind of condition is made of. Operands and results are letters: i integer or boolean, f float, n both,
 * s text, o structure, a array, d dictionary, r regex, x anything. In @operands a star repeats the letter before
 * it any number of times, also none.
 */
struct condition_form {
	enum condition_payload payload;
	bool has_quantifier;
	const char *operands;
	const char *results; /* one of them; "": follows from payload and operands */
};

extern const struct condition_form condition_forms[CONDITION_KINDS];

/* The letter of what the condition gives; 0: nothing that a checked condition may be. */
char condition_letter(const struct condition *condition);
char condition_type_letter(enum value_type type);
/* Whether operand @index of @count may be a @letter. */
bool condition_takes(const struct condition_form *form, size_t index, char letter);
bool condition_takes_count(const struct condition_form *form, size_t count);

/* Loops come with what they go over before their body, which is child 0. */
bool condition_is_loop(enum condition_kind kind);
/* The table that a member of structure @base is in; NULL: it is none. */
struct checked_rules;
const struct module_member *condition_members(const struct checked_rules *rules,
					      const struct condition *base);

#endif
