#include "cli/look/process_order.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define NONE SIZE_MAX

/* By index of the process; children of one are a list, by pid. */
struct node {
	size_t parent, child, sibling;
	bool placed;
};

static size_t find_pid(const struct checkpoint *checkpoint, uint32_t pid)
{
	size_t low = 0, high = checkpoint->process_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (checkpoint->processes[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == checkpoint->process_count || checkpoint->processes[low].pid != pid)
		return NONE;
	return low;
}

/* From the highest pid down, so that each list begins with the lowest. */
static void link_nodes(struct node *nodes, const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < checkpoint->process_count; i++)
		nodes[i] = (struct node){ .parent = NONE, .child = NONE, .sibling = NONE };
	for (size_t i = checkpoint->process_count; i-- > 0;) {
		const struct process *process = &checkpoint->processes[i];
		size_t parent = process->has_ppid ? find_pid(checkpoint, process->ppid) : NONE;

		if (parent == NONE || parent == i)
			continue;
		nodes[i].parent = parent;
		nodes[i].sibling = nodes[parent].child;
		nodes[parent].child = i;
	}
}

/* The first of a list that has no place yet. */
static size_t unplaced(const struct node *nodes, size_t index)
{
	while (index != NONE && nodes[index].placed)
		index = nodes[index].sibling;
	return index;
}

/* Without recursion: the depth is what the checkpoint says. */
static void place_tree(struct process_order *order, struct node *nodes, size_t root)
{
	size_t index = root, depth = 0;

	for (;;) {
		size_t next;

		nodes[index].placed = true;
		order->places[order->count++] = (struct process_place){ index, depth };
		next = unplaced(nodes, nodes[index].child);
		if (next != NONE) {
			index = next;
			depth++;
			continue;
		}
		while (index != root && (next = unplaced(nodes, nodes[index].sibling)) == NONE) {
			index = nodes[index].parent;
			depth--;
		}
		if (index == root)
			return;
		index = next;
	}
}

int process_order_make(struct process_order *out, const struct checkpoint *checkpoint,
		       struct error *err)
{
	size_t count = checkpoint->process_count;
	struct node *nodes = calloc(count + 1, sizeof(*nodes));

	*out = (struct process_order){ .places = calloc(count + 1, sizeof(*out->places)) };
	if (!nodes || !out->places) {
		free(nodes);
		process_order_release(out);
		return error_no_memory(err, "the tree of processes");
	}
	link_nodes(nodes, checkpoint);
	for (size_t i = 0; i < count; i++) {
		if (nodes[i].parent == NONE)
			place_tree(out, nodes, i);
	}
	for (size_t i = 0; i < count; i++) {
		if (!nodes[i].placed)
			place_tree(out, nodes, i);
	}
	free(nodes);
	return 0;
}

void process_order_release(struct process_order *order)
{
	free(order->places);
	*order = (struct process_order){ 0 };
}
