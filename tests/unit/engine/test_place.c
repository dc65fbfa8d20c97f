#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/search/place.h"
#include "engine/topology.h"
#include "search_doubles.h"

#define TURNS 6

/* Bytes whose turn is known: of a synthetic machine, by address. */
struct fixture {
	uint8_t *bytes;
	struct double_file files[3];
	struct file_table table;
	struct workers *workers[9]; /* by nodes */
};

static struct workers *workers_on(const char *machine)
{
	struct workers *workers;

	setenv("HWLOC_SYNTHETIC", machine, 1);
	assert_int_equal(workers_new(&workers, 1, NULL), 0);
	unsetenv("HWLOC_SYNTHETIC");
	return workers;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	/* On turn 0 of two and of eight. */
	fixture->bytes = aligned_alloc(16 * TOPOLOGY_INTERLEAVE, 16 * TOPOLOGY_INTERLEAVE);
	assert_non_null(fixture->bytes);
	fixture->files[0].bytes = (struct bytes){ fixture->bytes, TURNS * TOPOLOGY_INTERLEAVE };
	fixture->files[1] = fixture->files[2] = fixture->files[0];
	fixture->files[1].only_read = true;
	fixture->files[2].passing = true;
	fixture->table = (struct file_table){ fixture->files, 3 };
	fixture->workers[1] = workers_on("NUMANode:1 core:4 pu:1");
	fixture->workers[2] = workers_on("NUMANode:2 core:2 pu:1");
	fixture->workers[8] = workers_on("NUMANode:8 core:1 pu:1");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 9; i++)
		workers_free(fixture->workers[i]);
	free(fixture->bytes);
	free(fixture);
	return 0;
}

static struct view *view_of(const struct span *spans, size_t count)
{
	struct span_list list = { NULL, 0, 0 };
	struct view like = { .length = 0 }, *view;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(span_list_add(&list, spans[i], NULL), 0);
		like.length += spans[i].length;
	}
	assert_int_equal(view_new(&view, &list, &like, NULL, NULL, NULL, NULL), 0);
	free(list.items);
	return view;
}

static void bytes_are_searched_where_they_lie(void **state)
{
	const uint64_t turn = TOPOLOGY_INTERLEAVE;
	const struct fixture *fixture = *state;
	const struct span spans[] = {
		{ .length = 2 * turn, .offset = turn, .kind = SPAN_FILE },
		{ .length = 1000, .kind = SPAN_ZERO },
		{ .length = turn, .data = fixture->bytes + 5 * turn, .kind = SPAN_MEMORY },
		{ .length = 4096, .file = 1, .kind = SPAN_FILE },
		{ .length = 4096, .file = 2, .kind = SPAN_FILE },
		{ .length = 1000, .kind = SPAN_ZERO },
	};
	const struct {
		const char *name;
		uint64_t start;
		size_t turn; /* SIZE_MAX: not known */
	} rows[] = {
		{ "the first byte of a file's", 0, 1 },
		{ "the next turn", turn, 2 },
		{ "the last byte of a file's", 2 * turn - 1, 2 },
		{ "zeros before memory", 2 * turn + 10, 5 },
		{ "memory", 2 * turn + 1000, 5 },
		{ "memory, later", 3 * turn + 999, 5 },
		{ "only read", 3 * turn + 1000, SIZE_MAX },
		{ "passing", 3 * turn + 1000 + 4096, SIZE_MAX },
		{ "zeros at the end", 3 * turn + 1000 + 8192, SIZE_MAX },
		{ "the end", 3 * turn + 2000 + 8192, SIZE_MAX },
	};
	struct view *view = view_of(spans, sizeof(spans) / sizeof(spans[0]));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t nodes = 1; nodes <= 8; nodes++) {
			size_t expected =
				rows[i].turn == SIZE_MAX ? SIZE_MAX : rows[i].turn % nodes;
			size_t place;

			if (!fixture->workers[nodes])
				continue;
			place = place_of(fixture->workers[nodes], &fixture->table, view,
					 rows[i].start);
			if (place != (nodes == 1 ? SIZE_MAX : expected))
				fail_msg("%s, %zu nodes: %zu", rows[i].name, nodes, place);
		}
	view_release(view, SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_searched_where_they_lie),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
