#include "rules/evaluate/evaluation.h"

#include <float.h>
#include <math.h>

#include "rules/check/fold.h"

int evaluate_integer_unary(struct evaluation *run, const struct condition *condition,
			   struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret < 0 || out->kind == VALUE_UNDEFINED)
		return ret;
	if (condition->operator== OPERATOR_MINUS)
		*out = value_integer(integer_negate(out->integer));
	else
		*out = value_integer(~out->integer);
	return 0;
}

int evaluate_float_minus(struct evaluation *run, const struct condition *condition,
			 struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret == 0 && out->kind != VALUE_UNDEFINED)
		*out = value_float(-out->real);
	return ret;
}

/* *@defined false: an operand is not. */
static int evaluate_operands(struct evaluation *run, const struct condition *condition,
			     struct value operands[2], bool *defined)
{
	*defined = false;
	for (size_t i = 0; i < 2; i++) {
		int ret = condition_evaluate(run, condition->children[i], &operands[i]);

		if (ret < 0)
			return ret;
	}
	*defined = operands[0].kind != VALUE_UNDEFINED && operands[1].kind != VALUE_UNDEFINED;
	return 0;
}

int evaluate_integer_binary(struct evaluation *run, const struct condition *condition,
			    struct value *out)
{
	struct value operands[2];
	bool defined;
	int64_t result;
	int ret = evaluate_operands(run, condition, operands, &defined);

	*out = value_undefined();
	if (ret == 0 && defined &&
	    integer_operation(condition->operator, operands[0].integer, operands[1].integer,
			      &result))
		*out = value_integer(result);
	return ret;
}

static double as_float(const struct value *value)
{
	return value->kind == VALUE_FLOAT ? value->real : (double)value->integer;
}

/* Equal is what lies closer together than the distance from 1 to the next double: YARA's rule. */
static bool nearly_equal(double left, double right)
{
	return fabs(left - right) < DBL_EPSILON;
}

/* NaN and infinities less themselves are never near: they are "not equal" only where YARA's >= says so. */
static bool clearly_different(double left, double right)
{
	return fabs(left - right) >= DBL_EPSILON;
}

static struct value float_operation(enum expression_operator operator, double left, double right)
{
	switch (operator) {
	case OPERATOR_ADD:
		return value_float(left + right);
	case OPERATOR_SUBTRACT:
		return value_float(left - right);
	case OPERATOR_MULTIPLY:
		return value_float(left * right);
	case OPERATOR_DIVIDE:
		return value_float(left / right);
	case OPERATOR_EQUAL:
		return value_integer(nearly_equal(left, right));
	case OPERATOR_NOT_EQUAL:
		return value_integer(clearly_different(left, right));
	case OPERATOR_LESS:
		return value_integer(left < right);
	case OPERATOR_LESS_EQUAL:
		return value_integer(left <= right);
	case OPERATOR_GREATER:
		return value_integer(left > right);
	case OPERATOR_GREATER_EQUAL:
		return value_integer(left >= right);
	default:
		return value_undefined();
	}
}

/* YARA's one exception: < is false where an operand has no value, and so `not (undefined < 1.5)` is true. */
static struct value without_operand(enum expression_operator operator)
{
	return operator== OPERATOR_LESS ? value_integer(0) : value_undefined();
}

int evaluate_float_binary(struct evaluation *run, const struct condition *condition,
			  struct value *out)
{
	struct value operands[2];
	bool defined;
	int ret = evaluate_operands(run, condition, operands, &defined);

	*out = without_operand(condition->operator);
	if (ret == 0 && defined)
		*out = float_operation(condition->operator, as_float(&operands[0]),
				       as_float(&operands[1]));
	return ret;
}
