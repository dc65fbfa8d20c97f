#ifndef CKPT_ENGINE_EXPRESSION_LAYOUT_H
#define CKPT_ENGINE_EXPRESSION_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/expression/byte_set.h"
#include "engine/regex.h"

/*
 * A regex tree as one row of what every match must hold, in order:
 *
 *	/ab.{2,5}(c|dd)e/	SET a, SET b, SET any, SET any, GAP 0-3, CHOICE c|dd, SET e
 *
 * Next to each other in the row is next to each other in the bytes. Repeats give some copies of what they must
 * repeat and a gap for the rest; what matches no byte (^ $ \b) gives nothing: the row allows more than the tree.
 */
enum slot_kind {
	SLOT_SET, /* one byte */
	SLOT_GAP, /* bytes that nothing is known about */
	SLOT_CHOICE, /* one of an alternation's branches */
};

struct slot {
	enum slot_kind kind;
	struct byte_set set; /* SLOT_SET */
	const struct regex_node *choice; /* SLOT_CHOICE */
	uint64_t distance_min,
		distance_max; /* bytes from the match's start; LAYOUT_FAR: that or more */
};

/* Larger distances are all the same: no match is as long. */
#define LAYOUT_FAR ((uint64_t)1 << 32)

struct layout_options {
	bool wide, nocase;
	bool gap_first; /* a repeat's gap stands before its copies: /a+b/ is a gap, then "ab" */
	uint64_t *steps_left; /* how many nodes may still be visited; bounds nested repeats */
};

struct layout {
	struct slot *slots;
	size_t count, capacity;
	uint64_t length_min, length_max; /* of all slots so far */
};

/* Lays out @tree; what goes beyond the steps becomes a gap. Free with layout_release(), also after a failure. */
int layout_init(struct layout *layout, const struct regex_node *tree,
		const struct layout_options *options, struct error *err);
void layout_release(struct layout *layout);

/* Whether @node matches exactly one byte, and which ones. */
bool regex_node_is_set(const struct regex_node *node, struct byte_set *set);
/* Whether some match is made of zero bytes alone, with at least one. */
bool regex_node_fits_zeros(const struct regex_node *node);
/* Whether anything in the tree is repeated. */
bool regex_node_has_repeat(const struct regex_node *node);
/* Whether the tree holds \b or \B. */
bool regex_node_has_word_edge(const struct regex_node *node);

#endif
