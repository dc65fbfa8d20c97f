#include "engine/topology.h"

#include <errno.h>
#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct core {
	hwloc_obj_t object;
	size_t node; /* index into nodes */
};

struct topology {
	hwloc_topology_t machine;
	struct core *cores; /* in the order in which workers get them */
	hwloc_obj_t *nodes; /* NULL: the system tells nothing of nodes */
	size_t *nearest; /* a row for each node: itself, then the others by distance */
	size_t core_count, node_count, page_bytes;
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

/* Where nothing is measured: how many processors share what both nodes belong to. */
static uint64_t span_of(const struct topology *topology, hwloc_obj_t left, hwloc_obj_t right)
{
	hwloc_bitmap_t both = hwloc_bitmap_alloc();
	hwloc_obj_t shared = NULL;
	int weight = -1;

	if (both && hwloc_bitmap_or(both, left->cpuset, right->cpuset) == 0)
		shared = hwloc_get_obj_covering_cpuset(topology->machine, both);
	if (shared)
		weight = hwloc_bitmap_weight(shared->cpuset);
	hwloc_bitmap_free(both);
	return weight < 0 ? UINT64_MAX : (uint64_t)weight;
}

static uint64_t distance(const struct topology *topology, struct hwloc_distances_s *measured,
			 size_t from, size_t to)
{
	hwloc_obj_t left = topology->nodes[from], right = topology->nodes[to];
	hwloc_uint64_t there, back;

	if (measured && hwloc_distances_obj_pair_values(measured, left, right, &there, &back) == 0)
		return there;
	return span_of(topology, left, right);
}

/* Puts each node of a ring that begins at @node behind all that are as near. */
static void sort_by_distance(const struct topology *topology, struct hwloc_distances_s *measured,
			     size_t node, uint64_t *distances)
{
	size_t *row = &topology->nearest[node * topology->node_count];

	row[0] = node;
	for (size_t i = 1; i < topology->node_count; i++) {
		size_t other = (node + i) % topology->node_count, place = i;
		uint64_t far = distance(topology, measured, node, other);

		for (; place > 1 && distances[place - 1] > far; place--) {
			row[place] = row[place - 1];
			distances[place] = distances[place - 1];
		}
		row[place] = other;
		distances[place] = far;
	}
}

static int find_nearest(struct topology *topology, struct error *err)
{
	size_t count = topology->node_count;
	uint64_t *distances = calloc(count, sizeof(*distances));
	struct hwloc_distances_s *measured = NULL;
	unsigned int found = 1;

	topology->nearest = calloc(count * count, sizeof(*topology->nearest));
	if (!distances || !topology->nearest) {
		free(distances);
		return error_no_memory(err, "the machine's topology");
	}
	if (hwloc_distances_get_by_type(topology->machine, HWLOC_OBJ_NUMANODE, &found, &measured,
					HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) < 0 ||
	    !found)
		measured = NULL;
	for (size_t node = 0; node < count; node++)
		sort_by_distance(topology, measured, node, distances);
	if (measured)
		hwloc_distances_release(topology->machine, measured);
	free(distances);
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
	hwloc_topology_set_flags(machine,
				 HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS | HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS);
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
	topology->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	ret = find_cores(topology, err);
	if (!ret)
		ret = find_nearest(topology, err);
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
	free(topology->nearest);
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

size_t topology_nearest(const struct topology *topology, size_t node, size_t rank)
{
	return topology->nearest[node * topology->node_count + rank];
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

int topology_bind_to_node(const struct topology *topology, size_t node, struct error *err)
{
	hwloc_obj_t object = topology->nodes[node];

	if (!topology->real || !object)
		return 0;
	if (hwloc_set_cpubind(topology->machine, object->cpuset, HWLOC_CPUBIND_THREAD) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "bind a worker to node %zu", node);
	return 0;
}

static size_t number_of_node(const struct topology *topology, hwloc_const_nodeset_t set)
{
	for (size_t node = 0; node < topology->node_count; node++)
		if (hwloc_bitmap_isset(set, topology->nodes[node]->os_index))
			return node;
	return SIZE_MAX;
}

/*
 * The kernel knows the place of what this process has mapped in only, so the page is touched first; but one that would
 * have to come from a disk is left to the worker.
 */
static size_t ask_kernel(const struct topology *topology, const void *address)
{
	const uintptr_t page = (uintptr_t)address & ~(uintptr_t)(topology->page_bytes - 1);
	hwloc_bitmap_t set;
	unsigned char present = 0;
	size_t node = SIZE_MAX;

	if (mincore((void *)page, 1, &present) != 0 || !(present & 1))
		return SIZE_MAX;
	(void)*(const volatile uint8_t *)address;
	set = hwloc_bitmap_alloc();
	if (set && hwloc_get_area_memlocation(topology->machine, address, 1, set,
					      HWLOC_MEMBIND_BYNODESET) == 0)
		node = number_of_node(topology, set);
	hwloc_bitmap_free(set);
	return node;
}

size_t topology_node_of_memory(const struct topology *topology, const void *address)
{
	if (!topology->nodes[0])
		return 0; /* nothing is known of nodes */
	if (!topology->real)
		return (uintptr_t)address / TOPOLOGY_INTERLEAVE % topology->node_count;
	return ask_kernel(topology, address);
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
