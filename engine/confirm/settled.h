#ifndef CKPT_ENGINE_CONFIRM_SETTLED_H
#define CKPT_ENGINE_CONFIRM_SETTLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/*
 * From which start on nobody wants more matches of a subject in the piece that is being scanned. Most strings are only
 * asked whether they are there: once one is, its further candidates cost a look here.
 */
struct settled_mark {
	uint32_t piece; /* for which @from holds */
	uint32_t from;
};

struct settled {
	struct settled_mark *marks; /* one per subject */
	size_t count;
	uint32_t piece; /* never 0 once there is one */
};

int settled_init(struct settled *settled, size_t subject_count, struct error *err);
void settled_release(struct settled *settled);
/* Begins a piece: nothing is settled. */
void settled_begin(struct settled *settled);

static inline bool settled_has(const struct settled *settled, uint32_t subject, size_t start)
{
	const struct settled_mark *mark = &settled->marks[subject];

	return mark->piece == settled->piece && start >= mark->from;
}

/* @start is not settled yet. */
static inline void settled_add(struct settled *settled, uint32_t subject, size_t start)
{
	settled->marks[subject] = (struct settled_mark){ settled->piece, (uint32_t)start };
}

#endif
