#ifndef CKPT_ENGINE_SEARCH_STATE_H
#define CKPT_ENGINE_SEARCH_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/match_store.h"
#include "engine/search.h"
#include "engine/search/lost_list.h"
#include "engine/search/shard.h"
#include "engine/search/view.h"

struct fetch;
struct family;
struct hand;
struct passing_file;
struct search_target;

/* Starts [start, end) of a view or a family on their way to a worker; a fixed number of them, used again. */
struct shard {
	struct work work; /* first: the queue's view of it */
	struct search *search;
	struct view *view; /* held; NULL: a family's */
	struct family *family; /* held, else NULL: start and end are addresses */
	uint64_t start, end;
	struct shard *next_free;
};

struct search {
	struct workers *workers;
	const struct search_plan *plan;
	search_target_done *done;
	void *context;
	/* Immutable after search_new(). */
	struct margins *margins; /* per purpose */
	struct match_policy *policies; /* per purpose */
	uint64_t *shard_bytes; /* per purpose */
	bool *shares; /* per purpose: what siblings have in common is searched once */
	struct match_budget budget;
	struct hand **hands; /* one per worker, NULL until it is used; touched by it alone */
	struct fetch *fetch; /* NULL: all is searched as it lies */
	/* Of the one thread that adds. */
	struct search_target **targets; /* by number; NULL: not seen yet */
	struct passing_file **passing; /* by file; NULL: nothing noted */
	size_t target_capacity, passing_capacity;
	/* Everybody's. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct shard *shards, *free_shards;
	size_t shard_count, free_count;
	size_t busy; /* shards and ends of targets that are queued or run */
	struct lost_list lost;
	struct error failure; /* the first one */
	_Atomic bool failed;
};

/* Remembers the first failure; all that is still queued is then only put away. */
void search_fail(struct search *search, const struct error *err);
/* Whether to give up: something failed, or the plan's stop is set (which then is the failure). */
bool search_stopped(struct search *search);
/* 0, or the failure, copied into @err. */
int search_failure(struct search *search, struct error *err);

/* Counts one more thing that search_finish() waits for. */
void search_begin_work(struct search *search);
void search_end_work(struct search *search);

/* Cuts the live starts [@start, @end) of @view into shards and queues them; waits for free ones. */
void search_queue(struct search *search, struct view *view, uint64_t start, uint64_t end);
/* Adds to what is warned of at the end. Any thread. */
int search_add_lost(struct search *search, const struct lost_list *lost, struct error *err);

#endif
