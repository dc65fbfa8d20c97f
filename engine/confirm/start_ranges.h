#ifndef CKPT_ENGINE_CONFIRM_START_RANGES_H
#define CKPT_ENGINE_CONFIRM_START_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Where matches of a regex may start, as indexes into a piece. */
struct start_range {
	uint32_t subject;
	uint32_t low, high; /* high is excluded */
	uint32_t variants; /* bits of enum variant */
};

/*
 * The candidates of one piece, gathered while Hyperscan runs. What touches becomes one, and where room gets
 * short what lies near each other does too: memory stays bounded, and more starts than needed are confirmed.
 * One thread.
 */
struct start_ranges {
	struct start_range *ranges; /* @capacity of them */
	struct start_range *open; /* one per subject: the last one, still growing; empty: none */
	uint32_t *touched; /* subjects with an open range, so that small pieces cost little */
	size_t count, capacity, subject_count, touched_count;
	uint32_t slack; /* ranges of a subject as near as that are joined */
};

int start_ranges_init(struct start_ranges *ranges, size_t subject_count, struct error *err);
void start_ranges_release(struct start_ranges *ranges);

/* Forgets all. */
void start_ranges_clear(struct start_ranges *ranges);
/* @range is not empty. Never fails. */
void start_ranges_add(struct start_ranges *ranges, const struct start_range *range);
/* No more come: afterwards @ranges->ranges holds @count of them, by subject and start, apart from each other. */
void start_ranges_finish(struct start_ranges *ranges);

#endif
