#ifndef CKPT_ENGINE_READ_RING_H
#define CKPT_ENGINE_READ_RING_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/*
 * Reads that run beside the caller: an io_uring with registered buffers and files. What the system does not let
 * register (RLIMIT_MEMLOCK, old kernels) is used unregistered. One thread at a time.
 */
struct ring;

/* The caller's until ring_wait() gives it back; only the first five are to be set, the rest 0. */
struct ring_read {
	uint64_t offset; /* in the file */
	uint8_t *target;
	uint32_t length; /* bytes asked for */
	uint32_t needed; /* at most @length; fewer at the end of the file are a failure */
	uint32_t buffer; /* number of the buffer that @target lies in, registered or not */
	int file; /* as ring_add_file() told */
	int error; /* once ended: 0, or an errno; ENODATA: the file ended before @needed */
	uint32_t done, attempts; /* the ring's own */
};

/*
 * @depth: reads under way at a time; @buffer_count: how many buffers may be registered. ERROR_SYSTEM where there is no
 * io_uring, or it is forbidden.
 */
int ring_new(struct ring **out, unsigned int depth, unsigned int buffer_count, struct error *err);
/* No read may be under way, unless ring_wait() has failed. NULL allowed. */
void ring_free(struct ring *ring);

/* A file to read from; the descriptor stays the caller's and must outlive the ring. At most 2^20 of them. */
int ring_add_file(struct ring *ring, int descriptor, int *out, struct error *err);

/*
 * Registers a buffer, so that its pages are looked up and locked once and not by each read; they are then in memory, all
 * of them. The memory must outlive the ring. Where the system does not allow it, reads do without.
 */
void ring_add_buffer(struct ring *ring, uint32_t number, void *data, size_t bytes);

/* Whether one more can be started. */
int ring_has_room(const struct ring *ring);
size_t ring_under_way(const struct ring *ring);
/* Prepares a read; there must be room. ring_wait() sends all that were prepared in one call. */
void ring_start(struct ring *ring, struct ring_read *read);
/* Sends without waiting. A failure shows in ring_wait(). */
void ring_send(struct ring *ring);
/*
 * Waits for the next read that has ended, well or not; one must be under way. What came short is asked for again
 * first. A failure is the ring's own: nothing more will come of it.
 */
int ring_wait(struct ring *ring, struct ring_read **out, struct error *err);

#endif
