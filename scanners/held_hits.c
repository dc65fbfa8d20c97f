#include "scanners/held_hits.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/array.h"
#include "engine/pattern.h"
#include "scanners/select.h"

#define LISTED_PER_STRING 100
#define LISTED_PER_HIT 1000

struct held_hits {
	struct arena *arena;
	struct held_hit *hits;
	size_t count, capacity;
	struct held_log *logs; /* in the arena */
	size_t log_count;
};

void held_hits_free(struct held_hits *hits)
{
	if (!hits)
		return;
	arena_free(hits->arena);
	free(hits->hits);
	free(hits);
}

const struct held_hit *held_hits_list(const struct held_hits *hits, size_t *count)
{
	*count = hits->count;
	return hits->hits;
}

const struct held_log *held_hits_logs(const struct held_hits *hits, size_t *count)
{
	*count = hits->log_count;
	return hits->logs;
}

size_t held_hits_bytes(const struct held_hits *hits)
{
	return arena_used(hits->arena) + hits->capacity * sizeof(*hits->hits);
}

static struct held_hits *new_hits(struct error *err)
{
	struct held_hits *hits = calloc(1, sizeof(*hits));

	if (hits)
		hits->arena = arena_new(0);
	if (hits && hits->arena)
		return hits;
	free(hits);
	error_no_memory(err, "the hits of a target");
	return NULL;
}

static bool copy_bytes(struct arena *arena, const uint8_t *data, size_t length, struct bytes *out)
{
	out->data = data && length ? arena_copy(arena, data, length) : NULL;
	out->length = out->data ? length : 0;
	return !data || !length || out->data;
}

static bool copy_match(struct arena *arena, const struct match *match,
		       const struct rule_string *string, struct held_match *out)
{
	const uint8_t *data = match->data;

	*out = (struct held_match){
		.string = string,
		.address = match->address,
		.length = match->length,
		.xor_key = (uint8_t)match->xor_key,
	};
	if (!data)
		return true;
	return copy_bytes(arena, data, match->before_length, &out->before) &&
	       copy_bytes(arena, data + match->before_length, match->data_length, &out->data) &&
	       copy_bytes(arena, data + match->before_length + match->data_length,
			  match->after_length, &out->after);
}

/* How many of a string's kept matches a hit lists, with @room left in it. */
static size_t listed(const struct scan_options *options, size_t kept, size_t room)
{
	size_t most = options->max_listed ? options->max_listed : LISTED_PER_STRING;
	size_t count = kept < most ? kept : most;

	if (options->max_listed)
		return count;
	return count < room ? count : room;
}

static void count_matches(struct held_hit *hit, const struct match_table *matches)
{
	const struct rule *rule = hit->rule;

	for (size_t i = 0; i < rule->string_count; i++) {
		const struct rule_string *string = &rule->strings[i];
		size_t kept;
		uint64_t count;
		const struct match *first =
			match_table_get(matches, string->pattern, &kept, &count);

		if (!first || string->is_private)
			continue;
		hit->match_count += count;
		hit->match_count_limited |= match_table_limited(matches, string->pattern);
		if (!hit->has_first) {
			hit->has_first = true;
			hit->first_string = string;
			hit->first_address = first->address;
		}
	}
}

static int list_matches(struct held_hits *hits, struct held_hit *hit,
			const struct match_table *matches, const struct scan_options *options,
			struct error *err)
{
	struct held_match *list = NULL;
	size_t count = 0, capacity = 0;
	int ret = 0;

	for (size_t i = 0; i < hit->rule->string_count; i++) {
		const struct rule_string *string = &hit->rule->strings[i];
		size_t kept = 0;
		uint64_t ignored;
		const struct match *found =
			match_table_get(matches, string->pattern, &kept, &ignored);
		size_t wanted = found && !string->is_private
					? listed(options, kept, LISTED_PER_HIT - count)
					: 0;
		struct held_match *grown =
			array_grow(list, &capacity, count + wanted, sizeof(*list));

		if (!grown) {
			ret = error_no_memory(err, "the matches of a hit");
			goto out;
		}
		list = grown;
		for (size_t j = 0; j < wanted; j++, count++) {
			if (!copy_match(hits->arena, &found[j], string, &list[count])) {
				ret = error_no_memory(err, "the matches of a hit");
				goto out;
			}
		}
	}
	hit->matches = arena_copy(hits->arena, list, count * sizeof(*list));
	hit->match_count_listed = count;
	if (!hit->matches)
		ret = error_no_memory(err, "the matches of a hit");
out:
	free(list);
	return ret;
}

static int hold(struct held_hits *hits, const struct rule *rule, size_t number,
		const struct match_table *matches, const struct scan_options *options,
		struct error *err)
{
	struct held_hit hit = { .rule = rule, .rule_number = number };
	struct held_hit *grown =
		array_grow(hits->hits, &hits->capacity, hits->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a hit");
	hits->hits = grown;
	count_matches(&hit, matches);
	if (options->list_matches) {
		int ret = list_matches(hits, &hit, matches, options, err);

		if (ret)
			return ret;
	}
	hits->hits[hits->count++] = hit;
	return 0;
}

static int hold_reported(struct held_hits *hits, const struct rule *const *list, size_t count,
			 const struct verdicts *verdicts, const struct match_table *matches,
			 const struct scan_options *options, struct error *err)
{
	enum verdict reported = options->negate ? VERDICT_FALSE : VERDICT_TRUE;
	int ret = 0;

	for (size_t i = 0; !ret && i < count && i < verdicts->count; i++)
		if (verdicts->rules[i] == reported && select_rule(options, list[i]))
			ret = hold(hits, list[i], i, matches, options, err);
	return ret;
}

static int hold_logs(struct held_hits *hits, const struct rule *const *list, size_t count,
		     const struct verdicts *verdicts, struct error *err)
{
	hits->logs = arena_alloc_array(hits->arena, verdicts->line_count, sizeof(*hits->logs));
	if (!hits->logs)
		return error_no_memory(err, "console lines");
	for (size_t i = 0; i < verdicts->line_count; i++) {
		const struct console_line *line = &verdicts->lines[i];
		struct held_log *log = &hits->logs[hits->log_count];

		if (line->rule >= count)
			continue;
		*log = (struct held_log){ .rule = list[line->rule], .rule_number = line->rule };
		if (!copy_bytes(hits->arena, line->text.data, line->text.length, &log->text))
			return error_no_memory(err, "console lines");
		hits->log_count++;
	}
	return 0;
}

int held_hits_new(struct held_hits **out, const struct ruleset *rules,
		  const struct verdicts *verdicts, const struct match_table *matches,
		  const struct scan_options *options, struct error *err)
{
	struct held_hits *hits = new_hits(err);
	size_t count;
	const struct rule *const *list = ruleset_rules(rules, &count);
	int ret;

	if (!hits)
		return ERROR_MEMORY;
	ret = hold_reported(hits, list, count, verdicts, matches, options, err);
	if (!ret)
		ret = hold_logs(hits, list, count, verdicts, err);
	if (ret) {
		held_hits_free(hits);
		return ret;
	}
	*out = hits;
	return 0;
}

/*
 * Packed: packed_counts; for each hit a packed_hit, then its matches, each a packed_match and the bytes that it
 * counts; for each log a packed_log and its bytes. Pointers become numbers.
 */
#define NO_STRING UINT32_MAX

struct packed_counts {
	uint64_t hits, logs;
};

struct packed_log {
	uint64_t rule_number, length;
};

struct packed_hit {
	uint64_t rule_number, match_count, listed, first_address;
	uint32_t first_string;
	uint8_t limited; /* no bool: any value may come back */
};

struct packed_match {
	uint64_t address, length;
	uint32_t string, before, data, after;
	uint8_t xor_key;
};

static size_t packed_length(const struct held_hits *hits)
{
	size_t length = sizeof(struct packed_counts) + hits->count * sizeof(struct packed_hit) +
			hits->log_count * sizeof(struct packed_log);

	for (size_t i = 0; i < hits->log_count; i++)
		length += hits->logs[i].text.length;

	for (size_t i = 0; i < hits->count; i++)
		for (size_t j = 0; j < hits->hits[i].match_count_listed; j++) {
			const struct held_match *match = &hits->hits[i].matches[j];

			length += sizeof(struct packed_match) + match->before.length +
				  match->data.length + match->after.length;
		}
	return length;
}

static uint8_t *put(uint8_t *at, const void *data, size_t length)
{
	if (length)
		memcpy(at, data, length);
	return at + length;
}

static uint8_t *put_match(uint8_t *at, const struct rule *rule, const struct held_match *match)
{
	struct packed_match packed;

	memset(&packed, 0, sizeof(packed));
	packed.address = match->address;
	packed.length = match->length;
	packed.string = (uint32_t)(match->string - rule->strings);
	packed.before = (uint32_t)match->before.length;
	packed.data = (uint32_t)match->data.length;
	packed.after = (uint32_t)match->after.length;
	packed.xor_key = match->xor_key;
	at = put(at, &packed, sizeof(packed));
	at = put(at, match->before.data, match->before.length);
	at = put(at, match->data.data, match->data.length);
	return put(at, match->after.data, match->after.length);
}

static uint8_t *put_hit(uint8_t *at, const struct held_hit *hit)
{
	struct packed_hit packed;

	memset(&packed, 0, sizeof(packed));
	packed.rule_number = hit->rule_number;
	packed.match_count = hit->match_count;
	packed.limited = hit->match_count_limited;
	packed.listed = hit->match_count_listed;
	packed.first_string =
		hit->has_first ? (uint32_t)(hit->first_string - hit->rule->strings) : NO_STRING;
	packed.first_address = hit->first_address;
	at = put(at, &packed, sizeof(packed));
	for (size_t i = 0; i < hit->match_count_listed; i++)
		at = put_match(at, hit->rule, &hit->matches[i]);
	return at;
}

static uint8_t *put_log(uint8_t *at, const struct held_log *log)
{
	const struct packed_log packed = { log->rule_number, log->text.length };

	at = put(at, &packed, sizeof(packed));
	return put(at, log->text.data, log->text.length);
}

int held_hits_pack(const struct held_hits *hits, uint8_t **out, size_t *length, struct error *err)
{
	const struct packed_counts counts = { hits->count, hits->log_count };
	uint8_t *packed, *at;

	*length = packed_length(hits);
	packed = at = malloc(*length + 1);
	if (!packed)
		return error_no_memory(err, "packed hits");
	at = put(at, &counts, sizeof(counts));
	for (size_t i = 0; i < hits->count; i++)
		at = put_hit(at, &hits->hits[i]);
	for (size_t i = 0; i < hits->log_count; i++)
		at = put_log(at, &hits->logs[i]);
	*out = packed;
	return 0;
}

static bool take(struct bytes_reader *reader, void *out, size_t length)
{
	struct bytes bytes;

	if (!bytes_take(reader, length, &bytes))
		return false;
	memcpy(out, bytes.data, length);
	return true;
}

static bool take_bytes(struct bytes_reader *reader, struct arena *arena, size_t length,
		       struct bytes *out)
{
	struct bytes bytes;

	return bytes_take(reader, length, &bytes) &&
	       copy_bytes(arena, length ? bytes.data : NULL, length, out);
}

static bool take_match(struct bytes_reader *reader, struct arena *arena, const struct rule *rule,
		       struct held_match *out)
{
	struct packed_match packed;

	if (!take(reader, &packed, sizeof(packed)) || packed.string >= rule->string_count)
		return false;
	*out = (struct held_match){
		.string = &rule->strings[packed.string],
		.address = packed.address,
		.length = packed.length,
		.xor_key = packed.xor_key,
	};
	return take_bytes(reader, arena, packed.before, &out->before) &&
	       take_bytes(reader, arena, packed.data, &out->data) &&
	       take_bytes(reader, arena, packed.after, &out->after);
}

static bool take_hit(struct bytes_reader *reader, struct arena *arena,
		     const struct rule *const *rules, size_t rule_count, struct held_hit *out)
{
	struct packed_hit packed;
	struct held_match *matches;

	if (!take(reader, &packed, sizeof(packed)) || packed.rule_number >= rule_count ||
	    packed.listed > reader->rest.length / sizeof(struct packed_match))
		return false;

	const struct rule *rule = rules[packed.rule_number];

	*out = (struct held_hit){
		.rule = rule,
		.rule_number = packed.rule_number,
		.match_count = packed.match_count,
		.match_count_limited = packed.limited != 0,
		.match_count_listed = packed.listed,
		.has_first = packed.first_string != NO_STRING,
		.first_address = packed.first_address,
	};
	if (out->has_first && packed.first_string >= rule->string_count)
		return false;
	out->first_string = out->has_first ? &rule->strings[packed.first_string] : NULL;
	out->matches = matches = arena_alloc_array(arena, packed.listed, sizeof(*matches));
	for (size_t i = 0; matches && i < packed.listed; i++)
		if (!take_match(reader, arena, rule, &matches[i]))
			return false;
	return matches != NULL;
}

static bool take_log(struct bytes_reader *reader, struct arena *arena,
		     const struct rule *const *rules, size_t rule_count, struct held_log *out)
{
	struct packed_log packed;

	if (!take(reader, &packed, sizeof(packed)) || packed.rule_number >= rule_count)
		return false;
	*out = (struct held_log){ .rule = rules[packed.rule_number],
				  .rule_number = packed.rule_number };
	return take_bytes(reader, arena, packed.length, &out->text);
}

static bool take_all(struct held_hits *hits, struct bytes_reader *reader,
		     const struct rule *const *rules, size_t rule_count)
{
	struct packed_counts counts;

	if (!take(reader, &counts, sizeof(counts)) ||
	    counts.hits > reader->rest.length / sizeof(struct packed_hit) ||
	    counts.logs > reader->rest.length / sizeof(struct packed_log))
		return false;
	hits->hits = array_grow(NULL, &hits->capacity, counts.hits, sizeof(*hits->hits));
	hits->logs = arena_alloc_array(hits->arena, counts.logs, sizeof(*hits->logs));
	if (!hits->hits || !hits->logs)
		return false;
	for (; hits->count < counts.hits; hits->count++)
		if (!take_hit(reader, hits->arena, rules, rule_count, &hits->hits[hits->count]))
			return false;
	for (; hits->log_count < counts.logs; hits->log_count++)
		if (!take_log(reader, hits->arena, rules, rule_count, &hits->logs[hits->log_count]))
			return false;
	return reader->rest.length == 0;
}

int held_hits_unpack(struct held_hits **out, const struct ruleset *rules, struct bytes packed,
		     struct error *err)
{
	struct bytes_reader reader = bytes_reader_at(packed.data, packed.length);
	struct held_hits *hits = new_hits(err);
	size_t rule_count;
	const struct rule *const *list = ruleset_rules(rules, &rule_count);

	if (!hits)
		return ERROR_MEMORY;
	if (!take_all(hits, &reader, list, rule_count)) {
		held_hits_free(hits);
		return error_set(err, ERROR_MEMORY, 0, "hits that waited cannot be read back");
	}
	*out = hits;
	return 0;
}
