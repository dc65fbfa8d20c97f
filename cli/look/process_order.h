#ifndef CKPT_CLI_LOOK_PROCESS_ORDER_H
#define CKPT_CLI_LOOK_PROCESS_ORDER_H

#include <stddef.h>

#include "engine/base/error.h"
#include "scanners/checkpoint.h"

/*
 * Processes as a tree is read: each before its children, children by pid, those without a parent among them first of
 * all by pid. Parents that go round in a circle are cut where the lowest pid is. One thread.
 */
struct process_order {
	struct process_place {
		size_t index; /* in the checkpoint */
		size_t depth; /* 0: a root */
	} * places; /* one for each process */
	size_t count;
};

int process_order_make(struct process_order *out, const struct checkpoint *checkpoint,
		       struct error *err);
void process_order_release(struct process_order *order);

#endif
