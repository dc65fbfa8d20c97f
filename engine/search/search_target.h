#ifndef CKPT_ENGINE_SEARCH_SEARCH_TARGET_H
#define CKPT_ENGINE_SEARCH_SEARCH_TARGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/match_store.h"
#include "engine/workers.h"

struct search;

/*
 * A target while it is searched. It is held by every block that it sees and, until it is sealed,
 * by the search; whoever releases it last merges the stores and hands them to done().
 */
struct search_target {
	struct work finish; /* first: the queue's view of it */
	struct search *search;
	_Atomic size_t holders;
	_Atomic uint64_t bytes_lost;
	uint32_t number;
	uint32_t purpose; /* with has_blocks */
	bool has_blocks, sealed; /* of the thread that adds */
	struct match_store
		*stores[]; /* one per worker, NULL until it is used; written by it alone */
};

int search_target_new(struct search_target **out, struct search *search, uint32_t number,
		      struct error *err);
/* When all work has ended. NULL allowed. */
void search_target_free(struct search_target *target);
void search_target_hold(struct search_target *target);
/*
 * The last one ends the target: at once on worker @worker, or through the workers' queue with
 * NO_WORKER.
 */
void search_target_release(struct search_target *target, size_t worker);
/* Merges and calls done(); on a search that has failed only frees. Its failure fails the search. */
void search_target_end(struct search_target *target);

/* The store of @worker, made when first asked for. */
int search_target_store(struct search_target *target, size_t worker, struct match_store **out,
			struct error *err);
void search_target_lose(struct search_target *target, uint64_t bytes);

#endif
