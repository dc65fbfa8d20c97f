#ifndef CKPT_CLI_LOOK_MEMORY_WALK_H
#define CKPT_CLI_LOOK_MEMORY_WALK_H

#include "cli/look/viewing.h"
#include "scanners/address_space.h"

/*
 * The bytes of a process that are stored somewhere, as far as the filters choose them, by ascending address, in pieces
 * that are lent for the call; never-written zeros are left out. What cannot be read is a warning.
 */
typedef int (*memory_taker)(void *context, const struct span *span, uint64_t address,
			    struct bytes bytes, struct error *err);

int memory_walk(struct viewing *viewing, const struct process *process, memory_taker take,
		void *context, struct error *err);
/* The same of one span, from @first to @last of it. */
int memory_walk_span(struct viewing *viewing, const struct process *process,
		     const struct span *span, memory_taker take, void *context, struct error *err);

#endif
