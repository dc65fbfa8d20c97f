#include "engine/search/hand.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/scan.h"
#include "engine/search/piece_maker.h"
#include "engine/search/search_block.h"
#include "engine/search/search_target.h"

struct hand {
	struct piece_maker maker;
	struct placement *placements; /* of the shard's block whose targets still take matches */
	struct match_store **stores; /* theirs */
	size_t placement_capacity, store_capacity;
	struct piece_targets targets;
	struct scanner *scanners[]; /* per purpose; NULL until it is used */
};

static int hand_of(struct search *search, size_t worker, struct hand **out, struct error *err)
{
	size_t purposes = search->plan->purpose_count;
	struct hand *hand = search->hands[worker];

	if (!hand)
		hand = calloc(1, sizeof(*hand) + purposes * sizeof(hand->scanners[0]));
	if (!hand)
		return error_no_memory(err, "a worker's buffers");
	hand->maker.files = search->plan->files;
	search->hands[worker] = hand;
	*out = hand;
	return 0;
}

void hand_free(struct search *search, struct hand *hand)
{
	if (!hand)
		return;
	for (size_t i = 0; i < search->plan->purpose_count; i++)
		scanner_free(hand->scanners[i]);
	piece_maker_release(&hand->maker);
	free(hand->placements);
	free(hand->stores);
	free(hand);
}

static int reserve(struct hand *hand, size_t count, struct error *err)
{
	struct placement *placements =
		array_grow(hand->placements, &hand->placement_capacity, count, sizeof(*placements));
	struct match_store **stores;

	if (placements)
		hand->placements = placements;
	stores = array_grow(hand->stores, &hand->store_capacity, count, sizeof(hand->stores[0]));
	if (stores)
		hand->stores = stores;
	return placements && stores ? 0 : error_no_memory(err, "a worker's buffers");
}

/* The placements whose targets still take matches, with this worker's stores. */
static int find_stores(struct hand *hand, const struct search_block *block, size_t worker,
		       struct error *err)
{
	int ret = reserve(hand, block->placement_count, err);
	size_t count = 0;

	for (size_t i = 0; !ret && i < block->placement_count; i++) {
		if (search_target_limited(block->targets[i]))
			continue;
		hand->placements[count] = block->placements[i];
		ret = search_target_store(block->targets[i], worker, &hand->stores[count], err);
		if (!ret)
			count++;
		if (ret == ERROR_LIMIT) {
			search_target_limit(block->targets[i], err);
			ret = 0;
		}
	}
	hand->targets = (struct piece_targets){ hand->placements, hand->stores, count };
	return ret;
}

/*
 * The scanner does not tell which of several stores was full; but they all live off one budget,
 * so the others are about to be.
 */
static int limit_targets(struct hand *hand, const struct search_block *block, size_t worker,
			 const struct error *why, struct error *err)
{
	for (size_t i = 0; i < block->placement_count; i++)
		search_target_limit(block->targets[i], why);
	return find_stores(hand, block, worker, err);
}

static int scan_pieces(struct search *search, struct hand *hand, size_t worker,
		       const struct search_block *block, struct error *err)
{
	struct scanner *scanner = hand->scanners[block->purpose];

	while (!search_stopped(search)) {
		struct piece piece;
		bool more;
		int ret = piece_maker_next(&hand->maker, &piece, &more, err);

		if (ret || !more)
			return ret;
		if (!hand->targets.count)
			continue;
		ret = scanner_scan(scanner, &piece, &hand->targets, err);
		if (ret == ERROR_LIMIT)
			ret = limit_targets(hand, block, worker, err, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int report_lost(struct search *search, struct piece_maker *maker,
		       const struct search_block *block, struct error *err)
{
	int ret = 0;

	if (maker->lost_bytes)
		search_block_lose(block, maker->lost_bytes);
	if (maker->lost.count)
		ret = search_add_lost(search, &maker->lost, err);
	/* Relaxed: a figure for people who watch. */
	if (search->plan->bytes_done)
		atomic_fetch_add_explicit(search->plan->bytes_done, maker->searched,
					  memory_order_relaxed);
	maker->lost.count = 0;
	maker->lost_bytes = maker->searched = 0;
	return ret;
}

int hand_search(struct search *search, size_t worker, const struct shard *shard, struct error *err)
{
	const struct search_block *block = shard->view->block;
	struct hand *hand = NULL;
	int ret = hand_of(search, worker, &hand, err);

	if (!ret && !hand->scanners[block->purpose])
		ret = scanner_new(&hand->scanners[block->purpose],
				  search->plan->purposes[block->purpose].database, err);
	if (!ret)
		ret = find_stores(hand, block, worker, err);
	if (ret)
		return ret;
	piece_maker_begin(&hand->maker, shard->view, &search->margins[block->purpose], shard->start,
			  shard->end);
	ret = scan_pieces(search, hand, worker, block, err);
	return ret ? ret : report_lost(search, &hand->maker, block, err);
}
