#include "cli/look/memory_walk.h"

#define PIECE_BYTES 65536u

/* Where a span's bytes are in the file table. */
struct stored_place {
	uint32_t file;
	uint64_t offset;
};

static struct stored_place place_of(const struct viewing *viewing, const struct span *span)
{
	const struct page_image *image;

	if (span->kind == SPAN_FILE)
		return (struct stored_place){ span->file, span->offset };
	image = &viewing->look->checkpoint->images[span->image];
	return (struct stored_place){ image->file, image->offset + span->offset };
}

static int warn_unread(const struct viewing *viewing, const struct process *process, uint64_t first,
		       uint64_t last, const struct error *why, struct error *err)
{
	const struct warning warning = {
		.code = WARNING_READ_ERROR,
		.has_memory = true,
		.pid = process->pid,
		.start = first,
		.end = last + 1,
		.bytes = last - first + 1,
	};

	if (warning_list_add(viewing->look->warnings, &warning, "%s", why->message) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* A file that was cut while it is mapped reads as zeros. */
static int check_damage(const struct viewing *viewing, const struct process *process,
			const struct span *span, struct error *err)
{
	struct stored_place place = place_of(viewing, span);
	const struct error why = { .message = "bytes could not be read, zeros stand for them" };
	struct address_range range;
	uint64_t first;

	if (!file_table_damaged(viewing->look->files, place.file, place.offset, span_length(span),
				&range))
		return 0;
	first = span->first + (range.start - place.offset);
	return warn_unread(viewing, process, first, first + (range.end - range.start) - 1, &why,
			   err);
}

int memory_walk_span(struct viewing *viewing, const struct process *process,
		     const struct span *span, memory_taker take, void *context, struct error *err)
{
	struct stored_place place = place_of(viewing, span);
	uint8_t buffer[PIECE_BYTES];
	uint64_t at = span->first;
	int ret;

	for (;;) {
		uint64_t rest = span->last - at;
		size_t wanted = rest < sizeof(buffer) ? (size_t)rest + 1 : sizeof(buffer), got = 0;
		struct error why = { 0 };
		int failed = file_table_read(viewing->look->files, place.file,
					     place.offset + (at - span->first), buffer, wanted,
					     &got, &why);

		if (!failed && !got)
			error_set(&why, ERROR_TRUNCATED, 0, "bytes end early");
		if (failed || !got)
			return warn_unread(viewing, process, at, span->last, &why, err);
		ret = take(context, span, at, (struct bytes){ buffer, got }, err);
		if (ret || rest < got)
			break;
		at += got;
	}
	return ret ? ret : check_damage(viewing, process, span, err);
}

static bool clip(const struct memory_filter *filter, struct span *span)
{
	if (!filter->has_range)
		return true;
	if (span->last < filter->first || span->first > filter->last)
		return false;
	if (span->first < filter->first) {
		span->offset += filter->first - span->first;
		span->first = filter->first;
	}
	if (span->last > filter->last)
		span->last = filter->last;
	return true;
}

int memory_walk(struct viewing *viewing, const struct process *process, memory_taker take,
		void *context, struct error *err)
{
	struct span_cursor cursor = span_cursor_at(process, 0);
	struct span span;
	int ret = 0;

	while (!ret && span_cursor_next(&cursor, &span)) {
		if (span.kind != SPAN_DUMPED && span.kind != SPAN_FILE)
			continue;
		if (!viewing_chooses_vma(viewing, span.region.vma) ||
		    !clip(&viewing->filter, &span))
			continue;
		ret = memory_walk_span(viewing, process, &span, take, context, err);
	}
	return ret;
}
