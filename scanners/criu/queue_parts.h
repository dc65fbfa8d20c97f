#ifndef CKPT_SCANNERS_CRIU_QUEUE_PARTS_H
#define CKPT_SCANNERS_CRIU_QUEUE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/content.h"

/*
 * Bytes of queues, whose entries come in any order, gathered for each queue:
 *
 *	sk-queues.img	| socket 7: ab | socket 9: x | socket 7: c |	->	7: abc	9: x
 *
 * Zeroed is empty. One thread.
 */
struct queue_part {
	uint64_t queue;
	struct stored_bytes bytes; /* as far as they are there */
	uint64_t missing; /* how many more there should be */
	bool apart; /* a datagram or message of its own */
	size_t order;
};

struct queue_parts {
	struct queue_part *items;
	size_t count, capacity;
};

/* What is empty is left out. */
int queue_parts_add(struct queue_parts *parts, const struct queue_part *part, struct error *err);
/* By queue, in each in the order they came. */
void queue_parts_sort(struct queue_parts *parts);
/* Writes the queue that begins at @first of the sorted parts; returns where the next one begins. */
size_t queue_parts_write(const struct queue_parts *parts, size_t first,
			 struct content_writer *writer);
void queue_parts_release(struct queue_parts *parts);

#endif
