#ifndef CKPT_ENGINE_READ_SPILL_H
#define CKPT_ENGINE_READ_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/*
 * Where bytes go that may be needed again: one account of memory for all that is kept, and beyond it one
 * unlinked file, mode 0600. One thread.
 */
struct spill;

/* @directory: for the file, copied; NULL: $TMPDIR, else /tmp. Nothing is opened before it is needed. */
int spill_new(struct spill **out, uint64_t memory_bytes, bool no_spill, const char *directory,
	      struct error *err);
void spill_free(struct spill *spill);

/* Whether @bytes of memory may be taken; they are given back with spill_give_memory(). */
bool spill_take_memory(struct spill *spill, uint64_t bytes);
void spill_give_memory(struct spill *spill, uint64_t bytes);
uint64_t spill_memory_used(const struct spill *spill);

/*
 * A place for @length bytes in the file, page aligned; what is never written there takes no space. ERROR_LIMIT
 * where no file is allowed, ERROR_SYSTEM where it cannot be made.
 */
int spill_reserve(struct spill *spill, uint64_t length, uint64_t *offset, struct error *err);
/* ERROR_SYSTEM with sys_errno ENOSPC when the disk is full. */
int spill_write(struct spill *spill, uint64_t offset, struct bytes bytes, struct error *err);
/* Makes the file at least this long, so that holes before it can be read as zeros. */
int spill_extend(struct spill *spill, uint64_t end, struct error *err);
/* Gives the space back to the disk. */
void spill_discard(struct spill *spill, uint64_t offset, uint64_t length);
/* The file, for mapping; -1 before the first spill_reserve(). */
int spill_descriptor(const struct spill *spill);

#endif
