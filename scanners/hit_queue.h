#ifndef CKPT_SCANNERS_HIT_QUEUE_H
#define CKPT_SCANNERS_HIT_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/checkpoint.h"
#include "scanners/container.h"
#include "scanners/hit.h"
#include "scanners/target_list.h"

/*
 * Puts hits and what rules logged into the report's order: targets are judged in any order by any worker, and each
 * one's go to the sink as soon as no lower target can come.
 */
struct hit_queue;

struct hit_queue_plan {
	const struct hit_sink *sink;
	const struct checkpoint_outline *outline;
	struct target_list *targets;
	const struct file_table *files;
	const struct container *container; /* its arguments stand in where memory has none */
	const struct checkpoint
		*facts; /* names and parents of processes; NULL: those of the targets */
	const struct checkpoint
		*checkpoint; /* whose page images captured bytes may lie in; NULL: none */
	_Atomic uint64_t *hit_count; /* counted up; may be NULL */
	const struct ruleset *rules;
	const struct file_table_options *memory; /* whether and where hits may wait on a disk */
	uint64_t held_bytes; /* beyond them waiting hits go to an unlinked file; 0: 16 MiB */
};

/* @plan is borrowed until hit_queue_free(). */
int hit_queue_new(struct hit_queue **out, const struct hit_queue_plan *plan, struct error *err);
void hit_queue_free(struct hit_queue *queue);

/*
 * Says that a target is judged (or failed); delivers what can be. Any thread. Once the sink has refused, it is
 * not called again, and this fails with what it said.
 */
int hit_queue_done(struct hit_queue *queue, size_t target, struct error *err);
/* Delivers what is left, passing over targets that were never done. One thread, when no worker is left. */
int hit_queue_flush(struct hit_queue *queue, struct error *err);
/* Hits delivered so far. */
uint64_t hit_queue_count(const struct hit_queue *queue);

#endif
