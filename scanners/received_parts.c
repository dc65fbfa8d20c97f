#include "scanners/received_parts.h"

#include <stdlib.h>

/* The part that grows; its extents and placements are filled as it goes. */
struct making {
	const struct received_parts *parts;
	const struct block *block;
	struct extent *extents;
	struct placement *placements;
	size_t extent_count;
	uint64_t start, bytes; /* of the part: where in the block, and how many of files */
	enum edge first_edge;
};

static uint64_t came_of(const struct making *making, const struct extent *extent)
{
	const struct received_parts *parts = making->parts;
	uint64_t end;

	if (extent->kind == EXTENT_ZERO)
		return extent->length;
	end = parts->received(parts->context, extent->file);
	if (end <= extent->offset)
		return 0;
	return end - extent->offset < extent->length ? end - extent->offset : extent->length;
}

static int end_part(struct making *making, enum edge last_edge, struct error *err)
{
	const struct block *block = making->block;
	struct block part = *block;

	if (!making->bytes)
		return 0;
	for (size_t i = 0; i < block->placement_count; i++) {
		making->placements[i] = block->placements[i];
		making->placements[i].address += making->start;
	}
	part.extents = making->extents;
	part.extent_count = making->extent_count;
	part.placements = making->placements;
	part.first_edge = making->first_edge;
	part.last_edge = last_edge;
	return making->parts->each(making->parts->context, &part, making->bytes, err);
}

static void begin_part(struct making *making, uint64_t start)
{
	making->extent_count = 0;
	making->bytes = 0;
	making->start = start;
	making->first_edge = EDGE_UNSEEN;
}

static void take_extent(struct making *making, const struct extent *extent, uint64_t length)
{
	if (!length)
		return;
	making->extents[making->extent_count] = *extent;
	making->extents[making->extent_count++].length = length;
	if (extent->kind == EXTENT_RAW)
		making->bytes += length;
}

static int make_parts(struct making *making, uint64_t *missing, struct error *err)
{
	const struct block *block = making->block;
	uint64_t position = 0;

	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];
		uint64_t came = came_of(making, extent);
		int ret = 0;

		take_extent(making, extent, came);
		position += extent->length;
		if (came == extent->length)
			continue;
		*missing += extent->length - came;
		ret = end_part(making, EDGE_UNSEEN, err);
		if (ret)
			return ret;
		begin_part(making, position);
	}
	return end_part(making, block->last_edge, err);
}

int received_parts_each(const struct received_parts *parts, const struct block *block,
			uint64_t *missing, struct error *err)
{
	struct making making = {
		.parts = parts,
		.block = block,
		.extents = calloc(block->extent_count + 1, sizeof(*making.extents)),
		.placements = calloc(block->placement_count + 1, sizeof(*making.placements)),
		.first_edge = block->first_edge,
	};
	int ret;

	*missing = 0;
	if (making.extents && making.placements)
		ret = make_parts(&making, missing, err);
	else
		ret = error_no_memory(err, "a block");
	free(making.extents);
	free(making.placements);
	return ret;
}
