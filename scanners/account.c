#include "scanners/account.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/select.h"

#define FILES_LISTED 20

/* Page maps may describe any number of bytes that are not there. */
static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

struct file_sums {
	struct file_not_dumped *items;
	size_t count, capacity;
};

static int note_file(void *context, const char *path, uint64_t bytes)
{
	struct file_sums *sums = context;
	struct file_not_dumped *grown =
		array_grow(sums->items, &sums->capacity, sums->count + 1, sizeof(*grown));

	if (!grown)
		return ERROR_MEMORY;
	sums->items = grown;
	sums->items[sums->count++] = (struct file_not_dumped){ path, bytes };
	return 0;
}

static int by_path(const void *left, const void *right)
{
	return strcmp(((const struct file_not_dumped *)left)->path,
		      ((const struct file_not_dumped *)right)->path);
}

static int by_bytes(const void *left_item, const void *right_item)
{
	const struct file_not_dumped *left = left_item, *right = right_item;

	if (left->bytes != right->bytes)
		return left->bytes < right->bytes ? 1 : -1;
	return strcmp(left->path, right->path);
}

static void merge_paths(struct file_sums *sums)
{
	size_t kept = 0;

	if (!sums->count)
		return;
	qsort(sums->items, sums->count, sizeof(*sums->items), by_path);
	for (size_t i = 1; i < sums->count; i++) {
		if (strcmp(sums->items[i].path, sums->items[kept].path) == 0)
			add(&sums->items[kept].bytes, sums->items[i].bytes);
		else
			sums->items[++kept] = sums->items[i];
	}
	sums->count = kept + 1;
}

static int list_files(struct scan_summary *out, const struct target_list *targets,
		      struct arena *arena, struct error *err)
{
	struct file_sums sums = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < targets->count; i++) {
		const struct target *target = &targets->targets[i];

		if (target->kind == TARGET_PROCESS)
			ret = process_memory_files_not_dumped(target->memory, target->filter,
							      note_file, &sums);
	}
	merge_paths(&sums);
	if (sums.count)
		qsort(sums.items, sums.count, sizeof(*sums.items), by_bytes);
	out->files_not_dumped_count = sums.count < FILES_LISTED ? sums.count : FILES_LISTED;
	out->files_not_dumped =
		arena_copy(arena, sums.items, out->files_not_dumped_count * sizeof(*sums.items));
	free(sums.items);
	return ret || !out->files_not_dumped ? error_no_memory(err, "the files not dumped") : 0;
}

static void count_targets(struct scan_summary *out, const struct target_list *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		out->targets[targets->targets[i].kind]++;
}

/* A target that was not judged was not scanned, however far the search came. */
static void count_bytes(struct scan_summary *out, const struct target_list *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->targets[i];
		struct memory_bytes bytes = target_bytes(target);
		uint64_t lost = target->state == TARGET_JUDGED ? target->bytes_lost : bytes.dumped;

		if (lost > bytes.dumped)
			lost = bytes.dumped;
		add(&out->bytes_scanned, bytes.dumped - lost);
		add(&out->bytes_lost, bytes.lost);
		add(&out->bytes_lost, lost);
		add(&out->bytes_not_dumped, bytes.not_dumped);
		add(&out->bytes_not_selected, bytes.not_selected);
	}
	add(&out->bytes_not_selected, targets->left_out.dumped);
	add(&out->bytes_not_selected, targets->left_out.lost);
}

static int list_incomplete(struct scan_summary *out, struct warning_list *list, struct arena *arena,
			   struct error *err)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(list, &count);
	enum warning_code *codes = arena_alloc_array(arena, WARNING_CODES, sizeof(*codes));
	bool seen[WARNING_CODES] = { false };

	if (!codes || !warnings)
		return error_no_memory(err, "a summary");
	for (size_t i = 0; i < count; i++)
		seen[warnings[i].code] = true;
	for (int code = 0; code < WARNING_CODES; code++)
		if (seen[code] && warning_code_effect((enum warning_code)code) == EFFECT_INCOMPLETE)
			codes[out->incomplete_count++] = (enum warning_code)code;
	out->incomplete = codes;
	return 0;
}

static int copy_filters(struct scan_summary *out, const struct scan_options *options,
			struct arena *arena, struct error *err)
{
	char *text = select_text(options);

	out->filters = text ? arena_copy_string(arena, text, strlen(text)) : NULL;
	free(text);
	return out->filters ? 0 : error_no_memory(err, "a summary");
}

static void count_rules(struct scan_summary *out, const struct ruleset *rules)
{
	const struct rule *const *list = ruleset_rules(rules, &out->rule_count);

	for (size_t i = 0; i < out->rule_count; i++)
		out->string_count += list[i]->string_count;
	out->rules_digest = ruleset_digest(rules);
	out->rules_not_evaluated = ruleset_not_evaluated(rules, &out->modules_not_evaluated,
							 &out->modules_not_evaluated_count);
}

int account_make(struct scan_summary *out, const struct account_facts *facts, struct arena *arena,
		 struct error *err)
{
	int ret;

	*out = (struct scan_summary){
		.checkpoint = facts->outline,
		.hits = facts->hits,
		.warnings = facts->warning_count,
		.bytes_lost = facts->unplaced_bytes,
		.seconds = facts->seconds,
		.threads = facts->threads,
		.stats = facts->stats,
	};
	count_rules(out, compiled_rules_ruleset(facts->rules));
	ret = copy_filters(out, facts->options, arena, err);
	if (!ret)
		ret = list_incomplete(out, facts->warnings, arena, err);
	if (!ret && facts->targets) {
		count_targets(out, facts->targets);
		count_bytes(out, facts->targets);
		ret = list_files(out, facts->targets, arena, err);
	}
	out->narrowed =
		out->bytes_not_selected || (facts->targets && facts->targets->left_out_count);
	out->complete = !out->incomplete_count;
	out->whole = out->complete && !out->bytes_not_dumped;
	return ret;
}
