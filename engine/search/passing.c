#include "engine/search/passing.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/search/search_block.h"

struct passing_block {
	struct view *whole; /* the block's extents, as if the file could be read; holds the block */
	struct view *tail; /* NULL: nothing is kept */
	size_t next_span; /* of @whole, the first that is not wholly seen */
	uint64_t seen; /* position up to which bytes have come */
	uint64_t queued; /* first start that is not queued */
	uint64_t first_offset;
	struct passing_block *next; /* while its bytes are coming */
};

struct passing_file {
	uint64_t position; /* offset of the next byte to come */
	struct passing_block *
		*waiting; /* not begun: [begun, waiting_count), by offset once sorted */
	size_t waiting_count, waiting_capacity, begun;
	bool sorted;
	struct passing_block *active;
	struct span_list spans; /* a view's while it is made */
};

static void block_free(struct passing_block *block)
{
	view_release(block->tail, NO_WORKER);
	view_release(block->whole, NO_WORKER);
	free(block);
}

void passing_free(struct passing_file *passing)
{
	if (!passing)
		return;
	for (size_t i = passing->begun; i < passing->waiting_count; i++)
		block_free(passing->waiting[i]);
	while (passing->active) {
		struct passing_block *block = passing->active;

		passing->active = block->next;
		block_free(block);
	}
	free(passing->waiting);
	free(passing->spans.items);
	free(passing);
}

static int file_of(struct search *search, uint32_t file, struct passing_file **out,
		   struct error *err)
{
	size_t old = search->passing_capacity;
	struct passing_file **grown = array_grow(search->passing, &search->passing_capacity,
						 (size_t)file + 1, sizeof(search->passing[0]));

	if (!grown)
		return error_no_memory(err, "passing files");
	search->passing = grown;
	for (size_t i = old; i < search->passing_capacity; i++)
		search->passing[i] = NULL;
	if (!search->passing[file])
		search->passing[file] = calloc(1, sizeof(struct passing_file));
	if (!search->passing[file])
		return error_no_memory(err, "passing files");
	*out = search->passing[file];
	return 0;
}

/* The order in which the bytes come is all that makes one pass enough. */
static int check_spans(const struct passing_file *passing, uint32_t file,
		       const struct span_list *spans, uint64_t *first_offset, struct error *err)
{
	uint64_t least = passing->position;
	bool found = false;

	for (size_t i = 0; i < spans->count; i++) {
		const struct span *span = &spans->items[i];

		if (span->kind == SPAN_ZERO)
			continue;
		if (span->file != file)
			return error_set(err, ERROR_USAGE, 0,
					 "a block of a passing file and of another one");
		if (span->offset < least)
			return error_set(err, ERROR_USAGE, 0,
					 "a block whose bytes have passed, or do not ascend");
		if (!found)
			*first_offset = span->offset;
		found = true;
		least = span->offset + span->length;
	}
	return 0;
}

int passing_note(struct search *search, uint32_t file, struct search_block *block,
		 const struct span_list *spans, const struct view *like, struct error *err)
{
	struct passing_file *passing;
	struct passing_block **grown, *noted;
	uint64_t first_offset = 0;
	int ret = file_of(search, file, &passing, err);

	if (!ret)
		ret = check_spans(passing, file, spans, &first_offset, err);
	if (ret)
		return ret;
	grown = array_grow(passing->waiting, &passing->waiting_capacity, passing->waiting_count + 1,
			   sizeof(passing->waiting[0]));
	if (!grown)
		return error_no_memory(err, "the blocks of a passing file");
	passing->waiting = grown;
	noted = calloc(1, sizeof(*noted));
	if (!noted)
		return error_no_memory(err, "the blocks of a passing file");
	ret = view_new(&noted->whole, spans, like, block, NULL, NULL, err);
	if (ret) {
		free(noted);
		return ret;
	}
	noted->first_offset = first_offset;
	passing->waiting[passing->waiting_count++] = noted;
	passing->sorted = false;
	return 0;
}

static int compare_offsets(const void *left_item, const void *right_item)
{
	const struct passing_block *left = *(struct passing_block *const *)left_item;
	const struct passing_block *right = *(struct passing_block *const *)right_item;

	return (left->first_offset > right->first_offset) -
	       (left->first_offset < right->first_offset);
}

/* Moves the blocks that begin before @offset to those that are active. */
static void begin_blocks(struct passing_file *passing, uint64_t offset)
{
	if (!passing->sorted && passing->begun < passing->waiting_count)
		qsort(passing->waiting + passing->begun, passing->waiting_count - passing->begun,
		      sizeof(passing->waiting[0]), compare_offsets);
	passing->sorted = true;
	while (passing->begun < passing->waiting_count &&
	       passing->waiting[passing->begun]->first_offset < offset) {
		struct passing_block *block = passing->waiting[passing->begun++];

		block->next = passing->active;
		passing->active = block;
	}
}

static int add_tail(struct passing_file *passing, const struct passing_block *block,
		    struct error *err)
{
	int ret = 0;

	passing->spans.count = 0;
	for (size_t i = 0; block->tail && !ret && i < block->tail->span_count; i++)
		ret = span_list_add(&passing->spans, block->tail->spans[i], err);
	return ret;
}

/* Adds what of @span comes with the lease; *@whole: up to its end. */
static int add_span(struct passing_file *passing, struct passing_block *block,
		    const struct span *span, uint64_t offset, const struct lease *lease,
		    bool *whole, struct error *err)
{
	struct span part = { .start = block->seen,
			     .length = span_end(span) - block->seen,
			     .kind = span->kind };
	int ret;

	if (span->kind != SPAN_ZERO) {
		uint64_t from = span->offset + (block->seen - span->start);
		uint64_t end = offset + lease->length;

		*whole = false;
		if (from >= end)
			return 0;
		*whole = part.length <= end - from;
		part.length = earlier(part.length, end - from);
		part.kind = SPAN_MEMORY;
		part.file = span->file;
		part.offset = from;
		part.data = lease->data + (from - offset);
	}
	ret = span_list_add(&passing->spans, part, err);
	block->seen += part.length;
	return ret;
}

static int add_new(struct passing_file *passing, struct passing_block *block, uint64_t offset,
		   const struct lease *lease, struct error *err)
{
	while (block->next_span < block->whole->span_count) {
		const struct span *span = &block->whole->spans[block->next_span];
		bool whole = true;
		int ret = add_span(passing, block, span, offset, lease, &whole, err);

		if (ret || !whole)
			return ret;
		block->next_span++;
	}
	return 0;
}

/* Starts whose right margin has come; all of them, and the end's own, when the block has. */
static uint64_t ready_starts(const struct passing_block *block, const struct margins *margins)
{
	if (block->seen == block->whole->length)
		return block->seen + 1;
	return later(block->queued, block->seen - earlier(block->seen, margins->right));
}

/* What the starts that are left will need of what has come. */
static int keep_tail(struct passing_block *block, const struct view *view,
		     const struct margins *margins, struct error *err)
{
	uint64_t start = block->queued - earlier(block->queued, margins->left);
	struct view *tail;
	int ret = view_clip(&tail, view, start, block->seen, err);

	if (ret)
		return ret;
	view_release(block->tail, NO_WORKER);
	block->tail = tail;
	return 0;
}

static int pass_block(struct search *search, struct passing_file *passing,
		      struct passing_block *block, uint64_t offset, const struct lease *lease,
		      struct error *err)
{
	const struct margins *margins = &search->margins[block->whole->block->purpose];
	uint64_t seen = block->seen, ready;
	struct view *view;
	int ret = add_tail(passing, block, err);

	if (!ret)
		ret = add_new(passing, block, offset, lease, err);
	if (ret || block->seen == seen)
		return ret;
	ret = view_new(&view, &passing->spans, block->whole, block->whole->block, lease,
		       block->tail, err);
	if (ret)
		return ret;
	ready = ready_starts(block, margins);
	search_queue(search, view, block->queued, ready);
	block->queued = ready;
	if (block->seen < block->whole->length)
		ret = keep_tail(block, view, margins, err);
	view_release(view, NO_WORKER);
	return ret;
}

int passing_bytes(struct search *search, uint32_t file, uint64_t offset, const struct lease *lease,
		  struct error *err)
{
	struct passing_file *passing;
	struct passing_block **link;
	int ret = file_of(search, file, &passing, err);

	if (ret)
		return ret;
	if (offset != passing->position || lease->length > INT64_MAX - offset)
		return error_set(err, ERROR_USAGE, 0, "bytes of a passing file out of order");
	passing->position += lease->length;
	begin_blocks(passing, passing->position);
	link = &passing->active;
	while (*link) {
		struct passing_block *block = *link;

		ret = pass_block(search, passing, block, offset, lease, err);
		if (ret)
			return ret;
		if (block->seen < block->whole->length) {
			link = &block->next;
			continue;
		}
		*link = block->next;
		block_free(block);
	}
	return 0;
}

/* Queues the starts that are left, in a block that ends unseen where its bytes ended. */
static int search_rest(struct search *search, struct passing_file *passing,
		       struct passing_block *block, struct error *err)
{
	struct view like = { .length = block->seen,
			     .first_edge = block->whole->first_edge,
			     .last_edge = EDGE_UNSEEN };
	struct view *view;
	int ret;

	if (!block->tail)
		return 0;
	ret = add_tail(passing, block, err);
	if (!ret)
		ret = view_new(&view, &passing->spans, &like, block->whole->block, NULL,
			       block->tail, err);
	if (ret)
		return ret;
	search_queue(search, view, block->queued, block->seen + 1);
	view_release(view, NO_WORKER);
	return 0;
}

static void lose_rest(const struct passing_block *block)
{
	uint64_t bytes = 0;

	for (size_t i = block->next_span; i < block->whole->span_count; i++) {
		const struct span *span = &block->whole->spans[i];

		if (span->kind != SPAN_ZERO)
			bytes += span_end(span) - later(span->start, block->seen);
	}
	search_block_lose(block->whole->block, bytes);
}

int passing_end(struct search *search, uint32_t file, struct error *err)
{
	struct passing_file *passing =
		file < search->passing_capacity ? search->passing[file] : NULL;
	int ret = 0;

	if (!passing)
		return 0;
	begin_blocks(passing, UINT64_MAX);
	for (struct passing_block *block = passing->active; block && !ret; block = block->next) {
		ret = search_rest(search, passing, block, err);
		lose_rest(block);
	}
	search->passing[file] = NULL;
	passing_free(passing);
	return ret;
}
