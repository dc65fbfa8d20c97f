#include "engine/search/hand.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/chain.h"
#include "engine/search/family_search.h"
#include "engine/search/measure.h"
#include "engine/search/search_block.h"
#include "engine/search/search_target.h"

static int hand_of(struct search *search, size_t worker, struct hand **out, struct error *err)
{
	size_t purposes = search->plan->purpose_count;
	struct hand *hand = search->hands[worker];

	if (!hand)
		hand = calloc(1, sizeof(*hand) + purposes * sizeof(hand->scanners[0]));
	if (!hand)
		return error_no_memory(err, "a worker's buffers");
	search->hands[worker] = hand;
	if (!hand->databases)
		hand->databases = calloc(purposes, sizeof(hand->databases[0]));
	if (!hand->databases)
		return error_no_memory(err, "a worker's buffers");
	hand->maker.files = search->plan->files;
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
	part_buffer_release(&hand->parts);
	family_hand_free(hand->family);
	free(hand->stores);
	free(hand->databases);
	free(hand);
}

/* This worker's stores of the targets that see @block. */
static int find_stores(struct hand *hand, const struct search_block *block, size_t worker,
		       struct error *err)
{
	struct match_store **stores = array_grow(hand->stores, &hand->store_capacity,
						 block->placement_count, sizeof(*stores));
	int ret = 0;

	if (!stores)
		return error_no_memory(err, "a worker's buffers");
	hand->stores = stores;
	for (size_t i = 0; !ret && i < block->placement_count; i++)
		ret = search_target_store(block->targets[i], worker, &stores[i], err);
	part_buffer_clear(&hand->parts);
	hand->parts.store = block->chains;
	hand->parts.database = hand->databases[block->purpose];
	hand->targets = (struct piece_targets){ .placements = block->placements,
						.stores = stores,
						.count = block->placement_count,
						.parts = block->chains ? &hand->parts : NULL };
	return ret;
}

static int find_database(const struct search *search, size_t worker, size_t purpose,
			 const struct database **out, struct error *err)
{
	const struct database *original = search->plan->purposes[purpose].database;

	if (workers_node_count(search->workers) > 1)
		return database_on_node(original, workers_node_of(search->workers, worker), out,
					err);
	*out = original;
	return 0;
}

static int make_scanner(const struct search *search, struct hand *hand, size_t worker,
			size_t purpose, struct error *err)
{
	struct scanner **scanner = &hand->scanners[purpose];
	int ret;

	if (*scanner)
		return 0;
	ret = find_database(search, worker, purpose, &hand->databases[purpose], err);
	if (ret == 0)
		ret = scanner_new(scanner, hand->databases[purpose], err);
	if (ret == 0)
		scanner_set_stop(*scanner, search->plan->stop);
	return ret;
}

static int scan_one(const struct search *search, struct scanner *scanner, const struct piece *piece,
		    const struct piece_targets *targets, struct error *err)
{
	if (search->plan->measure)
		return measure_piece(search->plan->measure, scanner, piece, targets, err);
	return scanner_scan(scanner, piece, targets, err);
}

static int scan_pieces(struct search *search, struct hand *hand, const struct search_block *block,
		       struct error *err)
{
	struct scanner *scanner = hand->scanners[block->purpose];

	while (!search_stopped(search)) {
		struct piece piece;
		bool more;
		int ret = piece_maker_next(&hand->maker, &piece, &more, err);

		if (ret || !more)
			return ret;
		ret = scan_one(search, scanner, &piece, &hand->targets, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* What chains must not be joined across. */
static int report_holes(struct piece_maker *maker, const struct search_block *block,
			struct error *err)
{
	int ret = 0;

	for (size_t i = 0; block->chains && ret == 0 && i < maker->hole_count; i++)
		ret = chain_store_add_hole(block->chains, maker->holes[i], err);
	maker->hole_count = 0;
	return ret;
}

int hand_report(struct search *search, struct hand *hand, size_t worker,
		const struct search_block *block, struct error *err)
{
	struct piece_maker *maker = &hand->maker;
	int ret = 0;

	if (maker->lost_bytes)
		search_block_lose(block, maker->lost_bytes);
	if (maker->lost.count)
		ret = search_add_lost(search, &maker->lost, err);
	if (ret == 0)
		ret = report_holes(maker, block, err);
	workers_count_bytes(search->workers, worker, maker->searched);
	/* Relaxed: a figure for people who watch. */
	if (search->plan->bytes_done)
		atomic_fetch_add_explicit(search->plan->bytes_done, maker->searched,
					  memory_order_relaxed);
	maker->lost.count = 0;
	maker->lost_bytes = maker->searched = 0;
	return ret;
}

int hand_search_view(struct search *search, struct hand *hand, size_t worker, struct view *view,
		     uint64_t start, uint64_t end, struct error *err)
{
	const struct search_block *block = view->block;
	int ret = find_stores(hand, block, worker, err);

	if (ret)
		return ret;
	piece_maker_begin(&hand->maker, view, &search->margins[block->purpose], start, end);
	ret = scan_pieces(search, hand, block, err);
	return ret ? ret : hand_report(search, hand, worker, block, err);
}

int hand_search(struct search *search, size_t worker, const struct shard *shard, struct error *err)
{
	uint32_t purpose = shard->family ? shard->family->purpose : shard->view->block->purpose;
	struct hand *hand = NULL;
	int ret = hand_of(search, worker, &hand, err);

	if (!ret)
		ret = make_scanner(search, hand, worker, purpose, err);
	if (ret)
		return ret;
	if (shard->family)
		return family_search(search, hand, worker, shard, err);
	return hand_search_view(search, hand, worker, shard->view, shard->start, shard->end, err);
}
