#include "rules/check/fold.h"

int64_t integer_negate(int64_t value)
{
	return (int64_t)(0 - (uint64_t)value);
}

static bool divide(enum expression_operator operator, int64_t left, int64_t right, int64_t *out)
{
	if (right == 0 || (left == INT64_MIN && right == -1))
		return false;
	*out = operator== OPERATOR_DIVIDE ? left / right : left % right;
	return true;
}

static bool shift(enum expression_operator operator, int64_t left, int64_t right, int64_t *out)
{
	if (right < 0)
		return false;
	if (right >= 64)
		*out = 0;
	else if (operator== OPERATOR_SHIFT_LEFT)
		*out = (int64_t)((uint64_t)left << right);
	else
		*out = left >> right;
	return true;
}

bool integer_operation(enum expression_operator operator, int64_t left, int64_t right, int64_t *out)
{
	switch (operator) {
	case OPERATOR_ADD:
		*out = (int64_t)((uint64_t)left + (uint64_t)right);
		break;
	case OPERATOR_SUBTRACT:
		*out = (int64_t)((uint64_t)left - (uint64_t)right);
		break;
	case OPERATOR_MULTIPLY:
		*out = (int64_t)((uint64_t)left * (uint64_t)right);
		break;
	case OPERATOR_DIVIDE:
	case OPERATOR_MODULO:
		return divide(operator, left, right, out);
	case OPERATOR_BIT_AND:
		*out = left & right;
		break;
	case OPERATOR_BIT_OR:
		*out = left | right;
		break;
	case OPERATOR_BIT_XOR:
		*out = left ^ right;
		break;
	case OPERATOR_SHIFT_LEFT:
	case OPERATOR_SHIFT_RIGHT:
		return shift(operator, left, right, out);
	case OPERATOR_EQUAL:
		*out = left == right;
		break;
	case OPERATOR_NOT_EQUAL:
		*out = left != right;
		break;
	case OPERATOR_LESS:
		*out = left < right;
		break;
	case OPERATOR_LESS_EQUAL:
		*out = left <= right;
		break;
	case OPERATOR_GREATER:
		*out = left > right;
		break;
	case OPERATOR_GREATER_EQUAL:
		*out = left >= right;
		break;
	default:
		return false;
	}
	return true;
}

bool integer_overflows(enum expression_operator operator, int64_t left, int64_t right)
{
	int64_t result;

	switch (operator) {
	case OPERATOR_ADD:
		return __builtin_add_overflow(left, right, &result);
	case OPERATOR_SUBTRACT:
		return __builtin_sub_overflow(left, right, &result);
	case OPERATOR_MULTIPLY:
		if (__builtin_mul_overflow(left, right, &result))
			return true;
		/* YARA compares magnitudes, so a product of INT64_MIN does not fit either. */
		return result == INT64_MIN && left != INT64_MIN && right != INT64_MIN;
	default:
		return false;
	}
}
