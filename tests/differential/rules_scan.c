#include "tests/differential/rules_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Process memory below it can be named by rules that are made for files. */
#define LOW_MEMORY 0x10000u

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
	return target->block_count && target->blocks[0].address < LOW_MEMORY ? PURPOSE_LOW_PROCESS
									     : PURPOSE_PROCESS;
}

static int keep_table(void *context, uint32_t target, struct match_table *matches,
		      uint64_t bytes_lost, struct error *err)
{
	struct match_table **table = context;

	(void)err;
	assert_int_equal(target, 0);
	assert_int_equal(bytes_lost, 0);
	*table = matches;
	return 0;
}

static void add_block(struct search *search, struct file_table *files,
		      const struct scan_block *from)
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
	struct error err;

	assert_non_null(copy);
	memcpy(copy, from->data, from->length);
	assert_int_equal(
		file_table_add_memory(files, copy, from->length, "block", &extent.file, &err), 0);
	assert_int_equal(search_add(search, &block, &err), 0);
}

static struct match_table *search(struct workers *workers, const struct compiled_rules *compiled,
				  const struct scan_target *target)
{
	enum scan_purpose purpose = purpose_of(target);
	struct search_purpose searched = { compiled_rules_database(compiled, purpose),
					   compiled_rules_needs(compiled, purpose) };
	struct file_table_options options = { .memory_bytes = 1u << 20 };
	struct match_table *table = NULL;
	struct file_table *files;
	struct search *running;
	struct error err;

	assert_int_equal(file_table_new(&files, &options, &err), 0);

	struct search_plan plan = {
		.purposes = &searched,
		.purpose_count = 1,
		.files = files,
		.shard_bytes = target->shard_bytes,
		.max_listed = 5,
		.data_bytes = 8,
	};

	assert_int_equal(search_new(&running, workers, &plan, keep_table, &table, &err), 0);
	for (size_t i = 0; i < target->block_count; i++)
		add_block(running, files, &target->blocks[i]);
	assert_int_equal(search_seal(running, 0, &err), 0);
	assert_int_equal(search_finish(running, &err), 0);
	assert_non_null(table);
	file_table_free(files);
	return table;
}

void rules_scan_run(struct rules_scan *out, struct workers *workers,
		    const struct compiled_rules *compiled, const struct scan_target *target)
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
	struct error err;

	out->table = search(workers, compiled, target);
	judged.view.facts = &judged.facts;
	judged.view.matches = out->table;
	if (ruleset_evaluate(compiled_rules_ruleset(compiled), &judged.view, &deadlines,
			     &out->verdicts, &err) < 0)
		fail_msg("%s", err.message);
}

void rules_scan_release(struct rules_scan *scan)
{
	match_table_free(scan->table);
	verdicts_release(&scan->verdicts);
}
