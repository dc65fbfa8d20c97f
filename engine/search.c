#include "engine/search.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/search/family.h"
#include "engine/search/fetch.h"
#include "engine/search/hand.h"
#include "engine/search/passing.h"
#include "engine/search/place.h"
#include "engine/search/search_block.h"
#include "engine/search/search_target.h"
#include "engine/search/state.h"

/* Enough that the thread that adds, woken when half of them are free, is woken seldom; they are small. */
#define SHARDS_PER_WORKER 64
#define LEAST_SHARD_BYTES (2u << 20) /* Hyperscan takes some microseconds to begin */
/* With chains: what a part may find in a shard, at every byte even, has room in a worker's part buffer. */
#define LEAST_SHARD_BYTES_OF_CHAINS (1u << 20)
#define MOST_SHARD_BYTES (1u << 30) /* a scanner takes less than 4 GiB at a time */
#define REACHES_PER_SHARD 64
#define DEFAULT_MATCH_BYTES (64u << 20)
/* What belongs to a family: with wider margins little of a shard is its own, with more placements little is gained. */
#define MOST_FAMILY_MARGINS (64u << 10)
#define MOST_FAMILY_PLACEMENTS 64

static_assert(SEARCH_MOST_SIBLINGS == SAME_MOST_MEMBERS, "a family is what can be compared");

void search_fail(struct search *search, const struct error *err)
{
	pthread_mutex_lock(&search->lock);
	/* Relaxed here and where it is read: what it announces is read under the lock. */
	if (!atomic_load_explicit(&search->failed, memory_order_relaxed))
		search->failure = *err;
	atomic_store_explicit(&search->failed, true, memory_order_relaxed);
	pthread_mutex_unlock(&search->lock);
}

bool search_stopped(struct search *search)
{
	struct error err;

	if (atomic_load_explicit(&search->failed, memory_order_relaxed))
		return true;
	if (!search->plan->stop || !atomic_load_explicit(search->plan->stop, memory_order_relaxed))
		return false;
	error_set(&err, ERROR_INTERRUPTED, 0, "the search was told to stop");
	search_fail(search, &err);
	return true;
}

static int noted_failure(struct search *search, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&search->lock);
	if (atomic_load_explicit(&search->failed, memory_order_relaxed)) {
		if (err)
			*err = search->failure;
		ret = search->failure.code;
	}
	pthread_mutex_unlock(&search->lock);
	return ret;
}

int search_failure(struct search *search, struct error *err)
{
	return search_stopped(search) ? noted_failure(search, err) : 0;
}

void search_begin_work(struct search *search)
{
	pthread_mutex_lock(&search->lock);
	search->busy++;
	pthread_mutex_unlock(&search->lock);
}

void search_end_work(struct search *search)
{
	pthread_mutex_lock(&search->lock);
	search->busy--;
	pthread_cond_broadcast(&search->changed);
	pthread_mutex_unlock(&search->lock);
}

static struct shard *take_shard(struct search *search)
{
	struct shard *shard;

	pthread_mutex_lock(&search->lock);
	while (!search->free_shards)
		pthread_cond_wait(&search->changed, &search->lock);
	shard = search->free_shards;
	search->free_shards = shard->next_free;
	search->free_count--;
	search->busy++;
	pthread_mutex_unlock(&search->lock);
	return shard;
}

static void give_back(struct search *search, struct shard *shard)
{
	pthread_mutex_lock(&search->lock);
	shard->next_free = search->free_shards;
	search->free_shards = shard;
	search->free_count++;
	search->busy--;
	/* Not for each one: it would wake the thread that adds as often as it adds. */
	if (!search->busy || search->free_count >= search->shard_count / 2)
		pthread_cond_broadcast(&search->changed);
	pthread_mutex_unlock(&search->lock);
}

static void run_shard(struct work *work, size_t worker)
{
	struct shard *shard = (struct shard *)work;
	struct search *search = shard->search;
	struct error err;

	if (!search_stopped(search) && hand_search(search, worker, shard, &err))
		search_fail(search, &err);
	view_release(shard->view, worker);
	family_release(shard->family, worker);
	give_back(search, shard);
}

/* To the workers, by way of whoever reads its bytes first. */
static void send_shard(struct search *search, struct shard *shard)
{
	uint64_t middle = shard->start + (shard->end - shard->start) / 2;
	bool taken = false;
	struct error err;

	if (search->fetch && fetch_take(search->fetch, shard, &taken, &err))
		search_fail(search, &err);
	if (taken)
		return;
	/* At the beginning there may be a few bytes that were kept of an earlier buffer. */
	shard->work.node = place_of(search->workers, search->plan->files, shard->view, middle);
	workers_add(search->workers, &shard->work);
}

void search_queue(struct search *search, struct view *view, uint64_t start, uint64_t end)
{
	uint32_t purpose = view->block->purpose;
	struct shard_cutter cutter = { .view = view,
				       .margins = &search->margins[purpose],
				       .position = start,
				       .end = end,
				       .shard_bytes = search->shard_bytes[purpose] };

	while (!search_stopped(search) && shard_cutter_next(&cutter, &start, &end)) {
		struct shard *shard = take_shard(search);

		view_hold(view);
		shard->view = view;
		shard->family = NULL;
		shard->start = start;
		shard->end = end;
		send_shard(search, shard);
	}
}

/* The node of the first member's bytes is as good as that of any other. */
static void queue_family(struct search *search, struct family *family)
{
	const struct margins *margins = &search->margins[family->purpose];
	uint64_t shard_bytes = earlier(search->shard_bytes[family->purpose], FAMILY_SHARD_BYTES);
	uint64_t start = 0, end;

	for (; !search_stopped(search) &&
	       family_next_shard(family, margins, shard_bytes, &start, &end);
	     start = end) {
		struct shard *shard = take_shard(search);

		family_hold(family);
		shard->view = NULL;
		shard->family = family;
		shard->start = start;
		shard->end = end;
		shard->work.node = SIZE_MAX;
		workers_add(search->workers, &shard->work);
	}
}

int search_add_lost(struct search *search, const struct lost_list *lost, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&search->lock);
	for (size_t i = 0; !ret && i < lost->count; i++)
		ret = lost_list_add(&search->lost, &lost->items[i], err);
	pthread_mutex_unlock(&search->lock);
	return ret;
}

static bool shares(const struct search *search, const struct margins *margins,
		   const struct database *database)
{
	enum sharing sharing = search->plan->sharing;

	if (margins->left > MOST_FAMILY_MARGINS || margins->right > MOST_FAMILY_MARGINS)
		return false;
	return sharing == SHARING_ALWAYS || (sharing == SHARING_AUTO && database_costly(database));
}

static void prepare_purpose(struct search *search, size_t purpose)
{
	const struct search_plan *plan = search->plan;
	const struct search_purpose *from = &plan->purposes[purpose];
	uint64_t reach = database_reach(from->database);
	uint64_t shard_bytes = REACHES_PER_SHARD * reach;
	uint64_t least = LEAST_SHARD_BYTES;

	search->margins[purpose] = (struct margins){
		.left = database_look_behind(from->database) + plan->context_bytes,
		.right = reach + plan->context_bytes,
		.reach = reach,
	};
	search->policies[purpose] = (struct match_policy){
		.needs = from->needs,
		.pattern_count = database_pattern_count(from->database),
		.max_listed = plan->max_listed,
		.data_bytes = plan->data_bytes,
		.context_bytes = plan->context_bytes,
		.patterns = database_patterns(from->database),
	};
	/* How far a chain goes is not known where its first bytes are copied. */
	if (database_has_chains(from->database)) {
		search->margins[purpose].right =
			later(search->margins[purpose].right, plan->data_bytes);
		least = LEAST_SHARD_BYTES_OF_CHAINS;
	}
	search->shares[purpose] = shares(search, &search->margins[purpose], from->database);
	shard_bytes = later(shard_bytes, least);
	if (plan->shard_bytes)
		shard_bytes = plan->shard_bytes;
	search->shard_bytes[purpose] = earlier(shard_bytes, MOST_SHARD_BYTES);
}

static void prepare_shards(struct search *search)
{
	for (size_t i = 0; i < search->shard_count; i++) {
		struct shard *shard = &search->shards[i];

		shard->search = search;
		shard->work = (struct work){ .run = run_shard, .node = SIZE_MAX };
		shard->next_free = search->free_shards;
		search->free_shards = shard;
		search->free_count++;
	}
}

static void free_search(struct search *search)
{
	fetch_free(search->fetch);
	pthread_mutex_destroy(&search->lock);
	pthread_cond_destroy(&search->changed);
	free(search->margins);
	free(search->policies);
	free(search->shard_bytes);
	free(search->shares);
	free(search->hands);
	free(search->shards);
	free(search->targets);
	free(search->passing);
	free(search->lost.items);
	free(search);
}

int search_new(struct search **out, struct workers *workers, const struct search_plan *plan,
	       search_target_done *done, void *context, struct error *err)
{
	size_t worker_count = workers_count(workers);
	struct search *search;
	int ret;

	if (!plan->purpose_count)
		return error_set(err, ERROR_USAGE, 0, "a search for nothing");
	search = calloc(1, sizeof(*search));
	if (!search)
		return error_no_memory(err, "a search");
	search->shard_count = worker_count * SHARDS_PER_WORKER;
	search->workers = workers;
	search->plan = plan;
	search->done = done;
	search->context = context;
	atomic_init(&search->budget.bytes_left,
		    plan->match_bytes ? plan->match_bytes : DEFAULT_MATCH_BYTES);
	pthread_mutex_init(&search->lock, NULL);
	pthread_cond_init(&search->changed, NULL);
	search->margins = calloc(plan->purpose_count, sizeof(*search->margins));
	search->policies = calloc(plan->purpose_count, sizeof(*search->policies));
	search->shard_bytes = calloc(plan->purpose_count, sizeof(*search->shard_bytes));
	search->shares = calloc(plan->purpose_count, sizeof(*search->shares));
	search->hands = calloc(worker_count, sizeof(search->hands[0]));
	search->shards = calloc(search->shard_count, sizeof(*search->shards));
	if (!search->margins || !search->policies || !search->shard_bytes || !search->shares ||
	    !search->hands || !search->shards) {
		free_search(search);
		return error_no_memory(err, "a search");
	}
	for (size_t i = 0; i < plan->purpose_count; i++)
		prepare_purpose(search, i);
	prepare_shards(search);
	ret = plan->read_mode == READ_MMAP ? 0 : fetch_new(&search->fetch, search, err);
	if (ret) {
		free_search(search);
		return ret;
	}
	*out = search;
	return 0;
}

static int target_of(struct search *search, uint32_t number, struct search_target **out,
		     struct error *err)
{
	size_t old = search->target_capacity;
	struct search_target **grown = array_grow(search->targets, &search->target_capacity,
						  (size_t)number + 1, sizeof(search->targets[0]));

	if (!grown)
		return error_no_memory(err, "targets");
	search->targets = grown;
	for (size_t i = old; i < search->target_capacity; i++)
		search->targets[i] = NULL;
	if (!search->targets[number]) {
		int ret = search_target_new(&search->targets[number], search, number, err);

		if (ret)
			return ret;
	}
	if (search->targets[number]->sealed)
		return error_set(err, ERROR_USAGE, 0, "target %u was sealed before", number);
	*out = search->targets[number];
	return 0;
}

static int find_targets(struct search *search, const struct block *block,
			struct search_target **targets, struct error *err)
{
	for (size_t i = 0; i < block->placement_count; i++) {
		int ret = target_of(search, block->placements[i].target, &targets[i], err);

		if (ret)
			return ret;
		if (targets[i]->has_blocks && targets[i]->purpose != block->purpose)
			return error_set(err, ERROR_USAGE, 0, "target %u has two purposes",
					 block->placements[i].target);
		if (targets[i]->has_blocks)
			continue; /* workers may be reading it */
		targets[i]->has_blocks = true;
		targets[i]->purpose = block->purpose;
	}
	return 0;
}

/* The file of the first bytes decides: of a block that passes all bytes lie in one file. */
static bool passes(const struct search *search, const struct span_list *spans, uint32_t *file)
{
	for (size_t i = 0; i < spans->count; i++) {
		const struct span *span = &spans->items[i];
		struct bytes lent;
		uint8_t byte;
		size_t got;

		if (span->kind == SPAN_ZERO)
			continue;
		*file = span->file;
		return file_table_lend(search->plan->files, span->file, span->offset, 1, &lent,
				       NULL) == ERROR_NOT_KEPT &&
		       file_table_read(search->plan->files, span->file, span->offset, &byte, 1,
				       &got, NULL) == ERROR_NOT_KEPT;
	}
	return false;
}

/* *@out NULL: the block passes, and is noted. */
static int view_of(struct search *search, struct search_block *shared, const struct block *block,
		   const struct span_list *spans, struct view **out, struct error *err)
{
	const struct span *last = &spans->items[spans->count - 1];
	struct view like = { .length = span_end(last),
			     .first_edge = block->first_edge,
			     .last_edge = block->last_edge };
	uint32_t file;

	*out = NULL;
	if (passes(search, spans, &file))
		return passing_note(search, file, shared, spans, &like, err);
	return view_new(out, spans, &like, shared, NULL, NULL, err);
}

static int check_block(const struct search *search, const struct block *block, struct error *err)
{
	if (!block->extent_count || !block->placement_count)
		return error_set(err, ERROR_USAGE, 0, "a block without bytes or without a place");
	if (block->purpose >= search->plan->purpose_count)
		return error_set(err, ERROR_USAGE, 0, "a block for purpose %u of %zu",
				 block->purpose, search->plan->purpose_count);
	return 0;
}

/* *@out, which the caller holds: what is to be queued; NULL: nothing now. */
static int begin_block(struct search *search, const struct block *block, struct view **out,
		       struct error *err)
{
	struct search_target **targets = NULL;
	struct search_block *shared = NULL;
	struct span_list spans = { NULL, 0, 0 };
	int ret = search_failure(search, err);

	*out = NULL;
	if (!ret)
		ret = check_block(search, block, err);
	if (!ret)
		ret = span_list_add_extents(&spans, block, err);
	if (ret)
		goto out;
	targets = calloc(block->placement_count, sizeof(targets[0]));
	if (!targets) {
		ret = error_no_memory(err, "a block");
		goto out;
	}
	ret = find_targets(search, block, targets, err);
	if (!ret)
		ret = search_block_new(&shared, block, targets, err);
	if (!ret)
		ret = view_of(search, shared, block, &spans, out, err);
	if (shared)
		search_block_release(shared, NO_WORKER);
out:
	free(targets);
	free(spans.items);
	return ret;
}

int search_add(struct search *search, const struct block *block, struct error *err)
{
	struct view *view;
	int ret = begin_block(search, block, &view, err);

	if (ret)
		return ret;
	if (view)
		search_queue(search, view, 0, view->length + 1);
	view_release(view, NO_WORKER);
	return search_failure(search, err);
}

/* Addresses below the second cell and near the end of all addresses need care that they are not worth. */
static bool may_be_sibling(const struct search *search, const struct block *block)
{
	uint64_t length = 0;

	if (block->purpose >= search->plan->purpose_count || !search->shares[block->purpose] ||
	    !block->placement_count || block->placement_count > MOST_FAMILY_PLACEMENTS ||
	    block->placements[0].address < 2 * SHARERS_CELL_BYTES ||
	    block->placements[0].address > INT64_MAX)
		return false;
	for (size_t i = 0; i < block->extent_count; i++) {
		if (block->extents[i].length > INT64_MAX - length)
			return false;
		length += block->extents[i].length;
	}
	return length <= INT64_MAX - block->placements[0].address;
}

static int add_sibling(struct search *search, struct family *family, const struct block *block,
		       struct error *err)
{
	struct view *view;
	int ret;

	if (!may_be_sibling(search, block) || block->purpose != family->purpose)
		return search_add(search, block, err);
	ret = begin_block(search, block, &view, err);
	if (ret || !view)
		return ret;
	family_add(family, view, block->placements[0].address);
	view_release(view, NO_WORKER);
	return 0;
}

static void queue_members(struct search *search, struct family *family)
{
	if (family->count > 1)
		queue_family(search, family);
	else if (family->count)
		search_queue(search, family->members[0].view, 0,
			     family->members[0].view->length + 1);
}

int search_add_siblings(struct search *search, const struct block *const *blocks, size_t count,
			struct error *err)
{
	bool always = search->plan->sharing == SHARING_ALWAYS;
	int ret = search_failure(search, err);

	for (size_t i = 0; !ret && i < count;) {
		size_t end = count - i < SAME_MOST_MEMBERS ? count : i + SAME_MOST_MEMBERS;
		struct family *family = NULL;

		ret = family_new(&family, blocks[i]->purpose, always, err);
		for (; !ret && i < end; i++)
			ret = add_sibling(search, family, blocks[i], err);
		if (!ret)
			queue_members(search, family);
		family_release(family, NO_WORKER);
	}
	return ret ? ret : search_failure(search, err);
}

int search_pass(struct search *search, uint32_t file, uint64_t offset, struct lease *lease,
		struct error *err)
{
	int ret = search_failure(search, err);

	if (!ret && lease->length)
		ret = passing_bytes(search, file, offset, lease, err);
	lease_release(lease);
	return ret ? ret : search_failure(search, err);
}

int search_pass_end(struct search *search, uint32_t file, struct error *err)
{
	int ret = search_failure(search, err);

	return ret ? ret : passing_end(search, file, err);
}

int search_seal(struct search *search, uint32_t target, struct error *err)
{
	struct search_target *sealed = NULL;
	int ret = search_failure(search, err);

	if (!ret)
		ret = target_of(search, target, &sealed, err);
	if (ret)
		return ret;
	sealed->sealed = true;
	if (sealed->has_blocks) {
		search_target_release(sealed, NO_WORKER);
		return 0;
	}
	search_target_end(sealed);
	return search_failure(search, err);
}

/* Where nobody said that a passing file has ended, it has now. */
static void end_passing(struct search *search)
{
	for (size_t file = 0; file < search->passing_capacity; file++) {
		struct error err;

		if (!search_stopped(search) && passing_end(search, (uint32_t)file, &err))
			search_fail(search, &err);
		passing_free(search->passing[file]);
	}
}

int search_finish(struct search *search, struct error *err)
{
	int ret;

	if (!search)
		return 0;
	end_passing(search);
	pthread_mutex_lock(&search->lock);
	while (search->busy)
		pthread_cond_wait(&search->changed, &search->lock);
	pthread_mutex_unlock(&search->lock);
	lost_list_merge(&search->lost);
	lost_list_warn(&search->lost, search->plan->files, search->plan->warnings);
	for (size_t i = 0; i < workers_count(search->workers); i++)
		hand_free(search, search->hands[i]);
	for (size_t i = 0; i < search->target_capacity; i++)
		search_target_free(search->targets[i]);
	/* Told to stop after all was done is no failure any more, so only what was noted counts. */
	ret = noted_failure(search, err);
	free_search(search);
	return ret;
}
