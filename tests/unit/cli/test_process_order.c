#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/look/process_order.h"

struct parents {
	const char *name;
	uint32_t pids[8], parents[8]; /* 0: none */
	const char *order; /* "pid.depth " each */
};

static const struct parents rows[] = {
	{ "children come behind their parent, by pid",
	  { 1, 2, 3, 4 },
	  { 0, 1, 2, 1 },
	  "1.0 2.1 3.2 4.1 " },
	{ "a parent with a higher pid", { 3, 5, 9 }, { 9, 3, 0 }, "9.0 3.1 5.2 " },
	{ "a parent that is not there", { 2, 7 }, { 99, 2 }, "2.0 7.1 " },
	{ "several roots", { 1, 2, 3 }, { 0, 0, 1 }, "1.0 3.1 2.0 " },
	{ "its own parent", { 4, 5 }, { 4, 4 }, "4.0 5.1 " },
	{ "a circle", { 1, 2, 3, 4 }, { 3, 1, 2, 2 }, "1.0 2.1 3.2 4.2 " },
	{ "a circle beside a tree", { 1, 2, 3, 4 }, { 0, 3, 2, 1 }, "1.0 4.1 2.0 3.1 " },
	{ "nobody", { 0 }, { 0 }, "" },
};

static void the_tree_is_read_from_its_roots(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process processes[8] = { 0 };
		struct checkpoint checkpoint = { .processes = processes };
		struct process_order order;
		char shown[128] = "";
		size_t length = 0;

		print_message("%s\n", rows[i].name);
		for (; rows[i].pids[checkpoint.process_count]; checkpoint.process_count++) {
			struct process *process = &processes[checkpoint.process_count];

			process->pid = rows[i].pids[checkpoint.process_count];
			process->ppid = rows[i].parents[checkpoint.process_count];
			process->has_ppid = process->ppid != 0;
		}
		assert_int_equal(process_order_make(&order, &checkpoint, NULL), 0);
		assert_int_equal(order.count, checkpoint.process_count);
		for (size_t j = 0; j < order.count; j++)
			length += (size_t)snprintf(shown + length, sizeof(shown) - length,
						   "%u.%zu ", processes[order.places[j].index].pid,
						   order.places[j].depth);
		assert_string_equal(shown, rows[i].order);
		process_order_release(&order);
	}
}

static void a_chain_of_all_processes_needs_no_stack(void **state)
{
	enum { COUNT = 300000 };
	struct process *processes = calloc(COUNT, sizeof(*processes));
	struct checkpoint checkpoint = { .processes = processes, .process_count = COUNT };
	struct process_order order;

	(void)state;
	assert_non_null(processes);
	for (uint32_t i = 0; i < COUNT; i++)
		processes[i] = (struct process){ .pid = i + 1, .ppid = i, .has_ppid = i > 0 };
	assert_int_equal(process_order_make(&order, &checkpoint, NULL), 0);
	assert_int_equal(order.places[COUNT - 1].depth, COUNT - 1);
	process_order_release(&order);
	free(processes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tree_is_read_from_its_roots),
		cmocka_unit_test(a_chain_of_all_processes_needs_no_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
