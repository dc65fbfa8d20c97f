#include "engine/search/search_target.h"

#include <stdlib.h>

#include "engine/search/search_block.h"
#include "engine/search/state.h"

static void run_end(struct work *work, size_t worker)
{
	struct search_target *target = (struct search_target *)work;
	struct search *search = target->search;

	(void)worker;
	search_target_end(target);
	search_end_work(search);
}

int search_target_new(struct search_target **out, struct search *search, uint32_t number,
		      struct error *err)
{
	size_t workers = workers_count(search->workers);
	struct search_target *target =
		calloc(1, sizeof(*target) + workers * sizeof(target->stores[0]));

	if (!target)
		return error_no_memory(err, "a target");
	target->finish = (struct work){ .run = run_end, .node = SIZE_MAX };
	target->search = search;
	target->number = number;
	atomic_init(&target->holders, 1);
	*out = target;
	return 0;
}

static void free_stores(struct search_target *target)
{
	for (size_t i = 0; i < workers_count(target->search->workers); i++) {
		match_store_free(target->stores[i]);
		target->stores[i] = NULL;
	}
}

void search_target_free(struct search_target *target)
{
	if (!target)
		return;
	free_stores(target);
	free(target);
}

void search_target_hold(struct search_target *target)
{
	/* Relaxed: only the thread that adds takes one more, before it gives up its own. */
	atomic_fetch_add_explicit(&target->holders, 1, memory_order_relaxed);
}

void search_target_release(struct search_target *target, size_t worker)
{
	/* What every worker put into its store must be seen by the one that merges them. */
	if (atomic_fetch_sub_explicit(&target->holders, 1, memory_order_acq_rel) != 1)
		return;
	if (worker != NO_WORKER) {
		search_target_end(target);
		return;
	}
	search_begin_work(target->search);
	workers_add(target->search->workers, &target->finish);
}

void search_target_end(struct search_target *target)
{
	struct search *search = target->search;
	const struct match_policy *policy = &search->policies[target->purpose];
	struct match_table *matches = NULL;
	struct error err;
	int ret;

	if (search_stopped(search)) {
		free_stores(target);
		return;
	}
	ret = match_table_merge(&matches, target->stores, workers_count(search->workers), policy,
				&err);
	free_stores(target);
	if (!ret)
		ret = search->done(search->context, target->number, matches,
				   atomic_load_explicit(&target->bytes_lost, memory_order_relaxed),
				   &err);
	if (ret)
		search_fail(search, &err);
}

int search_target_store(struct search_target *target, size_t worker, struct match_store **out,
			struct error *err)
{
	struct search *search = target->search;
	int ret = 0;

	if (!target->stores[worker])
		ret = match_store_new(&target->stores[worker], &search->policies[target->purpose],
				      &search->budget, err);
	if (!ret)
		*out = target->stores[worker];
	return ret;
}

void search_target_lose(struct search_target *target, uint64_t bytes)
{
	/* Relaxed: read only by whoever releases the target last, which orders it. */
	atomic_fetch_add_explicit(&target->bytes_lost, bytes, memory_order_relaxed);
}
