#include "rules/modules/range.h"

/* Small enough that looking at the clock between two parts is often, large enough that it costs nothing. */
#define PART_BYTES (256u * 1024)

/* A range on its way: what is taken next, and the end that was asked for (below 2^64, as numbers are signed). */
struct walk {
	struct module_context *context;
	range_take *take;
	void *to;
	uint64_t at, end;
};

/* Up to where the range reaches in @block, whose end is 0 where it touches 2^64. */
static uint64_t end_in(const struct walk *walk, const struct address_range *block)
{
	return block->end && block->end < walk->end ? block->end : walk->end;
}

/* *@length: how many bytes were taken; 0 where they cannot be had. */
static int take_part(struct walk *walk, uint64_t rest, bool new_block, size_t *length,
		     struct error *err)
{
	struct target_view *view = walk->context->view;
	size_t wanted = rest < PART_BYTES ? (size_t)rest : PART_BYTES;
	struct bytes part = { 0 };
	int ret = walk->context->look(walk->context, err);

	if (ret == 0)
		ret = view->lend(view, walk->at, wanted, &part, err);
	*length = part.length;
	if (ret == 0 && part.length)
		ret = walk->take(walk->to, part, new_block, err);
	return ret;
}

static int take_block(struct walk *walk, const struct address_range *block, bool *defined,
		      struct error *err)
{
	uint64_t end = end_in(walk, block);
	bool new_block = true;

	while (walk->at < end) {
		size_t length;
		int ret = take_part(walk, end - walk->at, new_block, &length, err);

		if (ret < 0)
			return ret;
		if (!length) {
			*defined = false;
			return 0;
		}
		new_block = false;
		walk->at += length;
	}
	return 0;
}

/* From block to block while they follow each other, the first of them in @block. */
static int take_blocks(struct walk *walk, struct address_range block, bool *defined,
		       struct error *err)
{
	struct target_view *view = walk->context->view;

	for (;;) {
		int ret;

		if (block.start > walk->at) {
			*defined = false;
			return 0;
		}
		ret = take_block(walk, &block, defined, err);
		if (ret < 0 || !*defined || walk->at >= walk->end ||
		    !view->next_block(view, walk->at, &block))
			return ret;
	}
}

int range_walk(struct module_context *context, int64_t offset, int64_t length, range_take *take,
	       void *to, bool *defined, struct error *err)
{
	struct address_range block = { 0 };

	*defined = offset >= 0 && length >= 0 &&
		   context->view->next_block(context->view, (uint64_t)offset, &block);
	if (!*defined)
		return 0;

	struct walk walk = { context, take, to, (uint64_t)offset,
			     (uint64_t)offset + (uint64_t)length };

	return take_blocks(&walk, block, defined, err);
}

int range_walk_all(struct module_context *context, range_take *take, void *to, bool *defined,
		   struct error *err)
{
	struct walk walk = { context, take, to, 0, UINT64_MAX };
	struct address_range block = { 0 };

	*defined = true;
	if (!context->view->next_block(context->view, 0, &block))
		return 0;
	return take_blocks(&walk, block, defined, err);
}
