#include "engine/search/seam.h"

#include <stdlib.h>
#include <string.h>

/* A page is what the kernel reads or fails to read as one. */
#define PAGE_BYTES 4096u

/* Bytes [start, end) of one span on their way into the buffer. */
struct part {
	struct stretch *stretch;
	const struct span *span;
	const struct file_table *files;
	uint8_t *target;
	uint64_t start, end;
};

static uint64_t offset_of(const struct span *span, uint64_t position)
{
	return span->offset + (position - span->start);
}

static int add_hole(struct stretch *stretch, const struct span *span, uint64_t start, uint64_t end,
		    enum warning_code code, struct error *err)
{
	struct hole hole = { start, end, offset_of(span, start), span->file, code };

	return stretch_add_hole(stretch, hole, err);
}

int seam_add_damage(struct stretch *stretch, const struct span *span,
		    const struct file_table *files, uint64_t start, uint64_t end, struct error *err)
{
	struct address_range damage;

	while (start < end && file_table_damaged(files, span->file, offset_of(span, start),
						 end - start, &damage)) {
		uint64_t from = later(damage.start, offset_of(span, start)) - span->offset;
		uint64_t to = earlier(damage.end, offset_of(span, end)) - span->offset;
		int ret;

		if (from >= to)
			return 0;
		ret = add_hole(stretch, span, span->start + from, span->start + to,
			       WARNING_CHANGED_WHILE_READ, err);
		if (ret)
			return ret;
		start = span->start + to;
	}
	return 0;
}

/*
 * Reads a byte of each page, so that what cannot be read shows before anybody searches it. MADV_POPULATE_READ would
 * do it in one call, but walks 4 KiB at a time even where a large folio is mapped as one, and takes twice as long.
 */
static void touch(const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i += PAGE_BYTES)
		(void)*(const volatile uint8_t *)(data + i);
	if (length)
		(void)*(const volatile uint8_t *)(data + length - 1);
}

/* What was read of [start, end): @got bytes, then the end of the file. */
static int add_what_is_missing(const struct part *part, uint64_t start, uint64_t end, size_t got,
			       struct error *err)
{
	int ret = seam_add_damage(part->stretch, part->span, part->files, start, start + got, err);

	if (!ret && start + got < end)
		ret = add_hole(part->stretch, part->span, start + got, end, WARNING_TRUNCATED, err);
	return ret;
}

/* A page that fails is a hole; the border of pages, not of @part, decides what else is lost. */
static int read_by_pages(struct part *part, struct error *err)
{
	while (part->start < part->end) {
		uint64_t offset = offset_of(part->span, part->start);
		uint64_t end = earlier(part->end, part->start + (PAGE_BYTES - offset % PAGE_BYTES));
		size_t wanted = (size_t)(end - part->start), got = 0;
		int ret = file_table_read(part->files, part->span->file, offset, part->target,
					  wanted, &got, NULL);

		if (ret == ERROR_MEMORY)
			return error_no_memory(err, "bytes of a file");
		if (ret)
			ret = add_hole(part->stretch, part->span, part->start, end,
				       WARNING_READ_ERROR, err);
		else
			ret = add_what_is_missing(part, part->start, end, got, err);
		if (ret)
			return ret;
		part->start = end;
		part->target += wanted;
	}
	return 0;
}

static int read_part(struct part *part, struct error *err)
{
	size_t got = 0;
	int ret = file_table_read(part->files, part->span->file, offset_of(part->span, part->start),
				  part->target, (size_t)(part->end - part->start), &got, NULL);

	return ret ? read_by_pages(part, err)
		   : add_what_is_missing(part, part->start, part->end, got, err);
}

static int copy_file(struct part *part, struct error *err)
{
	while (part->start < part->end) {
		uint64_t offset = offset_of(part->span, part->start);
		size_t wanted = (size_t)(part->end - part->start);
		struct bytes lent = { NULL, 0 };
		int ret =
			file_table_lend(part->files, part->span->file, offset, wanted, &lent, NULL);

		if (ret || !lent.length)
			return read_part(part, err);
		memcpy(part->target, lent.data, lent.length);
		ret = seam_add_damage(part->stretch, part->span, part->files, part->start,
				      part->start + lent.length, err);
		if (ret)
			return ret;
		part->start += lent.length;
		part->target += lent.length;
	}
	return 0;
}

static int copy_part(struct part *part, struct error *err)
{
	size_t length = (size_t)(part->end - part->start);
	int ret;

	if (part->span->kind == SPAN_ZERO) {
		part->stretch->has_zeros = true;
		memset(part->target, 0, length);
		return 0;
	}
	ret = stretch_add_dumped(part->stretch, part->start, part->end, err);
	if (ret || part->span->kind == SPAN_FILE)
		return ret ? ret : copy_file(part, err);
	memcpy(part->target, part->span->data + (part->start - part->span->start), length);
	return 0;
}

/* Never empty, so that even a piece without bytes has an address. */
static int reserve(struct stretch *stretch, size_t bytes, struct error *err)
{
	uint8_t *buffer;

	if (stretch->buffer && bytes <= stretch->buffer_bytes)
		return 0;
	buffer = malloc(bytes + 1);
	if (!buffer)
		return error_no_memory(err, "a worker's buffer");
	free(stretch->buffer);
	stretch->buffer = buffer;
	stretch->buffer_bytes = bytes;
	return 0;
}

int seam_copy(struct stretch *stretch, const struct view *view, const struct file_table *files,
	      struct error *err)
{
	int ret = reserve(stretch, (size_t)(stretch->end - stretch->start), err);

	for (size_t i = view_span_at(view, stretch->start); !ret && i < view->span_count; i++) {
		const struct span *span = &view->spans[i];
		struct part part = { .stretch = stretch,
				     .span = span,
				     .files = files,
				     .start = later(span->start, stretch->start),
				     .end = earlier(span_end(span), stretch->end) };

		if (part.start >= part.end)
			break;
		part.target = stretch->buffer + (part.start - stretch->start);
		ret = copy_part(&part, err);
	}
	if (stretch->end > stretch->start)
		stretch->data = stretch->buffer;
	return ret;
}

int seam_lend(struct stretch *stretch, const struct span *span, const struct file_table *files,
	      uint64_t *lent, struct error *err)
{
	size_t wanted = (size_t)(stretch->end - stretch->start);
	struct bytes bytes = { NULL, 0 };

	if (span->kind == SPAN_MEMORY) {
		stretch->data = span->data + (stretch->start - span->start);
		*lent = wanted;
		return 0;
	}
	if (file_table_lend(files, span->file, offset_of(span, stretch->start), wanted, &bytes,
			    NULL))
		bytes.length = 0; /* nothing lies there in one place: it is read instead */
	*lent = bytes.length;
	if (bytes.length < wanted)
		return 0;
	touch(bytes.data, wanted);
	if (wanted)
		stretch->data = bytes.data;
	return seam_add_damage(stretch, span, files, stretch->start, stretch->end, err);
}
