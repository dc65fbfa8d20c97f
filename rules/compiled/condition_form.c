#include "rules/compiled/condition_form.h"

#include <string.h>

#include "rules/check/checked_rules.h"

const struct condition_form condition_forms[CONDITION_KINDS] = {
	[CONDITION_CONSTANT] = { PAYLOAD_CONSTANT, false, "", "ifs" },
	[CONDITION_FILESIZE] = { PAYLOAD_NONE, false, "", "i" },
	[CONDITION_VARIABLE] = { PAYLOAD_SLOT, false, "", "" },
	[CONDITION_RULE] = { PAYLOAD_RULE, false, "", "i" },
	[CONDITION_READ] = { PAYLOAD_READ, false, "i", "i" },
	[CONDITION_FOUND] = { PAYLOAD_STRING, false, "", "i" },
	[CONDITION_FOUND_AT] = { PAYLOAD_STRING, false, "i", "i" },
	[CONDITION_FOUND_IN] = { PAYLOAD_STRING, false, "ii", "i" },
	[CONDITION_COUNT] = { PAYLOAD_STRING, false, "", "i" },
	[CONDITION_COUNT_IN] = { PAYLOAD_STRING, false, "ii", "i" },
	[CONDITION_OFFSET] = { PAYLOAD_STRING, false, "i", "i" },
	[CONDITION_LENGTH] = { PAYLOAD_STRING, false, "i", "i" },
	[CONDITION_NOT] = { PAYLOAD_NONE, false, "x", "i" },
	[CONDITION_DEFINED] = { PAYLOAD_NONE, false, "x", "i" },
	[CONDITION_AND] = { PAYLOAD_NONE, false, "xxx*", "i" },
	[CONDITION_OR] = { PAYLOAD_NONE, false, "xxx*", "i" },
	[CONDITION_INTEGER_UNARY] = { PAYLOAD_OPERATOR, false, "i", "i" },
	[CONDITION_FLOAT_MINUS] = { PAYLOAD_NONE, false, "f", "f" },
	[CONDITION_INTEGER_BINARY] = { PAYLOAD_OPERATOR, false, "iii*", "i" },
	[CONDITION_FLOAT_BINARY] = { PAYLOAD_OPERATOR, false, "nnn*", "" },
	[CONDITION_TEXT_COMPARE] = { PAYLOAD_OPERATOR, false, "ss", "i" },
	[CONDITION_TEXT_SEARCH] = { PAYLOAD_OPERATOR, false, "ss", "i" },
	[CONDITION_MATCHES] = { PAYLOAD_PROGRAM, false, "s", "i" },
	[CONDITION_OF_STRINGS] = { PAYLOAD_STRING_SET, true, "", "i" },
	[CONDITION_OF_STRINGS_AT] = { PAYLOAD_STRING_SET, true, "i", "i" },
	[CONDITION_OF_STRINGS_IN] = { PAYLOAD_STRING_SET, true, "ii", "i" },
	[CONDITION_OF_RULES] = { PAYLOAD_RULE_SET, true, "", "i" },
	[CONDITION_FOR_STRINGS] = { PAYLOAD_STRING_SET, true, "x", "i" },
	[CONDITION_FOR_RANGE] = { PAYLOAD_SLOT, true, "xii", "i" },
	[CONDITION_FOR_LIST] = { PAYLOAD_SLOT, true, "xx*", "i" },
	[CONDITION_FOR_ARRAY] = { PAYLOAD_SLOT, true, "xa", "i" },
	[CONDITION_FOR_DICTIONARY] = { PAYLOAD_SLOT, true, "xd", "i" },
	[CONDITION_MODULE] = { PAYLOAD_MODULE, false, "", "o" },
	[CONDITION_MEMBER] = { PAYLOAD_MEMBER, false, "o", "" },
	[CONDITION_ELEMENT] = { PAYLOAD_NONE, false, "ai", "" },
	[CONDITION_ENTRY] = { PAYLOAD_NONE, false, "ds", "" },
	[CONDITION_CALL] = { PAYLOAD_MEMBER, false, "ox*", "" },
	[CONDITION_REGEX] = { PAYLOAD_PROGRAM, false, "", "r" },
	[CONDITION_ENTRYPOINT] = { PAYLOAD_NONE, false, "", "i" },
	[CONDITION_EXTERNAL] = { PAYLOAD_EXTERNAL, false, "", "" },
};

char condition_type_letter(enum value_type type)
{
	switch (type) {
	case TYPE_INTEGER:
	case TYPE_BOOLEAN:
		return 'i';
	case TYPE_FLOAT:
		return 'f';
	case TYPE_TEXT:
		return 's';
	case TYPE_REGEX:
		return 'r';
	case TYPE_STRUCTURE:
		return 'o';
	case TYPE_ARRAY:
		return 'a';
	case TYPE_DICTIONARY:
		return 'd';
	case TYPE_UNKNOWN:
	case TYPE_FUNCTION:
		break;
	}
	return 0;
}

/* A regex that stands for a truth value is the constant 1. */
char condition_letter(const struct condition *condition)
{
	if (condition->type == TYPE_REGEX && condition->kind == CONDITION_CONSTANT)
		return 'i';
	return condition_type_letter(condition->type);
}

static bool repeats(const char *operands, size_t length)
{
	return length > 0 && operands[length - 1] == '*';
}

bool condition_takes_count(const struct condition_form *form, size_t count)
{
	size_t length = strlen(form->operands);

	return repeats(form->operands, length) ? count >= length - 2 : count == length;
}

bool condition_takes(const struct condition_form *form, size_t index, char letter)
{
	size_t length = strlen(form->operands);
	size_t last = repeats(form->operands, length) ? length - 2 : length - 1;

	switch (form->operands[index < last ? index : last]) {
	case 'x':
		return true;
	case 'n':
		return letter == 'i' || letter == 'f';
	default:
		return letter == form->operands[index < last ? index : last];
	}
}

bool condition_is_loop(enum condition_kind kind)
{
	return kind >= CONDITION_FOR_STRINGS && kind <= CONDITION_FOR_DICTIONARY;
}

const struct module_member *condition_members(const struct checked_rules *rules,
					      const struct condition *base)
{
	if (base->kind == CONDITION_MODULE)
		return rules->modules[base->module]->members;
	return base->type == TYPE_STRUCTURE && base->declared ? base->declared->members : NULL;
}
