#include "scan_fixture.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tiny_regex.h"

struct pattern fixture_literal(struct arena *arena, const void *bytes, size_t length,
			       uint32_t flags)
{
	struct pattern_part *part = arena_alloc(arena, sizeof(*part));

	part->literal = (struct bytes){ arena_copy(arena, bytes, length), length };
	return (struct pattern){ .parts = part,
				 .part_count = 1,
				 .flags = flags,
				 .xor_min = 0,
				 .xor_max = flags & PATTERN_XOR ? 255 : 0,
				 .name = "test:rule:$a" };
}

struct pattern fixture_regex(struct arena *arena, const char *text, uint32_t flags)
{
	struct pattern_part *part = arena_alloc(arena, sizeof(*part));

	part->regex = tiny_regex_parse(arena, text);
	return (struct pattern){
		.parts = part, .part_count = 1, .flags = flags, .name = "test:rule:$r"
	};
}

struct run {
	struct database *database;
	struct scanner *scanner;
	struct match_store *store;
	const uint8_t *data;
	size_t length;
	const struct fixture_options *options;
};

static size_t dumped_of_piece(const struct run *run, size_t low, size_t high,
			      struct address_range *ranges)
{
	size_t count = 0;

	for (size_t i = 0; i < run->options->dumped_count; i++) {
		struct address_range range = run->options->dumped[i];

		range.start = range.start > low ? range.start : low;
		range.end = range.end < high ? range.end : high;
		if (range.start < range.end)
			ranges[count++] =
				(struct address_range){ range.start - low, range.end - low };
	}
	return count;
}

/* The piece's bytes are copied, so that a read outside of them is seen by a sanitizer. */
static void scan_piece(const struct run *run, size_t own_start, size_t own_end)
{
	size_t behind = database_look_behind(run->database), reach = database_reach(run->database);
	size_t low = own_start < behind ? 0 : own_start - behind;
	size_t high = run->length - own_end < reach ? run->length : own_end + reach;
	bool is_last = own_end == run->length;
	struct address_range dumped[16] = { { 0, 0 } };
	const struct placement placement = { .address = run->options->address };
	struct match_store *const stores[] = { run->store };
	const struct piece_targets targets = { &placement, stores, 1, NULL, NULL };
	uint8_t *copy = malloc(high - low + 1);
	struct piece piece = {
		.data = copy,
		.length = high - low,
		.own_start = own_start - low,
		.own_end = own_end - low + is_last,
		.position = low,
		.first = low == 0 ? run->options->first : EDGE_CUT,
		.last = high == run->length ? run->options->last : EDGE_CUT,
		.dumped = run->options->dumped ? dumped : NULL,
		.dumped_count = dumped_of_piece(run, low, high, dumped),
	};
	struct error err = { 0 };

	copy = realloc(copy, high - low ? high - low : 1);
	piece.data = copy;
	memcpy(copy, run->data + low, high - low);
	if ((run->options->confirm_ns ? scanner_scan_timed(run->scanner, &piece, &targets,
							   run->options->confirm_ns, &err)
				      : scanner_scan(run->scanner, &piece, &targets, &err)) < 0)
		fail_msg("scanner_scan: %s", err.message);
	free(copy);
}

static void scan_pieces(const struct run *run)
{
	size_t step =
		run->options->starts_per_piece ? run->options->starts_per_piece : run->length + 1;

	for (size_t own_start = 0; own_start < run->length; own_start += step)
		scan_piece(run, own_start,
			   run->length - own_start < step ? run->length : own_start + step);
}

struct match_table *fixture_scan(const struct pattern *patterns, size_t count, const void *data,
				 size_t length, const struct fixture_options *options)
{
	enum match_need *needs = calloc(count, sizeof(*needs));
	struct match_budget budget;
	struct match_policy policy = { .needs = needs,
				       .pattern_count = count,
				       .max_listed =
					       options->max_listed ? options->max_listed : 1000,
				       .data_bytes = 64,
				       .context_bytes = options->context_bytes };
	struct run run = { .data = data, .length = length, .options = options };
	struct match_table *table = NULL;
	struct error err = { 0 };
	size_t culprit;

	atomic_init(&budget.bytes_left, (uint64_t)1 << 30);
	for (size_t i = 0; i < count; i++)
		needs[i] = options->need ? options->need : NEED_ALL;
	if (database_compile(&run.database, patterns, needs, count, &culprit, &err) < 0)
		fail_msg("database_compile: %s", err.message);
	if (scanner_new(&run.scanner, run.database, &err) < 0 ||
	    match_store_new(&run.store, &policy, &budget, &err) < 0)
		fail_msg("%s", err.message);
	scan_pieces(&run);
	if (match_table_merge(&table, &run.store, 1, &policy, &err) < 0)
		fail_msg("match_table_merge: %s", err.message);
	match_store_free(run.store);
	scanner_free(run.scanner);
	database_free(run.database);
	free(needs);
	return table;
}
