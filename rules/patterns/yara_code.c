#include "rules/patterns/yara_code.h"

#include "rules/parse/named_node.h"
#include "rules/parse/regex_builder.h"

/*
 * YARA's code for a regex, in bytes:
 *
 *	byte		2	with a mask 3, dot, \w and its like, anchors 1, class 34
 *	e*		split e jump
 *	e+		e split
 *	a|b		split a jump b
 *	.{n,m}		5
 *	e{n,m}		[e] [start e end] [split] [e]: up to three times the same
 *
 * Splits are numbered by a byte, and splits and jumps reach as far as 16 bits do.
 */
#define SPLIT_LIMIT 128u
#define REACH 32767u
#define SPLIT_BYTES 4u
#define JUMP_BYTES 3u
#define REPEAT_ANY_BYTES 5u
#define REPEAT_EDGES_BYTES 18u

/* Far beyond every limit; sums stay there. */
#define ENOUGH ((uint64_t)1 << 32)

struct code {
	uint64_t bytes, splits;
	bool too_far; /* a split or a jump does not reach */
};

static struct code code_of(const struct regex_node *node);

static uint64_t at_most_enough(uint64_t number)
{
	return number < ENOUGH ? number : ENOUGH;
}

static void add(struct code *sum, struct code code, unsigned int times)
{
	sum->bytes = at_most_enough(sum->bytes + code.bytes * times);
	sum->splits = at_most_enough(sum->splits + code.splits * times);
	sum->too_far |= code.too_far;
}

static struct code code_of_sequence(const struct regex_node *node)
{
	struct code code = { 0 };

	for (size_t i = 0; i < node->child_count; i++)
		add(&code, code_of(node->children[i]), 1);
	return code;
}

/* From the left: ((a|b)|c)|d. */
static struct code code_of_alternation(const struct regex_node *node)
{
	struct code code = code_of(node->children[0]);

	for (size_t i = 1; i < node->child_count; i++) {
		struct code right = code_of(node->children[i]);

		code.bytes += SPLIT_BYTES + JUMP_BYTES;
		code.splits++;
		code.too_far |= code.bytes > REACH || right.bytes + JUMP_BYTES > REACH;
		add(&code, right, 1);
	}
	return code;
}

static struct code code_of_endless(const struct regex_node *node)
{
	struct code code = code_of(node->children[0]);

	code.bytes += SPLIT_BYTES + (node->min ? 0 : JUMP_BYTES);
	code.splits++;
	code.too_far |= code.bytes > REACH + (node->min ? SPLIT_BYTES + 1 : 0);
	return code;
}

static struct code code_of_counted(const struct regex_node *node)
{
	const uint32_t min = node->min, max = node->max;
	struct code child = code_of(node->children[0]), code = { 0 };

	if (min > 0)
		add(&code, child, 1);
	if (max > min + 1 || max > 2) {
		code.bytes += REPEAT_EDGES_BYTES;
		add(&code, child, 1);
	}
	if (max > min) {
		code.bytes += SPLIT_BYTES;
		code.splits++;
		code.too_far |= child.bytes + SPLIT_BYTES > REACH;
	}
	if (max > min || max > 1)
		add(&code, child, 1);
	return code;
}

static struct code code_of_repeat(const struct regex_node *node)
{
	if (node->max == REGEX_NO_LIMIT)
		return code_of_endless(node);
	if (regex_is_gap(node))
		return (struct code){ .bytes = REPEAT_ANY_BYTES };
	return code_of_counted(node);
}

static uint64_t bytes_of_one(const struct regex_node *node)
{
	switch (node->kind) {
	case REGEX_EMPTY:
		return 0;
	case REGEX_BYTE:
		return regex_is_dot(node) ? 1 : node->mask == 0xff ? 2 : 3;
	case REGEX_CLASS:
		return regex_is_dot(node) || regex_is_named_class(node) ? 1 : 34;
	default:
		return 1;
	}
}

static struct code code_of(const struct regex_node *node)
{
	switch (node->kind) {
	case REGEX_SEQUENCE:
		return code_of_sequence(node);
	case REGEX_ALTERNATION:
		return code_of_alternation(node);
	case REGEX_REPEAT:
		return code_of_repeat(node);
	default:
		return (struct code){ .bytes = bytes_of_one(node) };
	}
}

const char *yara_code_problem(const struct regex_node *tree)
{
	struct code code = code_of(tree);

	if (code.splits > SPLIT_LIMIT)
		return "regular expression is too complex";
	return code.too_far ? "regular expression is too large" : NULL;
}
