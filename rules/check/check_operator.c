#include "rules/check/checker.h"

#include <inttypes.h>

#include "engine/base/array.h"
#include "rules/check/fold.h"
#include "rules/patterns/yara_code.h"

static const char *operator_text(enum expression_operator operator)
{
	static const char *const texts[] = {
		[OPERATOR_NOT] = "not",
		[OPERATOR_DEFINED] = "defined",
		[OPERATOR_MINUS] = "-",
		[OPERATOR_BIT_NOT] = "~",
		[OPERATOR_ADD] = "+",
		[OPERATOR_SUBTRACT] = "-",
		[OPERATOR_MULTIPLY] = "*",
		[OPERATOR_DIVIDE] = "\\",
		[OPERATOR_MODULO] = "%",
		[OPERATOR_BIT_AND] = "&",
		[OPERATOR_BIT_OR] = "|",
		[OPERATOR_BIT_XOR] = "^",
		[OPERATOR_SHIFT_LEFT] = "<<",
		[OPERATOR_SHIFT_RIGHT] = ">>",
		[OPERATOR_EQUAL] = "==",
		[OPERATOR_NOT_EQUAL] = "!=",
		[OPERATOR_LESS] = "<",
		[OPERATOR_LESS_EQUAL] = "<=",
		[OPERATOR_GREATER] = ">",
		[OPERATOR_GREATER_EQUAL] = ">=",
		[OPERATOR_CONTAINS] = "contains",
		[OPERATOR_ICONTAINS] = "icontains",
		[OPERATOR_STARTSWITH] = "startswith",
		[OPERATOR_ISTARTSWITH] = "istartswith",
		[OPERATOR_ENDSWITH] = "endswith",
		[OPERATOR_IENDSWITH] = "iendswith",
		[OPERATOR_IEQUALS] = "iequals",
		[OPERATOR_MATCHES] = "matches",
	};

	return texts[operator];
}

static bool is_comparison(enum expression_operator operator)
{
	return operator>= OPERATOR_EQUAL && operator<= OPERATOR_GREATER_EQUAL;
}

static bool is_arithmetic(enum expression_operator operator)
{
	return operator>= OPERATOR_ADD && operator<= OPERATOR_DIVIDE;
}

static bool is_number(const struct condition *condition)
{
	return condition->type == TYPE_INTEGER || condition->type == TYPE_FLOAT;
}

/* Turns a node into the integer it always is. */
static struct condition *fold_into(struct condition *condition, int64_t value)
{
	condition->kind = CONDITION_CONSTANT;
	condition->constant = (struct value){ .kind = VALUE_INTEGER, .integer = value };
	condition->children = NULL;
	condition->child_count = 0;
	condition->is_known = condition->type == TYPE_INTEGER;
	condition->known = value;
	return condition;
}

static const struct condition *check_minus(struct checker *checker,
					   const struct expression *expression,
					   const struct condition *operand)
{
	struct condition *minus;

	if (operand->type == TYPE_FLOAT) {
		minus = condition_new(checker, CONDITION_FLOAT_MINUS, TYPE_FLOAT, 1);
		if (minus)
			minus->children[0] = operand;
		return minus;
	}
	if (!check_type(checker, operand, TYPE_INTEGER, expression->children[0]->span, "-"))
		return condition_unknown(checker);
	minus = condition_new(checker, CONDITION_INTEGER_UNARY, TYPE_INTEGER, 1);
	if (!minus)
		return NULL;
	if (operand->is_known)
		return fold_into(minus, integer_negate(operand->known));
	minus->operator= OPERATOR_MINUS;
	minus->children[0] = operand;
	return minus;
}

static const struct condition *check_bit_not(struct checker *checker,
					     const struct expression *expression,
					     const struct condition *operand)
{
	struct condition *bit_not;

	if (!check_type(checker, operand, TYPE_INTEGER, expression->children[0]->span, "~"))
		return condition_unknown(checker);
	bit_not = condition_new(checker, CONDITION_INTEGER_UNARY, TYPE_INTEGER, 1);
	if (!bit_not)
		return NULL;
	if (operand->is_known)
		return fold_into(bit_not, ~operand->known);
	bit_not->operator= OPERATOR_BIT_NOT;
	bit_not->children[0] = operand;
	return bit_not;
}

static const struct condition *check_truth_operator(struct checker *checker,
						    const struct expression *expression)
{
	enum condition_kind kind =
		expression->operator== OPERATOR_NOT ? CONDITION_NOT : CONDITION_DEFINED;
	const struct condition *operand = check_boolean(checker, expression->children[0]);
	struct condition *condition = condition_new(checker, kind, TYPE_BOOLEAN, 1);

	if (!operand || !condition)
		return NULL;
	condition->children[0] = operand;
	return condition;
}

const struct condition *check_unary(struct checker *checker, const struct expression *expression)
{
	const struct condition *operand;

	if (expression->operator== OPERATOR_NOT || expression->operator== OPERATOR_DEFINED)
		return check_truth_operator(checker, expression);
	operand = check_expression(checker, expression->children[0]);
	if (!operand)
		return NULL;
	if (expression->operator== OPERATOR_MINUS)
		return check_minus(checker, expression, operand);
	return check_bit_not(checker, expression, operand);
}

/* The operands of the binary operator that is checked, and where it stands. */
struct operands {
	const struct expression *expression;
	const struct condition *left, *right;
};

static struct condition *binary_new(struct checker *checker, const struct operands *operands,
				    enum condition_kind kind, enum value_type type)
{
	struct condition *condition = condition_new(checker, kind, type, 2);

	if (!condition)
		return NULL;
	condition->operator= operands->expression->operator;
	condition->children[0] = operands->left;
	condition->children[1] = operands->right;
	return condition;
}

/* Errors that constants give away before anything is scanned. */
static bool check_constants(struct checker *checker, const struct operands *operands)
{
	enum expression_operator operator= operands->expression->operator;
	const struct condition *left = operands->left, *right = operands->right;
	struct source_span span = operands->expression->span;

	if (!right->is_known)
		return true;
	if ((operator== OPERATOR_DIVIDE || operator== OPERATOR_MODULO) && right->known == 0)
		return checker_error(checker, span, "division-by-zero", "division by zero");
	if ((operator== OPERATOR_SHIFT_LEFT || operator== OPERATOR_SHIFT_RIGHT) && right->known < 0)
		return checker_error(checker, span, "invalid-operand",
				     "invalid operand: shift by a negative number");
	if (left->is_known && integer_overflows(operator, left->known, right->known))
		return checker_error(checker, span, "integer-overflow",
				     "integer overflow in \"%" PRId64 " %s %" PRId64 "\"",
				     left->known, operator_text(operator), right->known);
	return true;
}

static const struct condition *integer_binary(struct checker *checker,
					      const struct operands *operands)
{
	enum expression_operator operator= operands->expression->operator;
	enum value_type type = is_comparison(operator) ? TYPE_BOOLEAN : TYPE_INTEGER;
	struct condition *condition;
	int64_t result;

	if (!check_constants(checker, operands))
		return condition_unknown(checker);
	condition = binary_new(checker, operands, CONDITION_INTEGER_BINARY, type);
	if (condition && operands->left->is_known && operands->right->is_known &&
	    integer_operation(operator, operands->left->known, operands->right->known, &result))
		return fold_into(condition, result);
	return condition;
}

static const struct condition *float_binary(struct checker *checker,
					    const struct operands *operands)
{
	enum value_type type =
		is_comparison(operands->expression->operator) ? TYPE_BOOLEAN : TYPE_FLOAT;

	return binary_new(checker, operands, CONDITION_FLOAT_BINARY, type);
}

static const struct condition *text_binary(struct checker *checker, const struct operands *operands)
{
	enum expression_operator operator= operands->expression->operator;

	if (is_comparison(operator))
		return binary_new(checker, operands, CONDITION_TEXT_COMPARE, TYPE_BOOLEAN);
	checker_error(checker, operands->expression->span, "wrong-type",
		      "strings don't support \"%s\" operation", operator_text(operator));
	return condition_unknown(checker);
}

/* + - * \ and the comparisons take two numbers or two texts. */
static const struct condition *check_mixed(struct checker *checker, const struct operands *operands)
{
	const struct condition *left = operands->left, *right = operands->right;

	if (left->type == TYPE_UNKNOWN || right->type == TYPE_UNKNOWN)
		return condition_unknown(checker);
	if (left->type == TYPE_INTEGER && right->type == TYPE_INTEGER)
		return integer_binary(checker, operands);
	if (is_number(left) && is_number(right))
		return float_binary(checker, operands);
	if (left->type == TYPE_TEXT && right->type == TYPE_TEXT)
		return text_binary(checker, operands);
	checker_error(checker, operands->expression->span, "wrong-type", "type mismatch");
	return condition_unknown(checker);
}

static bool check_both(struct checker *checker, const struct operands *operands,
		       enum value_type type)
{
	const struct expression *expression = operands->expression;
	const char *text = operator_text(expression->operator);
	bool left = check_type(checker, operands->left, type, expression->children[0]->span, text);
	bool right =
		check_type(checker, operands->right, type, expression->children[1]->span, text);

	return left && right && operands->left->type == type && operands->right->type == type;
}

static const struct condition *check_text_search(struct checker *checker,
						 const struct operands *operands)
{
	if (!check_both(checker, operands, TYPE_TEXT))
		return condition_unknown(checker);
	return binary_new(checker, operands, CONDITION_TEXT_SEARCH, TYPE_BOOLEAN);
}

const struct regex_program *check_program(struct checker *checker,
					  const struct expression *expression)
{
	struct checked_rules *out = checker->out;
	const struct regex_literal *regex = expression->regex;
	const char *problem = yara_code_problem(regex->tree);
	struct error refusal;
	struct regex_program **grown = array_grow(out->programs, &out->program_capacity,
						  out->program_count + 1, sizeof(*grown));

	if (!grown)
		return checker_no_memory(checker);
	out->programs = grown;
	if (problem)
		return checker_error(checker, expression->span, "invalid-regex", "%s", problem);

	int ret = regex_program_new(&grown[out->program_count], regex->tree,
				    regex->nocase ? REGEX_NOCASE : 0, &refusal);

	if (ret == ERROR_MEMORY)
		return checker_no_memory(checker);
	if (ret < 0)
		return checker_error(checker, expression->span, "regex-too-large",
				     "regular expression is too large: %s", refusal.message);
	return grown[out->program_count++];
}

static const struct condition *check_matches(struct checker *checker,
					     const struct expression *expression,
					     const struct condition *text)
{
	struct condition *condition;

	if (expression->children[1]->kind != EXPRESSION_REGEX) {
		const struct condition *other = check_expression(checker, expression->children[1]);

		if (other && other->type != TYPE_UNKNOWN)
			check_type(checker, other, TYPE_REGEX, expression->children[1]->span,
				   "matches");
		return condition_unknown(checker);
	}
	if (!check_type(checker, text, TYPE_TEXT, expression->children[0]->span, "matches"))
		return condition_unknown(checker);
	condition = condition_new(checker, CONDITION_MATCHES, TYPE_BOOLEAN, 1);
	if (!condition)
		return NULL;
	condition->children[0] = text;
	condition->program = check_program(checker, expression->children[1]);
	return condition->program ? condition : condition_unknown(checker);
}

/* What the operator of @operands gives; both are checked. */
static const struct condition *check_operands(struct checker *checker,
					      const struct operands *operands)
{
	enum expression_operator operator= operands->expression->operator;

	if (is_comparison(operator) || is_arithmetic(operator))
		return check_mixed(checker, operands);
	if (operator>= OPERATOR_CONTAINS)
		return check_text_search(checker, operands);
	if (!check_both(checker, operands, TYPE_INTEGER))
		return condition_unknown(checker);
	return integer_binary(checker, operands);
}

/* Whether one node may have both: then it is (((a op b) op c) op d), from the left. */
static bool continues(const struct condition *left, const struct condition *both)
{
	return left->child_count >= 2 && left->kind == both->kind && left->type == both->type &&
	       left->operator== both->operator&& both->children[0] == left;
}

/* A sum as it grows: its node has room for all operands that may come. */
struct chain {
	const struct condition *value;
	struct condition *node; /* the same, once it is not a constant */
	size_t room;
};

static bool chain_begin(struct checker *checker, struct chain *chain, const struct condition *both,
			size_t room)
{
	struct condition *node = condition_new(checker, both->kind, both->type, room);

	if (!node)
		return false;
	node->operator= both->operator;
	node->children[0] = both->children[0];
	node->children[1] = both->children[1];
	node->child_count = 2;
	*chain = (struct chain){ node, node, room };
	return true;
}

/* @both: what an operator made of the chain's value and one more operand; @left operands are still to come. */
static bool chain_take(struct checker *checker, struct chain *chain, const struct condition *both,
		       size_t left)
{
	if (chain->node && continues(chain->node, both) && chain->node->child_count < chain->room) {
		chain->node->children[chain->node->child_count++] = both->children[1];
		return true;
	}
	if (both->child_count == 2 && left)
		return chain_begin(checker, chain, both, 2 + left);
	*chain = (struct chain){ .value = both };
	return true;
}

static bool is_chained(const struct expression *expression)
{
	const struct expression *left = expression->children[0];

	return expression->operator<= OPERATOR_SHIFT_RIGHT &&
		left->kind == EXPRESSION_BINARY && left->
		operator== expression->
		operator;
}

/* @places: the operators from the first on. Each takes what those before it give. */
static const struct condition *check_chain_places(struct checker *checker,
						  const struct expression **places, size_t count)
{
	struct chain chain = { .value = check_expression(checker, places[0]->children[0]) };

	for (size_t i = 0; i < count && chain.value; i++) {
		struct operands operands = { places[i], chain.value, NULL };
		const struct condition *both;

		operands.right = check_expression(checker, places[i]->children[1]);
		if (!operands.right)
			return NULL;
		both = check_operands(checker, &operands);
		if (!both || !chain_take(checker, &chain, both, count - 1 - i))
			return NULL;
	}
	return chain.value;
}

/* `a + b + c + ...` of any length: walked, not descended, so that its depth is one. */
static const struct condition *check_chain(struct checker *checker,
					   const struct expression *expression)
{
	const struct expression **places, *at = expression;
	size_t count = 1;

	for (; is_chained(at); at = at->children[0])
		count++;
	places = checker_alloc(checker, count, sizeof(*places));
	if (!places)
		return NULL;
	at = expression;
	for (size_t i = count; i--; at = at->children[0])
		places[i] = at;
	return check_chain_places(checker, places, count);
}

const struct condition *check_binary(struct checker *checker, const struct expression *expression)
{
	struct operands operands = { .expression = expression };

	if (is_chained(expression))
		return check_chain(checker, expression);
	operands.left = check_expression(checker, expression->children[0]);
	if (!operands.left)
		return NULL;
	if (expression->operator== OPERATOR_MATCHES)
		return check_matches(checker, expression, operands.left);
	operands.right = check_expression(checker, expression->children[1]);
	return operands.right ? check_operands(checker, &operands) : NULL;
}
