#include "engine/read/lease.h"

#include <string.h>

void lease_hold(const struct lease *lease)
{
	/* Relaxed is enough: who holds again already has a hold, so the bytes cannot go. */
	if (lease->owner)
		atomic_fetch_add_explicit(&lease->owner->holders, 1, memory_order_relaxed);
}

void lease_release(struct lease *lease)
{
	struct lease_owner *owner = lease->owner;

	memset(lease, 0, sizeof(*lease));
	/* What every holder read must be done before the bytes are written again. */
	if (owner && atomic_fetch_sub_explicit(&owner->holders, 1, memory_order_acq_rel) == 1)
		owner->release(owner);
}
