#include "engine/match_store.h"

#include <stdlib.h>
#include <string.h>

#include "engine/matches/credit.h"
#include "engine/matches/store_parts.h"

/*
 * Most patterns of a large rule set match nowhere in a target, so a store
 * starts with nothing and finds what it has through two levels of pages.
 */
struct pattern_page {
	struct pattern_matches *patterns[PATTERNS_PER_PAGE];
};

struct match_store {
	const struct match_policy *policy;
	struct match_credit credit;
	struct pattern_page **pages; /* NULL until the first match */
};

int match_store_new(struct match_store **out, const struct match_policy *policy,
		    struct match_budget *budget, struct error *err)
{
	struct match_store *store = calloc(1, sizeof(*store));

	if (!store)
		return error_no_memory(err, "a match store");
	store->policy = policy;
	store->credit.budget = budget;
	*out = store;
	return 0;
}

static void free_list(struct kept_list *list)
{
	if (list)
		kept_list_release(list);
	free(list);
}

static void free_pattern(struct pattern_matches *matches)
{
	if (!matches)
		return;
	free_list(matches->listed);
	free_list(matches->all);
	free(matches);
}

static void free_page(struct pattern_page *page)
{
	for (size_t i = 0; page && i < PATTERNS_PER_PAGE; i++)
		free_pattern(page->patterns[i]);
	free(page);
}

void match_store_free(struct match_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; store->pages && i < match_policy_pages(store->policy); i++)
		free_page(store->pages[i]);
	free(store->pages);
	match_credit_release(&store->credit);
	free(store);
}

bool match_store_has_page(const struct match_store *store, size_t page)
{
	return store->pages && store->pages[page];
}

static struct pattern_matches *find_pattern(const struct match_store *store, uint32_t pattern)
{
	size_t page = pattern / PATTERNS_PER_PAGE;

	if (!match_store_has_page(store, page))
		return NULL;
	return store->pages[page]->patterns[pattern % PATTERNS_PER_PAGE];
}

const struct pattern_matches *match_store_pattern(const struct match_store *store, uint32_t pattern)
{
	return find_pattern(store, pattern);
}

/* A list that does not exist yet has room for anything. */
static bool list_wants(const struct kept_list *list, size_t most, uint64_t address)
{
	return most > 0 && (!list || kept_list_wants(list, address));
}

static bool keeps(const struct match_store *store, const struct pattern_matches *matches,
		  uint32_t pattern, uint64_t address)
{
	const struct match_policy *policy = store->policy;

	return list_wants(matches->listed, match_policy_listed(policy, pattern), address) ||
	       list_wants(matches->all, match_policy_all(policy, pattern), address);
}

static bool counts_elsewhere(const struct match_policy *policy, uint32_t pattern, uint64_t address)
{
	return policy->patterns && policy->patterns[pattern].is_fixed &&
	       policy->patterns[pattern].fixed_address != address;
}

bool match_store_wants(const struct match_store *store, uint32_t pattern, uint64_t address)
{
	const struct pattern_matches *matches = find_pattern(store, pattern);
	enum match_need need = store->policy->needs[pattern];

	if (counts_elsewhere(store->policy, pattern, address))
		return false;
	if (!matches)
		return need != NEED_NOTHING;
	if (address < matches->lowest)
		return true;
	if (need == NEED_PRESENCE)
		return false;
	return !matches->limited || keeps(store, matches, pattern, address);
}

bool match_store_lists(const struct match_store *store, uint32_t pattern, uint64_t address)
{
	const struct pattern_matches *matches = find_pattern(store, pattern);

	if (counts_elsewhere(store->policy, pattern, address))
		return false;
	if (matches)
		return keeps(store, matches, pattern, address);
	return match_policy_listed(store->policy, pattern) > 0 ||
	       match_policy_all(store->policy, pattern) > 0;
}

static int budget_used_up(struct error *err)
{
	return error_set(err, ERROR_LIMIT, 0, "no room for more matches");
}

/* Zeroed, and paid for. */
static int allocate(struct match_store *store, size_t bytes, void *out, struct error *err)
{
	if (!match_credit_use(&store->credit, bytes))
		return budget_used_up(err);

	void *memory = calloc(1, bytes);

	if (!memory) {
		match_credit_return(&store->credit, bytes);
		return error_no_memory(err, "a match");
	}
	memcpy(out, &memory, sizeof(memory));
	return 0;
}

/*
 * Zeroed. What a count needs is small, has a bound and must be there: it takes of the budget what that has, and comes
 * without it too.
 */
static int allocate_record(struct match_store *store, size_t bytes, void *out, struct error *err)
{
	void *memory = calloc(1, bytes);

	if (!memory)
		return error_no_memory(err, "a match");
	match_credit_use(&store->credit, bytes);
	memcpy(out, &memory, sizeof(memory));
	return 0;
}

static int make_page(struct match_store *store, size_t page, struct error *err)
{
	int ret = 0;

	if (!store->pages)
		ret = allocate_record(store,
				      match_policy_pages(store->policy) * sizeof(*store->pages),
				      &store->pages, err);
	if (!ret && !store->pages[page])
		ret = allocate_record(store, sizeof(**store->pages), &store->pages[page], err);
	return ret;
}

static int make_pattern(struct match_store *store, uint32_t pattern, struct pattern_matches **out,
			struct error *err)
{
	size_t page = pattern / PATTERNS_PER_PAGE;
	int ret = make_page(store, page, err);

	if (!ret)
		ret = allocate_record(store, sizeof(**out), out, err);
	if (ret)
		return ret;
	(*out)->lowest = UINT64_MAX;
	store->pages[page]->patterns[pattern % PATTERNS_PER_PAGE] = *out;
	return 0;
}

static uint32_t at_most(uint32_t length, uint32_t most)
{
	return length < most ? length : most;
}

static size_t evidence_bytes(const struct kept_evidence *evidence)
{
	return sizeof(*evidence) + evidence->before_length + evidence->data_length +
	       evidence->after_length;
}

static uint8_t *append(uint8_t *to, const uint8_t *from, size_t length)
{
	if (length)
		memcpy(to, from, length);
	return to + length;
}

/*
 * The bytes nearest to the match, as many as the policy allows; @after: those behind it. A match without bytes may
 * still have a key.
 */
static int copy_evidence(struct match_store *store, const struct match *match, const uint8_t *after,
			 struct kept_evidence **out, struct error *err)
{
	const struct match_policy *policy = store->policy;
	struct kept_evidence shape = { .xor_key = match->xor_key };
	int ret;

	if (match->data) {
		shape.before_length = at_most(match->before_length, policy->context_bytes);
		shape.data_length = at_most(match->data_length, policy->data_bytes);
		shape.after_length = at_most(match->after_length, policy->context_bytes);
	}
	ret = allocate(store, evidence_bytes(&shape), out, err);

	if (ret)
		return ret;
	**out = shape;

	if (!match->data)
		return 0;

	const uint8_t *start = match->data + match->before_length;
	uint8_t *to = append((*out)->bytes, start - shape.before_length, shape.before_length);

	to = append(to, start, shape.data_length);
	if (shape.after_length)
		append(to, after, shape.after_length);
	return 0;
}

static void forget(struct match_store *store, struct kept_evidence *evidence)
{
	if (!evidence)
		return;
	match_credit_return(&store->credit, evidence_bytes(evidence));
	free(evidence);
}

static int make_list(struct match_store *store, struct kept_list **list, size_t most,
		     struct error *err)
{
	int ret = *list ? 0 : allocate_record(store, sizeof(**list), list, err);

	if (!ret && (*list)->most == 0)
		kept_list_init(*list, most);
	return ret;
}

/* Owns @evidence on success. */
static int add_to_list(struct match_store *store, struct kept_list *list, const struct match *match,
		       struct kept_evidence *evidence, struct error *err)
{
	size_t growth = kept_list_growth(list, match->length, evidence);
	struct kept_evidence *forgotten;

	if (!match_credit_use(&store->credit, growth))
		return budget_used_up(err);
	if (!kept_list_add(list, match->address, match->length, evidence, &forgotten)) {
		match_credit_return(&store->credit, growth);
		return error_no_memory(err, "a match");
	}
	forget(store, forgotten);
	return 0;
}

/* @after: NULL with @with_evidence false. */
static int keep_one(struct match_store *store, struct kept_list *list, const struct match *match,
		    const uint8_t *after, bool with_evidence, struct error *err)
{
	struct kept_evidence *evidence = NULL;
	int ret = 0;

	if (with_evidence && (match->data || match->xor_key))
		ret = copy_evidence(store, match, after, &evidence, err);
	if (!ret)
		ret = add_to_list(store, list, match, evidence, err);
	if (ret)
		forget(store, evidence);
	return ret;
}

/* Where the budget ends, higher matches of the list give way; the highest of all is left out. */
static int keep(struct match_store *store, struct kept_list **list, size_t most,
		const struct match *match, const uint8_t *after, bool with_evidence,
		struct error *err)
{
	int ret;

	if (!list_wants(*list, most, match->address))
		return 0;
	ret = make_list(store, list, most, err);
	if (!ret)
		ret = keep_one(store, *list, match, after, with_evidence, err);
	while (ret == ERROR_LIMIT) {
		struct kept_evidence *forgotten;

		if (!kept_list_give_way(*list, match->address, &forgotten))
			break;
		forget(store, forgotten);
		ret = keep_one(store, *list, match, after, with_evidence, err);
	}
	return ret;
}

static void count_match(struct pattern_matches *matches, const struct match *match)
{
	if (matches->count < MATCH_COUNT_LIMIT)
		matches->count++;
	else
		matches->limited = true;
	if (match->address <= matches->lowest) {
		matches->lowest = match->address;
		matches->lowest_length = match->length;
	}
}

int match_store_add(struct match_store *store, uint32_t pattern, const struct match *match,
		    struct error *err)
{
	const uint8_t *after =
		match->after_length ? match->data + match->before_length + match->length : NULL;

	return match_store_add_apart(store, pattern, match, after, err);
}

int match_store_add_apart(struct match_store *store, uint32_t pattern, const struct match *match,
			  const uint8_t *after, struct error *err)
{
	const struct match_policy *policy = store->policy;
	struct pattern_matches *matches = find_pattern(store, pattern);
	int ret = matches ? 0 : make_pattern(store, pattern, &matches, err);

	if (ret)
		return ret;
	count_match(matches, match);
	ret = keep(store, &matches->listed, match_policy_listed(policy, pattern), match, after,
		   true, err);
	if (ret && ret != ERROR_LIMIT)
		return ret;

	int all = keep(store, &matches->all, match_policy_all(policy, pattern), match, NULL, false,
		       err);

	return all ? all : ret;
}

void match_store_count(struct match_store *store, uint32_t pattern, uint64_t more)
{
	struct pattern_matches *matches = find_pattern(store, pattern);

	if (!matches || !more)
		return;
	if (more > MATCH_COUNT_LIMIT - matches->count) {
		matches->count = MATCH_COUNT_LIMIT;
		matches->limited = true;
	} else {
		matches->count += more;
	}
}

int match_store_leave_out(struct match_store *store, uint32_t pattern, struct error *err)
{
	struct pattern_matches *matches = find_pattern(store, pattern);
	int ret = matches ? 0 : make_pattern(store, pattern, &matches, err);

	if (ret == 0)
		matches->left_out = true;
	return ret;
}
