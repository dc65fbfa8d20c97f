#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/workers.h"

#define WORKS 5000

struct counted {
	struct work work; /* first */
	struct workers *workers;
	_Atomic unsigned int *runs;
	_Atomic unsigned int ran;
	size_t worker;
	struct counted *then; /* added when this one runs */
};

static void count_run(struct work *work, size_t worker)
{
	struct counted *counted = (struct counted *)work;

	counted->worker = worker;
	atomic_fetch_add(&counted->ran, 1);
	if (counted->then)
		workers_add(counted->workers, &counted->then->work);
	atomic_fetch_add(counted->runs, 1);
}

static struct counted *make_works(struct workers *workers, _Atomic unsigned int *runs)
{
	struct counted *works = calloc(WORKS, sizeof(*works));

	assert_non_null(works);
	for (size_t i = 0; i < WORKS; i++) {
		works[i].workers = workers;
		works[i].runs = runs;
		works[i].work.run = count_run;
		works[i].work.node = i % 5 == 4 ? SIZE_MAX : i % 5;
	}
	return works;
}

static void check_all_ran_once(const struct counted *works, size_t threads)
{
	for (size_t i = 0; i < WORKS; i++) {
		assert_int_equal(atomic_load(&works[i].ran), 1);
		assert_true(works[i].worker < threads);
	}
}

static void every_work_runs_once(void **state)
{
	static const struct {
		const char *machine; /* NULL: this one */
		size_t threads;
	} rows[] = {
		{ NULL, 1 },
		{ NULL, 7 },
		{ "NUMANode:2 core:2 pu:1", 5 },
		{ "NUMANode:8 core:1 pu:1", 3 }, /* nodes without a worker: others steal theirs */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_Atomic unsigned int runs = 0;
		struct workers *workers;
		struct counted *works;

		if (rows[i].machine)
			setenv("HWLOC_SYNTHETIC", rows[i].machine, 1);
		assert_int_equal(workers_new(&workers, rows[i].threads, NULL), 0);
		unsetenv("HWLOC_SYNTHETIC");
		assert_int_equal(workers_count(workers), rows[i].threads);
		works = make_works(workers, &runs);
		for (size_t j = 0; j < WORKS; j++) {
			workers_add(workers, &works[j].work);
			if (j % 1000 == 999)
				usleep(2000); /* let them fall asleep, too */
		}
		workers_free(workers);
		assert_int_equal(atomic_load(&runs), WORKS);
		check_all_ran_once(works, rows[i].threads);
		free(works);
	}
}

static void free_waits_for_work_that_work_adds(void **state)
{
	_Atomic unsigned int runs = 0;
	struct workers *workers;
	struct counted *works;

	(void)state;
	assert_int_equal(workers_new(&workers, 3, NULL), 0);
	works = make_works(workers, &runs);
	for (size_t i = 0; i + 1 < WORKS; i++)
		works[i].then = &works[i + 1];
	workers_add(workers, &works[0].work);
	workers_free(workers);
	assert_int_equal(atomic_load(&runs), WORKS);
	check_all_ran_once(works, 3);
	free(works);
}

struct meeting {
	struct work work; /* first */
	pthread_barrier_t *barrier;
	_Atomic unsigned int *left;
};

static void meet(struct work *work, size_t worker)
{
	struct meeting *meeting = (struct meeting *)work;

	(void)worker;
	pthread_barrier_wait(meeting->barrier);
	atomic_fetch_sub(meeting->left, 1);
}

/* Works that wait for each other end only if each gets a worker of its own, also a sleeping one. */
static void all_workers_work_at_a_time(void **state)
{
	struct meeting meetings[4];
	_Atomic unsigned int left;
	pthread_barrier_t barrier;
	struct workers *workers;

	(void)state;
	pthread_barrier_init(&barrier, NULL, 4);
	setenv("HWLOC_SYNTHETIC", "NUMANode:2 core:2 pu:1", 1);
	assert_int_equal(workers_new(&workers, 4, NULL), 0);
	unsetenv("HWLOC_SYNTHETIC");
	for (size_t round = 0; round < 50; round++) {
		if (round % 10 == 0)
			usleep(2000);
		atomic_store(&left, 4);
		for (size_t i = 0; i < 4; i++) {
			meetings[i] =
				(struct meeting){ { .run = meet, .node = 0 }, &barrier, &left };
			workers_add(workers, &meetings[i].work);
		}
		/* Only then may the next round use them again. */
		while (atomic_load(&left))
			usleep(100);
	}
	workers_free(workers);
	pthread_barrier_destroy(&barrier);
}

static struct workers *workers_on(const char *machine, size_t threads)
{
	struct workers *workers;

	setenv("HWLOC_SYNTHETIC", machine, 1);
	assert_int_equal(workers_new(&workers, threads, NULL), 0);
	unsetenv("HWLOC_SYNTHETIC");
	return workers;
}

/* Everyone has slept so often, and is asleep if nothing was added since. */
static void await_sleepers(const struct workers *workers, uint64_t waits)
{
	struct workers_stats stats;
	uint64_t bytes[8];

	do {
		usleep(200);
		workers_stats(workers, &stats, bytes);
	} while (stats.waits < waits);
	assert_int_equal(stats.waits, waits);
}

struct placed {
	struct work work; /* first */
	struct workers *workers;
	size_t worker;
	_Atomic bool ran;
};

static void note_worker(struct work *work, size_t worker)
{
	struct placed *placed = (struct placed *)work;

	placed->worker = worker;
	workers_count_bytes(placed->workers, worker, 1000);
	atomic_store(&placed->ran, true);
}

static const struct {
	const char *machine;
	size_t nodes, threads;
} placements[] = {
	{ "pack:2 numa:1 core:2 pu:1", 2, 4 },
	{ "pack:2 numa:4 core:2 pu:1", 8, 16 },
	{ "NUMANode:8 core:2 pu:1", 8, 8 },
};

static void work_runs_on_its_node_while_workers_of_it_are_free(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(placements) / sizeof(placements[0]); i++) {
		struct workers *workers = workers_on(placements[i].machine, placements[i].threads);
		struct workers_stats stats;
		uint64_t waits = placements[i].threads, bytes[8];

		assert_int_equal(workers_node_count(workers), placements[i].nodes);
		await_sleepers(workers, waits);
		for (size_t j = 0; j < 3 * placements[i].nodes; j++) {
			size_t node = (5 * j) % placements[i].nodes;
			struct placed placed = { .work = { .run = note_worker, .node = node },
						 .workers = workers };

			workers_add(workers, &placed.work);
			while (!atomic_load(&placed.ran))
				usleep(100);
			assert_int_equal(workers_node_of(workers, placed.worker), node);
			await_sleepers(workers, ++waits);
		}
		workers_stats(workers, &stats, bytes);
		assert_int_equal(stats.steals, 0);
		for (size_t node = 0; node < placements[i].nodes; node++)
			assert_int_equal(bytes[node], 3000);
		workers_free(workers);
	}
}

static void every_node_has_as_many_workers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(placements) / sizeof(placements[0]); i++) {
		struct workers *workers = workers_on(placements[i].machine, placements[i].threads);
		size_t counts[8] = { 0 };

		for (size_t worker = 0; worker < placements[i].threads; worker++)
			counts[workers_node_of(workers, worker)]++;
		for (size_t node = 0; node < placements[i].nodes; node++)
			assert_int_equal(counts[node], placements[i].threads / placements[i].nodes);
		workers_free(workers);
	}
}

struct gathering {
	struct work work; /* first */
	pthread_barrier_t *barrier;
	size_t worker;
};

static void gather(struct work *work, size_t worker)
{
	struct gathering *gathering = (struct gathering *)work;

	gathering->worker = worker;
	pthread_barrier_wait(gathering->barrier);
}

/* Each of them waits for the others, so each has a worker of its own, and the node has only one. */
static void idle_nodes_steal_and_the_nearest_is_woken_first(void **state)
{
	struct workers *workers = workers_on("pack:2 numa:2 core:1 pu:1", 4);
	struct gathering gatherings[2];
	struct workers_stats stats;
	pthread_barrier_t barrier;
	uint64_t bytes[4];

	(void)state;
	await_sleepers(workers, 4);
	pthread_barrier_init(&barrier, NULL, 3);
	for (size_t i = 0; i < 2; i++) {
		gatherings[i] = (struct gathering){ { .run = gather, .node = 3 }, &barrier, 0 };
		workers_add(workers, &gatherings[i].work);
	}
	pthread_barrier_wait(&barrier);
	await_sleepers(workers, 6);
	workers_stats(workers, &stats, bytes);
	workers_free(workers);
	pthread_barrier_destroy(&barrier);
	assert_int_equal(stats.steals, 1);
	assert_int_equal(gatherings[0].worker + gatherings[1].worker, 2 + 3);
}

static void work_for_a_node_without_workers_is_stolen(void **state)
{
	struct workers *workers = workers_on("NUMANode:8 core:1 pu:1", 3);
	struct placed placed = { .work = { .run = note_worker, .node = 7 }, .workers = workers };
	struct workers_stats stats;
	uint64_t bytes[8];

	(void)state;
	workers_add(workers, &placed.work);
	while (!atomic_load(&placed.ran))
		usleep(100);
	workers_stats(workers, &stats, bytes);
	workers_free(workers);
	assert_int_equal(stats.steals, 1);
	assert_int_equal(bytes[7], 0);
	assert_int_equal(bytes[0] + bytes[1] + bytes[2], 1000);
}

static void work_for_any_node_is_spread(void **state)
{
	struct workers *workers = workers_on("NUMANode:4 core:2 pu:1", 8);
	uint64_t waits = 8, bytes[4];
	struct workers_stats stats;

	(void)state;
	await_sleepers(workers, waits);
	for (size_t i = 0; i < 8; i++) {
		struct placed placed = { .work = { .run = note_worker, .node = SIZE_MAX },
					 .workers = workers };

		workers_add(workers, &placed.work);
		while (!atomic_load(&placed.ran))
			usleep(100);
		await_sleepers(workers, ++waits);
	}
	workers_stats(workers, &stats, bytes);
	workers_free(workers);
	for (size_t node = 0; node < 4; node++)
		assert_int_equal(bytes[node], 2000);
}

static void by_default_there_is_a_thread_for_each_usable_core(void **state)
{
	struct workers *workers;

	(void)state;
	assert_int_equal(workers_new(&workers, 0, NULL), 0);
	assert_in_range(workers_count(workers), 1, (size_t)sysconf(_SC_NPROCESSORS_CONF));
	workers_free(workers);
	workers_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_work_runs_once),
		cmocka_unit_test(free_waits_for_work_that_work_adds),
		cmocka_unit_test(all_workers_work_at_a_time),
		cmocka_unit_test(every_node_has_as_many_workers),
		cmocka_unit_test(work_runs_on_its_node_while_workers_of_it_are_free),
		cmocka_unit_test(idle_nodes_steal_and_the_nearest_is_woken_first),
		cmocka_unit_test(work_for_a_node_without_workers_is_stolen),
		cmocka_unit_test(work_for_any_node_is_spread),
		cmocka_unit_test(by_default_there_is_a_thread_for_each_usable_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
