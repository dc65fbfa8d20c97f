#ifndef CKPT_ENGINE_READ_OWN_NODE_H
#define CKPT_ENGINE_READ_OWN_NODE_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * For threads that read and inflate: they may run on any core of the NUMA node on which the kernel started them, so
 * that the buffers they fill stay near them. Linux is asked directly, as these threads know nothing of workers.
 */

/* Keeps the calling thread on its node, within what it may use; where that cannot be told all stays as it is. */
void own_node_stay(void);

/* As many processors as Linux can be built for. */
struct cpu_list {
	cpu_set_t sets[8192 / CPU_SETSIZE];
};

/* The processors of @node; @root "" but in tests. False: not known. */
bool own_node_cpus(const char *root, size_t node, struct cpu_list *out);
/* Narrows @usable to @node's; false where nothing would be left of it, or nothing would change. */
bool own_node_narrow(struct cpu_list *usable, const struct cpu_list *node);

#endif
