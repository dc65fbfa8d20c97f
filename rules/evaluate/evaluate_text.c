#include "rules/evaluate/evaluation.h"

#include <string.h>

/* `matches` looks no further into its text, as in YARA. */
#define MATCHES_LOOK_BYTES 4096u
/* One search in a text from there on costs as much as a look at the clock, and more. */
#define LONG_TEXT_BYTES 4096u

static int evaluate_texts(struct evaluation *run, const struct condition *condition,
			  struct bytes texts[2], bool *defined)
{
	struct value value;

	texts[0] = texts[1] = (struct bytes){ 0 };
	*defined = true;
	for (size_t i = 0; i < 2; i++) {
		int ret = condition_evaluate(run, condition->children[i], &value);

		if (ret < 0)
			return ret;
		if (value.kind == VALUE_UNDEFINED)
			*defined = false;
		else
			texts[i] = value.text;
	}
	return 0;
}

static bool order_holds(enum expression_operator operator, int order)
{
	switch (operator) {
	case OPERATOR_EQUAL:
		return order == 0;
	case OPERATOR_NOT_EQUAL:
		return order != 0;
	case OPERATOR_LESS:
		return order < 0;
	case OPERATOR_LESS_EQUAL:
		return order <= 0;
	case OPERATOR_GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* YARA's own order: where the first difference is, bytes count as signed, so that "\xff" comes before "a". */
static int compare_texts(struct bytes left, struct bytes right)
{
	for (size_t i = 0; i < left.length && i < right.length; i++) {
		if (left.data[i] != right.data[i])
			return (int8_t)left.data[i] < (int8_t)right.data[i] ? -1 : 1;
	}
	return (left.length > right.length) - (left.length < right.length);
}

int evaluate_text_compare(struct evaluation *run, const struct condition *condition,
			  struct value *out)
{
	struct bytes texts[2];
	bool defined;
	int ret = evaluate_texts(run, condition, texts, &defined);

	*out = value_undefined();
	if (ret == 0 && defined)
		*out = value_integer(
			order_holds(condition->operator, compare_texts(texts[0], texts[1])));
	return ret;
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool same_letters(const uint8_t *left, const uint8_t *right, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (lower(left[i]) != lower(right[i]))
			return false;
	}
	return true;
}

static bool same_bytes(const uint8_t *left, const uint8_t *right, size_t length, bool nocase)
{
	if (nocase)
		return same_letters(left, right, length);
	return !length || memcmp(left, right, length) == 0;
}

static bool contains(struct bytes text, struct bytes part)
{
	if (!part.length)
		return true;
	return part.length <= text.length && memmem(text.data, text.length, part.data, part.length);
}

static bool lower_text(struct arena *arena, struct bytes text, struct bytes *out)
{
	uint8_t *letters = arena_alloc_array(arena, text.length + 1, 1);

	if (!letters)
		return false;
	for (size_t i = 0; i < text.length; i++)
		letters[i] = lower(text.data[i]);
	*out = (struct bytes){ letters, text.length };
	return true;
}

/* By copies in lower case: comparing at each place would take the product of both lengths. */
static int contains_letters(struct evaluation *run, const struct bytes texts[2], bool *holds)
{
	struct arena_mark mark = arena_mark(run->texts);
	struct bytes text, part;

	if (!lower_text(run->texts, texts[0], &text) || !lower_text(run->texts, texts[1], &part)) {
		run->stop = STOP_FAILED;
		return error_no_memory(run->err, "texts in lower case");
	}
	*holds = contains(text, part);
	arena_rewind(run->texts, mark);
	return 0;
}

static bool starts_with(struct bytes text, struct bytes part, bool nocase)
{
	return part.length <= text.length && same_bytes(text.data, part.data, part.length, nocase);
}

static bool ends_with(struct bytes text, struct bytes part, bool nocase)
{
	if (part.length > text.length)
		return false;
	if (!part.length)
		return true;
	return same_bytes(text.data + (text.length - part.length), part.data, part.length, nocase);
}

static bool search_holds(enum expression_operator operator, struct bytes text, struct bytes part)
{
	switch (operator) {
	case OPERATOR_CONTAINS:
		return contains(text, part);
	case OPERATOR_STARTSWITH:
		return starts_with(text, part, false);
	case OPERATOR_ISTARTSWITH:
		return starts_with(text, part, true);
	case OPERATOR_ENDSWITH:
		return ends_with(text, part, false);
	case OPERATOR_IENDSWITH:
		return ends_with(text, part, true);
	default: /* iequals */
		return text.length == part.length && starts_with(text, part, true);
	}
}

static int search_text(struct evaluation *run, enum expression_operator operator,
		       const struct bytes texts[2], bool *holds)
{
	int ret = texts[0].length < LONG_TEXT_BYTES ? 0 : evaluation_look(run);

	if (ret < 0)
		return ret;
	if (operator== OPERATOR_ICONTAINS)
		return contains_letters(run, texts, holds);
	*holds = search_holds(operator, texts[0], texts[1]);
	return 0;
}

int evaluate_text_search(struct evaluation *run, const struct condition *condition,
			 struct value *out)
{
	struct bytes texts[2];
	bool defined, holds = false;
	int ret = evaluate_texts(run, condition, texts, &defined);

	*out = value_undefined();
	if (ret < 0 || !defined)
		return ret;
	ret = search_text(run, condition->operator, texts, &holds);
	*out = value_integer(holds);
	return ret;
}

static int search_regex(struct evaluation *run, const struct regex_program *program,
			struct bytes text, bool *matched)
{
	bool cut = text.length > MATCHES_LOOK_BYTES;
	struct regex_text span = { text.data, cut ? MATCHES_LOOK_BYTES : text.length, EDGE_REAL,
				   cut ? EDGE_CUT : EDGE_REAL };
	size_t start, length;

	return regex_search(program, run->scratch, &span, matched, &start, &length, run->err);
}

static int match_text(struct evaluation *run, const struct regex_program *program,
		      struct bytes text, bool *matched)
{
	int ret = evaluation_look(run);

	if (ret < 0)
		return ret;
	ret = evaluation_scratch(run);
	if (ret == 0)
		ret = search_regex(run, program, text, matched);
	if (ret < 0)
		run->stop = STOP_FAILED;
	return ret;
}

int evaluate_matches(struct evaluation *run, const struct condition *condition, struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);
	bool matched = false;

	if (ret < 0 || out->kind == VALUE_UNDEFINED)
		return ret;
	ret = match_text(run, condition->program, out->text, &matched);
	*out = value_integer(matched);
	return ret;
}
