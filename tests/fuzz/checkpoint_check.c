#include "tests/fuzz/checkpoint_check.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/content_target.h"
#include "scanners/memory_block.h"
#include "scanners/process_memory.h"
#include "tests/fuzz/require.h"

/* Bytes that are compared at the start and the end of each stretch, and read of it in all. */
#define SAMPLE 64u
#define MOST_READ (UINT64_C(1) << 16)

static void touch(const char *text)
{
	require(!text || strlen(text) < SIZE_MAX);
}

/* The model. */

static void check_stored(const struct file_table *files, uint32_t file, uint64_t offset,
			 uint64_t length)
{
	uint64_t most = file_table_length(files, file);

	require(offset <= most && length <= most - offset);
}

static void check_run(const struct checkpoint *checkpoint, const struct page_run *run,
		      const struct file_table *files, bool has_bytes)
{
	const struct page_image *image;

	if (run->lost)
		return;
	require(run->image < checkpoint->image_count);
	image = &checkpoint->images[run->image];
	if (!has_bytes && image->file == UINT32_MAX)
		return;
	require(run->offset <= image->length && run->length <= image->length - run->offset);
	if (has_bytes)
		check_stored(files, image->file, image->offset + run->offset, run->length);
}

static void check_runs(const struct checkpoint *checkpoint, const struct page_run *runs,
		       size_t count, const struct file_table *files, bool has_bytes)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t last = runs[i].address + (runs[i].length - 1);

		require(runs[i].length && last >= runs[i].address);
		require(!i || runs[i].address > runs[i - 1].address + (runs[i - 1].length - 1));
		check_run(checkpoint, &runs[i], files, has_bytes);
	}
}

static void check_vmas(const struct process *process)
{
	for (size_t i = 0; i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];

		require(vma->end > vma->start);
		require(!i || vma->start >= process->vmas[i - 1].end);
		require(vma->left_out <= vma->end - vma->start);
		require(vma_kind_name(vma->kind) && vma->kind != VMA_UNMAPPED);
		touch(vma->path);
		if (vma->file)
			touch(vma->file->path);
	}
	for (size_t i = 0; i < process->guard_count; i++) {
		const struct address_range *guard = &process->guards[i];

		require(guard->end - 1 >= guard->start);
		require(!i || guard->start >= process->guards[i - 1].end);
	}
}

static void check_process(const struct checkpoint *checkpoint, const struct process *process,
			  const struct file_table *files, bool has_bytes)
{
	bool own = false;

	check_vmas(process);
	check_runs(checkpoint, process->runs, process->run_count, files, has_bytes);
	for (size_t i = 0; i < process->thread_count; i++) {
		require(!i || process->threads[i].id > process->threads[i - 1].id);
		own |= process->threads[i].id == process->pid;
		touch(process->threads[i].name);
	}
	require(own || !process->thread_count);
	for (size_t i = 0; i < process->descriptor_count; i++) {
		require(process->descriptors[i].file);
		require(!i || process->descriptors[i].fd >= process->descriptors[i - 1].fd);
	}
	require(process->argument_end >= process->argument_start);
	require(process->environment_end >= process->environment_start);
	require(process->name);
	touch(process->executable);
}

static void check_file(const struct open_file *file)
{
	const char *const texts[] = { file->path,  file->kept_as, file->protocol,
				      file->state, file->local,	  file->remote };
	uint8_t sum = 0;

	require(open_file_kind_name(file->kind) != NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		touch(texts[i]);
	for (size_t i = 0; i < file->build_id.length; i++)
		sum = (uint8_t)(sum + file->build_id.data[i]);
	require(sum <= UINT8_MAX);
}

static void check_images(const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < checkpoint->image_count; i++) {
		const struct page_image *image = &checkpoint->images[i];

		touch(image->name);
		require(image->name);
		for (size_t j = 1; j < image->packed_count; j++)
			require(image->packed[j].offset >= image->packed[j - 1].offset);
	}
}

void check_model(const struct checkpoint *checkpoint, const struct file_table *files,
		 bool has_bytes)
{
	for (size_t i = 0; i < checkpoint->process_count; i++) {
		require(!i || checkpoint->processes[i].pid > checkpoint->processes[i - 1].pid);
		check_process(checkpoint, &checkpoint->processes[i], files, has_bytes);
	}
	for (size_t i = 0; i < checkpoint->file_count; i++) {
		require(!i || checkpoint->files[i].id > checkpoint->files[i - 1].id);
		check_file(&checkpoint->files[i]);
	}
	for (size_t i = 0; i < checkpoint->object_count; i++) {
		const struct shared_object *object = &checkpoint->objects[i];

		touch(object->name);
		check_runs(checkpoint, object->runs, object->run_count, files, has_bytes);
	}
	check_images(checkpoint);
}

static void check_same_vmas(const struct process *left, const struct process *right)
{
	require(left->pid == right->pid && left->vma_count == right->vma_count);
	for (size_t i = 0; i < left->vma_count; i++)
		require(left->vmas[i].start == right->vmas[i].start &&
			left->vmas[i].end == right->vmas[i].end &&
			left->vmas[i].kind == right->vmas[i].kind);
}

static void check_same_runs(const struct process *left, const struct process *right)
{
	require(left->run_count == right->run_count);
	for (size_t i = 0; i < left->run_count; i++)
		require(left->runs[i].address == right->runs[i].address &&
			left->runs[i].length == right->runs[i].length &&
			left->runs[i].lost == right->runs[i].lost);
}

/* Pages that may still come are not lost. */
static bool waits_for_pages(const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < checkpoint->image_count; i++)
		if (checkpoint->images[i].file == UINT32_MAX)
			return true;
	return false;
}

void check_same_memory(const struct checkpoint *early, const struct checkpoint *final)
{
	require(early->process_count == final->process_count);
	for (size_t i = 0; i < early->process_count; i++) {
		check_same_vmas(&early->processes[i], &final->processes[i]);
		if (!waits_for_pages(early))
			check_same_runs(&early->processes[i], &final->processes[i]);
	}
}

/* Bytes of blocks. */

/* A block of memory or of a content, of whose bytes it is asked in two ways. */
struct view {
	const struct process_memory *memory;
	const struct content *content;
	const struct file_table *files;
};

static size_t lend(const struct view *view, uint64_t address, size_t wanted, uint8_t *out)
{
	uint8_t buffer[SAMPLE];
	struct bytes bytes = { 0 };
	int ret = view->memory ? process_memory_lend(view->memory, view->files, address, wanted,
						     buffer, sizeof(buffer), &bytes, NULL)
			       : content_target_lend(view->content, view->files, address, wanted,
						     buffer, sizeof(buffer), &bytes, NULL);

	require(!ret && bytes.length <= wanted);
	if (bytes.length)
		memcpy(out, bytes.data, bytes.length);
	return bytes.length;
}

/* The first bytes of what is left of an extent, @skipped bytes behind its start. */
static void check_lent(const struct view *view, const struct extent *extent, uint64_t address,
		       uint64_t skipped)
{
	uint8_t expected[SAMPLE] = { 0 }, lent[SAMPLE];
	uint64_t left = extent->length - skipped;
	size_t length = left < SAMPLE ? (size_t)left : SAMPLE, got = length, found;

	if (extent->kind == EXTENT_RAW)
		require(!file_table_read(view->files, extent->file, extent->offset + skipped,
					 expected, length, &got, NULL));
	require(got == length);
	found = lend(view, address + skipped, length, lent);
	require(found && found <= length && !memcmp(lent, expected, found));
}

static void read_all(const struct view *view, const struct extent *extent)
{
	uint8_t buffer[4096];
	uint64_t most = extent->length < MOST_READ ? extent->length : MOST_READ;

	check_stored(view->files, extent->file, extent->offset, extent->length);
	for (uint64_t at = 0; at < most; at += sizeof(buffer)) {
		size_t length = most - at < sizeof(buffer) ? (size_t)(most - at) : sizeof(buffer);
		size_t got;

		require(!file_table_read(view->files, extent->file, extent->offset + at, buffer,
					 length, &got, NULL));
		require(got == length);
	}
}

/* @return: bytes that are no zeros that were never written. */
static uint64_t check_extents(const struct view *view, const struct extent *extents, size_t count,
			      uint64_t address)
{
	uint64_t stored = 0;

	for (size_t i = 0; i < count; i++) {
		const struct extent *extent = &extents[i];

		require(extent->length > 0);
		check_lent(view, extent, address, 0);
		check_lent(view, extent, address,
			   extent->length > SAMPLE ? extent->length - SAMPLE : extent->length - 1);
		address += extent->length;
		if (extent->kind != EXTENT_RAW)
			continue;
		read_all(view, extent);
		require(!__builtin_add_overflow(stored, extent->length, &stored));
	}
	return stored;
}

/* Memory of processes. */

static void check_place(const struct process_memory *memory, uint64_t address)
{
	struct memory_place place;

	require(process_memory_place(memory, address, &place));
	require(place.vma_start <= address && address <= place.vma_end - 1);
	touch(place.path);
	touch(place.image);
	require(!place.in_image || place.image);
}

static uint64_t check_blocks(const struct checkpoint *checkpoint, const struct process *process,
			     const struct view *view, const struct memory_filter *filter)
{
	struct memory_blocks blocks = memory_blocks_of(checkpoint, process, filter);
	uint64_t stored = 0, last = 0, length;
	bool more = true, any = false;

	while (!memory_blocks_next(&blocks, &more, NULL) && more) {
		require(blocks.last >= blocks.first && (!any || blocks.first > last));
		length = 0;
		for (size_t i = 0; i < blocks.extent_count; i++)
			length += blocks.extents[i].length;
		require(length - 1 == blocks.last - blocks.first);
		require(blocks.any_stored);
		stored += check_extents(view, blocks.extents, blocks.extent_count, blocks.first);
		check_place(view->memory, blocks.first);
		check_place(view->memory, blocks.last);
		last = blocks.last;
		any = true;
	}
	require(!more);
	memory_blocks_release(&blocks);
	return stored;
}

static void check_next_blocks(const struct process_memory *memory)
{
	struct address_range block;
	uint64_t address = 0;

	while (process_memory_next_block(memory, address, &block)) {
		require(block.start >= address && block.end - 1 >= block.start);
		check_place(memory, block.start);
		address = block.end;
		if (!address)
			return;
	}
}

static int take_path(void *context, const char *path, uint64_t bytes)
{
	(void)context;
	require(path && bytes);
	return 0;
}

static void check_filters(const struct checkpoint *checkpoint, const struct process *process,
			  const struct view *view)
{
	const struct vma *vma = process->vma_count ? &process->vmas[process->vma_count / 2] : NULL;
	const struct memory_filter filters[] = {
		{ 0 },
		{ .vma_kinds = 1u << VMA_ANONYMOUS | 1u << VMA_MEMFD },
		{ .protection = PROTECTION_WRITE },
		{ .has_range = true, .first = vma ? vma->start + 1 : 4097, .last = UINT64_MAX - 1 },
		{ .has_range = true, .last = vma ? vma->start + 4097 : UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct memory_bytes bytes = process_memory_bytes(view->memory, &filters[i]);

		require(check_blocks(checkpoint, process, view, &filters[i]) == bytes.dumped);
	}
}

void check_memory(const struct checkpoint *checkpoint, const struct file_table *files)
{
	struct block_budget budget = { .left = UINT64_C(1) << 30 };
	struct block_list *list;

	require(!block_list_new(&list, NULL));
	for (size_t i = 0; i < checkpoint->process_count; i++) {
		struct process_memory *memory;
		struct view view = { .files = files };

		require(!process_memory_new(&memory, checkpoint, &checkpoint->processes[i], NULL));
		view.memory = memory;
		require(!process_memory_blocks(memory, NULL, (uint32_t)i, 0, list, &budget, NULL));
		check_filters(checkpoint, &checkpoint->processes[i], &view);
		check_next_blocks(memory);
		require(!process_memory_files_not_dumped(memory, NULL, take_path, NULL));
		process_memory_free(memory);
	}
	require(block_budget_spent(list) == (UINT64_C(1) << 30) - budget.left);
	block_list_free(list);
}

/* What was captured. */

static void check_pieces(const struct content *content, const struct file_table *files)
{
	uint64_t end = 0;

	for (size_t i = 0; i < content->piece_count; i++) {
		const struct piece *piece = &content->pieces[i];

		require(piece->start == end && piece->length);
		require(!__builtin_add_overflow(end, piece->length, &end));
		require(content_piece(content, piece->start) == piece);
		require(content_piece(content, end - 1) == piece);
		if (piece->kind == PIECE_STORED)
			check_stored(files, piece->file, piece->offset, piece->length);
	}
	require(end == content->length && !content_piece(content, end));
}

static void check_content(const struct content *content, const struct file_table *files)
{
	const struct view view = { .content = content, .files = files };
	struct address_range block;
	struct block_list *list;
	uint64_t stored = 0, spent, at = 0;

	check_pieces(content, files);
	require(!block_list_new(&list, NULL));
	require(!content_target_blocks(content, 0, list, NULL, NULL));
	for (size_t i = 0; i < block_list_count(list); i++) {
		const struct block *part = block_list_get(list, i);

		spent = check_extents(&view, part->extents, part->extent_count,
				      part->placements[0].address);
		stored += spent * part->placement_count;
	}
	require(stored == content_bytes(content, PIECE_STORED));
	while (content_target_next_block(content, at, &block)) {
		require(block.start >= at && block.end > block.start &&
			block.end <= content->length);
		at = block.end;
	}
	block_list_free(list);
}

static void check_holders(const struct captured *captured)
{
	for (size_t i = 1; i < captured->holder_count; i++) {
		const struct holder *before = &captured->holders[i - 1];
		const struct holder *holder = &captured->holders[i];

		require(before->pid < holder->pid ||
			(before->pid == holder->pid && before->has_fd &&
			 (!holder->has_fd || before->fd < holder->fd)));
	}
}

void check_captured(const struct captured_list *list, const struct file_table *files)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct captured *captured = &list->items[i];

		require(captured->kind != TARGET_PROCESS && captured->kind < TARGET_KINDS);
		require((captured->kind == TARGET_FILE) == (captured->origin != ORIGIN_NONE));
		touch(captured->path);
		touch(captured->object);
		touch(captured->archive);
		touch(captured->local);
		touch(captured->remote);
		require(captured->path || captured->object);
		check_holders(captured);
		check_content(&captured->content, files);
	}
}

/* What is lost. */

static bool loses_runs(const struct page_run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (runs[i].lost)
			return true;
	return false;
}

static bool leaves_out(const struct process *process)
{
	for (size_t i = 0; i < process->vma_count; i++)
		if (process->vmas[i].left_out)
			return true;
	return false;
}

bool loses_memory(const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < checkpoint->process_count; i++)
		if (loses_runs(checkpoint->processes[i].runs, checkpoint->processes[i].run_count) ||
		    leaves_out(&checkpoint->processes[i]))
			return true;
	for (size_t i = 0; i < checkpoint->object_count; i++)
		if (loses_runs(checkpoint->objects[i].runs, checkpoint->objects[i].run_count))
			return true;
	return false;
}

bool loses_captured(const struct captured_list *captured)
{
	for (size_t i = 0; i < captured->count; i++)
		if (content_bytes(&captured->items[i].content, PIECE_LOST))
			return true;
	return false;
}
