#ifndef CKPT_ENGINE_CHAINS_PART_LIST_H
#define CKPT_ENGINE_CHAINS_PART_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/chain.h"
#include "engine/database/parts.h"

/* The matches of one part of a chain in one piece, both variants. */
struct part_entry {
	uint32_t start; /* in the piece */
	uint32_t variant : 1;
	uint32_t length : 31; /* where it varies: at most REGEX_SPAN_BYTES; else 0 */
};

struct part_list { /* zeroed: empty */
	const struct subject *subject;
	struct part_entry *items;
	size_t count, capacity;
	bool narrowed; /* its chain has been, in this piece */
};

int part_list_add(struct part_list *list, const struct part_found *found, struct error *err);
/* By start. */
void part_list_sort(struct part_list *list);
void part_list_release(struct part_list *list);

/* Bytes of a subject's match in one variant, or of the longest where they vary. */
uint64_t subject_longest(const struct subject *subject, size_t variant);
/* Whether matches of that variant have different lengths. */
bool subject_varies(const struct subject *subject, size_t variant);

static inline uint64_t part_entry_length(const struct part_list *list,
					 const struct part_entry *entry)
{
	return subject_varies(list->subject, entry->variant)
		       ? entry->length
		       : subject_longest(list->subject, entry->variant);
}

#endif
