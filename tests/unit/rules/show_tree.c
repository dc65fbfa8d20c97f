#include "show_tree.h"

#include <ctype.h>

#include "engine/base/bitmap.h"

static void show_byte(struct text *out, unsigned int byte)
{
	if (isalnum((int)byte))
		text_add_byte(out, (char)byte);
	else
		text_add_format(out, "x%02x", byte);
}

static void show_masked(struct text *out, const struct regex_node *node)
{
	if (node->mask == 0xff)
		show_byte(out, node->value);
	else if (node->mask)
		text_add_format(out, "x%02x/%02x", node->value, node->mask);
	else
		text_add(out, ".");
}

static void show_class(struct text *out, const uint64_t *set)
{
	text_add(out, "[");
	for (unsigned int from = 0; from < 256; from++) {
		unsigned int to = from;

		if (!bitmap_test(set, from))
			continue;
		while (to < 255 && bitmap_test(set, to + 1))
			to++;
		show_byte(out, from);
		if (to > from + 1)
			text_add(out, "-");
		if (to > from)
			show_byte(out, to);
		from = to;
	}
	text_add(out, "]");
}

static void show_repeat(struct text *out, const struct regex_node *node)
{
	show_regex(out, node->children[0]);
	text_add_format(out, "{%u,", node->min);
	if (node->max != REGEX_NO_LIMIT)
		text_add_format(out, "%u", node->max);
	text_add(out, node->greedy ? "}" : "}?");
}

static void show_children(struct text *out, const struct regex_node *node, const char *between)
{
	text_add(out, "(");
	for (size_t i = 0; i < node->child_count; i++) {
		text_add(out, i ? between : "");
		show_regex(out, node->children[i]);
	}
	text_add(out, ")");
}

void show_regex(struct text *out, const struct regex_node *node)
{
	static const char *const simple[] = {
		[REGEX_EMPTY] = "_",	   [REGEX_START] = "^",		  [REGEX_END] = "$",
		[REGEX_WORD_EDGE] = "\\b", [REGEX_NOT_WORD_EDGE] = "\\B",
	};

	switch (node->kind) {
	case REGEX_BYTE:
		show_masked(out, node);
		break;
	case REGEX_CLASS:
		show_class(out, node->set);
		break;
	case REGEX_SEQUENCE:
		show_children(out, node, " ");
		break;
	case REGEX_ALTERNATION:
		show_children(out, node, " | ");
		break;
	case REGEX_REPEAT:
		show_repeat(out, node);
		break;
	default:
		text_add(out, simple[node->kind]);
	}
}

static const char *const operators[] = {
	"not",	     "defined",	   "neg",	  "~",	      "+",	   "-",	      "*",
	"\\",	     "%",	   "&",		  "|",	      "^",	   "<<",      ">>",
	"==",	     "!=",	   "<",		  "<=",	      ">",	   ">=",      "contains",
	"icontains", "startswith", "istartswith", "endswith", "iendswith", "iequals", "matches",
};

static void show_list(struct text *out, struct expression *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text_add(out, " ");
		show_expression(out, items[i]);
	}
}

static void show_quantifier(struct text *out, const struct quantifier *quantifier)
{
	static const char *const names[] = { "all", "any", "none", "", "%" };

	text_add(out, names[quantifier->kind]);
	if (quantifier->value)
		show_expression(out, quantifier->value);
}

static void show_set(struct text *out, const struct string_set *set)
{
	if (set->them)
		text_add(out, " them");
	for (size_t i = 0; i < set->count; i++)
		text_add_format(out, " %s%s%s", set->of_rules ? "" : "$", set->elements[i].name,
				set->elements[i].wildcard ? "*" : "");
}

static void show_iterator(struct text *out, const struct iterator *iterator)
{
	static const char *const names[] = { "range", "list", "items" };

	text_add_format(out, " (%s", names[iterator->kind]);
	show_list(out, iterator->children, iterator->child_count);
	text_add(out, ")");
}

static void show_loop(struct text *out, const struct expression *expression)
{
	text_add(out, expression->kind == EXPRESSION_OF ? "(of " : "(for ");
	show_quantifier(out, &expression->quantifier);
	for (size_t i = 0; i < expression->variable_count; i++)
		text_add_format(out, " %s", expression->variables[i]);
	if (expression->kind == EXPRESSION_FOR_IN)
		show_iterator(out, expression->iterator);
	else
		show_set(out, expression->set);
	if (expression->child_count)
		text_add(out, " :");
	show_list(out, expression->children, expression->child_count);
	text_add(out, ")");
}

/* A node that is its word and what stands below it. */
static void show_node(struct text *out, const char *word, const struct expression *expression)
{
	text_add_format(out, "(%s", word);
	show_list(out, expression->children, expression->child_count);
	text_add(out, ")");
}

static void show_string(struct text *out, const char *sigil, const struct expression *expression)
{
	if (!expression->child_count) {
		text_add_format(out, "%s%s", sigil, expression->name);
		return;
	}
	text_add_format(out, "(%s%s", sigil, expression->name);
	show_list(out, expression->children, expression->child_count);
	text_add(out, ")");
}

static void show_read(struct text *out, const struct expression *expression)
{
	const struct integer_read *read = &expression->read;

	text_add_format(out, "(%sint%u%s", read->is_signed ? "" : "u", 8u * read->bytes,
			read->big_endian ? "be" : "");
	show_list(out, expression->children, expression->child_count);
	text_add(out, ")");
}

static void show_leaf(struct text *out, const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_INTEGER:
		text_add_format(out, "%lld", (long long)expression->integer);
		break;
	case EXPRESSION_FLOAT:
		text_add_format(out, "%.17g", expression->real);
		break;
	case EXPRESSION_TEXT:
		text_add(out, "\"");
		text_add_escaped(out, expression->text);
		text_add(out, "\"");
		break;
	case EXPRESSION_REGEX:
		text_add(out, "/");
		text_add_escaped(out, expression->regex->source);
		text_add_format(out, "/%s%s", expression->regex->nocase ? "i" : "",
				expression->regex->dot_all ? "s" : "");
		break;
	default:
		text_add(out, expression->kind == EXPRESSION_TRUE	  ? "true"
			      : expression->kind == EXPRESSION_FALSE	  ? "false"
			      : expression->kind == EXPRESSION_FILESIZE	  ? "filesize"
			      : expression->kind == EXPRESSION_ENTRYPOINT ? "entrypoint"
									  : expression->name);
	}
}

void show_expression(struct text *out, const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_FIELD:
		text_add_format(out, "(.%s", expression->name);
		show_list(out, expression->children, expression->child_count);
		text_add(out, ")");
		break;
	case EXPRESSION_INDEX:
		show_node(out, "[]", expression);
		break;
	case EXPRESSION_CALL:
		show_node(out, "call", expression);
		break;
	case EXPRESSION_READ:
		show_read(out, expression);
		break;
	case EXPRESSION_STRING:
		show_string(out, "$", expression);
		break;
	case EXPRESSION_STRING_AT:
		show_string(out, "at $", expression);
		break;
	case EXPRESSION_STRING_IN:
		show_string(out, "in $", expression);
		break;
	case EXPRESSION_STRING_COUNT:
		show_string(out, "#", expression);
		break;
	case EXPRESSION_STRING_OFFSET:
		show_string(out, "@", expression);
		break;
	case EXPRESSION_STRING_LENGTH:
		show_string(out, "!", expression);
		break;
	case EXPRESSION_UNARY:
	case EXPRESSION_BINARY:
		show_node(out, operators[expression->operator], expression);
		break;
	case EXPRESSION_AND:
		show_node(out, "and", expression);
		break;
	case EXPRESSION_OR:
		show_node(out, "or", expression);
		break;
	case EXPRESSION_OF:
	case EXPRESSION_FOR_OF:
	case EXPRESSION_FOR_IN:
		show_loop(out, expression);
		break;
	default:
		show_leaf(out, expression);
	}
}
