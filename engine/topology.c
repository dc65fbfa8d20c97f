#include "engine/topology.h"

#include <errno.h>
#include <hwloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

struct core {
	hwloc_obj_t object;
	size_t node; /* index into nodes */
};

struct topology {
	hwloc_topology_t machine;
	struct core *cores; /* in the order in which workers get them */
	hwloc_obj_t *nodes; /* NULL: the system tells nothing of nodes */
	size_t core_count, node_count;
	bool real; /* false: made up, so there is nothing to bind to */
};

/* Cores where the machine tells of cores, else whatever runs a thread. */
static hwloc_obj_type_t core_type(hwloc_topology_t machine)
{
	return hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE
								     : HWLOC_OBJ_PU;
}

static size_t count_of(hwloc_topology_t machine, hwloc_obj_type_t type)
{
	int count = hwloc_get_nbobjs_by_type(machine, type);

	return count > 0 ? (size_t)count : 0;
}

/* hwloc leaves out what the cgroup forbids, but not what taskset or sched_setaffinity() took away. */
static void honour_affinity(hwloc_topology_t machine)
{
	hwloc_bitmap_t usable = hwloc_bitmap_alloc();

	if (usable && hwloc_get_cpubind(machine, usable, HWLOC_CPUBIND_PROCESS) == 0 &&
	    !hwloc_bitmap_iszero(usable))
		hwloc_topology_restrict(machine, usable, 0);
	hwloc_bitmap_free(usable);
}

static bool node_has(hwloc_obj_t node, hwloc_obj_t core)
{
	return hwloc_bitmap_intersects(node->cpuset, core->cpuset);
}

/* Nodes of memory alone have no workers, and of two nodes on the same cores the first one counts. */
static void place_cores(struct topology *topology, struct core *cores)
{
	size_t nodes = count_of(topology->machine, HWLOC_OBJ_NUMANODE);
	hwloc_obj_type_t type = core_type(topology->machine);

	for (size_t i = 0; i < topology->core_count; i++)
		cores[i] =
			(struct core){ hwloc_get_obj_by_type(topology->machine, type, (unsigned)i),
				       SIZE_MAX };
	for (size_t i = 0; i < nodes; i++) {
		hwloc_obj_t node =
			hwloc_get_obj_by_type(topology->machine, HWLOC_OBJ_NUMANODE, (unsigned)i);
		bool used = false;

		for (size_t j = 0; j < topology->core_count; j++) {
			if (cores[j].node != SIZE_MAX || !node_has(node, cores[j].object))
				continue;
			cores[j].node = topology->node_count;
			used = true;
		}
		if (used)
			topology->nodes[topology->node_count++] = node;
	}
}

static void adopt_homeless_cores(struct topology *topology, struct core *cores)
{
	for (size_t i = 0; i < topology->core_count; i++)
		if (cores[i].node == SIZE_MAX)
			cores[i].node = 0;
	if (!topology->node_count)
		topology->node_count = 1;
}

/*
 * A round gives out one core of each node that has one left: few workers then share the memory
 * bandwidth of all nodes.
 */
static void deal_cores(struct topology *topology, struct core *cores)
{
	size_t dealt = 0;

	while (dealt < topology->core_count) {
		for (size_t node = 0; node < topology->node_count; node++) {
			for (size_t i = 0; i < topology->core_count; i++) {
				if (cores[i].node != node)
					continue;
				topology->cores[dealt++] = cores[i];
				cores[i].node = SIZE_MAX;
				break;
			}
		}
	}
}

static int find_cores(struct topology *topology, struct error *err)
{
	size_t nodes = count_of(topology->machine, HWLOC_OBJ_NUMANODE);
	struct core *cores;

	topology->core_count = count_of(topology->machine, core_type(topology->machine));
	if (!topology->core_count)
		return error_set(err, ERROR_UNSUPPORTED, 0, "hwloc sees no processor");
	cores = calloc(topology->core_count, sizeof(*cores));
	topology->cores = calloc(topology->core_count, sizeof(*cores));
	topology->nodes = calloc(nodes + 1, sizeof(hwloc_obj_t));
	if (!cores || !topology->cores || !topology->nodes) {
		free(cores);
		return error_no_memory(err, "the machine's topology");
	}
	place_cores(topology, cores);
	adopt_homeless_cores(topology, cores);
	deal_cores(topology, cores);
	free(cores);
	return 0;
}

/*
 * Asked of the kernel alone, and no more than what binding takes. hwloc's x86 part would move this thread to each
 * processor in turn, which under load takes longer than many a scan. What cannot be left out is only slower.
 */
static void ask_little(hwloc_topology_t machine)
{
	hwloc_topology_set_components(machine, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
	hwloc_topology_set_cache_types_filter(machine, HWLOC_TYPE_FILTER_KEEP_NONE);
	hwloc_topology_set_flags(machine, HWLOC_TOPOLOGY_FLAG_NO_DISTANCES |
						  HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
						  HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS);
}

int topology_new(struct topology **out, struct error *err)
{
	struct topology *topology = calloc(1, sizeof(*topology));
	int ret;

	if (!topology)
		return error_no_memory(err, "the machine's topology");
	if (hwloc_topology_init(&topology->machine) < 0) {
		free(topology);
		return error_no_memory(err, "the machine's topology");
	}
	ask_little(topology->machine);
	if (hwloc_topology_load(topology->machine) < 0) {
		ret = error_set(err, ERROR_SYSTEM, errno, "read the machine's topology");
		goto failed;
	}
	topology->real = hwloc_topology_is_thissystem(topology->machine);
	if (topology->real)
		honour_affinity(topology->machine);
	ret = find_cores(topology, err);
	if (ret)
		goto failed;
	*out = topology;
	return 0;
failed:
	topology_free(topology);
	return ret;
}

void topology_free(struct topology *topology)
{
	if (!topology)
		return;
	hwloc_topology_destroy(topology->machine);
	free(topology->cores);
	free(topology->nodes);
	free(topology);
}

size_t topology_node_count(const struct topology *topology)
{
	return topology->node_count;
}

size_t topology_core_count(const struct topology *topology)
{
	return topology->core_count;
}

static const struct core *core_of(const struct topology *topology, size_t worker)
{
	return &topology->cores[worker % topology->core_count];
}

size_t topology_node_of(const struct topology *topology, size_t worker)
{
	return core_of(topology, worker)->node;
}

int topology_bind(const struct topology *topology, size_t worker, struct error *err)
{
	hwloc_obj_t core = core_of(topology, worker)->object;

	if (!topology->real)
		return 0;
	if (hwloc_set_cpubind(topology->machine, core->cpuset, HWLOC_CPUBIND_THREAD) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "bind worker %zu to core %u", worker,
				 core->logical_index);
	return 0;
}

void *topology_alloc(const struct topology *topology, size_t node, size_t bytes)
{
	void *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* Only a wish: without the right to bind, the first touch decides, which mostly is as good. */
	if (topology->real && topology->node_count > 1 && node < topology->node_count)
		hwloc_set_area_membind(topology->machine, memory, bytes,
				       topology->nodes[node]->nodeset, HWLOC_MEMBIND_BIND,
				       HWLOC_MEMBIND_BYNODESET);
	return memory;
}

void topology_release(const struct topology *topology, void *memory, size_t bytes)
{
	(void)topology;
	if (memory)
		munmap(memory, bytes);
}
