#include "tests/support/rules_scan.h"

#include <stdlib.h>
#include <string.h>

/* Process memory below it can be named by rules that are made for files. */

struct judged {
	struct target_view view; /* first: the functions get this one */
	struct target_facts facts;
	const struct scan_target *target;
};

static int lend(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		struct error *err)
{
	const struct scan_target *target = ((const struct judged *)view)->target;

	(void)err;
	*out = (struct bytes){ 0 };
	for (size_t i = 0; i < target->block_count; i++) {
		const struct scan_block *block = &target->blocks[i];
		uint64_t within = address - block->address;

		if (address < block->address || within >= block->length)
			continue;
		out->data = block->data + within;
		out->length = block->length - within < wanted ? block->length - within : wanted;
	}
	return 0;
}

static bool next_block(struct target_view *view, uint64_t address, struct address_range *out)
{
	const struct scan_target *target = ((const struct judged *)view)->target;

	for (size_t i = 0; i < target->block_count; i++) {
		const struct scan_block *block = &target->blocks[i];

		*out = (struct address_range){ block->address, block->address + block->length };
		if (out->end > address)
			return true;
	}
	return false;
}

static enum scan_purpose purpose_of(const struct scan_target *target)
{
	if (!target->is_process)
		return PURPOSE_FILE;
	return target->block_count && target->blocks[0].address < LOW_MEMORY_END
		       ? PURPOSE_LOW_PROCESS
		       : PURPOSE_PROCESS;
}

static int keep_table(void *context, uint32_t target, struct match_table *matches,
		      uint64_t bytes_lost, struct error *err)
{
	struct match_table **table = context;

	*table = matches;
	if (target || bytes_lost)
		return error_set(err, ERROR_USAGE, 0, "target %u lost bytes", target);
	return 0;
}

static int add_block(struct search *search, struct file_table *files, const struct scan_block *from,
		     struct error *err)
{
	struct extent extent = { .length = from->length, .kind = EXTENT_RAW };
	struct placement placement = { .address = from->address };
	struct block block = {
		.extents = &extent,
		.extent_count = 1,
		.placements = &placement,
		.placement_count = 1,
		.first_edge = EDGE_REAL,
		.last_edge = EDGE_REAL,
	};
	uint8_t *copy = malloc(from->length);
	int ret;

	if (!copy)
		return error_no_memory(err, "a block");
	memcpy(copy, from->data, from->length);
	ret = file_table_add_memory(files, copy, from->length, "block", &extent.file, err);
	return ret ? ret : search_add(search, &block, err);
}

static int add_blocks(struct search *search, struct file_table *files,
		      const struct scan_target *target, struct error *err)
{
	int ret = 0;

	/* An empty file has no bytes, and so no block. */
	for (size_t i = 0; !ret && i < target->block_count; i++)
		if (target->blocks[i].length)
			ret = add_block(search, files, &target->blocks[i], err);
	return ret ? ret : search_seal(search, 0, err);
}

static int search_target(struct match_table **out, struct workers *workers,
			 const struct search_plan *plan, struct file_table *files,
			 const struct scan_target *target, struct error *err)
{
	struct error ending = { 0 };
	struct search *running;
	int ret = search_new(&running, workers, plan, keep_table, out, err);

	if (ret)
		return ret;
	ret = add_blocks(running, files, target, err);
	if (search_finish(running, &ending) && !ret) {
		*err = ending;
		ret = ending.code;
	}
	return ret;
}

static int search(struct match_table **out, struct workers *workers,
		  const struct compiled_rules *compiled, const struct scan_target *target,
		  struct error *err)
{
	enum scan_purpose purpose = purpose_of(target);
	struct search_purpose searched = { compiled_rules_database(compiled, purpose),
					   compiled_rules_needs(compiled, purpose) };
	struct file_table_options options = { .memory_bytes = 1u << 20 };
	struct file_table *files;
	int ret = file_table_new(&files, &options, err);

	if (ret)
		return ret;

	struct search_plan plan = {
		.purposes = &searched,
		.purpose_count = 1,
		.files = files,
		.shard_bytes = target->shard_bytes,
		.max_listed = 5,
		.data_bytes = 8,
	};

	ret = search_target(out, workers, &plan, files, target, err);
	file_table_free(files);
	return ret;
}

int rules_scan_run(struct rules_scan *out, struct workers *workers,
		   const struct compiled_rules *compiled, const struct scan_target *target,
		   struct error *err)
{
	const struct deadlines deadlines = { 0 };
	struct judged judged = {
		.view = { .lend = lend, .next_block = next_block },
		.facts = {
			.is_process = target->is_process,
			.has_low_memory = purpose_of(target) == PURPOSE_LOW_PROCESS,
			.filesize = target->block_count ? target->blocks[0].length : 0,
			.lowest_address = target->block_count ? target->blocks[0].address : 0,
		},
		.target = target,
	};
	int ret;

	*out = (struct rules_scan){ 0 };
	ret = search(&out->table, workers, compiled, target, err);
	judged.view.facts = &judged.facts;
	judged.view.matches = out->table;
	if (!ret)
		ret = ruleset_evaluate(compiled_rules_ruleset(compiled), &judged.view, &deadlines,
				       &out->verdicts, err);
	if (ret)
		rules_scan_release(out);
	return ret;
}

void rules_scan_release(struct rules_scan *scan)
{
	match_table_free(scan->table);
	verdicts_release(&scan->verdicts);
	scan->table = NULL;
}
