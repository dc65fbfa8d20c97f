#include "judged_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATTERNS 64
#define MATCHES 64

/* Stands in for the engine's table: a few matches for each pattern. */
struct match_table {
	struct match matches[PATTERNS][MATCHES];
	size_t counts[PATTERNS];
};

const struct match *match_table_get(const struct match_table *table, uint32_t pattern, size_t *kept,
				    uint64_t *count)
{
	*kept = table->counts[pattern];
	*count = table->counts[pattern];
	return *kept ? table->matches[pattern] : NULL;
}

bool match_table_has(const struct match_table *table, uint32_t pattern)
{
	return table->counts[pattern];
}

static void find_in_block(struct match_table *table, uint32_t pattern, struct bytes literal,
			  const struct judged_block *block)
{
	for (size_t i = 0; i + literal.length <= block->length; i++) {
		if (memcmp(block->data + i, literal.data, literal.length) != 0)
			continue;
		assert_true(table->counts[pattern] < MATCHES);
		table->matches[pattern][table->counts[pattern]++] = (struct match){
			.address = block->address + i,
			.length = literal.length,
		};
	}
}

static struct match_table *find_matches(const struct ruleset *rules,
					const struct judged_target *target)
{
	struct match_table *table = calloc(1, sizeof(*table));
	size_t count;
	const struct pattern *patterns = ruleset_patterns(rules, &count);

	assert_non_null(table);
	assert_true(count <= PATTERNS);
	for (uint32_t pattern = 0; pattern < count; pattern++) {
		struct bytes literal = patterns[pattern].parts[0].literal;

		assert_true(literal.length > 0);
		for (size_t i = 0; i < target->block_count; i++)
			find_in_block(table, pattern, literal, &target->blocks[i]);
	}
	return table;
}

static int lend(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		struct error *err)
{
	struct judged_target *target = (struct judged_target *)view;

	target->lend_calls++;
	if (target->lend_error)
		return error_set(err, (enum error_code)target->lend_error, 0, "not here");
	*out = (struct bytes){ 0 };
	for (size_t i = 0; i < target->block_count; i++) {
		const struct judged_block *block = &target->blocks[i];

		if (address < block->address || address - block->address >= block->length)
			continue;
		out->data = (const uint8_t *)block->data + (address - block->address);
		out->length = block->length - (size_t)(address - block->address);
		if (out->length > wanted)
			out->length = wanted;
	}
	return 0;
}

static bool next_block(struct target_view *view, uint64_t address, struct address_range *out)
{
	const struct judged_target *target = (const struct judged_target *)view;

	for (size_t i = 0; i < target->block_count; i++) {
		const struct judged_block *block = &target->blocks[i];

		*out = (struct address_range){ block->address, block->address + block->length };
		if (out->end > address)
			return true;
	}
	return false;
}

struct ruleset *compile_text(const char *text, const struct compile_options *options,
			     struct diagnostics **notes)
{
	struct compile_options none = { 0 };
	struct rule_text input = { "test.yar", "default", { (const uint8_t *)text, strlen(text) } };
	struct ruleset *rules = NULL;
	struct error err;

	assert_int_equal(diagnostics_new(notes, &err), 0);

	int ret = ruleset_compile(&rules, &input, 1, options ? options : &none, *notes, &err);

	if (ret < 0)
		assert_int_equal(ret, ERROR_RULES);
	return rules;
}

static void print_errors(struct diagnostics *notes)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count; i++) {
		char *text = diagnostics_format(notes, &list[i]);

		print_error("%s", text);
		free(text);
	}
}

struct ruleset *compile_good(const char *text)
{
	struct diagnostics *notes;
	struct ruleset *rules = compile_text(text, NULL, &notes);

	if (!rules)
		print_errors(notes);
	diagnostics_free(notes);
	assert_non_null(rules);
	return rules;
}

void judged_target_init(struct judged_target *target, const struct ruleset *rules,
			const struct judged_block *blocks, size_t block_count)
{
	*target = (struct judged_target){ .blocks = blocks, .block_count = block_count };
	target->facts.is_process = true;
	target->facts.has_low_memory = block_count && blocks[0].address < LOW_MEMORY_END;
	target->facts.lowest_address = block_count ? blocks[0].address : 0;
	target->table = find_matches(rules, target);
	target->view = (struct target_view){
		.facts = &target->facts,
		.matches = target->table,
		.lend = lend,
		.next_block = next_block,
	};
}

void judged_target_release(struct judged_target *target)
{
	free(target->table);
}

enum verdict judge_rule_at(const struct ruleset *rules, struct judged_target *target, size_t index)
{
	struct deadlines deadlines = { 0 };
	struct verdicts verdicts;
	struct error err;
	enum verdict verdict;

	if (ruleset_evaluate(rules, &target->view, &deadlines, &verdicts, &err) < 0)
		fail_msg("%s", err.message);
	verdict = verdicts.rules[index];
	verdicts_release(&verdicts);
	return verdict;
}
