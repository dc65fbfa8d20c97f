#include "rules/parse/regex_builder.h"

#include "engine/base/bitmap.h"
#include "rules/parse/arena_array.h"

bool regex_list_push(struct arena *arena, struct regex_list *list, const struct regex_node *node)
{
	if (!node)
		return false;

	const struct regex_node **grown = arena_array_grow(arena, list->items, list->count,
							   sizeof(const struct regex_node *));

	if (!grown)
		return false;
	list->items = grown;
	list->items[list->count++] = node;
	return true;
}

static struct regex_node *node_new(struct arena *arena, enum regex_kind kind)
{
	struct regex_node *node = arena_alloc(arena, sizeof(*node));

	if (node)
		node->kind = kind;
	return node;
}

const struct regex_node *regex_simple(struct arena *arena, enum regex_kind kind)
{
	return node_new(arena, kind);
}

#define BYTE(number)                                                                               \
	{                                                                                          \
		.kind = REGEX_BYTE, .value = (number), .mask = 0xff                                \
	}
#define BYTES_4(first) BYTE(first), BYTE((first) + 1), BYTE((first) + 2), BYTE((first) + 3)
#define BYTES_16(first)                                                                            \
	BYTES_4(first), BYTES_4((first) + 4), BYTES_4((first) + 8), BYTES_4((first) + 12)
#define BYTES_64(first)                                                                            \
	BYTES_16(first), BYTES_16((first) + 16), BYTES_16((first) + 32), BYTES_16((first) + 48)

/* Nodes never change, and most are one of these: long hex strings need not have their own. */
static const struct regex_node whole_bytes[] = { BYTES_64(0), BYTES_64(64), BYTES_64(128),
						 BYTES_64(192) };

const struct regex_node *regex_byte(struct arena *arena, uint8_t value, uint8_t mask)
{
	struct regex_node *node;

	if (mask == 0xff)
		return &whole_bytes[value];
	node = node_new(arena, REGEX_BYTE);
	if (!node)
		return NULL;
	node->value = value & mask;
	node->mask = mask;
	return node;
}

struct regex_node *regex_class(struct arena *arena, const uint64_t set[BYTE_SET_WORDS])
{
	struct regex_node *node = node_new(arena, REGEX_CLASS);

	if (!node)
		return NULL;
	node->set = arena_copy(arena, set, BYTE_SET_WORDS * sizeof(*set));
	return node->set ? node : NULL;
}

const struct regex_node *regex_repeat(struct arena *arena, const struct regex_node *child,
				      uint32_t min, uint32_t max, bool greedy)
{
	struct regex_node *node = child ? node_new(arena, REGEX_REPEAT) : NULL;

	if (!node)
		return NULL;
	node->children = arena_copy(arena, &child, sizeof(const struct regex_node *));
	node->child_count = 1;
	node->min = min;
	node->max = max;
	node->greedy = greedy;
	return node->children ? node : NULL;
}

const struct regex_node *regex_join(struct arena *arena, enum regex_kind kind,
				    const struct regex_list *list)
{
	if (!list->count)
		return regex_simple(arena, REGEX_EMPTY);
	if (list->count == 1)
		return list->items[0];

	struct regex_node *node = node_new(arena, kind);

	if (!node)
		return NULL;
	node->children = list->items;
	node->child_count = list->count;
	return node;
}

const struct regex_node *regex_sequence_of(struct arena *arena, const struct regex_node *child)
{
	struct regex_node *node = node_new(arena, REGEX_SEQUENCE);

	if (!node)
		return NULL;
	node->children = arena_copy(arena, &child, sizeof(const struct regex_node *));
	node->child_count = 1;
	return node->children ? node : NULL;
}

void byte_set_add_range(uint64_t set[BYTE_SET_WORDS], unsigned int from, unsigned int to)
{
	for (unsigned int byte = from; byte <= to; byte++)
		bitmap_set(set, byte);
}

void byte_set_invert(uint64_t set[BYTE_SET_WORDS])
{
	for (size_t i = 0; i < BYTE_SET_WORDS; i++)
		set[i] = ~set[i];
}
