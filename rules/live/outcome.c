#include "rules/live/outcome.h"

#include "engine/base/bitmap.h"
#include "rules/check/fold.h"
#include "rules/evaluate/evaluation.h"

typedef struct outcome outcome_function(const struct outlook *outlook,
					const struct condition *condition);

static struct outcome one_of(unsigned int bits)
{
	return (struct outcome){ .bits = bits };
}

static struct outcome integer(int64_t value)
{
	return (struct outcome){ .bits = value ? OUTCOME_TRUE : OUTCOME_FALSE,
				 .is_known = true,
				 .known = value };
}

static struct outcome of_value(const struct value *value)
{
	if (value->kind == VALUE_INTEGER)
		return integer(value->integer);
	if (value->kind == VALUE_UNDEFINED)
		return one_of(OUTCOME_UNDEFINED);
	return one_of(value_is_true(value) ? OUTCOME_TRUE : OUTCOME_FALSE);
}

static struct outcome child(const struct outlook *outlook, const struct condition *condition,
			    size_t index)
{
	return condition_outcome(outlook, condition->children[index]);
}

static bool never_defined(struct outcome outcome)
{
	return !(outcome.bits & OUTCOME_DEFINED);
}

static unsigned int undefined_of(struct outcome outcome)
{
	return outcome.bits & OUTCOME_UNDEFINED;
}

/* A defined result that needs all operands to be defined. */
static struct outcome of_operands(const struct outlook *outlook, const struct condition *condition,
				  unsigned int bits)
{
	for (size_t i = 0; i < condition->child_count; i++) {
		struct outcome operand = child(outlook, condition, i);

		if (never_defined(operand))
			return one_of(OUTCOME_UNDEFINED);
		bits |= undefined_of(operand);
	}
	return one_of(bits);
}

/* Values and names. */

static struct outcome outcome_constant(const struct outlook *outlook,
				       const struct condition *condition)
{
	(void)outlook;
	return of_value(&condition->constant);
}

static struct outcome outcome_any(const struct outlook *outlook, const struct condition *condition)
{
	(void)outlook;
	(void)condition;
	return one_of(OUTCOME_ANY);
}

/* Compiled rules may be loaded with other values. */
static struct outcome outcome_external(const struct outlook *outlook,
				       const struct condition *condition)
{
	(void)outlook;
	(void)condition;
	return one_of(OUTCOME_DEFINED);
}

static struct outcome outcome_filesize(const struct outlook *outlook,
				       const struct condition *condition)
{
	(void)condition;
	return one_of(outlook->facts->is_process ? OUTCOME_UNDEFINED : OUTCOME_DEFINED);
}

static struct outcome outcome_rule(const struct outlook *outlook, const struct condition *condition)
{
	return one_of(bitmap_test(outlook->may_hold, condition->rule) ? OUTCOME_DEFINED
								      : OUTCOME_FALSE);
}

/* Addresses. */

static bool nothing_below(const struct outlook *outlook)
{
	return outlook->facts->is_process && !outlook->facts->has_low_memory;
}

/* Whether no byte of the target can lie at [low, high]; negative ones are addresses of the upper half. */
static bool is_empty_range(const struct outlook *outlook, struct outcome low, struct outcome high)
{
	if (!low.is_known || !high.is_known)
		return false;
	if (low.known > high.known)
		return true;
	return nothing_below(outlook) && low.known >= 0 && high.known < (int64_t)LOW_MEMORY_END;
}

static struct outcome outcome_read(const struct outlook *outlook, const struct condition *condition)
{
	struct outcome address = child(outlook, condition, 0);

	if (never_defined(address) || (address.is_known && address.known < 0) ||
	    is_empty_range(outlook, address, address))
		return one_of(OUTCOME_UNDEFINED);
	return one_of(OUTCOME_ANY);
}

/* Where matches are asked for. */
struct place {
	struct outcome low, high;
};

static struct place place_of(const struct outlook *outlook, const struct condition *condition,
			     bool is_range)
{
	struct outcome low = child(outlook, condition, 0);

	return (struct place){ low, is_range ? child(outlook, condition, 1) : low };
}

static bool place_never_defined(const struct place *place)
{
	return never_defined(place->low) || never_defined(place->high);
}

static unsigned int place_undefined(const struct place *place)
{
	return undefined_of(place->low) | undefined_of(place->high);
}

/* How many matches there are, or whether there is one. */
static struct outcome matches_at(const struct outlook *outlook, const struct condition *condition,
				 bool is_range)
{
	struct place place = place_of(outlook, condition, is_range);
	struct outcome none = integer(0);

	if (place_never_defined(&place))
		return one_of(OUTCOME_UNDEFINED);
	none.bits |= place_undefined(&place);
	if (is_empty_range(outlook, place.low, place.high))
		return none;
	return one_of(OUTCOME_DEFINED | place_undefined(&place));
}

static struct outcome outcome_found_at(const struct outlook *outlook,
				       const struct condition *condition)
{
	return matches_at(outlook, condition, false);
}

static struct outcome outcome_found_in(const struct outlook *outlook,
				       const struct condition *condition)
{
	return matches_at(outlook, condition, true);
}

static struct outcome outcome_found(const struct outlook *outlook,
				    const struct condition *condition)
{
	(void)outlook;
	(void)condition;
	return one_of(OUTCOME_DEFINED);
}

static struct outcome outcome_indexed(const struct outlook *outlook,
				      const struct condition *condition)
{
	struct outcome index = child(outlook, condition, 0);

	if (never_defined(index) || (index.is_known && index.known < 1))
		return one_of(OUTCOME_UNDEFINED);
	return one_of(OUTCOME_ANY);
}

/* Operators. */

static struct outcome outcome_not(const struct outlook *outlook, const struct condition *condition)
{
	struct outcome operand = child(outlook, condition, 0);
	unsigned int bits = undefined_of(operand);

	if (operand.bits & OUTCOME_TRUE)
		bits |= OUTCOME_FALSE;
	if (operand.bits & OUTCOME_FALSE)
		bits |= OUTCOME_TRUE;
	return one_of(bits);
}

static struct outcome outcome_defined(const struct outlook *outlook,
				      const struct condition *condition)
{
	struct outcome operand = child(outlook, condition, 0);
	unsigned int bits = 0;

	if (!never_defined(operand))
		bits |= OUTCOME_TRUE;
	if (undefined_of(operand))
		bits |= OUTCOME_FALSE;
	return one_of(bits);
}

/* Undefined counts as false. */
static struct outcome outcome_and(const struct outlook *outlook, const struct condition *condition)
{
	unsigned int bits = OUTCOME_TRUE;

	for (size_t i = 0; i < condition->child_count; i++) {
		struct outcome operand = child(outlook, condition, i);

		if (!(operand.bits & OUTCOME_TRUE))
			return one_of(OUTCOME_FALSE);
		if (operand.bits != OUTCOME_TRUE)
			bits |= OUTCOME_FALSE;
	}
	return one_of(bits);
}

static struct outcome outcome_or(const struct outlook *outlook, const struct condition *condition)
{
	unsigned int bits = OUTCOME_FALSE;

	for (size_t i = 0; i < condition->child_count; i++) {
		struct outcome operand = child(outlook, condition, i);

		if (operand.bits == OUTCOME_TRUE)
			return one_of(OUTCOME_TRUE);
		bits |= operand.bits & OUTCOME_TRUE;
	}
	return one_of(bits);
}

static bool is_comparison(enum expression_operator operator)
{
	switch (operator) {
	case OPERATOR_EQUAL:
	case OPERATOR_NOT_EQUAL:
	case OPERATOR_LESS:
	case OPERATOR_LESS_EQUAL:
	case OPERATOR_GREATER:
	case OPERATOR_GREATER_EQUAL:
		return true;
	default:
		return false;
	}
}

/* With what is known of two operands; the others have no undefined result but by an operand. */
static struct outcome apply(enum expression_operator operator, struct outcome left,
			    struct outcome right)
{
	unsigned int undefined = undefined_of(left) | undefined_of(right);
	struct outcome result;
	int64_t value;

	if (never_defined(left) || never_defined(right))
		return one_of(OUTCOME_UNDEFINED);
	if (left.is_known && right.is_known) {
		if (!integer_operation(operator, left.known, right.known, &value))
			return one_of(OUTCOME_UNDEFINED);
		result = integer(value);
		result.bits |= undefined;
		return result;
	}
	return one_of(is_comparison(operator) ? OUTCOME_DEFINED | undefined : OUTCOME_ANY);
}

static struct outcome outcome_integer_binary(const struct outlook *outlook,
					     const struct condition *condition)
{
	struct outcome result = child(outlook, condition, 0);

	for (size_t i = 1; i < condition->child_count; i++)
		result = apply(condition->operator, result, child(outlook, condition, i));
	return result;
}

static struct outcome outcome_integer_unary(const struct outlook *outlook,
					    const struct condition *condition)
{
	struct outcome operand = child(outlook, condition, 0), result;

	if (never_defined(operand))
		return operand;
	if (!operand.is_known)
		return one_of(OUTCOME_DEFINED | undefined_of(operand));
	result = integer(condition->operator== OPERATOR_MINUS ? integer_negate(operand.known)
							      : ~operand.known);
	result.bits |= undefined_of(operand);
	return result;
}

static struct outcome outcome_float_minus(const struct outlook *outlook,
					  const struct condition *condition)
{
	return of_operands(outlook, condition, OUTCOME_DEFINED);
}

/* `<` is false where an operand is undefined. */
static struct outcome outcome_float_binary(const struct outlook *outlook,
					   const struct condition *condition)
{
	struct outcome result = of_operands(outlook, condition, OUTCOME_DEFINED);

	if (condition->operator!= OPERATOR_LESS)
		return result;
	if (never_defined(result))
		return one_of(OUTCOME_FALSE);
	return one_of(OUTCOME_DEFINED);
}

static struct outcome outcome_texts(const struct outlook *outlook,
				    const struct condition *condition)
{
	return of_operands(outlook, condition, OUTCOME_DEFINED);
}

/* Sets and loops. */

/* Whether it can hold where nothing was found of something. */
static bool holds_with_none(const struct outlook *outlook,
			    const struct condition_quantifier *quantifier)
{
	struct outcome value;

	switch (quantifier->kind) {
	case QUANTIFIER_ALL:
	case QUANTIFIER_ANY:
		return false;
	case QUANTIFIER_COUNT:
		value = condition_outcome(outlook, quantifier->value);
		/* Without a value it means all. */
		return !never_defined(value) && !(value.is_known && value.known > 0);
	case QUANTIFIER_NONE:
	case QUANTIFIER_PERCENT:
		break;
	}
	return true;
}

static unsigned int undefined_of_quantifier(const struct condition *condition)
{
	return condition->quantifier.kind == QUANTIFIER_PERCENT ? OUTCOME_UNDEFINED : 0;
}

static struct outcome of_something(const struct condition *condition, bool can_hold)
{
	unsigned int undefined = undefined_of_quantifier(condition);

	return one_of((can_hold ? OUTCOME_DEFINED : OUTCOME_FALSE) | undefined);
}

static struct outcome outcome_of_strings(const struct outlook *outlook,
					 const struct condition *condition)
{
	(void)outlook;
	return of_something(condition, true);
}

static struct outcome strings_at(const struct outlook *outlook, const struct condition *condition,
				 bool is_range)
{
	struct place place = place_of(outlook, condition, is_range);
	bool can_hold;
	struct outcome result;

	if (place_never_defined(&place))
		return one_of(OUTCOME_UNDEFINED);
	can_hold = !is_empty_range(outlook, place.low, place.high) || !condition->set.count ||
		   holds_with_none(outlook, &condition->quantifier);
	result = of_something(condition, can_hold);
	result.bits |= place_undefined(&place);
	return result;
}

static struct outcome outcome_of_strings_at(const struct outlook *outlook,
					    const struct condition *condition)
{
	return strings_at(outlook, condition, false);
}

static struct outcome outcome_of_strings_in(const struct outlook *outlook,
					    const struct condition *condition)
{
	return strings_at(outlook, condition, true);
}

static struct outcome outcome_of_rules(const struct outlook *outlook,
				       const struct condition *condition)
{
	const struct number_set *set = &condition->set;
	size_t may_hold = 0;

	for (size_t i = 0; i < set->count; i++)
		may_hold += bitmap_test(outlook->may_hold, number_set_at(set, i));
	if (condition->quantifier.kind == QUANTIFIER_ALL)
		return of_something(condition, may_hold == set->count);
	return of_something(condition, may_hold || !set->count ||
					       holds_with_none(outlook, &condition->quantifier));
}

/* A loop adds up what its body gives: nothing, where that is never true. It is never undefined. */
static struct outcome loop(const struct outlook *outlook, const struct condition *condition,
			   bool has_rounds)
{
	struct outcome body;

	if (!has_rounds)
		return one_of(OUTCOME_FALSE);
	body = child(outlook, condition, 0);
	if (body.bits & OUTCOME_TRUE || holds_with_none(outlook, &condition->quantifier))
		return one_of(OUTCOME_DEFINED);
	return one_of(OUTCOME_FALSE);
}

static struct outcome outcome_for_strings(const struct outlook *outlook,
					  const struct condition *condition)
{
	return loop(outlook, condition, condition->set.count > 0);
}

static struct outcome outcome_for_range(const struct outlook *outlook,
					const struct condition *condition)
{
	struct outcome low = child(outlook, condition, 1), high = child(outlook, condition, 2);
	bool is_reversed = low.is_known && high.is_known && low.known > high.known;

	return loop(outlook, condition,
		    !never_defined(low) && !never_defined(high) && !is_reversed);
}

static struct outcome outcome_for_list(const struct outlook *outlook,
				       const struct condition *condition)
{
	return loop(outlook, condition, condition->child_count > 1);
}

/* Whether an array or a dictionary may have elements. */
static bool may_have_elements(const struct outlook *outlook, const struct condition *place)
{
	return place->declared && place->declared->count &&
	       condition_outcome(outlook, place).bits & OUTCOME_TRUE;
}

static struct outcome outcome_for_place(const struct outlook *outlook,
					const struct condition *condition)
{
	return loop(outlook, condition, may_have_elements(outlook, condition->children[1]));
}

/* Modules. */

static struct outcome outcome_place(const struct outlook *outlook,
				    const struct condition *condition)
{
	(void)outlook;
	(void)condition;
	return one_of(OUTCOME_TRUE);
}

static struct outcome of_member(const struct module_member *member)
{
	if (member->type == MODULE_STRUCTURE || member->type == MODULE_ARRAY ||
	    member->type == MODULE_DICTIONARY || member->type == MODULE_FUNCTION)
		return one_of(OUTCOME_TRUE);
	if (member->constant && member->type == MODULE_INTEGER)
		return integer(member->number);
	if (member->constant)
		return one_of(OUTCOME_ANY);
	return one_of(member->get ? OUTCOME_ANY : OUTCOME_UNDEFINED);
}

static struct outcome outcome_member(const struct outlook *outlook,
				     const struct condition *condition)
{
	struct outcome base = child(outlook, condition, 0), member = of_member(condition->member);

	if (never_defined(base))
		return base;
	member.bits |= undefined_of(base);
	return member;
}

/* The element of what is declared has no value where the whole never has one. */
static struct outcome outcome_element(const struct outlook *outlook,
				      const struct condition *condition)
{
	const struct module_member *declared = condition->children[0]->declared;
	bool can_be_found =
		declared && (condition->kind == CONDITION_ELEMENT ? declared->count != NULL
								  : declared->find != NULL);

	for (size_t i = 0; i < condition->child_count; i++)
		can_be_found &= !never_defined(child(outlook, condition, i));
	return one_of(can_be_found ? OUTCOME_ANY : OUTCOME_UNDEFINED);
}

static struct outcome outcome_call(const struct outlook *outlook, const struct condition *condition)
{
	bool can_be_called = condition->member->call;

	for (size_t i = 0; i < condition->child_count; i++)
		can_be_called &= !never_defined(child(outlook, condition, i));
	return one_of(can_be_called ? OUTCOME_ANY : OUTCOME_UNDEFINED);
}

static outcome_function *const functions[CONDITION_KINDS] = {
	[CONDITION_CONSTANT] = outcome_constant,
	[CONDITION_FILESIZE] = outcome_filesize,
	[CONDITION_VARIABLE] = outcome_any,
	[CONDITION_RULE] = outcome_rule,
	[CONDITION_READ] = outcome_read,
	[CONDITION_FOUND] = outcome_found,
	[CONDITION_FOUND_AT] = outcome_found_at,
	[CONDITION_FOUND_IN] = outcome_found_in,
	[CONDITION_COUNT] = outcome_found,
	[CONDITION_COUNT_IN] = outcome_found_in,
	[CONDITION_OFFSET] = outcome_indexed,
	[CONDITION_LENGTH] = outcome_indexed,
	[CONDITION_NOT] = outcome_not,
	[CONDITION_DEFINED] = outcome_defined,
	[CONDITION_AND] = outcome_and,
	[CONDITION_OR] = outcome_or,
	[CONDITION_INTEGER_UNARY] = outcome_integer_unary,
	[CONDITION_FLOAT_MINUS] = outcome_float_minus,
	[CONDITION_INTEGER_BINARY] = outcome_integer_binary,
	[CONDITION_FLOAT_BINARY] = outcome_float_binary,
	[CONDITION_TEXT_COMPARE] = outcome_texts,
	[CONDITION_TEXT_SEARCH] = outcome_texts,
	[CONDITION_MATCHES] = outcome_texts,
	[CONDITION_OF_STRINGS] = outcome_of_strings,
	[CONDITION_OF_STRINGS_AT] = outcome_of_strings_at,
	[CONDITION_OF_STRINGS_IN] = outcome_of_strings_in,
	[CONDITION_OF_RULES] = outcome_of_rules,
	[CONDITION_FOR_STRINGS] = outcome_for_strings,
	[CONDITION_FOR_RANGE] = outcome_for_range,
	[CONDITION_FOR_LIST] = outcome_for_list,
	[CONDITION_FOR_ARRAY] = outcome_for_place,
	[CONDITION_FOR_DICTIONARY] = outcome_for_place,
	[CONDITION_MODULE] = outcome_place,
	[CONDITION_MEMBER] = outcome_member,
	[CONDITION_ELEMENT] = outcome_element,
	[CONDITION_ENTRY] = outcome_element,
	[CONDITION_CALL] = outcome_call,
	[CONDITION_REGEX] = outcome_place,
	[CONDITION_ENTRYPOINT] = outcome_any,
	[CONDITION_EXTERNAL] = outcome_external,
};

struct outcome condition_outcome(const struct outlook *outlook, const struct condition *condition)
{
	return functions[condition->kind](outlook, condition);
}
