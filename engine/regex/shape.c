#include "engine/regex/shape.h"

#include <string.h>

#include "engine/base/bitmap.h"

#define BYTE_VALUES 256
#define SET_WORDS BITMAP_WORDS(BYTE_VALUES)

/* Far beyond what people write, and far from the end of a thread's stack. */
#define DEEPEST_TREE 1000u

struct shaper {
	struct arena *arena;
	uint32_t flags;
	uint32_t depth;
	uint32_t most_characters; /* that fit into REGEX_SPAN_BYTES */
	struct error *err;
};

static int shape_node(struct shaper *shaper, const struct regex_node *node,
		      const struct regex_shape **out);

static struct regex_shape *new_shape(struct shaper *shaper, enum shape_kind kind)
{
	struct regex_shape *shape = arena_alloc(shaper->arena, sizeof(*shape));

	if (!shape) {
		error_no_memory(shaper->err, "a regular expression");
		return NULL;
	}
	shape->kind = kind;
	shape->always_empty = kind == SHAPE_EMPTY;
	return shape;
}

static int shape_simple(struct shaper *shaper, enum shape_kind kind, const struct regex_shape **out)
{
	struct regex_shape *shape = new_shape(shaper, kind);

	if (!shape)
		return ERROR_MEMORY;
	*out = shape;
	return 0;
}

static int shape_assertion(struct shaper *shaper, enum regex_kind assertion,
			   const struct regex_shape **out)
{
	struct regex_shape *shape = new_shape(shaper, SHAPE_ASSERTION);

	if (!shape)
		return ERROR_MEMORY;
	shape->assertion = assertion;
	*out = shape;
	return 0;
}

static void set_of_masked_byte(uint64_t *set, uint8_t value, uint8_t mask)
{
	for (unsigned byte = 0; byte < BYTE_VALUES; byte++) {
		if ((byte & mask) == value)
			bitmap_set(set, byte);
	}
}

/* What [^a] leaves out, it leaves out in both cases: so there both go, where else both come. */
static void fold_case(uint64_t *set, bool negated)
{
	for (unsigned upper = 'A'; upper <= 'Z'; upper++) {
		unsigned lower = upper - 'A' + 'a';

		if (bitmap_test(set, upper) == bitmap_test(set, lower))
			continue;
		if (negated) {
			bitmap_clear(set, upper);
			bitmap_clear(set, lower);
		} else {
			bitmap_set(set, upper);
			bitmap_set(set, lower);
		}
	}
}

static bool set_is_empty(const uint64_t *set)
{
	return !(set[0] | set[1] | set[2] | set[3]);
}

static int shape_character(struct shaper *shaper, const struct regex_node *node,
			   const struct regex_shape **out)
{
	uint64_t *set = arena_alloc_array(shaper->arena, SET_WORDS, sizeof(*set));
	struct regex_shape *shape = new_shape(shaper, SHAPE_CHARACTER);

	if (!set || !shape)
		return error_no_memory(shaper->err, "a regular expression");
	if (node->kind == REGEX_CLASS)
		memcpy(set, node->set, SET_WORDS * sizeof(*set));
	else
		set_of_masked_byte(set, node->value, node->mask);
	if (shaper->flags & REGEX_NOCASE)
		fold_case(set, node->kind == REGEX_CLASS && node->negated);

	shape->set = set;
	shape->shortest = shape->longest = 1;
	if (set_is_empty(set))
		shape->kind = SHAPE_NEVER;
	*out = shape;
	return 0;
}

static uint64_t add_lengths(uint64_t left, uint64_t right)
{
	uint64_t sum = left + right;

	return sum < SHAPE_LONGEST ? sum : SHAPE_LONGEST;
}

static uint64_t multiply_lengths(uint64_t length, uint32_t count)
{
	if (count == REGEX_NO_LIMIT)
		return length ? SHAPE_LONGEST : 0;
	if (length && count > SHAPE_LONGEST / length)
		return SHAPE_LONGEST;
	return length * count;
}

static struct regex_shape *new_parent(struct shaper *shaper, enum shape_kind kind,
				      size_t most_children)
{
	struct regex_shape *shape = new_shape(shaper, kind);

	if (!shape)
		return NULL;
	shape->children = arena_alloc_array(shaper->arena, most_children, sizeof(*shape->children));
	if (!shape->children) {
		error_no_memory(shaper->err, "a regular expression");
		return NULL;
	}
	return shape;
}

static int shape_sequence(struct shaper *shaper, const struct regex_node *node,
			  const struct regex_shape **out)
{
	struct regex_shape *shape = new_parent(shaper, SHAPE_SEQUENCE, node->child_count);
	int ret = 0;

	if (!shape)
		return ERROR_MEMORY;
	shape->always_empty = true;
	for (size_t i = 0; i < node->child_count && !ret; i++) {
		const struct regex_shape *child;

		ret = shape_node(shaper, node->children[i], &child);
		if (ret || child->kind == SHAPE_EMPTY)
			continue;
		shape->children[shape->child_count++] = child;
		shape->always_empty &= child->always_empty;
		shape->shortest = add_lengths(shape->shortest, child->shortest);
		shape->longest = add_lengths(shape->longest, child->longest);
		if (child->kind == SHAPE_NEVER || shape->shortest > shaper->most_characters)
			return shape_simple(shaper, SHAPE_NEVER, out);
	}
	if (ret)
		return ret;
	if (shape->child_count == 0)
		return shape_simple(shaper, SHAPE_EMPTY, out);
	*out = shape->child_count == 1 ? shape->children[0] : shape;
	return 0;
}

/* Neighbouring alternatives of one character each are one set: nothing else tells them apart. */
static int join_characters(struct shaper *shaper, const struct regex_shape **last,
			   const struct regex_shape *next)
{
	uint64_t *set = arena_alloc_array(shaper->arena, SET_WORDS, sizeof(*set));
	struct regex_shape *joined = new_shape(shaper, SHAPE_CHARACTER);

	if (!set || !joined)
		return error_no_memory(shaper->err, "a regular expression");
	for (size_t i = 0; i < SET_WORDS; i++)
		set[i] = (*last)->set[i] | next->set[i];
	joined->set = set;
	joined->shortest = joined->longest = 1;
	*last = joined;
	return 0;
}

static int add_alternative(struct shaper *shaper, struct regex_shape *shape,
			   const struct regex_shape *child)
{
	size_t count = shape->child_count;

	if (child->kind == SHAPE_NEVER)
		return 0;
	if (count == 0 || child->shortest < shape->shortest)
		shape->shortest = child->shortest;
	if (child->longest > shape->longest)
		shape->longest = child->longest;
	shape->always_empty |= child->always_empty;
	if (count > 0 && child->kind == SHAPE_CHARACTER &&
	    shape->children[count - 1]->kind == SHAPE_CHARACTER)
		return join_characters(shaper, &shape->children[count - 1], child);
	shape->children[shape->child_count++] = child;
	return 0;
}

static int shape_alternation(struct shaper *shaper, const struct regex_node *node,
			     const struct regex_shape **out)
{
	struct regex_shape *shape = new_parent(shaper, SHAPE_ALTERNATION, node->child_count);
	int ret = 0;

	if (!shape)
		return ERROR_MEMORY;
	for (size_t i = 0; i < node->child_count && !ret; i++) {
		const struct regex_shape *child;

		ret = shape_node(shaper, node->children[i], &child);
		if (!ret)
			ret = add_alternative(shaper, shape, child);
	}
	if (ret)
		return ret;
	if (shape->child_count == 0)
		return shape_simple(shaper, SHAPE_NEVER, out);
	*out = shape->child_count == 1 ? shape->children[0] : shape;
	return 0;
}

/*
 * More rounds than fit into the span cannot be told from any number of rounds,
 * and the loop of the latter is small. A round that consumes nothing adds
 * nothing, so a child that may be empty fits as often as if it took one
 * character, and where it may be empty anywhere a loop needs no minimum.
 */
static void limit_repeat(const struct shaper *shaper, struct regex_shape *shape,
			 const struct regex_shape *child)
{
	uint64_t step = child->shortest ? child->shortest : 1;
	uint64_t most_rounds = shaper->most_characters / step;

	if (shape->max >= most_rounds)
		shape->max = REGEX_NO_LIMIT;
	if (child->always_empty && shape->max == REGEX_NO_LIMIT)
		shape->min = 0;
	shape->always_empty = shape->min == 0 || child->always_empty;
	shape->shortest = multiply_lengths(child->shortest, shape->min);
	shape->longest = multiply_lengths(child->longest, shape->max);
}

static int shape_repeat_of(struct shaper *shaper, const struct regex_node *node,
			   const struct regex_shape *child, const struct regex_shape **out)
{
	if (node->max == 0 || (node->min == 0 && child->longest == 0) ||
	    (node->min == 0 && child->kind == SHAPE_NEVER))
		return shape_simple(shaper, SHAPE_EMPTY, out);
	if (node->min > node->max)
		return shape_simple(shaper, SHAPE_NEVER, out);
	if (child->longest == 0 || child->kind == SHAPE_NEVER ||
	    (node->min == 1 && node->max == 1)) {
		*out = child;
		return 0;
	}

	struct regex_shape *shape = new_parent(shaper, SHAPE_REPEAT, 1);

	if (!shape)
		return ERROR_MEMORY;
	shape->children[0] = child;
	shape->child_count = 1;
	shape->greedy = node->greedy;
	shape->min = node->min;
	shape->max = node->max;
	limit_repeat(shaper, shape, child);
	if (shape->shortest > shaper->most_characters)
		return shape_simple(shaper, SHAPE_NEVER, out);
	*out = shape;
	return 0;
}

static int shape_repeat(struct shaper *shaper, const struct regex_node *node,
			const struct regex_shape **out)
{
	const struct regex_shape *child;
	int ret = shape_node(shaper, node->children[0], &child);

	return ret ? ret : shape_repeat_of(shaper, node, child, out);
}

static int shape_kind_of(struct shaper *shaper, const struct regex_node *node,
			 const struct regex_shape **out)
{
	switch (node->kind) {
	case REGEX_EMPTY:
		return shape_simple(shaper, SHAPE_EMPTY, out);
	case REGEX_BYTE:
	case REGEX_CLASS:
		return shape_character(shaper, node, out);
	case REGEX_SEQUENCE:
		return shape_sequence(shaper, node, out);
	case REGEX_ALTERNATION:
		return shape_alternation(shaper, node, out);
	case REGEX_REPEAT:
		return shape_repeat(shaper, node, out);
	case REGEX_START:
	case REGEX_END:
	case REGEX_WORD_EDGE:
	case REGEX_NOT_WORD_EDGE:
		return shape_assertion(shaper, node->kind, out);
	}
	return error_set(shaper->err, ERROR_USAGE, 0, "a regular expression has no node of kind %d",
			 (int)node->kind);
}

static int shape_node(struct shaper *shaper, const struct regex_node *node,
		      const struct regex_shape **out)
{
	if (shaper->depth >= DEEPEST_TREE)
		return error_set(shaper->err, ERROR_LIMIT, 0,
				 "the regular expression is nested more than %u deep",
				 DEEPEST_TREE);
	shaper->depth++;

	int ret = shape_kind_of(shaper, node, out);

	shaper->depth--;
	return ret;
}

int regex_shape_make(const struct regex_shape **out, struct arena *arena,
		     const struct regex_node *tree, uint32_t flags, struct error *err)
{
	struct shaper shaper = {
		.arena = arena,
		.flags = flags,
		.most_characters = REGEX_SPAN_BYTES / (flags & REGEX_WIDE ? 2u : 1u),
		.err = err,
	};

	return shape_node(&shaper, tree, out);
}
