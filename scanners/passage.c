#include "scanners/passage.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/command_line.h"

/* Of each block, where conditions read bytes: headers are what they read (design: decision 8). */
#define BLOCK_HEAD_BYTES (64u << 10)

struct passing_image {
	const char *name;
	uint32_t file;
	uint64_t length; /* that page maps describe; what comes behind is nobody's */
	bool used; /* a block that is searched shows it */
	bool whole; /* all of it is kept */
	bool taken;
	struct address_range *ranges; /* offsets that are kept */
	size_t range_count, range_capacity;
};

struct passage {
	const struct passage_plan *plan;
	struct passing_image *images; /* by index in the checkpoint, which is by file number */
	struct passing_image **by_name;
	size_t count;
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

static int compare_names(const void *left, const void *right)
{
	return strcmp((*(struct passing_image *const *)left)->name,
		      (*(struct passing_image *const *)right)->name);
}

static int compare_name(const void *name, const void *image)
{
	return strcmp(name, (*(struct passing_image *const *)image)->name);
}

static int compare_file(const void *file, const void *image)
{
	uint32_t left = *(const uint32_t *)file,
		 right = ((const struct passing_image *)image)->file;

	return (left > right) - (left < right);
}

static struct passing_image *image_of_file(const struct passage *passage, uint32_t file)
{
	return passage->count ? bsearch(&file, passage->images, passage->count,
					sizeof(*passage->images), compare_file)
			      : NULL;
}

static struct passing_image *image_of_name(const struct passage *passage, const char *name)
{
	struct passing_image **found = passage->count
					       ? bsearch(name, passage->by_name, passage->count,
							 sizeof(*passage->by_name), compare_name)
					       : NULL;

	return found ? *found : NULL;
}

static int keep_range(struct passing_image *image, uint64_t start, uint64_t length,
		      struct error *err)
{
	struct address_range *grown = array_grow(image->ranges, &image->range_capacity,
						 image->range_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "ranges of a page image");
	image->ranges = grown;
	image->ranges[image->range_count++] = (struct address_range){ start, start + length };
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

static int keep_head(struct passage *passage, const struct block *block, struct error *err)
{
	uint64_t left = BLOCK_HEAD_BYTES;

	for (size_t i = 0; i < block->extent_count && left; i++) {
		const struct extent *extent = &block->extents[i];
		uint64_t length = extent->length < left ? extent->length : left;
		struct passing_image *image =
			extent->kind == EXTENT_RAW ? image_of_file(passage, extent->file) : NULL;
		int ret = image ? keep_range(image, extent->offset, length, err) : 0;

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
			extent->kind == EXTENT_RAW ? image_of_file(passage, extent->file) : NULL;

		if (image)
			image->whole = image->used = true;
	}
}

static int note_block(struct passage *passage, const struct block *block, struct error *err)
{
	uint32_t file;

	if (!passes_alone(block, &file)) {
		keep_whole(passage, block);
		return 0;
	}

	struct passing_image *image = image_of_file(passage, file);

	if (image)
		image->used = true;

	int ret = search_add(passage->plan->search, block, err);

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

		if (run->lost || run->image >= passage->count || low >= high)
			continue;

		int ret = keep_range(&passage->images[run->image],
				     run->offset + (low - run->address), high - low, err);

		if (ret)
			return ret;
	}
	return 0;
}

static int compare_ranges(const void *left, const void *right)
{
	uint64_t a = ((const struct address_range *)left)->start;
	uint64_t b = ((const struct address_range *)right)->start;

	return (a > b) - (a < b);
}

static void merge_ranges(struct passing_image *image)
{
	size_t kept = 0;

	if (!image->range_count)
		return;
	qsort(image->ranges, image->range_count, sizeof(*image->ranges), compare_ranges);
	for (size_t i = 1; i < image->range_count; i++) {
		struct address_range *last = &image->ranges[kept];

		if (image->ranges[i].start > last->end)
			image->ranges[++kept] = image->ranges[i];
		else if (image->ranges[i].end > last->end)
			last->end = image->ranges[i].end;
	}
	image->range_count = kept + 1;
}

static int list_images(struct passage *passage, struct error *err)
{
	const struct checkpoint *checkpoint = passage->plan->checkpoint;

	passage->images = calloc(checkpoint->image_count + 1, sizeof(*passage->images));
	passage->by_name = calloc(checkpoint->image_count + 1, sizeof(*passage->by_name));
	if (!passage->images || !passage->by_name)
		return error_no_memory(err, "page images");
	passage->count = checkpoint->image_count;
	for (size_t i = 0; i < passage->count; i++) {
		passage->images[i].name = checkpoint->images[i].name;
		passage->images[i].file = checkpoint->images[i].file;
		passage->images[i].length = checkpoint->images[i].length;
		passage->by_name[i] = &passage->images[i];
	}
	qsort(passage->by_name, passage->count, sizeof(*passage->by_name), compare_names);
	return 0;
}

static int note_everything(struct passage *passage, struct error *err)
{
	const struct passage_plan *plan = passage->plan;

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
	for (size_t i = 0; i < passage->count; i++)
		merge_ranges(&passage->images[i]);
	return 0;
}

int passage_new(struct passage **out, const struct passage_plan *plan, struct error *err)
{
	struct passage *passage = calloc(1, sizeof(*passage));

	if (!passage)
		return error_no_memory(err, "page images");
	passage->plan = plan;

	int ret = list_images(passage, err);

	if (!ret)
		ret = note_everything(passage, err);
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
	for (size_t i = 0; i < passage->count; i++)
		free(passage->images[i].ranges);
	free(passage->images);
	free(passage->by_name);
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
		ret = search_pass(passage->plan->search, image->file, offset, &lease, err);
		if (ret)
			return ret;
	}
}

int passage_take(struct passage *passage, struct source *source, const struct member *member,
		 const char *name, bool *known, uint64_t *received, struct error *err)
{
	struct passing_image *image = image_of_name(passage, name);

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
	const struct passing_image *image = image_of_name(passage, name);

	return image && image->taken;
}

int passage_end(struct passage *passage, struct error *err)
{
	const struct passage_plan *plan = passage->plan;
	int ret = 0;

	for (size_t i = 0; !ret && i < passage->count; i++)
		if (!passage->images[i].taken)
			ret = search_pass_end(plan->search, passage->images[i].file, err);
	for (size_t i = 0; !ret && i < block_list_count(plan->blocks); i++) {
		const struct block *block = block_list_get(plan->blocks, i);
		uint32_t file;

		if (!passes_alone(block, &file))
			ret = search_add(plan->search, block, err);
	}
	return ret;
}
