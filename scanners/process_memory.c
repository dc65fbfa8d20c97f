#include "scanners/process_memory.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "rules/target_view.h"
#include "scanners/address_space.h"
#include "scanners/content.h"
#include "scanners/memory_block.h"

/* What is copied at a time of bytes that lie in pieces. */
#define COPY_BYTES 512

/* Where a block lies; both addresses are its own. */
struct place {
	uint64_t first, last;
};

struct process_memory {
	const struct checkpoint *checkpoint;
	const struct process *process;
	struct place *blocks; /* ascending */
	size_t block_count, block_capacity;
	struct place *file_bytes; /* where bytes are taken from files; ascending */
	size_t file_bytes_count, file_bytes_capacity;
	struct memory_bytes bytes;
};

static const struct memory_filter all_memory;

static int note_block(struct process_memory *memory, const struct memory_blocks *block,
		      struct error *err)
{
	struct place *grown = array_grow(memory->blocks, &memory->block_capacity,
					 memory->block_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a process's blocks");
	memory->blocks = grown;
	memory->blocks[memory->block_count++] = (struct place){ block->first, block->last };
	return 0;
}

static int note_blocks(struct process_memory *memory, struct error *err)
{
	struct memory_blocks blocks =
		memory_blocks_of(memory->checkpoint, memory->process, &all_memory);
	bool more = true;
	int ret = 0;

	blocks.places_only = true;
	while (ret == 0 && more) {
		ret = memory_blocks_next(&blocks, &more, err);
		if (ret == 0 && more)
			ret = note_block(memory, &blocks, err);
	}
	memory_blocks_release(&blocks);
	return ret;
}

/* Stretches that follow each other are one, so that they are few. */
static int note_file_bytes(struct process_memory *memory, const struct span *span,
			   struct error *err)
{
	size_t count = memory->file_bytes_count;
	struct place *grown;

	if (count && memory->file_bytes[count - 1].last + 1 == span->first) {
		memory->file_bytes[count - 1].last = span->last;
		return 0;
	}
	grown = array_grow(memory->file_bytes, &memory->file_bytes_capacity, count + 1,
			   sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "bytes of mapped files");
	memory->file_bytes = grown;
	memory->file_bytes[memory->file_bytes_count++] = (struct place){ span->first, span->last };
	return 0;
}

static int note_files(struct process_memory *memory, struct error *err)
{
	struct span_cursor cursor = span_cursor_at(memory->process, 0);
	struct span span;
	int ret = 0;

	while (!ret && memory->process->contents && span_cursor_next(&cursor, &span))
		if (span.of_file)
			ret = note_file_bytes(memory, &span, err);
	return ret;
}

int process_memory_new(struct process_memory **out, const struct checkpoint *checkpoint,
		       const struct process *process, struct error *err)
{
	struct process_memory *memory = calloc(1, sizeof(*memory));
	int ret;

	if (!memory)
		return error_no_memory(err, "a process's memory");
	memory->checkpoint = checkpoint;
	memory->process = process;
	ret = note_blocks(memory, err);
	if (!ret)
		ret = note_files(memory, err);
	if (ret < 0) {
		process_memory_free(memory);
		return ret;
	}
	memory->bytes = memory_bytes_count(process, NULL);
	*out = memory;
	return 0;
}

void process_memory_free(struct process_memory *memory)
{
	if (!memory)
		return;
	free(memory->blocks);
	free(memory->file_bytes);
	free(memory);
}

static int add_block(const struct memory_blocks *from, uint32_t target, uint32_t purpose,
		     struct block_list *list, struct block_budget *budget, struct error *err)
{
	struct placement placement = { .address = from->first, .target = target };
	struct block block = {
		.extents = from->extents,
		.extent_count = from->extent_count,
		.placements = &placement,
		.placement_count = 1,
		.first_edge = from->first_edge,
		.last_edge = from->last_edge,
		.purpose = purpose,
	};

	return block_budget_add(budget, &block, list, err);
}

int process_memory_blocks(const struct process_memory *memory, const struct memory_filter *filter,
			  uint32_t target, uint32_t purpose, struct block_list *list,
			  struct block_budget *budget, struct error *err)
{
	struct memory_blocks blocks = memory_blocks_of(memory->checkpoint, memory->process,
						       filter ? filter : &all_memory);
	bool more = true;
	int ret = 0;

	while (ret == 0 && more) {
		ret = memory_blocks_next(&blocks, &more, err);
		if (ret == 0 && more)
			ret = add_block(&blocks, target, purpose, list, budget, err);
	}
	memory_blocks_release(&blocks);
	return ret;
}

struct memory_bytes process_memory_bytes(const struct process_memory *memory,
					 const struct memory_filter *filter)
{
	if (!filter || !memory_filter_narrows(filter))
		return memory->bytes;
	return memory_bytes_count(memory->process, filter);
}

/* The first of @places that ends at @address or above; @count: none. */
static size_t place_from(const struct place *places, size_t count, uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (places[middle].last < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool process_memory_from_file(const struct process_memory *memory, uint64_t address,
			      uint64_t length)
{
	size_t at = place_from(memory->file_bytes, memory->file_bytes_count, address);
	const struct place *place = &memory->file_bytes[at];

	if (!length || at == memory->file_bytes_count)
		return false;
	return place->first <= address || place->first - address < length;
}

int process_memory_files_not_dumped(const struct process_memory *memory,
				    const struct memory_filter *filter,
				    int (*each)(void *context, const char *path, uint64_t bytes),
				    void *context)
{
	const struct process *process = memory->process;

	for (size_t i = 0; i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];
		uint64_t bytes = vma->backing == BACKING_FILE && vma->path
					 ? memory_bytes_not_dumped(process, vma,
								   filter ? filter : &all_memory)
					 : 0;
		int ret = bytes ? each(context, vma->path, bytes) : 0;

		if (ret)
			return ret;
	}
	return 0;
}

bool process_memory_is_low(const struct process_memory *memory)
{
	const struct process *process = memory->process;

	return (process->vma_count && process->vmas[0].start < LOW_MEMORY_END) ||
	       (process->run_count && process->runs[0].address < LOW_MEMORY_END);
}

uint64_t process_memory_lowest(const struct process_memory *memory)
{
	return memory->block_count ? memory->blocks[0].first : 0;
}

/* The first block that ends at @address or above; NULL: none. */
static const struct place *block_from(const struct process_memory *memory, uint64_t address)
{
	size_t at = place_from(memory->blocks, memory->block_count, address);

	return at < memory->block_count ? &memory->blocks[at] : NULL;
}

bool process_memory_next_block(const struct process_memory *memory, uint64_t address,
			       struct address_range *out)
{
	const struct place *block = block_from(memory, address);

	if (!block)
		return false;
	*out = (struct address_range){ block->first, block->last + 1 };
	return true;
}

static void describe_vma(struct memory_place *out, const struct vma *vma)
{
	out->vma_start = vma->start;
	out->vma_end = vma->end;
	out->protection = vma->protection;
	out->shared = vma->shared;
	out->deleted = vma->deleted;
	out->kind = vma->kind;
	out->path = vma->path;
	out->path_offset = vma->offset;
}

static void describe_image(struct memory_place *out, const struct page_image *image,
			   uint64_t offset)
{
	out->in_image = true;
	out->image = image->name;
	out->image_offset = page_image_stored_offset(image, offset);
	out->image_layer = image->layer;
}

bool process_memory_place(const struct process_memory *memory, uint64_t address,
			  struct memory_place *out)
{
	struct span_cursor cursor = span_cursor_at(memory->process, address);
	const struct place *block = block_from(memory, address);
	struct span span;

	if (!span_cursor_next(&cursor, &span))
		return false;
	*out = (struct memory_place){ 0 };
	if (span.region.vma) {
		describe_vma(out, span.region.vma);
	} else {
		if (!block || block->first > address)
			return false;
		out->vma_start = block->first;
		out->vma_end = block->last + 1;
		out->kind = VMA_UNMAPPED;
	}
	out->in_file = span.of_file;
	if (span.kind == SPAN_DUMPED)
		describe_image(out, &memory->checkpoint->images[span.image], span.offset);
	return true;
}

int process_memory_image_ranges(const struct process_memory *memory, struct address_range addresses,
				uint32_t image, struct address_range **ranges, size_t *count,
				size_t *capacity, struct error *err)
{
	struct span_cursor cursor = span_cursor_at(memory->process, addresses.start);
	uint64_t last = addresses.end - 1;
	struct span span;

	if (addresses.start == addresses.end)
		return 0;
	while (span_cursor_next(&cursor, &span) && span.first <= last) {
		uint64_t end = span.last < last ? span.last : last;
		struct address_range *grown;

		if (span.kind != SPAN_DUMPED || span.image != image)
			continue;
		grown = array_grow(*ranges, capacity, *count + 1, sizeof(*grown));
		if (!grown)
			return error_no_memory(err, "ranges of an image");
		*ranges = grown;
		(*ranges)[(*count)++] =
			(struct address_range){ span.offset, span.offset + (end - span.first) + 1 };
	}
	return 0;
}

/* Bytes from one block, gathered piece by piece. */
struct gathering {
	const struct checkpoint *checkpoint;
	const struct file_table *files;
	uint8_t *buffer;
	size_t wanted, got;
};

static size_t smaller(uint64_t left, size_t right)
{
	return left < right ? (size_t)left : right;
}

/* Whether the next span carries on the same block. */
static bool next_of_block(struct span_cursor *cursor, struct span *span)
{
	return span_cursor_next(cursor, span) && span_has_bytes(span) &&
	       span->first != span->region.first;
}

/* Where the bytes of a span lie that is no zeros. */
static struct stored_bytes bytes_of(const struct checkpoint *checkpoint, const struct span *span)
{
	const struct page_image *image;

	if (span->kind == SPAN_FILE)
		return (struct stored_bytes){ span->offset, span_length(span), span->file };
	image = &checkpoint->images[span->image];
	return (struct stored_bytes){ image->offset + span->offset, span_length(span),
				      image->file };
}

/* Copies @length bytes of a span; fewer where the file ends, which ends the gathering. */
static int copy_stored(struct gathering *gathering, const struct span *span, size_t length,
		       size_t *copied, struct error *err)
{
	struct stored_bytes bytes = bytes_of(gathering->checkpoint, span);

	return file_table_read(gathering->files, bytes.file, bytes.offset,
			       gathering->buffer + gathering->got, length, copied, err);
}

static int copy_span(struct gathering *gathering, const struct span *span, bool *whole,
		     struct error *err)
{
	size_t length = smaller(span_length(span), gathering->wanted - gathering->got),
	       copied = length;
	int ret = 0;

	if (span->kind == SPAN_ZERO)
		memset(gathering->buffer + gathering->got, 0, length);
	else
		ret = copy_stored(gathering, span, length, &copied, err);
	if (ret < 0)
		return ret;
	gathering->got += copied;
	*whole = copied == length;
	return 0;
}

static int gather(struct gathering *gathering, struct span_cursor *cursor, struct span *span,
		  struct error *err)
{
	bool whole = true;

	do {
		int ret = copy_span(gathering, span, &whole, err);

		if (ret < 0)
			return ret;
	} while (whole && gathering->got < gathering->wanted && next_of_block(cursor, span));
	return 0;
}

/* Lends bytes of the one span where they lie; 0 bytes: they do not lie together. */
static int lend_span(const struct process_memory *memory, const struct file_table *files,
		     const struct span *span, size_t wanted, struct bytes *out, struct error *err)
{
	struct stored_bytes bytes = bytes_of(memory->checkpoint, span);
	struct error ignored;
	int ret = file_table_lend(files, bytes.file, bytes.offset, wanted, out, &ignored);

	if (ret == ERROR_NOT_KEPT) {
		*out = (struct bytes){ 0 };
		return 0;
	}
	if (ret < 0 && err)
		*err = ignored;
	return ret;
}

int process_memory_lend(const struct process_memory *memory, const struct file_table *files,
			uint64_t address, size_t wanted, uint8_t *buffer, size_t buffer_size,
			struct bytes *out, struct error *err)
{
	struct span_cursor cursor = span_cursor_at(memory->process, address);
	struct gathering gathering = {
		.checkpoint = memory->checkpoint,
		.files = files,
		.buffer = buffer,
		.wanted = wanted < buffer_size ? wanted : buffer_size,
	};
	struct bytes lent = { 0 };
	struct span span;
	int ret = 0;

	if (!wanted || !span_cursor_next(&cursor, &span) || !span_has_bytes(&span)) {
		*out = lent;
		return 0;
	}
	if (span.kind != SPAN_ZERO)
		ret = lend_span(memory, files, &span, smaller(span_length(&span), wanted), &lent,
				err);
	/* The buffer may be smaller than what lies together already. */
	if (ret == 0 && lent.length < wanted && lent.length < gathering.wanted) {
		ret = gather(&gathering, &cursor, &span, err);
		lent = (struct bytes){ buffer, gathering.got };
	}
	if (ret == 0)
		*out = lent;
	return ret;
}

size_t process_memory_copy(const struct process_memory *memory, const struct file_table *files,
			   uint64_t address, size_t length, uint8_t *out)
{
	size_t done = 0;

	while (done < length) {
		uint8_t buffer[COPY_BYTES];
		struct bytes bytes = { 0 };

		if (process_memory_lend(memory, files, address + done, length - done, buffer,
					sizeof(buffer), &bytes, NULL) ||
		    !bytes.length)
			break;
		if (bytes.length > length - done)
			bytes.length = length - done;
		memcpy(out + done, bytes.data, bytes.length);
		done += bytes.length;
	}
	return done;
}
