#ifndef CKPT_ENGINE_WORKERS_H
#define CKPT_ENGINE_WORKERS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/*
 * One thread per core, bound, alive for the whole run; fewer threads than cores are bound to their nodes alone, where
 * there are several. Searches hand them work; several searches may share them. Each node has a queue; an idle
 * node's workers steal from the others, the nearest first.
 */
struct workers;

/* @thread_count 0: one per core that this process may use (machine_limits.h). */
int workers_new(struct workers **out, size_t thread_count, struct error *err);
/* Waits for queued work first. */
void workers_free(struct workers *workers);
size_t workers_count(const struct workers *workers);
size_t workers_node_count(const struct workers *workers); /* at least 1 */
size_t workers_node_of(const struct workers *workers, size_t worker);
/* As topology_node_of_memory(): where work on these bytes is best done. */
size_t workers_node_of_memory(const struct workers *workers, const void *address);
/* As topology_alloc() and topology_release(): memory on a node. Any thread. */
void *workers_memory_on_node(const struct workers *workers, size_t node, size_t bytes);
void workers_release_memory(const struct workers *workers, void *memory, size_t bytes);

struct work {
	void (*run)(struct work *work, size_t worker); /* @worker: 0 to workers_count() - 1 */
	struct work *next; /* the queue's while queued */
	size_t node; /* preferred; SIZE_MAX: any */
};

/* Queues; never waits. The work must live until it has run. */
void workers_add(struct workers *workers, struct work *work);

/* Called by work on @worker: so many bytes were searched there. */
void workers_count_bytes(struct workers *workers, size_t worker, uint64_t bytes);

/* Counted since workers_new(), for all who share the workers. */
struct workers_stats {
	uint64_t steals; /* works that ran on another node than the one they were queued for */
	uint64_t waits; /* how often a worker found no work and slept */
};

/* @bytes_by_node: workers_node_count() numbers, bytes searched by the workers of each node. Any thread. */
void workers_stats(const struct workers *workers, struct workers_stats *out,
		   uint64_t *bytes_by_node);

#endif
