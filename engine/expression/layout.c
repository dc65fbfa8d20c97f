#include "engine/expression/layout.h"

#include <stdlib.h>

#include "engine/base/array.h"

/* Copies of a repeated node: enough to fill a window, of a byte also together with what stands at either end of them. */
#define COPIES_OF_BYTE 32
#define COPIES_OF_GROUP 4

struct span { /* bytes that a node may match */
	uint64_t min, max;
};

static uint64_t add_far(uint64_t left, uint64_t right)
{
	return left + right < LAYOUT_FAR ? left + right : LAYOUT_FAR;
}

static uint64_t multiply_far(uint64_t length, uint64_t times)
{
	if (length == 0 || times == 0)
		return 0;
	return length >= LAYOUT_FAR / times ? LAYOUT_FAR : length * times;
}

static struct span span_of(const struct regex_node *node);

static struct span span_of_children(const struct regex_node *node)
{
	struct span span = { 0, 0 };

	for (size_t i = 0; i < node->child_count; i++) {
		struct span child = span_of(node->children[i]);

		if (node->kind == REGEX_SEQUENCE) {
			span.min = add_far(span.min, child.min);
			span.max = add_far(span.max, child.max);
			continue;
		}
		if (i == 0 || child.min < span.min)
			span.min = child.min;
		if (child.max > span.max)
			span.max = child.max;
	}
	return span;
}

static uint64_t repeat_max(const struct regex_node *node)
{
	return node->max == REGEX_NO_LIMIT ? LAYOUT_FAR : node->max;
}

static struct span span_of(const struct regex_node *node)
{
	struct span child;

	switch (node->kind) {
	case REGEX_BYTE:
	case REGEX_CLASS:
		return (struct span){ 1, 1 };
	case REGEX_SEQUENCE:
	case REGEX_ALTERNATION:
		return span_of_children(node);
	case REGEX_REPEAT:
		child = span_of(node->children[0]);
		return (struct span){ multiply_far(child.min, node->min),
				      multiply_far(child.max, repeat_max(node)) };
	default:
		return (struct span){ 0, 0 };
	}
}

static bool children_are_sets(const struct regex_node *node, struct byte_set *set)
{
	struct byte_set all = { { 0 } };

	for (size_t i = 0; i < node->child_count; i++) {
		struct byte_set one;

		if (!regex_node_is_set(node->children[i], &one))
			return false;
		byte_set_unite(&all, &one);
	}
	*set = all;
	return node->child_count > 0;
}

bool regex_node_is_set(const struct regex_node *node, struct byte_set *set)
{
	switch (node->kind) {
	case REGEX_BYTE:
		*set = byte_set_masked(node->value, node->mask);
		return true;
	case REGEX_CLASS:
		for (int word = 0; word < 4; word++)
			set->words[word] = node->set[word];
		return true;
	case REGEX_ALTERNATION:
		return children_are_sets(node, set);
	case REGEX_SEQUENCE:
		return node->child_count == 1 && regex_node_is_set(node->children[0], set);
	case REGEX_REPEAT:
		return node->min == 1 && node->max == 1 &&
		       regex_node_is_set(node->children[0], set);
	default:
		return false;
	}
}

struct layout_writer {
	struct layout *layout;
	const struct layout_options *options;
	struct error *err;
};

static int push(struct layout_writer *writer, const struct slot *slot, struct span bytes)
{
	struct layout *layout = writer->layout;
	struct slot *grown =
		array_grow(layout->slots, &layout->capacity, layout->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(writer->err, "the layout of a regular expression");
	layout->slots = grown;
	grown[layout->count] = *slot;
	grown[layout->count].distance_min = layout->length_min;
	grown[layout->count].distance_max = layout->length_max;
	layout->count++;
	layout->length_min = add_far(layout->length_min, bytes.min);
	layout->length_max = add_far(layout->length_max, bytes.max);
	return 0;
}

static struct span widen(const struct layout_writer *writer, struct span span)
{
	if (writer->options->wide) {
		span.min = multiply_far(span.min, 2);
		span.max = multiply_far(span.max, 2);
	}
	return span;
}

static int push_gap(struct layout_writer *writer, struct span span)
{
	const struct slot slot = { .kind = SLOT_GAP };

	return span.max == 0 ? 0 : push(writer, &slot, widen(writer, span));
}

static int push_set(struct layout_writer *writer, const struct byte_set *set)
{
	struct slot slot = { .kind = SLOT_SET, .set = *set };
	int ret;

	if (writer->options->nocase)
		byte_set_add_cases(&slot.set);
	ret = push(writer, &slot, (struct span){ 1, 1 });
	if (ret < 0 || !writer->options->wide)
		return ret;
	slot.set = byte_set_of(0);
	return push(writer, &slot, (struct span){ 1, 1 });
}

static int lay_out(struct layout_writer *writer, const struct regex_node *node);

static int lay_out_copies(struct layout_writer *writer, const struct regex_node *child,
			  uint32_t copies)
{
	int ret = 0;

	for (uint32_t i = 0; i < copies && ret == 0; i++)
		ret = lay_out(writer, child);
	return ret;
}

static int lay_out_repeat(struct layout_writer *writer, const struct regex_node *node)
{
	const struct regex_node *child = node->children[0];
	struct byte_set set;
	uint32_t most = regex_node_is_set(child, &set) ? COPIES_OF_BYTE : COPIES_OF_GROUP;
	uint32_t copies = node->min < most ? node->min : most;
	uint32_t before = writer->options->gap_first ? 0 : copies;
	struct span gap = span_of(child);
	int ret;

	if (node->min > COPIES_OF_BYTE && copies == COPIES_OF_BYTE)
		before = copies / 2;
	gap.min = multiply_far(gap.min, node->min - copies);
	gap.max = multiply_far(gap.max, repeat_max(node) - copies);
	ret = lay_out_copies(writer, child, before);
	if (ret == 0)
		ret = push_gap(writer, gap);
	return ret < 0 ? ret : lay_out_copies(writer, child, copies - before);
}

static int lay_out_sequence(struct layout_writer *writer, const struct regex_node *node)
{
	int ret = 0;

	for (size_t i = 0; i < node->child_count && ret == 0; i++)
		ret = lay_out(writer, node->children[i]);
	return ret;
}

static int lay_out(struct layout_writer *writer, const struct regex_node *node)
{
	const struct slot choice = { .kind = SLOT_CHOICE, .choice = node };
	struct byte_set set;

	if (*writer->options->steps_left == 0)
		return push_gap(writer, span_of(node));
	--*writer->options->steps_left;
	if (regex_node_is_set(node, &set))
		return push_set(writer, &set);
	switch (node->kind) {
	case REGEX_SEQUENCE:
		return lay_out_sequence(writer, node);
	case REGEX_REPEAT:
		return lay_out_repeat(writer, node);
	case REGEX_ALTERNATION:
		return push(writer, &choice, widen(writer, span_of(node)));
	default:
		return 0;
	}
}

int layout_init(struct layout *layout, const struct regex_node *tree,
		const struct layout_options *options, struct error *err)
{
	struct layout_writer writer = { .layout = layout, .options = options, .err = err };

	*layout = (struct layout){ 0 };
	return lay_out(&writer, tree);
}

void layout_release(struct layout *layout)
{
	free(layout->slots);
	*layout = (struct layout){ 0 };
}

struct zero_fit {
	bool empty; /* no byte at all */
	bool zeros; /* zeros, at least one */
};

static struct zero_fit zero_fit_of(const struct regex_node *node);

static struct zero_fit zero_fit_of_sequence(const struct regex_node *node)
{
	struct zero_fit fit = { .empty = true };

	for (size_t i = 0; i < node->child_count; i++) {
		struct zero_fit child = zero_fit_of(node->children[i]);

		fit.zeros =
			(fit.zeros && (child.empty || child.zeros)) || (fit.empty && child.zeros);
		fit.empty = fit.empty && child.empty;
	}
	return fit;
}

static struct zero_fit zero_fit_of_alternation(const struct regex_node *node)
{
	struct zero_fit fit = { false, false };

	for (size_t i = 0; i < node->child_count; i++) {
		struct zero_fit child = zero_fit_of(node->children[i]);

		fit.zeros = fit.zeros || child.zeros;
		fit.empty = fit.empty || child.empty;
	}
	return fit;
}

static struct zero_fit zero_fit_of(const struct regex_node *node)
{
	struct byte_set set;
	struct zero_fit fit;

	if (regex_node_is_set(node, &set))
		return (struct zero_fit){ .zeros = byte_set_has(&set, 0) };
	switch (node->kind) {
	case REGEX_SEQUENCE:
		return zero_fit_of_sequence(node);
	case REGEX_ALTERNATION:
		return zero_fit_of_alternation(node);
	case REGEX_REPEAT:
		fit = zero_fit_of(node->children[0]);
		return (struct zero_fit){ .empty = fit.empty || node->min == 0,
					  .zeros = fit.zeros && node->max > 0 };
	default:
		return (struct zero_fit){ .empty = true };
	}
}

bool regex_node_fits_zeros(const struct regex_node *node)
{
	return zero_fit_of(node).zeros;
}

bool regex_node_has_repeat(const struct regex_node *node)
{
	if (node->kind == REGEX_REPEAT)
		return true;
	for (size_t i = 0; i < node->child_count; i++)
		if (regex_node_has_repeat(node->children[i]))
			return true;
	return false;
}

bool regex_node_has_word_edge(const struct regex_node *node)
{
	if (node->kind == REGEX_WORD_EDGE || node->kind == REGEX_NOT_WORD_EDGE)
		return true;
	for (size_t i = 0; i < node->child_count; i++)
		if (regex_node_has_word_edge(node->children[i]))
			return true;
	return false;
}
