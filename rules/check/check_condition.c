#include "rules/check/checker.h"

#include <string.h>

struct condition *condition_new(struct checker *checker, enum condition_kind kind,
				enum value_type type, size_t child_count)
{
	struct condition *condition = checker_alloc(checker, 1, sizeof(*condition));

	if (!condition)
		return NULL;
	condition->kind = kind;
	condition->type = type;
	if (child_count) {
		condition->children =
			checker_alloc(checker, child_count, sizeof(*condition->children));
		if (!condition->children)
			return NULL;
		condition->child_count = child_count;
	}
	return condition;
}

struct condition *condition_unknown(struct checker *checker)
{
	return condition_new(checker, CONDITION_CONSTANT, TYPE_UNKNOWN, 0);
}

const char *value_type_name(enum value_type type)
{
	switch (type) {
	case TYPE_INTEGER:
		return "integer";
	case TYPE_FLOAT:
		return "float";
	case TYPE_TEXT:
		return "string";
	case TYPE_REGEX:
		return "regexp";
	case TYPE_BOOLEAN:
		return "boolean";
	case TYPE_STRUCTURE:
		return "struct";
	case TYPE_ARRAY:
		return "array";
	case TYPE_DICTIONARY:
		return "dictionary";
	case TYPE_FUNCTION:
		return "function";
	case TYPE_UNKNOWN:
		break;
	}
	return "unknown";
}

bool check_type(struct checker *checker, const struct condition *condition, enum value_type type,
		struct source_span span, const char *operator)
{
	if (condition->type == type || condition->type == TYPE_UNKNOWN)
		return true;
	return checker_error(checker, span, "wrong-type", "wrong type \"%s\" for %s operator",
			     value_type_name(condition->type), operator);
}

static struct condition *constant(struct checker *checker, enum value_type type, struct value value)
{
	struct condition *condition = condition_new(checker, CONDITION_CONSTANT, type, 0);

	if (condition)
		condition->constant = value;
	return condition;
}

static struct condition *constant_integer(struct checker *checker, enum value_type type,
					  int64_t integer)
{
	struct condition *condition = constant(
		checker, type, (struct value){ .kind = VALUE_INTEGER, .integer = integer });

	if (condition && type == TYPE_INTEGER) {
		condition->is_known = true;
		condition->known = integer;
	}
	return condition;
}

static const struct condition *check_integer(struct checker *checker,
					     const struct expression *expression)
{
	return constant_integer(checker, TYPE_INTEGER, expression->integer);
}

static const struct condition *check_float(struct checker *checker,
					   const struct expression *expression)
{
	return constant(checker, TYPE_FLOAT,
			(struct value){ .kind = VALUE_FLOAT, .real = expression->real });
}

static const struct condition *check_text(struct checker *checker,
					  const struct expression *expression)
{
	return constant(checker, TYPE_TEXT,
			(struct value){ .kind = VALUE_TEXT, .text = expression->text });
}

/* Alone it is a truth value, and as such true: what it matches with is the operator's business. */
static const struct condition *check_regex(struct checker *checker,
					   const struct expression *expression)
{
	(void)expression;
	return constant_integer(checker, TYPE_REGEX, 1);
}

static const struct condition *check_true(struct checker *checker,
					  const struct expression *expression)
{
	(void)expression;
	return constant_integer(checker, TYPE_BOOLEAN, 1);
}

static const struct condition *check_false(struct checker *checker,
					   const struct expression *expression)
{
	(void)expression;
	return constant_integer(checker, TYPE_BOOLEAN, 0);
}

static const struct condition *check_filesize(struct checker *checker,
					      const struct expression *expression)
{
	(void)expression;
	return condition_new(checker, CONDITION_FILESIZE, TYPE_INTEGER, 0);
}

static const struct condition *check_entrypoint(struct checker *checker,
						const struct expression *expression)
{
	checker_warning(checker, expression->span, "deprecated-keyword",
			"using deprecated \"entrypoint\" keyword. Use the \"entry_point\" "
			"function from PE module instead.");
	checker->rule->reads_bytes = true;
	return condition_new(checker, CONDITION_ENTRYPOINT, TYPE_INTEGER, 0);
}

static const struct condition *check_read(struct checker *checker,
					  const struct expression *expression)
{
	const struct condition *address = check_expression(checker, expression->children[0]);
	struct condition *read = condition_new(checker, CONDITION_READ, TYPE_INTEGER, 1);

	if (!address || !read)
		return NULL;
	if (!check_type(checker, address, TYPE_INTEGER, expression->children[0]->span,
			"intXXXX or uintXXXX"))
		return condition_unknown(checker);
	read->read = expression->read;
	read->children[0] = address;
	checker->rule->reads_bytes = true;
	return read;
}

/* "and", "or": every operand is checked, so that all errors are said at once. */
static const struct condition *check_junction(struct checker *checker,
					      const struct expression *expression)
{
	enum condition_kind kind =
		expression->kind == EXPRESSION_AND ? CONDITION_AND : CONDITION_OR;
	struct condition *junction =
		condition_new(checker, kind, TYPE_BOOLEAN, expression->child_count);

	for (size_t i = 0; i < expression->child_count && junction; i++) {
		size_t log_calls = checker->log_calls;

		junction->children[i] = check_boolean(checker, expression->children[i]);
		if (!junction->children[i])
			return NULL;
		if (i == 1 && kind == CONDITION_AND)
			junction->logs_anyway = checker->log_calls > log_calls;
	}
	return junction;
}

typedef const struct condition *check_function(struct checker *checker,
					       const struct expression *expression);

static check_function *const functions[] = {
	[EXPRESSION_INTEGER] = check_integer,
	[EXPRESSION_FLOAT] = check_float,
	[EXPRESSION_TEXT] = check_text,
	[EXPRESSION_REGEX] = check_regex,
	[EXPRESSION_TRUE] = check_true,
	[EXPRESSION_FALSE] = check_false,
	[EXPRESSION_FILESIZE] = check_filesize,
	[EXPRESSION_ENTRYPOINT] = check_entrypoint,
	[EXPRESSION_IDENTIFIER] = check_identifier,
	[EXPRESSION_FIELD] = check_access,
	[EXPRESSION_INDEX] = check_access,
	[EXPRESSION_CALL] = check_access,
	[EXPRESSION_READ] = check_read,
	[EXPRESSION_STRING] = check_string_reference,
	[EXPRESSION_STRING_AT] = check_string_reference,
	[EXPRESSION_STRING_IN] = check_string_reference,
	[EXPRESSION_STRING_COUNT] = check_string_reference,
	[EXPRESSION_STRING_OFFSET] = check_string_reference,
	[EXPRESSION_STRING_LENGTH] = check_string_reference,
	[EXPRESSION_UNARY] = check_unary,
	[EXPRESSION_BINARY] = check_binary,
	[EXPRESSION_AND] = check_junction,
	[EXPRESSION_OR] = check_junction,
	[EXPRESSION_OF] = check_of,
	[EXPRESSION_FOR_OF] = check_for_of,
	[EXPRESSION_FOR_IN] = check_for_in,
};

const struct condition *check_place(struct checker *checker, const struct expression *expression)
{
	const struct condition *condition;

	if (checker->failed)
		return NULL;
	if (checker->depth >= CONDITION_DEPTH_LIMIT)
		return checker_error(checker, expression->span, "nested-too-deeply",
				     "condition is nested too deeply (limit: %d)",
				     CONDITION_DEPTH_LIMIT);
	checker->depth++;
	condition = functions[expression->kind](checker, expression);
	checker->depth--;
	return condition;
}

/* NULL only without memory, or below the depth limit: else an error gives a condition of unknown type. */
const struct condition *check_expression(struct checker *checker,
					 const struct expression *expression)
{
	return check_usage(checker, expression, check_place(checker, expression));
}

const struct condition *check_boolean(struct checker *checker, const struct expression *expression)
{
	const struct condition *condition = check_expression(checker, expression);

	if (condition && expression->kind == EXPRESSION_TEXT)
		checker_warning(
			checker, expression->span, "text-as-boolean",
			"using literal string \"%.*s\" in a boolean operation.",
			(int)(expression->text.length < 100 ? expression->text.length : 100),
			(const char *)expression->text.data);
	return condition;
}
