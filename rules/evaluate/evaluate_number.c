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

/* Without a value where an operand has none: a later one cannot bring it back. */
static struct value integer_step(enum expression_operator operator, const struct value * left,
				 const struct value *right)
{
	int64_t result;

	if (left->kind == VALUE_UNDEFINED || right->kind == VALUE_UNDEFINED ||
	    !integer_operation(operator, left->integer, right->integer, &result))
		return value_undefined();
	return value_integer(result);
}

typedef struct value number_step(enum expression_operator operator, const struct value * left,
				 const struct value *right);

/* From the left; all operands are evaluated, whatever comes out, for what they may log. */
static int evaluate_chain(struct evaluation *run, const struct condition *condition,
			  number_step *step, struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	for (size_t i = 1; i < condition->child_count && ret == 0; i++) {
		struct value right;

		ret = condition_evaluate(run, condition->children[i], &right);
		if (ret == 0)
			*out = step(condition->operator, out, &right);
	}
	return ret;
}

int evaluate_integer_binary(struct evaluation *run, const struct condition *condition,
			    struct value *out)
{
	return evaluate_chain(run, condition, integer_step, out);
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

static struct value float_step(enum expression_operator operator, const struct value * left,
			       const struct value *right)
{
	if (left->kind == VALUE_UNDEFINED || right->kind == VALUE_UNDEFINED)
		return without_operand(operator);
	return float_operation(operator, as_float(left), as_float(right));
}

int evaluate_float_binary(struct evaluation *run, const struct condition *condition,
			  struct value *out)
{
	return evaluate_chain(run, condition, float_step, out);
}
