#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "engine/topology.h"

struct machine {
	const char *name, *synthetic;
	size_t nodes, cores;
	size_t first_nodes[6]; /* of workers 0 to 5 */
};

static const struct machine machines[] = {
	{ "one node", "NUMANode:1 core:4 pu:2", 1, 4, { 0, 0, 0, 0, 0, 0 } },
	{ "two nodes take turns", "NUMANode:2 core:2 pu:2", 2, 4, { 0, 1, 0, 1, 0, 1 } },
	{ "eight nodes take turns", "NUMANode:8 core:2 pu:1", 8, 16, { 0, 1, 2, 3, 4, 5 } },
	{ "no cores known, only threads", "NUMANode:2 pu:1", 2, 2, { 0, 1, 0, 1, 0, 1 } },
};

static void cores_are_given_out_round_after_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		const struct machine *machine = &machines[i];
		struct topology *topology;

		setenv("HWLOC_SYNTHETIC", machine->synthetic, 1);
		assert_int_equal(topology_new(&topology, NULL), 0);
		unsetenv("HWLOC_SYNTHETIC");
		if (topology_node_count(topology) != machine->nodes ||
		    topology_core_count(topology) != machine->cores)
			fail_msg("%s: %zu nodes, %zu cores", machine->name,
				 topology_node_count(topology), topology_core_count(topology));
		for (size_t worker = 0; worker < 6; worker++)
			if (topology_node_of(topology, worker) != machine->first_nodes[worker])
				fail_msg("%s: worker %zu on node %zu", machine->name, worker,
					 topology_node_of(topology, worker));
		assert_int_equal(topology_bind(topology, 1, NULL), 0);
		topology_free(topology);
	}
}

static void every_node_gets_as_many_workers(void **state)
{
	struct topology *topology;
	size_t workers[8] = { 0 };

	(void)state;
	setenv("HWLOC_SYNTHETIC", "NUMANode:8 core:3 pu:2", 1);
	assert_int_equal(topology_new(&topology, NULL), 0);
	unsetenv("HWLOC_SYNTHETIC");
	for (size_t worker = 0; worker < 48; worker++)
		workers[topology_node_of(topology, worker)]++;
	for (size_t node = 0; node < 8; node++)
		assert_int_equal(workers[node], 6);
	topology_free(topology);
}

static struct topology *made_up(const char *synthetic)
{
	struct topology *topology;

	setenv("HWLOC_SYNTHETIC", synthetic, 1);
	assert_int_equal(topology_new(&topology, NULL), 0);
	unsetenv("HWLOC_SYNTHETIC");
	return topology;
}

static void nodes_of_the_same_package_are_the_nearest(void **state)
{
	static const struct {
		const char *synthetic;
		size_t node, count, nearest[8];
	} rows[] = {
		{ "NUMANode:1 core:2 pu:1", 0, 1, { 0 } },
		{ "pack:2 numa:1 core:2 pu:1", 1, 2, { 1, 0 } },
		{ "pack:2 numa:2 core:2 pu:1", 0, 4, { 0, 1, 2, 3 } },
		{ "pack:2 numa:2 core:2 pu:1", 1, 4, { 1, 0, 2, 3 } },
		{ "pack:2 numa:2 core:2 pu:1", 2, 4, { 2, 3, 0, 1 } },
		{ "pack:2 numa:4 core:1 pu:1", 6, 8, { 6, 7, 4, 5, 0, 1, 2, 3 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct topology *topology = made_up(rows[i].synthetic);

		assert_int_equal(topology_node_count(topology), rows[i].count);
		for (size_t rank = 0; rank < rows[i].count; rank++)
			if (topology_nearest(topology, rows[i].node, rank) != rows[i].nearest[rank])
				fail_msg("%s: node %zu, rank %zu: %zu", rows[i].synthetic,
					 rows[i].node, rank,
					 topology_nearest(topology, rows[i].node, rank));
		topology_free(topology);
	}
}

static void made_up_memory_takes_turns_by_address(void **state)
{
	struct topology *topology = made_up("NUMANode:2 core:2 pu:1");
	const uintptr_t turn = TOPOLOGY_INTERLEAVE;

	(void)state;
	assert_int_equal(topology_node_of_memory(topology, (void *)(6 * turn)), 0);
	assert_int_equal(topology_node_of_memory(topology, (void *)(7 * turn)), 1);
	assert_int_equal(topology_node_of_memory(topology, (void *)(8 * turn - 1)), 1);
	assert_int_equal(topology_bind_to_node(topology, 1, NULL), 0);
	topology_free(topology);
}

static void memory_of_this_machine_is_on_one_of_its_nodes(void **state)
{
	struct topology *topology;
	uint8_t *memory;

	(void)state;
	assert_int_equal(topology_new(&topology, NULL), 0);
	memory = topology_alloc(topology, 0, 100000);
	assert_non_null(memory);
	/* A page that nobody wrote to lies nowhere. */
	assert_int_equal(topology_node_of_memory(topology, memory + 50000), SIZE_MAX);
	memory[0] = 1;
	/* Without the right to ask it is not known. */
	if (topology_node_of_memory(topology, memory) != SIZE_MAX)
		assert_in_range(topology_node_of_memory(topology, memory), 0,
				topology_node_count(topology) - 1);
	topology_release(topology, memory, 100000);
	topology_free(topology);
}

static void binding_to_a_node_stays_within_what_the_process_may_use(void **state)
{
	struct topology *topology;
	cpu_set_t before, now;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(topology_new(&topology, NULL), 0);
	for (size_t node = 0; node < topology_node_count(topology); node++) {
		assert_int_equal(topology_bind_to_node(topology, node, NULL), 0);
		assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
		CPU_AND(&now, &now, &before);
		assert_true(CPU_COUNT(&now) > 0);
	}
	sched_setaffinity(0, sizeof(before), &before);
	topology_free(topology);
}

static void binding_stays_within_what_the_process_may_use(void **state)
{
	struct topology *topology;
	cpu_set_t before, now;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(topology_new(&topology, NULL), 0);
	assert_in_range(topology_core_count(topology), 1, (size_t)CPU_COUNT(&before));
	for (size_t worker = 0; worker < 3; worker++) {
		assert_int_equal(topology_bind(topology, worker, NULL), 0);
		assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
		CPU_AND(&now, &now, &before);
		assert_true(CPU_COUNT(&now) > 0);
	}
	sched_setaffinity(0, sizeof(before), &before);
	topology_free(topology);
}

static void a_narrowed_process_sees_fewer_cores(void **state)
{
	struct topology *topology;
	cpu_set_t before, one;
	size_t cpu = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(topology_new(&topology, NULL), 0);
	assert_int_equal(topology_core_count(topology), 1);
	topology_free(topology);
	sched_setaffinity(0, sizeof(before), &before);
}

static void memory_comes_zeroed_and_goes(void **state)
{
	struct topology *topology;
	uint8_t *memory;

	(void)state;
	assert_int_equal(topology_new(&topology, NULL), 0);
	memory = topology_alloc(topology, 0, 100000);
	assert_non_null(memory);
	for (size_t i = 0; i < 100000; i += 4096)
		assert_int_equal(memory[i], 0);
	memset(memory, 1, 100000);
	topology_release(topology, memory, 100000);
	topology_release(topology, NULL, 0);
	topology_free(topology);
	topology_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cores_are_given_out_round_after_round),
		cmocka_unit_test(every_node_gets_as_many_workers),
		cmocka_unit_test(nodes_of_the_same_package_are_the_nearest),
		cmocka_unit_test(made_up_memory_takes_turns_by_address),
		cmocka_unit_test(memory_of_this_machine_is_on_one_of_its_nodes),
		cmocka_unit_test(binding_to_a_node_stays_within_what_the_process_may_use),
		cmocka_unit_test(binding_stays_within_what_the_process_may_use),
		cmocka_unit_test(a_narrowed_process_sees_fewer_cores),
		cmocka_unit_test(memory_comes_zeroed_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
