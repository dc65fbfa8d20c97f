#include "engine/machine_limits.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "engine/machine/cgroup.h"

/* More than any kernel is built for; ends the search for a set that is large enough. */
#define MOST_CPUS (1 << 20)

/* The kernel refuses a set that is smaller than its own, whose size nothing tells. */
static size_t usable_cpus(void)
{
	for (size_t cpus = CPU_SETSIZE; cpus <= MOST_CPUS; cpus *= 2) {
		cpu_set_t *set = CPU_ALLOC(cpus);
		size_t bytes = CPU_ALLOC_SIZE(cpus);
		int count = 0, failure = ENOMEM;

		if (set && sched_getaffinity(0, bytes, set) == 0) {
			count = CPU_COUNT_S(bytes, set);
			failure = 0;
		} else if (set) {
			failure = errno;
		}
		CPU_FREE(set);
		if (failure == EINVAL)
			continue;
		return count > 0 ? (size_t)count : 1;
	}
	return 1;
}

static uint64_t physical_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);

	if (pages <= 0 || page_bytes <= 0)
		return UINT64_MAX;
	return (uint64_t)pages * (uint64_t)page_bytes;
}

struct machine_limits machine_limits_read(void)
{
	struct machine_limits limits = { usable_cpus(), physical_memory() };

	cgroup_narrow(&limits, "");
	return limits;
}
