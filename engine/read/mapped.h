#ifndef CKPT_ENGINE_READ_MAPPED_H
#define CKPT_ENGINE_READ_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/*
 * A file's bytes in memory, read-only, that can be read whatever becomes of the file: a page that the kernel
 * cannot give (the file was cut, the disk fails) becomes a page of zeros and is remembered. This is the one
 * place of the program with a signal handler (SIGBUS) and with state of its own: a table of what is mapped,
 * which the handler can read.
 */
struct mapped;

/*
 * Maps @length (above 0) bytes of @descriptor from its start. With the descriptor the end of the file can be
 * told later, so that a cut is found to the byte: it is taken over on success, or -1 after mapping when
 * @keep_descriptor is false (then a cut is found by the page, and only by reading). Fails with ERROR_SYSTEM,
 * or ERROR_LIMIT when more is mapped than the table holds (65,536).
 */
int mapped_new(struct mapped **out, int descriptor, size_t length, bool keep_descriptor,
	       struct error *err);
/* Guards @length bytes at @data, a mapping that stays somebody else's (to be unmapped after mapped_free()). */
int mapped_guard(struct mapped **out, void *data, size_t length, struct error *err);
/* Nobody may be reading. NULL is fine. */
void mapped_free(struct mapped *mapped);

/* All of it; valid until mapped_free(). */
const uint8_t *mapped_data(const struct mapped *mapped);
/* Lent until mapped_free(); -1: none was kept. */
int mapped_descriptor(const struct mapped *mapped);
/* The first range within [offset, offset + length) of zeros that are not the file's. Any thread. */
bool mapped_damaged(const struct mapped *mapped, uint64_t offset, uint64_t length,
		    struct address_range *out);

#endif
