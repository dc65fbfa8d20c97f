#ifndef CKPT_ENGINE_CONFIRM_REGEX_STARTS_H
#define CKPT_ENGINE_CONFIRM_REGEX_STARTS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/confirm/start_ranges.h"
#include "engine/database/parts.h"
#include "engine/scan.h"

/*
 * From the ranges in which matches of regexes may start to the matches. A few starts are tried one by one;
 * beyond a number of steps that grows with the piece, all starts of a stretch come from one backward pass, and
 * lengths, where they are asked for, from one sweep for many: so the time is linear in the piece's bytes for each
 * pattern, whatever they are. Only repeats with a long maximum and something that must follow may cost the span for each
 * length.
 */
struct regex_starts {
	struct regex_scratch *scratch;
	uint64_t *bits[VARIANTS]; /* the starts of one stretch */
	uint64_t *measured[VARIANTS]; /* those of which lengths[] or a fixed length holds */
	uint32_t *lengths[VARIANTS];
};

int regex_starts_init(struct regex_starts *starts, struct error *err);
void regex_starts_release(struct regex_starts *starts);

/* @ranges: of one subject, by start, apart from each other and within the piece's own starts. */
int regex_starts_confirm(struct regex_starts *starts, const struct subject *subject,
			 const struct start_range *ranges, size_t count, const struct piece *piece,
			 const struct piece_targets *targets, struct error *err);

#endif
