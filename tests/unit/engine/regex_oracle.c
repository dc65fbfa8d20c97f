#include "tests/unit/engine/regex_oracle.h"

#include <string.h>

#include "engine/base/bitmap.h"

#define ORACLE_STEPS 200000

struct todo {
	const struct regex_node *node;
	size_t child; /* SEQUENCE: the next one */
	uint32_t rounds; /* REPEAT: done so far */
	size_t round_start; /* REPEAT: where the last round began */
	bool begun; /* REPEAT: a round is behind us */
	const struct todo *rest;
};

struct oracle {
	const struct regex_text *text;
	uint32_t flags;
	size_t steps;
	bool matched;
	size_t end;
};

static bool oracle_word(const struct oracle *oracle, size_t position)
{
	const struct regex_text *text = oracle->text;

	if (position >= text->length)
		return false;
	if ((oracle->flags & REGEX_WIDE) &&
	    (position + 1 >= text->length || text->data[position + 1] != 0))
		return false;
	return text->data[position] && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789_",
					      text->data[position]);
}

static bool oracle_edge(const struct oracle *oracle, size_t position)
{
	size_t step = oracle->flags & REGEX_WIDE ? 2 : 1;
	bool before = position >= step && oracle_word(oracle, position - step);

	return before != oracle_word(oracle, position);
}

static bool oracle_in_node(const struct regex_node *node, uint8_t byte)
{
	if (node->kind == REGEX_BYTE)
		return (byte & node->mask) == node->value;
	return bitmap_test(node->set, byte);
}

static bool oracle_byte(const struct oracle *oracle, const struct regex_node *node, uint8_t byte)
{
	bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
	bool here = oracle_in_node(node, byte);

	if (!(oracle->flags & REGEX_NOCASE) || !letter)
		return here;

	bool there = oracle_in_node(node, byte ^ 0x20);

	return node->kind == REGEX_CLASS && node->negated ? here && there : here || there;
}

static size_t oracle_shortest(const struct regex_node *node)
{
	size_t shortest = node->kind == REGEX_ALTERNATION ? SIZE_MAX : 0;

	if (node->kind == REGEX_BYTE || node->kind == REGEX_CLASS)
		return 1;
	for (size_t i = 0; i < node->child_count; i++) {
		size_t child = oracle_shortest(node->children[i]);

		if (node->kind != REGEX_ALTERNATION)
			shortest += child;
		else if (child < shortest)
			shortest = child;
	}
	return node->kind == REGEX_REPEAT ? shortest * node->min : shortest;
}

/* Anywhere, without an assertion. */
static bool oracle_empty_possible(const struct regex_node *node)
{
	switch (node->kind) {
	case REGEX_BYTE:
	case REGEX_CLASS:
		return false;
	case REGEX_SEQUENCE:
		for (size_t i = 0; i < node->child_count; i++) {
			if (!oracle_empty_possible(node->children[i]))
				return false;
		}
		return true;
	case REGEX_ALTERNATION:
		for (size_t i = 0; i < node->child_count; i++) {
			if (oracle_empty_possible(node->children[i]))
				return true;
		}
		return false;
	case REGEX_REPEAT:
		return node->min == 0 || oracle_empty_possible(node->children[0]);
	default:
		return node->kind == REGEX_EMPTY;
	}
}

/* An alternation with an empty alternative prefers more or less, depending on which comes first. */
static bool oracle_prefers(const struct regex_node *node, bool greedy)
{
	for (size_t i = 0; i < node->child_count; i++) {
		if (oracle_prefers(node->children[i], greedy) ||
		    (node->kind == REGEX_ALTERNATION && oracle_shortest(node->children[i]) == 0))
			return true;
	}
	return node->kind == REGEX_REPEAT && node->greedy == greedy;
}

bool oracle_order_open(const struct regex_node *node)
{
	for (size_t i = 0; i < node->child_count; i++) {
		if (oracle_order_open(node->children[i]))
			return true;
	}
	if (node->kind != REGEX_REPEAT || node->max != REGEX_NO_LIMIT ||
	    oracle_shortest(node->children[0]) > 0)
		return false;
	return oracle_prefers(node, !node->greedy) ||
	       (node->min > 0 && !oracle_empty_possible(node->children[0]));
}

static bool oracle_run(struct oracle *oracle, const struct todo *todo, size_t position);

static bool oracle_node(struct oracle *oracle, const struct regex_node *node,
			const struct todo *rest, size_t position)
{
	struct todo first = { .node = node, .rest = rest };

	return oracle_run(oracle, &first, position);
}

static bool oracle_round(struct oracle *oracle, const struct todo *todo, size_t position)
{
	struct todo again = *todo;

	again.rounds++;
	again.round_start = position;
	again.begun = true;
	return oracle_node(oracle, todo->node->children[0], &again, position);
}

/* A round beyond the minimum of an endless repeat must consume something. */
static bool oracle_repeat(struct oracle *oracle, const struct todo *todo, size_t position)
{
	const struct regex_node *node = todo->node;
	bool endless = node->max == REGEX_NO_LIMIT;
	uint32_t min = endless && oracle_empty_possible(node->children[0]) ? 0 : node->min;

	if (todo->begun && endless && todo->rounds > min && todo->round_start == position)
		return false;
	if (todo->rounds < min)
		return oracle_round(oracle, todo, position);
	if (todo->rounds >= node->max)
		return oracle_run(oracle, todo->rest, position);
	if (node->greedy)
		return oracle_round(oracle, todo, position) ||
		       oracle_run(oracle, todo->rest, position);
	return oracle_run(oracle, todo->rest, position) || oracle_round(oracle, todo, position);
}

static bool oracle_sequence(struct oracle *oracle, const struct todo *todo, size_t position)
{
	struct todo later = *todo;

	if (todo->child == todo->node->child_count)
		return oracle_run(oracle, todo->rest, position);
	later.child++;
	return oracle_node(oracle, todo->node->children[todo->child], &later, position);
}

static bool oracle_consume(struct oracle *oracle, const struct todo *todo, size_t position)
{
	size_t step = oracle->flags & REGEX_WIDE ? 2 : 1;
	const struct regex_text *text = oracle->text;

	if (position + step > text->length || (step == 2 && text->data[position + 1] != 0) ||
	    !oracle_byte(oracle, todo->node, text->data[position]))
		return false;
	return oracle_run(oracle, todo->rest, position + step);
}

static bool oracle_run(struct oracle *oracle, const struct todo *todo, size_t position)
{
	if (!todo) {
		oracle->matched = true;
		oracle->end = position;
		return true;
	}
	if (oracle->steps++ > ORACLE_STEPS)
		return true;

	const struct regex_node *node = todo->node;
	const struct regex_text *text = oracle->text;

	switch (node->kind) {
	case REGEX_EMPTY:
		return oracle_run(oracle, todo->rest, position);
	case REGEX_BYTE:
	case REGEX_CLASS:
		return oracle_consume(oracle, todo, position);
	case REGEX_SEQUENCE:
		return oracle_sequence(oracle, todo, position);
	case REGEX_ALTERNATION:
		for (size_t i = 0; i < node->child_count; i++) {
			if (oracle_node(oracle, node->children[i], todo->rest, position))
				return true;
		}
		return false;
	case REGEX_REPEAT:
		return oracle_repeat(oracle, todo, position);
	case REGEX_START:
		return position == 0 && text->first == EDGE_REAL &&
		       oracle_run(oracle, todo->rest, position);
	case REGEX_END:
		return position == text->length && text->last == EDGE_REAL &&
		       oracle_run(oracle, todo->rest, position);
	case REGEX_WORD_EDGE:
		return oracle_edge(oracle, position) && oracle_run(oracle, todo->rest, position);
	case REGEX_NOT_WORD_EDGE:
		return !oracle_edge(oracle, position) && oracle_run(oracle, todo->rest, position);
	}
	return false;
}

bool oracle_match(const struct regex_node *tree, uint32_t flags, const struct regex_text *text,
		  size_t start, bool *matched, size_t *length)
{
	struct oracle oracle = { .text = text, .flags = flags };

	oracle_node(&oracle, tree, NULL, start);
	*matched = oracle.matched;
	*length = oracle.matched ? oracle.end - start : 0;
	return oracle.steps <= ORACLE_STEPS;
}
