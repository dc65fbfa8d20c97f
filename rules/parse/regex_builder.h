#ifndef CKPT_RULES_PARSE_REGEX_BUILDER_H
#define CKPT_RULES_PARSE_REGEX_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/regex.h"

/* Nodes of regex trees, made in an arena. All return NULL without memory, and when they are given NULL. */

struct regex_list {
	const struct regex_node **items;
	size_t count;
};

/* What is wrong with a regex or a hex string. */
struct literal_problem {
	const char *message; /* constant; NULL: no memory */
	size_t offset; /* in the source */
};

/* Groups in groups, in regexes and hex strings: keeps every walk over a tree off the end of the stack. */
#define REGEX_DEPTH_LIMIT 200u

/* YARA's RE_MAX_RANGE: the largest bound of a repeat, and what {n,} stands for. */
#define REGEX_REPEAT_LIMIT 32767u

#define BYTE_SET_WORDS 4

bool regex_list_push(struct arena *arena, struct regex_list *list, const struct regex_node *node);

/* EMPTY and the anchors */
const struct regex_node *regex_simple(struct arena *arena, enum regex_kind kind);
const struct regex_node *regex_byte(struct arena *arena, uint8_t value, uint8_t mask);
/* Copies the set. */
struct regex_node *regex_class(struct arena *arena, const uint64_t set[BYTE_SET_WORDS]);
const struct regex_node *regex_repeat(struct arena *arena, const struct regex_node *child,
				      uint32_t min, uint32_t max, bool greedy);
/* A sequence or alternation; a list of one is its item, an empty one REGEX_EMPTY. Takes the list's array. */
const struct regex_node *regex_join(struct arena *arena, enum regex_kind kind,
				    const struct regex_list *list);

/* A sequence of nothing but @child. */
const struct regex_node *regex_sequence_of(struct arena *arena, const struct regex_node *child);

/* Adds @from to @to, both included. */
void byte_set_add_range(uint64_t set[BYTE_SET_WORDS], unsigned int from, unsigned int to);
void byte_set_invert(uint64_t set[BYTE_SET_WORDS]);

#endif
