#include "scanners/address_space.h"

#include "scanners/content.h"

static uint64_t run_last(const struct page_run *run)
{
	return run->address + run->length - 1;
}

static uint64_t minimum(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

/* Index of the first run that does not end below @address. */
static size_t find_run(const struct page_run *runs, size_t count, uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (run_last(&runs[middle]) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t find_vma(const struct process *process, uint64_t address)
{
	size_t low = 0, high = process->vma_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->vmas[middle].end - 1 < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t find_guard(const struct process *process, uint64_t address)
{
	size_t low = 0, high = process->guard_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->guards[middle].end - 1 < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct span_cursor span_cursor_at(const struct process *process, uint64_t address)
{
	return (struct span_cursor){
		.process = process,
		.at = address,
		.vma = find_vma(process, address),
		.guard = find_guard(process, address),
		.run = find_run(process->runs, process->run_count, address),
	};
}

static void step_over(struct span_cursor *cursor)
{
	const struct process *process = cursor->process;

	while (cursor->vma < process->vma_count && process->vmas[cursor->vma].end - 1 < cursor->at)
		cursor->vma++;
	while (cursor->guard < process->guard_count &&
	       process->guards[cursor->guard].end - 1 < cursor->at)
		cursor->guard++;
	while (cursor->run < process->run_count &&
	       run_last(&process->runs[cursor->run]) < cursor->at)
		cursor->run++;
}

static struct region gap_at(const struct span_cursor *cursor)
{
	const struct process *process = cursor->process;
	struct region gap = { .kind = REGION_GAP, .last = UINT64_MAX };

	if (cursor->vma > 0)
		gap.first = process->vmas[cursor->vma - 1].end;
	if (cursor->vma < process->vma_count)
		gap.last = process->vmas[cursor->vma].start - 1;
	return gap;
}

static struct region guard_at(const struct address_range *guard, const struct vma *vma)
{
	return (struct region){
		.first = guard->start > vma->start ? guard->start : vma->start,
		.last = minimum(guard->end - 1, vma->end - 1),
		.vma = vma,
		.kind = REGION_GUARD,
	};
}

static struct region region_at(const struct span_cursor *cursor)
{
	const struct process *process = cursor->process;
	const struct vma *vma =
		cursor->vma < process->vma_count ? &process->vmas[cursor->vma] : NULL;
	const struct address_range *guard;
	struct region region;

	if (!vma || vma->start > cursor->at)
		return gap_at(cursor);
	region = (struct region){
		.first = vma->start, .last = vma->end - 1, .vma = vma, .kind = REGION_VMA
	};
	if (cursor->guard > 0 && process->guards[cursor->guard - 1].end > vma->start)
		region.first = process->guards[cursor->guard - 1].end;
	if (cursor->guard == process->guard_count)
		return region;
	guard = &process->guards[cursor->guard];
	if (guard->start <= cursor->at)
		return guard_at(guard, vma);
	region.last = minimum(region.last, guard->start - 1);
	return region;
}

static void show_run(struct span *span, const struct page_run *run, uint64_t into)
{
	span->kind = run->lost ? SPAN_LOST : SPAN_DUMPED;
	span->image = run->image;
	span->offset = run->offset + into;
}

/* What the object has where the process's own pages leave a hole up to span->last. */
static void show_object(struct span_cursor *cursor, struct span *span, const struct vma *vma)
{
	const struct shared_object *object = vma->object;
	uint64_t position;

	span->kind = SPAN_ZERO;
	span->of_object = true;
	if (__builtin_add_overflow(vma->offset, span->first - vma->start, &position))
		return;
	if (cursor->object_vma != vma) {
		cursor->object_vma = vma;
		cursor->object_run = find_run(object->runs, object->run_count, position);
	}
	while (cursor->object_run < object->run_count &&
	       run_last(&object->runs[cursor->object_run]) < position)
		cursor->object_run++;
	if (cursor->object_run == object->run_count)
		return;

	const struct page_run *run = &object->runs[cursor->object_run];
	uint64_t rest = span->last - span->first;

	if (run->address > position) {
		span->last = span->first + minimum(rest, run->address - position - 1);
		return;
	}
	span->last = span->first + minimum(rest, run_last(run) - position);
	show_run(span, run, position - run->address);
}

static void show_piece(struct span *span, const struct piece *piece, uint64_t into)
{
	static const enum span_kind kinds[] = {
		[PIECE_STORED] = SPAN_FILE,
		[PIECE_ZERO] = SPAN_ZERO,
		[PIECE_LOST] = SPAN_NOT_DUMPED,
	};

	span->last = span->first + minimum(span->last - span->first, piece->length - into - 1);
	span->kind = kinds[piece->kind];
	span->of_file = piece->kind != PIECE_LOST;
	span->file = piece->file;
	span->offset = piece->offset + into;
}

/* The last page of a file is filled up with zeros; reading the pages behind it faults. */
static void show_past_end(struct span *span, uint64_t length, uint64_t past, uint64_t page_bytes)
{
	uint64_t in_page = page_bytes ? length % page_bytes : 0;
	uint64_t zeros = in_page ? page_bytes - in_page : 0;

	span->kind = SPAN_NOTHING;
	if (past >= zeros)
		return;
	span->last = span->first + minimum(span->last - span->first, zeros - past - 1);
	span->kind = SPAN_ZERO;
	span->of_file = true;
}

/* What the mapped file has where the process's own pages leave a hole up to span->last. */
static void show_file(const struct process *process, struct span *span,
		      const struct content *content)
{
	const struct vma *vma = span->region.vma;
	const struct piece *piece;
	uint64_t position;

	span->kind = SPAN_NOTHING;
	if (__builtin_add_overflow(vma->offset, span->first - vma->start, &position))
		return;
	piece = content_piece(content, position);
	if (piece)
		show_piece(span, piece, position - piece->start);
	else if (position >= content->length)
		show_past_end(span, content->length, position - content->length,
			      process->page_bytes);
}

static const struct content *content_of(const struct span_cursor *cursor)
{
	return cursor->process->contents ? cursor->process->contents[cursor->vma] : NULL;
}

/* Where the process has no page of its own. */
static void show_hole(struct span_cursor *cursor, struct span *span)
{
	const struct vma *vma = span->region.vma;

	span->kind = SPAN_NOTHING;
	if (span->region.kind != REGION_VMA)
		return;
	switch (vma->backing) {
	case BACKING_ZERO:
		span->kind = SPAN_ZERO;
		break;
	case BACKING_FILE:
		if (content_of(cursor))
			show_file(cursor->process, span, content_of(cursor));
		else
			span->kind = SPAN_NOT_DUMPED;
		break;
	case BACKING_NOTHING:
		span->kind = SPAN_UNSEEN;
		break;
	case BACKING_OBJECT:
		if (vma->object && !vma->left_out)
			show_object(cursor, span, vma);
		else
			span->kind = SPAN_UNSEEN;
		break;
	}
}

bool span_cursor_next(struct span_cursor *cursor, struct span *out)
{
	const struct process *process = cursor->process;
	const struct page_run *run;

	if (cursor->done)
		return false;
	step_over(cursor);
	*out = (struct span){ .first = cursor->at, .region = region_at(cursor) };
	out->last = out->region.last;
	run = cursor->run < process->run_count ? &process->runs[cursor->run] : NULL;
	if (run && run->address <= cursor->at) {
		out->last = minimum(out->last, run_last(run));
		show_run(out, run, cursor->at - run->address);
	} else {
		if (run)
			out->last = minimum(out->last, run->address - 1);
		show_hole(cursor, out);
	}
	cursor->done = out->last == UINT64_MAX;
	cursor->at = out->last + 1;
	return true;
}
