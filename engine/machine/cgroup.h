#ifndef CKPT_ENGINE_MACHINE_CGROUP_H
#define CKPT_ENGINE_MACHINE_CGROUP_H

#include "engine/machine_limits.h"

/*
 * Narrows @limits by the control groups of this process and all those above, and by MemTotal.
 * @root: what stands for "/", so that a made tree can stand for a machine. Files read below it:
 *
 *	proc/meminfo, proc/self/cgroup
 *	version 2	sys/fs/cgroup[/unified]/GROUP/cpu.max, memory.max
 *	version 1	sys/fs/cgroup/cpu/GROUP/cpu.cfs_quota_us, cpu.cfs_period_us
 *			sys/fs/cgroup/memory/GROUP/memory.limit_in_bytes
 *
 * What is missing or makes no sense does not narrow.
 */
void cgroup_narrow(struct machine_limits *limits, const char *root);

#endif
