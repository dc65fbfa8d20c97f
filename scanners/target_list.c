#include "scanners/target_list.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/content_target.h"
#include "scanners/select.h"
#include "scanners/stored_ranges.h"

#define SEARCH_FACTOR 64

/* Page maps may describe any number of bytes that are not there. */
static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static void add_bytes(struct memory_bytes *sum, struct memory_bytes more)
{
	add(&sum->dumped, more.dumped);
	add(&sum->lost, more.lost);
	add(&sum->not_dumped, more.not_dumped);
	add(&sum->from_files, more.from_files);
	add(&sum->not_selected, more.not_selected);
}

static void leave_out(struct target_list *list, struct memory_bytes bytes)
{
	add_bytes(&list->left_out, bytes);
	list->left_out_count++;
}

/* Takes over what @target holds. */
static int append(struct target_list *list, const struct target *target, struct error *err)
{
	struct target *grown =
		array_grow(list->targets, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "the list of targets");
	list->targets = grown;
	list->targets[list->count] = *target;
	list->targets[list->count].number = (uint32_t)list->count;
	list->count++;
	add_bytes(&list->chosen, target_bytes(target));
	return 0;
}

/* Where nothing is searched no rule is judged: all that it could say is that a string is not there. */
static bool any_is_chosen(const struct target *target)
{
	struct memory_bytes bytes;

	if (!memory_filter_narrows(target->filter))
		return true;
	bytes = target_bytes(target);
	return bytes.dumped || bytes.lost;
}

static int add_process(struct target_list *list, const struct checkpoint *checkpoint,
		       const struct process *process, const struct scan_options *options,
		       struct error *err)
{
	struct target target = { .kind = TARGET_PROCESS,
				 .process = process,
				 .filter = &options->memory_filter };
	int ret = process_memory_new(&target.memory, checkpoint, process, err);

	if (ret)
		return ret;
	target.purpose =
		process_memory_is_low(target.memory) ? PURPOSE_LOW_PROCESS : PURPOSE_PROCESS;
	if (select_process(options, process) && any_is_chosen(&target)) {
		ret = append(list, &target, err);
		if (ret)
			target_release(&target);
		return ret;
	}
	leave_out(list, process_memory_bytes(target.memory, NULL));
	target_release(&target);
	return 0;
}

static struct target captured_target(const struct captured *captured)
{
	return (struct target){
		.kind = captured->kind,
		.captured = *captured,
		.purpose = PURPOSE_FILE,
	};
}

static int add_captured(struct target_list *list, const struct checkpoint *checkpoint,
			const struct captured *captured, const struct scan_options *options,
			struct error *err)
{
	const struct target target = captured_target(captured);

	if (select_captured(options, checkpoint, captured))
		return append(list, &target, err);
	leave_out(list, target_bytes(&target));
	return 0;
}

static int new_list(struct target_list **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : error_no_memory(err, "the list of targets");
}

int target_list_of_file(struct target_list **out, const struct captured *file, struct error *err)
{
	const struct target target = captured_target(file);
	struct target_list *list;
	int ret = new_list(&list, err);

	if (!ret)
		ret = append(list, &target, err);
	if (ret) {
		target_list_free(list);
		return ret;
	}
	*out = list;
	return 0;
}

int target_list_add_captured(struct target_list *list, const struct checkpoint *checkpoint,
			     const struct captured_list *captured,
			     const struct scan_options *options, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < captured->count; i++)
		ret = add_captured(list, checkpoint, &captured->items[i], options, err);
	return ret;
}

int target_list_new(struct target_list **out, const struct checkpoint *checkpoint,
		    const struct captured_list *captured, const struct scan_options *options,
		    struct error *err)
{
	struct target_list *list = NULL;
	int ret = new_list(&list, err);

	for (size_t i = 0; !ret && i < checkpoint->process_count; i++)
		ret = add_process(list, checkpoint, &checkpoint->processes[i], options, err);
	if (!ret && captured)
		ret = target_list_add_captured(list, checkpoint, captured, options, err);
	if (ret) {
		target_list_free(list);
		return ret;
	}
	*out = list;
	return 0;
}

void target_list_free(struct target_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		target_release(&list->targets[i]);
	free(list->targets);
	free(list);
}

uint64_t target_list_budget(uint64_t stored_bytes, const struct scan_options *options)
{
	uint64_t factor = options->search_factor ? options->search_factor : SEARCH_FACTOR;
	uint64_t budget;

	return __builtin_mul_overflow(stored_bytes, factor, &budget) ? UINT64_MAX : budget;
}

static int add_pieces(struct stored_ranges *ranges, const struct content *content,
		      struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < content->piece_count; i++) {
		const struct piece *piece = &content->pieces[i];

		if (piece->kind == PIECE_STORED)
			ret = stored_ranges_add(
				ranges,
				(struct stored_bytes){ piece->offset, piece->length, piece->file },
				err);
	}
	return ret;
}

struct contents {
	const struct content **items;
	size_t count, capacity;
};

static int note_contents(struct contents *contents, const struct target *target, struct error *err)
{
	const struct process *process = target->process;
	const struct content **grown;

	if (!process || !process->contents || !process->vma_count)
		return 0;
	grown = array_grow(contents->items, &contents->capacity,
			   contents->count + process->vma_count, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "mapped files");
	contents->items = grown;
	for (size_t i = 0; i < process->vma_count; i++)
		if (process->contents[i])
			contents->items[contents->count++] = process->contents[i];
	return 0;
}

static int compare_contents(const void *left_item, const void *right_item)
{
	const struct content *const *left = left_item, *const *right = right_item;

	return (*left > *right) - (*left < *right);
}

/* Any number of mappings may show one file, and that in any number of pieces: it is added once. */
static int add_mapped_files(struct stored_ranges *ranges, const struct target_list *list,
			    struct error *err)
{
	struct contents contents = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < list->count; i++)
		ret = note_contents(&contents, &list->targets[i], err);
	if (!ret && contents.count)
		qsort(contents.items, contents.count, sizeof(*contents.items), compare_contents);
	for (size_t i = 0; !ret && i < contents.count; i++)
		if (!i || contents.items[i] != contents.items[i - 1])
			ret = add_pieces(ranges, contents.items[i], err);
	free(contents.items);
	return ret;
}

/* All bytes that blocks can show, each once: what lies at one place may be in any number of targets. */
static int stored_bytes(const struct target_list *list, const struct checkpoint *checkpoint,
			uint64_t *bytes, struct error *err)
{
	struct stored_ranges ranges = { 0 };
	int ret = add_mapped_files(&ranges, list, err);

	for (size_t i = 0; !ret && i < checkpoint->image_count; i++) {
		const struct page_image *image = &checkpoint->images[i];

		/* What was unpacked is as long as it claims to be; the image it came from is counted. */
		if (image->packed_count)
			continue;
		ret = stored_ranges_add(
			&ranges, (struct stored_bytes){ image->offset, image->length, image->file },
			err);
	}
	for (size_t i = 0; !ret && i < list->count; i++)
		ret = add_pieces(&ranges, &list->targets[i].captured.content, err);
	*bytes = stored_ranges_bytes(&ranges);
	stored_ranges_release(&ranges);
	return ret;
}

static int budget_of(struct block_budget *out, const struct target_list *list,
		     const struct checkpoint *checkpoint, const struct scan_options *options,
		     const struct block_list *blocks, struct error *err)
{
	uint64_t stored, spent = block_budget_spent(blocks);
	int ret = stored_bytes(list, checkpoint, &stored, err);

	if (ret)
		return ret;
	*out = (struct block_budget){ .left = target_list_budget(stored, options) };
	out->left -= spent < out->left ? spent : out->left;
	return 0;
}

int target_refuse(struct target *target, uint64_t refused, struct warning_list *warnings,
		  struct error *err)
{
	struct warning warning = target_warning(target, WARNING_LIMIT);
	char label[TARGET_LABEL_BYTES];

	warning.bytes = refused;
	if (target->kind == TARGET_PROCESS)
		warning.start = process_memory_lowest(target->memory);
	target_lose(target, refused);
	if (warning_list_add(warnings, &warning,
			     "%s shows stored bytes more often than may be searched",
			     target_label(target, label)) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int add_blocks(struct target *target, struct block_list *blocks, struct block_budget *budget,
		      struct error *err)
{
	char label[TARGET_LABEL_BYTES];
	int ret;

	if (target->kind == TARGET_PROCESS)
		ret = process_memory_blocks(target->memory, target->filter, target->number,
					    (uint32_t)target->purpose, blocks, budget, err);
	else
		ret = content_target_blocks(&target->captured.content, target->number, blocks,
					    budget, err);
	return ret ? error_context(err, "%s", target_label(target, label)) : 0;
}

int target_list_blocks(struct target_list *list, const struct checkpoint *checkpoint,
		       const struct scan_options *options, struct block_list *blocks,
		       struct warning_list *warnings, struct error *err)
{
	struct block_budget budget;
	int ret = budget_of(&budget, list, checkpoint, options, blocks, err);

	for (; !ret && list->with_blocks < list->count; list->with_blocks++) {
		struct target *target = &list->targets[list->with_blocks];

		budget.refused = 0;
		ret = add_blocks(target, blocks, &budget, err);
		if (!ret && budget.refused)
			ret = target_refuse(target, budget.refused, warnings, err);
	}
	return ret;
}
