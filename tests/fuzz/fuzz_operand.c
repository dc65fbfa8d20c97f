/*
 * Whole operands, opened to be looked at: archives of checkpoints in a file, with archives in them, layers of container
 * images, earlier images of a chain and a root file system beside them. Each checkpoint keeps what the headers promise,
 * every byte is there, and the same members tell the same in each form. packed_files.h says what a file's name means.
 */
#include <stdlib.h>
#include <string.h>

#include "scanners/look.h"
#include "tests/fuzz/checkpoint_check.h"
#include "tests/fuzz/packed_files.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/view_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

enum asked { ASKED_PLACES, ASKED_BYTES, ASKED_VIEWS };

/* What one look at an operand found, as a sum. */
struct looked {
	bool bytes, views, lost;
	size_t checkpoints;
	uint64_t sum;
};

static void count(struct looked *looked, uint64_t number)
{
	looked->sum = (looked->sum ^ number) * UINT64_C(1099511628211);
}

static void count_text(struct looked *looked, const char *text)
{
	for (; text && *text; text++)
		count(looked, (uint8_t)*text);
}

static void count_memory(struct looked *looked, const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < checkpoint->process_count; i++) {
		const struct process *process = &checkpoint->processes[i];

		count(looked, process->pid);
		for (size_t j = 0; j < process->vma_count; j++)
			count(looked, process->vmas[j].start);
		for (size_t j = 0; j < process->run_count; j++) {
			count(looked, process->runs[j].address);
			count(looked, process->runs[j].length);
			count(looked, process->runs[j].lost);
		}
	}
}

static void count_captured(struct looked *looked, const struct captured_list *captured)
{
	for (size_t i = 0; i < captured->count; i++) {
		const struct captured *item = &captured->items[i];

		count(looked, item->kind);
		count_text(looked, item->path);
		count_text(looked, item->object);
		count(looked, item->content.length);
		count(looked, content_bytes(&item->content, PIECE_LOST));
	}
}

static int take_checkpoint(void *context, const struct look *look, struct error *err)
{
	struct looked *looked = context;

	(void)err;
	require(look->outline && look->container && look->outline->path && look->outline->form);
	check_model(look->checkpoint, look->files, looked->bytes);
	count_text(looked, look->outline->id);
	count_text(looked, look->outline->member);
	count_text(looked, look->container->name);
	count(looked, look->parents);
	count_memory(looked, look->checkpoint);
	count_captured(looked, look->captured);
	if (looked->bytes) {
		check_memory(look->checkpoint, look->files);
		check_captured(look->captured, look->files);
	}
	if (looked->views)
		check_views(look);
	looked->lost |= loses_memory(look->checkpoint) || loses_captured(look->captured);
	looked->checkpoints++;
	return 0;
}

static int take_warning(void *context, const struct checkpoint_outline *outline,
			const struct warning *warning, struct error *err)
{
	(void)context;
	(void)err;
	require(outline->path && warning->message && warning->code < WARNING_CODES);
	return 0;
}

static struct looked look_at(const struct packed_operand *operand, enum packing packing,
			     enum asked asked)
{
	const char *path = packed_operand_path(operand, PART_OPERAND, packing);
	const char *parent = packed_operand_path(operand, PART_PARENT, PACKING_PLAIN);
	const struct look_options options = {
		.parents = &parent,
		.parent_count = parent != NULL,
		.rootfs = packed_operand_path(operand, PART_ROOTFS, PACKING_PLAIN),
		.bytes = asked != ASKED_PLACES,
		.memory = { .memory_bytes = 1 << 20 },
	};
	struct looked looked = { .bytes = asked != ASKED_PLACES, .views = asked == ASKED_VIEWS };
	const struct look_visitor visitor = { &looked, take_checkpoint, take_warning };
	struct look_result result;

	require(!look_run(path, &options, &visitor, &result, NULL));
	require(result.checkpoints == looked.checkpoints);
	require(!looked.lost || !result.complete);
	return looked;
}

/* In another way, as its length chooses, so that each run is short. */
static void look_otherwise(const struct packed_operand *operand, const struct looked *whole,
			   size_t length)
{
	bool packs = packed_operand_can_repack(operand);
	struct looked other = *whole;

	switch (length % 4) {
	case 0:
		other = look_at(operand, PACKING_PLAIN, ASKED_PLACES);
		break;
	case 1:
		if (packs)
			other = look_at(operand, PACKING_ZSTD, ASKED_BYTES);
		break;
	case 2:
		if (packs)
			other = look_at(operand, PACKING_GZIP, ASKED_PLACES);
		break;
	}
	require(other.checkpoints == whole->checkpoints);
	require(other.sum == whole->sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct packed_operand *operand = packed_operand_new(data, length);
	struct looked whole =
		look_at(operand, PACKING_PLAIN, length % 4 == 3 ? ASKED_VIEWS : ASKED_BYTES);

	look_otherwise(operand, &whole, length);
	packed_operand_free(operand);
	return 0;
}
