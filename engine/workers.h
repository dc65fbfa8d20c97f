#ifndef CKPT_ENGINE_WORKERS_H
#define CKPT_ENGINE_WORKERS_H

#include <stddef.h>

#include "engine/base/error.h"

/*
 * One thread per core, bound, alive for the whole run. Searches hand them work; several searches may share
 * them. Each node has a queue; an idle node's workers steal from the others.
 */
struct workers;

/* @thread_count 0: one per core that this process may use (machine_limits.h). */
int workers_new(struct workers **out, size_t thread_count, struct error *err);
/* Waits for queued work first. */
void workers_free(struct workers *workers);
size_t workers_count(const struct workers *workers);

struct work {
	void (*run)(struct work *work, size_t worker); /* @worker: 0 to workers_count() - 1 */
	struct work *next; /* the queue's while queued */
	size_t node; /* preferred; SIZE_MAX: any */
};

/* Queues; never waits. The work must live until it has run. */
void workers_add(struct workers *workers, struct work *work);

#endif
