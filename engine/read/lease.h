#ifndef CKPT_ENGINE_READ_LEASE_H
#define CKPT_ENGINE_READ_LEASE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A loan of bytes that somebody else will use again: the buffers of an inflating thread. The bytes stay as
 * they are until the last holder releases. A lease is copied by value; each copy counts only after
 * lease_hold(). Any thread.
 */
struct lease_owner {
	_Atomic size_t holders;
	/* Called once, by the thread that releases last. May wake whoever waits for the buffer. */
	void (*release)(struct lease_owner *owner);
};

struct lease {
	const uint8_t *data;
	size_t length; /* 0: nothing, owner NULL */
	struct lease_owner *owner; /* NULL: bytes that stay for the whole run */
};

void lease_hold(const struct lease *lease);
void lease_release(struct lease *lease); /* safe on a zeroed lease; empties it */

#endif
