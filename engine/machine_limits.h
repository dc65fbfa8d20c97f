#ifndef CKPT_ENGINE_MACHINE_LIMITS_H
#define CKPT_ENGINE_MACHINE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* What this process may use: the machine, narrowed by its cgroup (v2 and v1) and cpuset. */
struct machine_limits {
	size_t cores; /* cpuset, and cpu.max rounded up; at least 1 */
	uint64_t memory_bytes; /* of the machine, or memory.max where that is less */
};

/* Never fails: what cannot be read does not narrow. */
struct machine_limits machine_limits_read(void);

#endif
