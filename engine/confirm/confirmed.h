#ifndef CKPT_ENGINE_CONFIRM_CONFIRMED_H
#define CKPT_ENGINE_CONFIRM_CONFIRMED_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/confirm/found.h"
#include "engine/database/parts.h"
#include "engine/scan.h"

/*
 * What becomes of a confirmed match of a subject: that of a pattern goes to the targets, that of a chain's part to the
 * block, which joins it with others when all are known.
 */

/* Whether somebody could still use one that starts there. If not, nobody can use one that starts later. */
bool confirmed_is_wanted(const struct piece *piece, const struct piece_targets *targets,
			 const struct subject *subject, size_t start);
/* Whether somebody asks for its length. */
bool confirmed_is_measured(const struct piece *piece, const struct piece_targets *targets,
			   const struct subject *subject, size_t start);
int confirmed_add(const struct piece *piece, const struct piece_targets *targets,
		  const struct subject *subject, enum variant variant, const struct found *found,
		  struct error *err);

#endif
