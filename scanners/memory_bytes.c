#include "scanners/memory_bytes.h"

#include "scanners/address_space.h"

/* Page maps may describe any number of bytes that are not there. */
static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

/* How many bytes from @first to @last the filter's range chooses. */
static uint64_t within(const struct memory_filter *filter, uint64_t first, uint64_t last)
{
	uint64_t low = filter->has_range && filter->first > first ? filter->first : first;
	uint64_t high = filter->has_range && filter->last < last ? filter->last : last;

	return low <= high ? high - low + 1 : 0;
}

static void count_span(struct memory_bytes *bytes, const struct memory_filter *filter,
		       const struct span *span)
{
	bool taken = memory_filter_takes(filter, span->region.vma);
	uint64_t chosen = taken ? within(filter, span->first, span->last) : 0;

	switch (span->kind) {
	case SPAN_FILE:
		add(&bytes->from_files, chosen);
		__attribute__((fallthrough));
	case SPAN_DUMPED:
		add(&bytes->dumped, chosen);
		add(&bytes->not_selected, span_length(span) - chosen);
		break;
	case SPAN_LOST:
		add(&bytes->lost, chosen);
		add(&bytes->not_selected, span_length(span) - chosen);
		break;
	case SPAN_NOT_DUMPED:
		add(&bytes->not_dumped, chosen);
		break;
	case SPAN_ZERO:
	case SPAN_UNSEEN:
	case SPAN_NOTHING:
		break;
	}
}

/* Where in a mapping these bytes would be is not known: a range that touches it chooses them. */
static void count_left_out(struct memory_bytes *bytes, const struct memory_filter *filter,
			   const struct process *process)
{
	for (size_t i = 0; i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];
		bool chosen = memory_filter_takes(filter, vma) &&
			      within(filter, vma->start, vma->end - 1);

		add(chosen ? &bytes->lost : &bytes->not_selected, vma->left_out);
	}
}

struct memory_bytes memory_bytes_count(const struct process *process,
				       const struct memory_filter *filter)
{
	static const struct memory_filter all;
	const struct memory_filter *chooses = filter ? filter : &all;
	struct span_cursor cursor = span_cursor_at(process, 0);
	struct memory_bytes bytes = { 0 };
	struct span span;

	while (span_cursor_next(&cursor, &span))
		count_span(&bytes, chooses, &span);
	count_left_out(&bytes, chooses, process);
	return bytes;
}

uint64_t memory_bytes_not_dumped(const struct process *process, const struct vma *vma,
				 const struct memory_filter *filter)
{
	struct span_cursor cursor = span_cursor_at(process, vma->start);
	struct span span;
	uint64_t bytes = 0;

	if (!memory_filter_takes(filter, vma))
		return 0;
	while (span_cursor_next(&cursor, &span) && span.region.vma == vma) {
		if (span.kind == SPAN_NOT_DUMPED)
			bytes += within(filter, span.first, span.last);
	}
	return bytes;
}
