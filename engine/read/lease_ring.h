#ifndef CKPT_ENGINE_READ_LEASE_RING_H
#define CKPT_ENGINE_READ_LEASE_RING_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/read/lease.h"

/*
 * A fixed number of buffers that go round: free, filled by one thread, queued, lent by another to any number,
 * free again when the last of them releases. Leases may outlive the owner: the last one frees the ring.
 */
struct lease_ring;
struct ring_buffer;

int lease_ring_new(struct lease_ring **out, size_t buffer_count, size_t buffer_bytes,
		   struct error *err);

/* The filling thread. Waits for a free buffer; NULL once the ring was stopped. */
struct ring_buffer *lease_ring_take(struct lease_ring *ring);
uint8_t *ring_buffer_data(const struct ring_buffer *buffer);
/* Queues it; with @length 0 it is free again at once. */
void lease_ring_put(struct lease_ring *ring, struct ring_buffer *buffer, size_t length);
/* Nothing follows what is queued; @code 0 or an error, copied. */
void lease_ring_end(struct lease_ring *ring, int code, const struct error *err);

/* The draining thread. Waits; length 0 at the end, or the error given there. */
int lease_ring_next(struct lease_ring *ring, struct lease *out, struct error *err);
/* Wakes the filling thread for good. */
void lease_ring_stop(struct lease_ring *ring);
/* When the filling thread has ended. NULL is fine. */
void lease_ring_free(struct lease_ring *ring);

#endif
