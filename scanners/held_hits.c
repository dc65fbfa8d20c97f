#include "scanners/held_hits.h"

#include <stdlib.h>

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
			hit->first_string = string->name;
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

static int hold(struct held_hits *hits, const struct rule *rule, const struct match_table *matches,
		const struct scan_options *options, struct error *err)
{
	struct held_hit hit = { .rule = rule };
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

int held_hits_new(struct held_hits **out, const struct ruleset *rules,
		  const struct verdicts *verdicts, const struct match_table *matches,
		  const struct scan_options *options, struct error *err)
{
	enum verdict reported = options->negate ? VERDICT_FALSE : VERDICT_TRUE;
	struct held_hits *hits = calloc(1, sizeof(*hits));
	size_t count;
	const struct rule *const *list = ruleset_rules(rules, &count);

	if (!hits || !(hits->arena = arena_new(0))) {
		free(hits);
		return error_no_memory(err, "the hits of a target");
	}
	for (size_t i = 0; i < count && i < verdicts->count; i++) {
		if (verdicts->rules[i] != reported || !select_rule(options, list[i]))
			continue;

		int ret = hold(hits, list[i], matches, options, err);

		if (ret) {
			held_hits_free(hits);
			return ret;
		}
	}
	*out = hits;
	return 0;
}
