#ifndef CKPT_ENGINE_TOPOLOGY_H
#define CKPT_ENGINE_TOPOLOGY_H

#include <stddef.h>

#include "engine/base/error.h"

/*
 * The machine as hwloc sees it (HWLOC_SYNTHETIC makes one up): NUMA nodes with their cores, only those that
 * this process may use (cpuset). Immutable; any thread.
 */
struct topology;

int topology_new(struct topology **out, struct error *err);
void topology_free(struct topology *topology);
size_t topology_node_count(const struct topology *topology); /* at least 1 */
size_t topology_core_count(
	const struct topology *topology); /* cores with at least one usable thread, at least 1 */
/* Node of the worker with number @worker, when cores are given out round after round. */
size_t topology_node_of(const struct topology *topology, size_t worker);
/*
 * The node that is @rank nodes away from @node: itself for 0, then the others by distance (hwloc's, else by what they
 * share), those as far in turn from the next one on.
 */
size_t topology_nearest(const struct topology *topology, size_t node, size_t rank);
/* Binds the calling thread to its core; does nothing (0) on a synthetic topology. */
int topology_bind(const struct topology *topology, size_t worker, struct error *err);
/* The same to all cores of a node. */
int topology_bind_to_node(const struct topology *topology, size_t node, struct error *err);
/*
 * Node of the page at @address, which can be read; SIZE_MAX: not known, or not in memory yet (it is not waited for).
 * A synthetic topology takes turns, TOPOLOGY_INTERLEAVE bytes each by address, from node 0.
 */
size_t topology_node_of_memory(const struct topology *topology, const void *address);
#define TOPOLOGY_INTERLEAVE ((size_t)2 << 20)
/* Zeroed memory on a node (where the system can tell); free with topology_release(). NULL: no memory. */
void *topology_alloc(const struct topology *topology, size_t node, size_t bytes);
void topology_release(const struct topology *topology, void *memory, size_t bytes);

#endif
