#ifndef CKPT_ENGINE_READ_KEPT_H
#define CKPT_ENGINE_READ_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/read/spill.h"

/*
 * Ranges of one passing file. The file has a window of addresses as long as itself, so that what follows in
 * the file follows in memory:
 *
 *	window   [ pages of memory, as far as the account allows | the unlinked file, mapped ]
 *	         0                                               ^ disk_from             length
 *
 * What is not kept takes neither memory nor disk. One thread adds; when it is done, any thread reads.
 */
struct kept;

/* @zeros: what is never added is a hole, and reads as zeros. @spill is borrowed. */
int kept_new(struct kept **out, struct spill *spill, uint64_t length, bool zeros,
	     struct error *err);
/* Gives memory and disk back. NULL is fine. */
void kept_free(struct kept *kept);

/*
 * Ascending, within the length (else ERROR_USAGE). On failure (ERROR_LIMIT, ERROR_MEMORY, ERROR_SYSTEM) the
 * bytes that were added before stay.
 */
int kept_add(struct kept *kept, uint64_t offset, struct bytes bytes, struct error *err);

/* The same for zeros, which take no place. */
int kept_add_zeros(struct kept *kept, uint64_t offset, uint64_t length, struct error *err);

/* The kept range that holds @offset; false: none does. */
bool kept_range(const struct kept *kept, uint64_t offset, struct address_range *out);
/* Lends the bytes of @range, which lies in one kept range; false: only kept_read() can. */
bool kept_lend(const struct kept *kept, struct address_range range, struct bytes *out);
int kept_read(const struct kept *kept, struct address_range range, uint8_t *buffer,
	      struct error *err);
/* As mapped_damaged(), for what lies on the disk. */
bool kept_damaged(const struct kept *kept, uint64_t offset, uint64_t length,
		  struct address_range *out);

#endif
