#include "engine/match_table.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/matches/store_parts.h"

struct table_entry {
	const struct match *matches;
	uint64_t count;
	size_t kept;
	bool limited, left_out;
};

struct table_page {
	struct table_entry entries[PATTERNS_PER_PAGE];
};

struct match_table {
	struct arena *arena; /* holds all below */
	struct table_page **pages;
	size_t page_count;
};

/* What is being merged. */
struct merge {
	struct match_table *table;
	struct match_store *const *stores;
	size_t store_count;
	const struct match_policy *policy;
	struct error *err;
};

static int no_memory(const struct merge *merge)
{
	return error_no_memory(merge->err, "a target's matches");
}

void match_table_free(struct match_table *table)
{
	if (!table)
		return;
	arena_free(table->arena);
	free(table);
}

/* Counts of all stores; false: there are none. */
static bool merge_counts(const struct merge *merge, uint32_t pattern, struct pattern_matches *sum)
{
	*sum = (struct pattern_matches){ .lowest = UINT64_MAX };
	for (size_t i = 0; i < merge->store_count; i++) {
		const struct match_store *store = merge->stores[i];
		const struct pattern_matches *matches =
			store ? match_store_pattern(store, pattern) : NULL;

		if (!matches)
			continue;
		sum->count += matches->count;
		sum->limited |= matches->limited;
		sum->left_out |= matches->left_out;
		if (matches->lowest <= sum->lowest) {
			sum->lowest = matches->lowest;
			sum->lowest_length = matches->lowest_length;
		}
		if (sum->count > MATCH_COUNT_LIMIT) {
			sum->count = MATCH_COUNT_LIMIT;
			sum->limited = true;
		}
	}
	return sum->count > 0;
}

static bool merge_list(struct kept_list *into, const struct kept_list *from)
{
	for (size_t i = 0; from && i < from->count; i++) {
		struct kept_evidence *ignored;

		if (kept_list_wants(into, from->addresses[i]) &&
		    !kept_list_add(into, from->addresses[i], kept_list_length(from, i),
				   from->evidence ? from->evidence[i] : NULL, &ignored))
			return false;
	}
	return true;
}

static const struct kept_list *list_of(const struct merge *merge, size_t store, uint32_t pattern,
				       bool all)
{
	const struct pattern_matches *matches =
		merge->stores[store] ? match_store_pattern(merge->stores[store], pattern) : NULL;

	if (!matches)
		return NULL;
	return all ? matches->all : matches->listed;
}

/*
 * The lowest of all stores, in order; @all: of the long lists. Evidence stays the stores'. Where one store left out
 * matches, what others have above is no longer the lowest.
 */
static bool merge_lists(const struct merge *merge, uint32_t pattern, bool all, size_t most,
			struct kept_list *list)
{
	kept_list_init(list, most);
	for (size_t i = 0; i < merge->store_count && most > 0; i++) {
		const struct kept_list *from = list_of(merge, i, pattern, all);

		if (from && from->closed < list->closed)
			list->closed = from->closed;
	}
	for (size_t i = 0; i < merge->store_count && most > 0; i++)
		if (!merge_list(list, list_of(merge, i, pattern, all)))
			return false;
	kept_list_sort(list);
	return true;
}

/* Of a merged list: what stores left out lies above all that is in it, and so matters only where it is not full. */
static bool is_short(const struct kept_list *list)
{
	return list->closed != UINT64_MAX && list->count < list->most;
}

static void release_lent(struct kept_list *list)
{
	free(list->evidence);
	list->evidence = NULL;
	kept_list_release(list);
}

static bool copy_evidence(struct match_table *table, const struct kept_evidence *evidence,
			  struct match *match)
{
	if (!evidence)
		return true;

	size_t length =
		(size_t)evidence->before_length + evidence->data_length + evidence->after_length;

	match->xor_key = evidence->xor_key;
	match->before_length = evidence->before_length;
	match->data_length = evidence->data_length;
	match->after_length = evidence->after_length;
	if (length)
		match->data = arena_copy(table->arena, evidence->bytes, length);
	return match->data || !length;
}

/* @listed lies within @all, or is it. */
static int fill_entry(const struct merge *merge, struct table_entry *entry,
		      const struct kept_list *all, const struct kept_list *listed)
{
	struct arena *arena = merge->table->arena;
	struct match *matches = arena_alloc_array(arena, all->count, sizeof(*matches));
	size_t next = 0;

	if (!matches)
		return no_memory(merge);
	for (size_t i = 0; i < all->count; i++) {
		matches[i].address = all->addresses[i];
		matches[i].length = kept_list_length(all, i);
		while (next < listed->count && listed->addresses[next] < matches[i].address)
			next++;
		if (listed->evidence && next < listed->count &&
		    listed->addresses[next] == matches[i].address &&
		    !copy_evidence(merge->table, listed->evidence[next], &matches[i]))
			return no_memory(merge);
	}
	entry->matches = matches;
	entry->kept = all->count;
	return 0;
}

static int fill_with_lowest(const struct merge *merge, struct table_entry *entry,
			    const struct pattern_matches *sum)
{
	struct match *match = arena_alloc(merge->table->arena, sizeof(*match));

	if (!match)
		return no_memory(merge);
	match->address = sum->lowest;
	match->length = sum->lowest_length;
	entry->matches = match;
	entry->kept = 1;
	return 0;
}

static int merge_kept(const struct merge *merge, uint32_t pattern, struct table_entry *entry,
		      const struct pattern_matches *sum)
{
	size_t most_listed = match_policy_listed(merge->policy, pattern);
	size_t most = match_policy_all(merge->policy, pattern);
	struct kept_list listed, all = { 0 };
	int ret = 0;

	if (!merge_lists(merge, pattern, false, most_listed, &listed) ||
	    (most && !merge_lists(merge, pattern, true, most, &all)))
		ret = no_memory(merge);
	else if (all.count || listed.count)
		ret = fill_entry(merge, entry, all.count >= listed.count ? &all : &listed, &listed);
	else
		ret = fill_with_lowest(merge, entry, sum);
	entry->left_out = sum->left_out || is_short(&listed) || is_short(&all);
	release_lent(&listed);
	release_lent(&all);
	return ret;
}

static int merge_pattern(const struct merge *merge, uint32_t pattern)
{
	struct table_page *page = merge->table->pages[pattern / PATTERNS_PER_PAGE];
	struct table_entry *entry = &page->entries[pattern % PATTERNS_PER_PAGE];
	struct pattern_matches sum;

	if (!merge_counts(merge, pattern, &sum)) {
		entry->left_out = sum.left_out;
		return 0;
	}
	entry->count = sum.count;
	entry->limited = sum.limited;
	if (merge->policy->needs[pattern] == NEED_PRESENCE) {
		entry->count = 1;
		entry->limited = false;
	}
	return merge_kept(merge, pattern, entry, &sum);
}

static bool any_has_page(const struct merge *merge, size_t page)
{
	for (size_t i = 0; i < merge->store_count; i++) {
		if (merge->stores[i] && match_store_has_page(merge->stores[i], page))
			return true;
	}
	return false;
}

static int merge_page(const struct merge *merge, size_t page)
{
	size_t first = page * PATTERNS_PER_PAGE, count = merge->policy->pattern_count;
	struct match_table *table = merge->table;
	int ret = 0;

	table->pages[page] = arena_alloc(table->arena, sizeof(**table->pages));
	if (!table->pages[page])
		return no_memory(merge);
	for (size_t i = 0; i < PATTERNS_PER_PAGE && first + i < count && !ret; i++)
		ret = merge_pattern(merge, (uint32_t)(first + i));
	return ret;
}

static int merge_pages(const struct merge *merge)
{
	struct match_table *table = merge->table;
	size_t pages = match_policy_pages(merge->policy);
	int ret = 0;

	for (size_t page = 0; page < pages && !ret; page++) {
		if (!any_has_page(merge, page))
			continue;
		if (!table->pages) {
			table->pages =
				arena_alloc_array(table->arena, pages, sizeof(*table->pages));
			if (!table->pages)
				return no_memory(merge);
			table->page_count = pages;
		}
		ret = merge_page(merge, page);
	}
	return ret;
}

int match_table_merge(struct match_table **out, struct match_store *const *stores,
		      size_t store_count, const struct match_policy *policy, struct error *err)
{
	struct match_table *table = calloc(1, sizeof(*table));
	struct merge merge = { table, stores, store_count, policy, err };
	int ret;

	if (!table)
		return no_memory(&merge);
	table->arena = arena_new(0);
	ret = table->arena ? merge_pages(&merge) : no_memory(&merge);
	if (ret)
		match_table_free(table);
	else
		*out = table;
	return ret;
}

static const struct table_entry *find_entry(const struct match_table *table, uint32_t pattern)
{
	size_t page = pattern / PATTERNS_PER_PAGE;

	if (page >= table->page_count || !table->pages[page])
		return NULL;
	return &table->pages[page]->entries[pattern % PATTERNS_PER_PAGE];
}

const struct match *match_table_get(const struct match_table *table, uint32_t pattern, size_t *kept,
				    uint64_t *count)
{
	const struct table_entry *entry = find_entry(table, pattern);

	*kept = entry ? entry->kept : 0;
	*count = entry ? entry->count : 0;
	return entry ? entry->matches : NULL;
}

bool match_table_has(const struct match_table *table, uint32_t pattern)
{
	const struct table_entry *entry = find_entry(table, pattern);

	return entry && entry->count > 0;
}

bool match_table_limited(const struct match_table *table, uint32_t pattern)
{
	const struct table_entry *entry = find_entry(table, pattern);

	return entry && entry->limited;
}

bool match_table_left_out(const struct match_table *table, uint32_t pattern)
{
	const struct table_entry *entry = find_entry(table, pattern);

	return entry && entry->left_out;
}

size_t match_table_bytes(const struct match_table *table)
{
	return sizeof(*table) + arena_used(table->arena);
}
