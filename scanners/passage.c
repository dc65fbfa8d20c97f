#include "scanners/passage.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/command_line.h"
#include "scanners/overlap.h"
#include "scanners/passed_blocks.h"
#include "scanners/passing_images.h"
#include "scanners/received_parts.h"

/* Of each block, where conditions read bytes: headers are what they read (design: decision 8). */
#define BLOCK_HEAD_BYTES (64u << 10)

struct passage {
	const struct passage_plan *plan;
	struct passing_images images;
	struct passed_blocks passed;
	bool files_pass; /* memory that shows files is searched on the way past, for it cannot be kept */
	uint64_t not_joined; /* then: bytes of files that came to it too late */
};

/* Before an image comes its length is what the page maps describe. */
static void describe_runs(const struct checkpoint *checkpoint, const struct page_run *runs,
			  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct page_image *image;

		if (runs[i].lost || runs[i].image >= checkpoint->image_count)
			continue;
		image = &checkpoint->images[runs[i].image];
		if (runs[i].offset + runs[i].length > image->length)
			image->length = runs[i].offset + runs[i].length;
	}
}

static void describe_images(struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < checkpoint->image_count; i++)
		checkpoint->images[i].length = 0;
	for (size_t i = 0; i < checkpoint->process_count; i++)
		describe_runs(checkpoint, checkpoint->processes[i].runs,
			      checkpoint->processes[i].run_count);
	for (size_t i = 0; i < checkpoint->object_count; i++)
		describe_runs(checkpoint, checkpoint->objects[i].runs,
			      checkpoint->objects[i].run_count);
}

int passage_number_images(struct checkpoint *checkpoint, struct file_table *files,
			  struct error *err)
{
	describe_images(checkpoint);
	for (size_t i = 0; i < checkpoint->image_count; i++) {
		struct page_image *image = &checkpoint->images[i];
		int ret = file_table_add_passing(files, image->length, image->name, &image->file,
						 err);

		if (ret)
			return ret;
		image->offset = 0;
	}
	return 0;
}

/* All raw bytes of one file, at ascending offsets: then the block can be searched as that file passes. */
static bool passes_alone(const struct block *block, uint32_t *file)
{
	bool any = false;
	uint64_t end = 0;

	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];

		if (extent->kind != EXTENT_RAW)
			continue;
		if (any && (extent->file != *file || extent->offset < end))
			return false;
		*file = extent->file;
		end = extent->offset + extent->length;
		any = true;
	}
	return any;
}

static bool can_pass(const struct passage *passage, const struct block *block, uint32_t *file)
{
	const struct passing_image *image;

	if (!passes_alone(block, file))
		return false;
	image = passing_images_of_file(&passage->images, *file);
	return !image || !image->deep;
}

static int measure_block(struct passage *passage, const struct block *block,
			 struct overlap *overlaps, struct error *err)
{
	const struct passing_image *image;
	uint32_t file;
	int ret = 0;

	if (!passes_alone(block, &file))
		return 0;
	image = passing_images_of_file(&passage->images, file);
	for (size_t i = 0; image && !ret && i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];

		if (extent->kind == EXTENT_RAW)
			ret = overlap_add(&overlaps[image - passage->images.items], extent->offset,
					  extent->offset + extent->length, err);
	}
	return ret;
}

/* Up to the factor, whatever comes of an image is searched no more often than that, wherever it ends. */
static int find_deep_images(struct passage *passage, struct error *err)
{
	const struct passage_plan *plan = passage->plan;
	uint64_t most = target_list_budget(1, plan->options);
	struct overlap *overlaps = calloc(passage->images.count + 1, sizeof(*overlaps));
	int ret = overlaps ? 0 : error_no_memory(err, "page images");

	for (size_t i = 0; !ret && i < block_list_count(plan->blocks); i++)
		ret = measure_block(passage, block_list_get(plan->blocks, i), overlaps, err);
	for (size_t i = 0; overlaps && i < passage->images.count; i++) {
		passage->images.items[i].deep = !ret && overlap_deepest(&overlaps[i]) > most;
		overlap_release(&overlaps[i]);
	}
	free(overlaps);
	return ret;
}

static int keep_head(struct passage *passage, const struct block *block, struct error *err)
{
	uint64_t left = BLOCK_HEAD_BYTES;

	for (size_t i = 0; i < block->extent_count && left; i++) {
		const struct extent *extent = &block->extents[i];
		uint64_t length = extent->length < left ? extent->length : left;
		struct passing_image *image =
			extent->kind == EXTENT_RAW
				? passing_images_of_file(&passage->images, extent->file)
				: NULL;
		int ret = image ? passing_image_keep(image, extent->offset, length, err) : 0;

		if (ret)
			return ret;
		left -= length;
	}
	return 0;
}

static void keep_whole(struct passage *passage, const struct block *block)
{
	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];
		struct passing_image *image =
			extent->kind == EXTENT_RAW
				? passing_images_of_file(&passage->images, extent->file)
				: NULL;

		if (image)
			image->whole = image->used = true;
	}
}

static const struct vma *vma_at(const struct process *process, uint64_t address)
{
	size_t low = 0, high = process->vma_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->vmas[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < process->vma_count && process->vmas[low].start <= address ? &process->vmas[low]
									       : NULL;
}

/* Whether bytes of a mapped file may still join it. */
static bool shows_file(const struct passage *passage, const struct block *block)
{
	for (size_t i = 0; i < block->placement_count; i++) {
		const struct placement *placement = &block->placements[i];
		const struct target *target = &passage->plan->targets->targets[placement->target];
		const struct vma *vma = vma_at(target->process, placement->address);

		if (vma && vma->backing == BACKING_FILE)
			return true;
	}
	return false;
}

static int keep_block(struct passage *passage, const struct block *block, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];
		struct passing_image *image =
			extent->kind == EXTENT_RAW
				? passing_images_of_file(&passage->images, extent->file)
				: NULL;

		if (image)
			ret = passing_image_keep(image, extent->offset, extent->length, err);
	}
	return ret;
}

static int note_block(struct passage *passage, const struct block *block, struct error *err)
{
	uint32_t file;

	if (!passage->files_pass && shows_file(passage, block))
		return keep_block(passage, block, err);
	if (!can_pass(passage, block, &file)) {
		keep_whole(passage, block);
		return 0;
	}

	struct passing_image *image = passing_images_of_file(&passage->images, file);

	if (image)
		image->used = true;

	int ret = passed_blocks_add(&passage->passed, block, err);

	if (!ret)
		ret = search_add(passage->plan->search, block, err);
	if (!ret && passage->plan->reads_bytes)
		ret = keep_head(passage, block, err);
	return ret;
}

/* A command line is shown with every hit, so its few bytes are always kept. */
static int keep_command_line(struct passage *passage, const struct process *process,
			     struct error *err)
{
	uint64_t start = process->argument_start;
	uint64_t length = process->argument_end - start;
	uint64_t end = start + (length < COMMAND_LINE_BYTES ? length : COMMAND_LINE_BYTES);

	for (size_t i = 0; i < process->run_count; i++) {
		const struct page_run *run = &process->runs[i];
		uint64_t run_end = run->address + run->length;
		uint64_t low = run->address > start ? run->address : start;
		uint64_t high = run_end < end ? run_end : end;

		if (run->lost || run->image >= passage->images.count || low >= high)
			continue;

		int ret = passing_image_keep(&passage->images.items[run->image],
					     run->offset + (low - run->address), high - low, err);

		if (ret)
			return ret;
	}
	return 0;
}

static int keep_object(struct passage *passage, const struct shared_object *object,
		       struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < object->run_count; i++) {
		const struct page_run *run = &object->runs[i];

		if (!run->lost && run->image < passage->images.count)
			ret = passing_image_keep(&passage->images.items[run->image], run->offset,
						 run->length, err);
	}
	return ret;
}

/* Blocks that the budget left out are not noted, and may fit in when all has come. */
static void keep_all_if_refused(struct passage *passage)
{
	const struct target_list *targets = passage->plan->targets;
	bool refused = false;

	for (size_t i = 0; i < targets->count; i++)
		refused |= targets->targets[i].bytes_lost > 0;
	for (size_t i = 0; refused && i < passage->images.count; i++)
		passage->images.items[i].whole = passage->images.items[i].used = true;
}

static uint64_t stored_bytes(const struct block *block)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < block->extent_count; i++)
		bytes += block->extents[i].kind == EXTENT_RAW ? block->extents[i].length : 0;
	return bytes;
}

/* Half of what may be kept is left to all else that is needed later. */
static bool cannot_keep_files(const struct passage *passage)
{
	const struct passage_plan *plan = passage->plan;
	const struct file_table_options *memory = &plan->options->memory;
	uint64_t bytes = 0;

	for (size_t i = 0; memory->no_spill && i < block_list_count(plan->blocks); i++) {
		const struct block *block = block_list_get(plan->blocks, i);

		if (shows_file(passage, block))
			bytes += stored_bytes(block);
	}
	return bytes > memory->memory_bytes / 2;
}

int passage_begin(struct passage *passage, struct error *err)
{
	const struct passage_plan *plan = passage->plan;

	keep_all_if_refused(passage);
	passage->files_pass = cannot_keep_files(passage);
	for (size_t i = 0; i < block_list_count(plan->blocks); i++) {
		int ret = note_block(passage, block_list_get(plan->blocks, i), err);

		if (ret)
			return ret;
	}
	for (size_t i = 0; i < plan->targets->count; i++) {
		int ret = keep_command_line(passage, plan->targets->targets[i].process, err);

		if (ret)
			return ret;
	}
	for (size_t i = 0; plan->keeps_objects && i < plan->checkpoint->object_count; i++) {
		int ret = keep_object(passage, &plan->checkpoint->objects[i], err);

		if (ret)
			return ret;
	}
	for (size_t i = 0; i < passage->images.count; i++)
		passing_image_merge(&passage->images.items[i]);
	return 0;
}

int passage_new(struct passage **out, const struct passage_plan *plan, struct error *err)
{
	struct passage *passage = calloc(1, sizeof(*passage));

	if (!passage)
		return error_no_memory(err, "page images");
	passage->plan = plan;

	int ret = passing_images_init(&passage->images, plan->checkpoint, err);

	if (!ret)
		ret = find_deep_images(passage, err);
	if (ret) {
		passage_free(passage);
		return ret;
	}
	*out = passage;
	return 0;
}

void passage_free(struct passage *passage)
{
	if (!passage)
		return;
	passing_images_release(&passage->images);
	passed_blocks_release(&passage->passed);
	free(passage);
}

static int keep_part(struct passage *passage, struct passing_image *image, uint64_t offset,
		     struct bytes bytes, struct error *err)
{
	struct error problem = { 0 };
	int ret = file_table_keep(passage->plan->files, image->file, offset, bytes, &problem);

	if (ret == ERROR_LIMIT || ret == ERROR_SYSTEM) {
		struct warning warning = {
			.code = ret == ERROR_LIMIT ? WARNING_LIMIT : WARNING_NO_SPACE,
			.file = image->name,
			.has_range = true,
			.offset = offset,
			.length = bytes.length,
		};

		image->full = true;
		return warning_list_add(passage->plan->warnings, &warning, "%s", problem.message);
	}
	if (ret)
		*err = problem;
	return ret;
}

/* Keeps what of these bytes is to be read again. */
static int keep_bytes(struct passage *passage, struct passing_image *image, uint64_t offset,
		      struct bytes bytes, struct error *err)
{
	uint64_t end = offset + bytes.length;

	if (image->whole && offset < image->length) {
		if (end > image->length)
			bytes.length = (size_t)(image->length - offset);
		return keep_part(passage, image, offset, bytes, err);
	}
	for (size_t i = 0; i < image->range_count && image->ranges[i].start < end; i++) {
		struct address_range range = image->ranges[i];
		uint64_t low = range.start > offset ? range.start : offset;
		uint64_t high = range.end < end ? range.end : end;
		struct bytes part = { bytes.data + (low - offset), (size_t)(high - low) };

		if (low >= high)
			continue;

		int ret = keep_part(passage, image, low, part, err);

		if (ret)
			return ret;
	}
	return 0;
}

/* What a page map says is there of an image that is too short: its whole pages, as of one that lies in place. */
static uint64_t whole_pages(const struct passage *passage, const struct passing_image *image,
			    uint64_t length)
{
	const struct checkpoint *checkpoint = passage->plan->checkpoint;
	uint64_t page_bytes = checkpoint->process_count ? checkpoint->processes[0].page_bytes : 0;

	return length >= image->length || !page_bytes ? length : length - length % page_bytes;
}

/* Only bytes before @end are anybody's. */
static int take_bytes(struct passage *passage, struct passing_image *image, struct source *source,
		      uint64_t end, uint64_t *received, struct error *err)
{
	for (;;) {
		struct lease lease = { 0 };
		int ret = source_lend(source, &lease, err);

		if (ret || !lease.length)
			return ret;

		uint64_t offset = *received;

		*received += lease.length;
		if (offset >= end) {
			lease_release(&lease);
			continue;
		}
		if (lease.length > end - offset)
			lease.length = (size_t)(end - offset);
		ret = keep_bytes(passage, image, offset, (struct bytes){ lease.data, lease.length },
				 err);
		if (ret) {
			lease_release(&lease);
			return ret;
		}
		if (!image->full)
			image->received = offset + lease.length;
		ret = search_pass(passage->plan->search, image->file, offset, &lease, err);
		if (ret)
			return ret;
	}
}

int passage_take(struct passage *passage, struct source *source, const struct member *member,
		 const char *name, bool *known, uint64_t *received, struct error *err)
{
	struct passing_image *image = passing_images_of_name(&passage->images, name);

	*known = image != NULL;
	if (!image)
		return 0;
	image->taken = true;
	*received = member->length;
	if (!image->used && !image->range_count)
		return 0;
	*received = 0;

	int ret = take_bytes(passage, image, source, whole_pages(passage, image, member->length),
			     received, err);

	return ret ? ret : search_pass_end(passage->plan->search, image->file, err);
}

bool passage_has_taken(const struct passage *passage, const char *name)
{
	const struct passing_image *image = passing_images_of_name(&passage->images, name);

	return image && image->taken;
}

uint32_t passage_file(const struct passage *passage, const char *name)
{
	const struct passing_image *image = passing_images_of_name(&passage->images, name);

	return image ? image->file : UINT32_MAX;
}

/* The end: what was kept is searched, as far as it came. */
static uint64_t received_of(void *context, uint32_t file)
{
	const struct passage *passage = context;
	const struct passing_image *image = passing_images_of_file(&passage->images, file);

	return image ? image->received : UINT64_MAX;
}

static int add_part(void *context, const struct block *part, uint64_t bytes, struct error *err)
{
	struct passage *passage = context;

	(void)bytes;
	return search_add(passage->plan->search, part, err);
}

/* That an image is too short is told when the model is made of all that came. */
static int add_kept_block(struct passage *passage, struct target_list *targets,
			  const struct block *block, struct error *err)
{
	const struct received_parts parts = { passage, received_of, add_part };
	uint64_t missing;
	int ret = received_parts_each(&parts, block, &missing, err);

	for (size_t i = 0; !ret && i < block->placement_count; i++)
		target_lose(&targets->targets[block->placements[i].target], missing);
	return ret;
}

/* Bytes of files that have joined a block which passed without them were not searched. */
static void lose_joined(struct passage *passage, struct target_list *targets,
			const struct block *block)
{
	const struct placement *placement = &block->placements[0];
	uint64_t address = placement->address, missing = 0;

	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];

		if (extent->kind == EXTENT_RAW)
			missing += extent->length - passed_blocks_bytes(&passage->passed,
									placement->target, address,
									extent->length);
		address += extent->length;
	}
	for (size_t i = 0; missing && i < block->placement_count; i++)
		target_lose(&targets->targets[block->placements[i].target], missing);
	passage->not_joined += missing;
}

static bool has_passed(struct passage *passage, const struct block *block)
{
	const struct placement *placement = &block->placements[0];
	uint64_t length = 0;

	if (!passage->files_pass)
		return passed_blocks_has(&passage->passed, block);
	for (size_t i = 0; i < block->extent_count; i++)
		length += block->extents[i].length;
	return passed_blocks_bytes(&passage->passed, placement->target, placement->address,
				   length) > 0;
}

static int tell_not_joined(const struct passage *passage, struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT, .bytes = passage->not_joined };

	if (passage->not_joined &&
	    warning_list_add(passage->plan->warnings, &warning,
			     "memory that shows files cannot be kept, and was searched without "
			     "the bytes of these files") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int passage_end(struct passage *passage, struct target_list *targets,
		const struct block_list *blocks, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < passage->images.count; i++)
		if (!passage->images.items[i].taken)
			ret = search_pass_end(passage->plan->search, passage->images.items[i].file,
					      err);
	for (size_t i = 0; !ret && i < block_list_count(blocks); i++) {
		const struct block *block = block_list_get(blocks, i);

		if (!has_passed(passage, block))
			ret = add_kept_block(passage, targets, block, err);
		else if (passage->files_pass)
			lose_joined(passage, targets, block);
	}
	return ret ? ret : tell_not_joined(passage, err);
}
