#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
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
		cmocka_unit_test(by_default_there_is_a_thread_for_each_usable_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
