#include "scanners/content_target.h"

#include <stdlib.h>
#include <string.h>

#include "rules/compiled_rules.h"

/* Whether a block ends where piece @index, which is not the first, begins. */
static bool is_cut(const struct content *content, size_t index)
{
	const struct piece *pieces = content->pieces;

	return pieces[index].apart || pieces[index].kind == PIECE_LOST ||
	       pieces[index - 1].kind == PIECE_LOST;
}

/* The piece behind the last of the block that piece @index is in. */
static size_t block_end(const struct content *content, size_t index)
{
	do
		index++;
	while (index < content->piece_count && !is_cut(content, index));
	return index;
}

static size_t block_start(const struct content *content, size_t index)
{
	while (index > 0 && !is_cut(content, index))
		index--;
	return index;
}

/* Of the end of a block at the border before piece @index; @lost: the piece on the other side is. */
static enum edge edge_at(const struct content *content, size_t index, bool lost)
{
	return lost && !content->pieces[index].apart ? EDGE_UNSEEN : EDGE_REAL;
}

static enum edge first_edge(const struct content *content, size_t first)
{
	return first ? edge_at(content, first, content->pieces[first - 1].kind == PIECE_LOST)
		     : EDGE_REAL;
}

static enum edge last_edge(const struct content *content, size_t end)
{
	return end < content->piece_count
		       ? edge_at(content, end, content->pieces[end].kind == PIECE_LOST)
		       : EDGE_REAL;
}

/* Blocks. */

static struct extent extent_of(const struct piece *piece)
{
	if (piece->kind == PIECE_ZERO)
		return (struct extent){ .length = piece->length, .kind = EXTENT_ZERO };
	return (struct extent){ .length = piece->length,
				.offset = piece->offset,
				.file = piece->file,
				.kind = EXTENT_RAW };
}

/* Equal bytes must give equal extents, so what follows each other is one. */
static bool follows(const struct extent *before, const struct extent *extent)
{
	if (before->kind != extent->kind)
		return false;
	return extent->kind == EXTENT_ZERO ||
	       (before->file == extent->file && before->offset + before->length == extent->offset);
}

static size_t fill_extents(struct extent *extents, const struct content *content, size_t first,
			   size_t end)
{
	size_t count = 0;

	for (size_t i = first; i < end; i++) {
		struct extent extent = extent_of(&content->pieces[i]);

		if (count && follows(&extents[count - 1], &extent))
			extents[count - 1].length += extent.length;
		else
			extents[count++] = extent;
	}
	return count;
}

/* @extents has room for all pieces of the block. */
static int add_block(const struct content *content, size_t first, size_t end, uint32_t number,
		     struct extent *extents, struct block_list *list, struct block_budget *budget,
		     struct error *err)
{
	const struct placement placement = { .address = content->pieces[first].start,
					     .target = number };
	const struct block block = {
		.extents = extents,
		.placements = &placement,
		.extent_count = fill_extents(extents, content, first, end),
		.placement_count = 1,
		.first_edge = first_edge(content, first),
		.last_edge = last_edge(content, end),
		.purpose = PURPOSE_FILE,
	};

	if (block.extent_count == 1 && extents[0].kind == EXTENT_ZERO)
		return 0;
	return block_budget_add(budget, &block, list, err);
}

int content_target_blocks(const struct content *content, uint32_t number, struct block_list *list,
			  struct block_budget *budget, struct error *err)
{
	struct extent *extents = calloc(content->piece_count + 1, sizeof(*extents));
	int ret = 0;

	if (!extents)
		return error_no_memory(err, "the blocks of a file");
	for (size_t first = 0, end; !ret && first < content->piece_count; first = end) {
		end = block_end(content, first);
		if (content->pieces[first].kind != PIECE_LOST)
			ret = add_block(content, first, end, number, extents, list, budget, err);
	}
	free(extents);
	return ret;
}

/* What conditions read. */

static size_t smaller(uint64_t left, size_t right)
{
	return left < right ? (size_t)left : right;
}

/* Copies what lies together with @offset in its block; fewer bytes where a file ends early, which ends it. */
static int gather(const struct content *content, size_t index, uint64_t offset,
		  const struct file_table *files, uint8_t *buffer, size_t wanted, size_t *got,
		  struct error *err)
{
	size_t end = block_end(content, index);

	for (*got = 0; index < end && *got < wanted; index++) {
		const struct piece *piece = &content->pieces[index];
		uint64_t skipped = offset + *got - piece->start;
		size_t length = smaller(piece->length - skipped, wanted - *got), copied = length;
		int ret = 0;

		if (piece->kind == PIECE_ZERO)
			memset(buffer + *got, 0, length);
		else
			ret = file_table_read(files, piece->file, piece->offset + skipped,
					      buffer + *got, length, &copied, err);
		if (ret)
			return ret;
		*got += copied;
		if (copied < length)
			break;
	}
	return 0;
}

/* Lends bytes of one stored piece where they lie; none, and no error, where they lie in several places. */
static int lend_stored(const struct piece *piece, uint64_t offset, const struct file_table *files,
		       size_t wanted, struct bytes *out, struct error *err)
{
	uint64_t skipped = offset - piece->start;
	struct error problem = { 0 };
	int ret = file_table_lend(files, piece->file, piece->offset + skipped,
				  smaller(piece->length - skipped, wanted), out, &problem);

	if (ret)
		*out = (struct bytes){ NULL, 0 };
	if (ret == ERROR_NOT_KEPT)
		return 0;
	if (ret && err)
		*err = problem;
	return ret;
}

int content_target_lend(const struct content *content, const struct file_table *files,
			uint64_t offset, size_t wanted, uint8_t *buffer, size_t buffer_bytes,
			struct bytes *out, struct error *err)
{
	const struct piece *piece = content_piece(content, offset);
	size_t most = wanted < buffer_bytes ? wanted : buffer_bytes, got = 0;
	int ret = 0;

	*out = (struct bytes){ NULL, 0 };
	if (!piece || !wanted || piece->kind == PIECE_LOST)
		return 0;
	if (piece->kind == PIECE_STORED)
		ret = lend_stored(piece, offset, files, wanted, out, err);
	/* The buffer may be smaller than what lies together already. */
	if (ret || out->length >= most)
		return ret;
	ret = gather(content, (size_t)(piece - content->pieces), offset, files, buffer, most, &got,
		     err);
	*out = (struct bytes){ buffer, ret ? 0 : got };
	return ret;
}

bool content_target_next_block(const struct content *content, uint64_t offset,
			       struct address_range *out)
{
	const struct piece *piece = content_piece(content, offset);
	size_t index = piece ? (size_t)(piece - content->pieces) : content->piece_count;

	while (index < content->piece_count && content->pieces[index].kind == PIECE_LOST)
		index++;
	if (index >= content->piece_count)
		return false;

	const struct piece *last = &content->pieces[block_end(content, index) - 1];

	*out = (struct address_range){ content->pieces[block_start(content, index)].start,
				       last->start + last->length };
	return true;
}
