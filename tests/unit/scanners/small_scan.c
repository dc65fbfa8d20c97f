#include "small_scan.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define DISTANCE (UINT64_C(1) << 20)

static void compile(struct small_scan *scan, const char *text)
{
	struct rule_text input = { "test.yar", "default", { (const uint8_t *)text, strlen(text) } };
	struct compile_options options = { 0 };
	struct diagnostics *notes;
	struct ruleset *rules;
	struct error err;

	assert_int_equal(diagnostics_new(&notes, &err), 0);
	if (ruleset_compile(&rules, &input, 1, &options, notes, &err))
		fail_msg("rules do not compile: %s", err.message);
	if (compiled_rules_new(&scan->rules, rules, NEED_LISTED, notes, &err))
		fail_msg("rules do not compile: %s", err.message);
	scan->ruleset = compiled_rules_ruleset(scan->rules);
	diagnostics_free(notes);
}

static void add_pages(struct small_scan *scan, size_t count, enum small_bytes bytes)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	size_t length = count * SMALL_PAGE;
	uint8_t *data;

	scan->image = (struct page_image){ .name = "pages-1.img", .length = length };
	assert_int_equal(file_table_new(&scan->files, &options, NULL), 0);
	if (bytes == BYTES_PASSED) {
		assert_int_equal(file_table_add_passing(scan->files, length, scan->image.name,
							&scan->image.file, NULL),
				 0);
		return;
	}
	data = malloc(length + 1);
	assert_non_null(data);
	for (size_t i = 0; i < length; i++)
		data[i] = (uint8_t)('a' + 1 + i / SMALL_PAGE);
	assert_int_equal(file_table_add_memory(scan->files, data, length, scan->image.name,
					       &scan->image.file, NULL),
			 0);
}

static void add_process(struct small_scan *scan, size_t index)
{
	uint64_t address = (index + 1) * DISTANCE;

	scan->runs[index] = (struct page_run){ .address = address,
					       .length = SMALL_PAGE,
					       .offset = index * SMALL_PAGE };
	scan->vmas[index] = (struct vma){ .start = address,
					  .end = address + SMALL_PAGE,
					  .protection = PROTECTION_READ | PROTECTION_WRITE,
					  .kind = VMA_HEAP,
					  .path = "[heap]" };
	scan->processes[index] = (struct process){
		.pid = (uint32_t)index + 1,
		.name = "small",
		.page_bytes = SMALL_PAGE,
		.vmas = &scan->vmas[index],
		.vma_count = 1,
		.runs = &scan->runs[index],
		.run_count = 1,
	};
}

void small_scan_make(struct small_scan *scan, const char *rules, size_t process_count,
		     enum small_bytes bytes)
{
	assert_true(process_count <= SMALL_PROCESSES);
	*scan = (struct small_scan){ .options = { .list_matches = true } };
	compile(scan, rules);
	assert_int_equal(warning_list_new(&scan->warnings, NULL), 0);
	add_pages(scan, process_count, bytes);
	for (size_t i = 0; i < process_count; i++)
		add_process(scan, i);
	scan->checkpoint = (struct checkpoint){ .processes = scan->processes,
						.process_count = process_count,
						.images = &scan->image,
						.image_count = 1 };
	assert_int_equal(
		target_list_new(&scan->targets, &scan->checkpoint, NULL, &scan->options, NULL), 0);
}

void small_scan_release(struct small_scan *scan)
{
	target_list_free(scan->targets);
	file_table_free(scan->files);
	warning_list_free(scan->warnings);
	compiled_rules_release(scan->rules);
}

static uint32_t pattern_of(const struct small_scan *scan, const char *name)
{
	size_t count;
	const struct rule *const *rules = ruleset_rules(scan->ruleset, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < rules[i]->string_count; j++)
			if (strcmp(rules[i]->strings[j].name, name) == 0)
				return rules[i]->strings[j].pattern;
	fail_msg("no string $%s", name);
	return 0;
}

static void add_matches(const struct small_scan *scan, struct match_store *store,
			const struct small_matches *matches)
{
	uint32_t pattern = pattern_of(scan, matches->string);

	for (uint64_t i = 0; i < matches->count; i++) {
		const struct match match = {
			.address = matches->address + i * matches->step,
			.length = 3,
			.data = (const uint8_t *)"<hit>>",
			.before_length = 1,
			.data_length = 3,
			.after_length = 2,
			.xor_key = (uint32_t)(i + 1) & 0xff,
		};

		int ret = match_store_add(store, pattern, &match, NULL);

		assert_true(ret == 0 || (ret == ERROR_LIMIT && scan->match_bytes));
	}
}

struct match_table *small_scan_matches(const struct small_scan *scan,
				       const struct small_matches *matches, size_t count)
{
	struct match_budget budget = {
		.bytes_left = scan->match_bytes ? scan->match_bytes : UINT64_C(1) << 30,
	};
	struct match_policy policy = {
		.needs = compiled_rules_needs(scan->rules, scan->targets->targets[0].purpose),
		.max_listed = scan->options.max_listed ? scan->options.max_listed : 100,
		.data_bytes = 16,
		.context_bytes = 4,
	};
	struct match_store *store;
	struct match_table *table;

	ruleset_patterns(scan->ruleset, &policy.pattern_count);
	assert_int_equal(match_store_new(&store, &policy, &budget, NULL), 0);
	for (size_t i = 0; i < count; i++)
		add_matches(scan, store, &matches[i]);
	assert_int_equal(match_table_merge(&table, &store, 1, &policy, NULL), 0);
	match_store_free(store);
	return table;
}

const struct warning *small_scan_warnings(const struct small_scan *scan, size_t *count)
{
	const struct warning *warnings = warning_list_sorted(scan->warnings, count);

	assert_non_null(warnings);
	return warnings;
}
