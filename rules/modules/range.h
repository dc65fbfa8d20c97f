#ifndef CKPT_RULES_MODULES_RANGE_H
#define CKPT_RULES_MODULES_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/module.h"

/*
 * The bytes of a range of a target, as functions with an offset and a length see them. One thread.
 */

/* Takes the next bytes. @new_block: they are the first that are taken of their block. Negative: ends the walk. */
typedef int range_take(void *to, struct bytes part, bool new_block, struct error *err);

/*
 * Gives the bytes of [@offset, @offset + @length) to @take, in order. *@defined false: the offset is in no block, the
 * range has a gap before its end, or a number is negative; @take may have had some of the bytes by then. What lies
 * behind the last block is left out. Negative codes are those of view->lend(), look() and @take.
 */
int range_walk(struct module_context *context, int64_t offset, int64_t length, range_take *take,
	       void *to, bool *defined, struct error *err);
/* The same for all bytes of a target whose blocks follow each other from 0 on: else not defined. */
int range_walk_all(struct module_context *context, range_take *take, void *to, bool *defined,
		   struct error *err);

#endif
