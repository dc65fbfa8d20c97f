#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "scanners/work_count.h"

struct counted {
	struct work work; /* first */
	struct workers *workers;
	_Atomic int ran;
};

static void count_bytes(struct work *work, size_t worker)
{
	struct counted *counted = (struct counted *)work;

	workers_count_bytes(counted->workers, worker, 512);
	atomic_store(&counted->ran, 1);
}

/* The only worker there is has node 0. */
static void work_on(struct workers *workers, size_t node)
{
	struct counted counted = { .work = { .run = count_bytes, .node = node },
				   .workers = workers };

	workers_add(workers, &counted.work);
	while (!atomic_load(&counted.ran))
		usleep(100);
}

static void only_what_happens_between_counts(void **state)
{
	struct arena *arena = arena_new(0);
	struct work_count count;
	struct workers *workers;

	(void)state;
	setenv("HWLOC_SYNTHETIC", "NUMANode:2 core:2 pu:1", 1);
	assert_int_equal(workers_new(&workers, 1, NULL), 0);
	unsetenv("HWLOC_SYNTHETIC");
	work_on(workers, 1);
	assert_int_equal(work_count_begin(&count, workers, arena, NULL), 0);
	work_on(workers, 0);
	work_on(workers, 1);
	work_on(workers, 1);
	work_count_end(&count);
	assert_int_equal(count.stats.node_count, 2);
	assert_int_equal(count.stats.bytes_by_node[0], 3 * 512);
	assert_int_equal(count.stats.bytes_by_node[1], 0);
	assert_int_equal(count.stats.steals, 2);
	workers_free(workers);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_happens_between_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
