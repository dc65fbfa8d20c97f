#ifndef CKPT_TESTS_REGEX_TREES_H
#define CKPT_TESTS_REGEX_TREES_H

#include "engine/base/arena.h"
#include "engine/regex.h"

/* Trees, by hand and by chance. */
struct builder {
	struct arena *arena;
	uint64_t state; /* of the chance; set it to any number */
};

/* A number below @below. */
uint32_t chance(struct builder *builder, uint32_t below);

struct regex_node *new_node(struct builder *builder, enum regex_kind kind);
const struct regex_node *byte(struct builder *builder, char value);
const struct regex_node *any(struct builder *builder);
const struct regex_node *class_of(struct builder *builder, const char *members, bool negated);
const struct regex_node *list_of(struct builder *builder, enum regex_kind kind, size_t count,
				 const struct regex_node *const *children);
const struct regex_node *repeat(struct builder *builder, const struct regex_node *child,
				uint32_t min, uint32_t max, bool greedy);
const struct regex_node *text_of(struct builder *builder, const char *text);

const struct regex_node *random_leaf(struct builder *builder);
const struct regex_node *random_tree(struct builder *builder, unsigned depth);
/* Fills @data with up to @most bytes of the trees' alphabet, wide: mostly with zeros between; returns how many. */
size_t random_text(struct builder *builder, uint8_t *data, size_t most, bool wide);

void print_tree(const struct regex_node *node);

#define SEQUENCE(builder, ...)                                                                     \
	list_of(builder, REGEX_SEQUENCE,                                                           \
		sizeof((const struct regex_node *[]){ __VA_ARGS__ }) / sizeof(void *),             \
		(const struct regex_node *[]){ __VA_ARGS__ })
#define EITHER(builder, ...)                                                                       \
	list_of(builder, REGEX_ALTERNATION,                                                        \
		sizeof((const struct regex_node *[]){ __VA_ARGS__ }) / sizeof(void *),             \
		(const struct regex_node *[]){ __VA_ARGS__ })

#endif
