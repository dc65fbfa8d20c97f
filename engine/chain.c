#include "engine/chain.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/chains/chain_set.h"
#include "engine/chains/join.h"
#include "engine/matches/credit.h"
#include "engine/matches/store_parts.h"
#include "engine/scan.h"

struct chain_store {
	const struct database *database;
	const struct match_policy *policy;
	pthread_mutex_t lock;
	struct match_credit credit;
	struct chain_set **sets; /* by number; only those in which something was found */
	size_t set_count, set_capacity;
	struct address_range *holes; /* positions of bytes that nobody has, in any order */
	size_t hole_count, hole_capacity;
};

int chain_store_new(struct chain_store **out, const struct database *database,
		    const struct match_policy *policy, struct match_budget *budget,
		    struct error *err)
{
	struct chain_store *store = calloc(1, sizeof(*store));

	if (!store)
		return error_no_memory(err, "the chains of a block");
	store->database = database;
	store->policy = policy;
	store->credit.budget = budget;
	pthread_mutex_init(&store->lock, NULL);
	*out = store;
	return 0;
}

static void forget_sets(struct chain_store *store)
{
	for (size_t i = 0; i < store->set_count; i++)
		chain_set_free(store->sets[i]);
	store->set_count = 0;
}

void chain_store_free(struct chain_store *store)
{
	if (!store)
		return;
	forget_sets(store);
	free(store->sets);
	free(store->holes);
	match_credit_release(&store->credit);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

bool chain_store_is_empty(const struct chain_store *store)
{
	return store->set_count == 0;
}

/* The first set whose number is not below @number. */
static size_t set_index(const struct chain_store *store, uint32_t number)
{
	size_t low = 0, high = store->set_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (store->sets[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct chain_set *find_set(const struct chain_store *store, uint32_t number)
{
	size_t index = set_index(store, number);

	if (index == store->set_count || store->sets[index]->number != number)
		return NULL;
	return store->sets[index];
}

static int make_set(struct chain_store *store, const struct part_found *found, uint32_t number,
		    struct chain_set **out, struct error *err)
{
	size_t index = set_index(store, number);
	struct chain_set **grown = array_grow(store->sets, &store->set_capacity,
					      store->set_count + 1, sizeof(store->sets[0]));
	int ret;

	if (!grown)
		return error_no_memory(err, "matches of a chain's parts");
	store->sets = grown;
	ret = chain_set_new(out, found, number, store->policy, err);
	if (ret)
		return ret;
	memmove(grown + index + 1, grown + index,
		(store->set_count - index) * sizeof(store->sets[0]));
	grown[index] = *out;
	store->set_count++;
	return 0;
}

static int add_one(struct chain_store *store, const struct piece *piece,
		   const struct part_found *found, struct error *err)
{
	const struct subject *subject = found->subject;
	uint32_t number =
		chain_set_number(chain_of(store->database, subject), subject->part, found->variant);
	struct chain_set *set = find_set(store, number);
	int ret = set ? 0 : make_set(store, found, number, &set, err);

	return ret ? ret : chain_set_add(set, store->policy, &store->credit, piece, found, err);
}

int chain_store_add(struct chain_store *store, const struct piece *piece,
		    const struct part_found *found, size_t count, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = add_one(store, piece, &found[i], err);
	pthread_mutex_unlock(&store->lock);
	return ret;
}

int chain_store_add_hole(struct chain_store *store, struct address_range hole, struct error *err)
{
	struct address_range *grown;

	pthread_mutex_lock(&store->lock);
	grown = array_grow(store->holes, &store->hole_capacity, store->hole_count + 1,
			   sizeof(*grown));
	if (grown) {
		store->holes = grown;
		grown[store->hole_count++] = hole;
	}
	pthread_mutex_unlock(&store->lock);
	return grown ? 0 : error_no_memory(err, "what could not be read");
}

static int compare_holes(const void *left_item, const void *right_item)
{
	const struct address_range *left = left_item, *right = right_item;

	return (left->start > right->start) - (left->start < right->start);
}

/* One chain of a block while it is joined. */
struct joining {
	struct chain_store *store;
	const struct chain *chain;
	const struct piece_targets *targets;
	struct kept_list lowest; /* matches by position; as many as a target may keep */
	uint64_t count;
	bool (*stopped)(void *context);
	void *context;
	struct error *err;
};

static struct chain_set *set_of(const struct joining *joining, size_t part, size_t variant)
{
	return find_set(joining->store, chain_set_number(joining->chain, part, variant));
}

static const struct kept_evidence *evidence_at(const struct joining *joining, size_t part,
					       uint64_t position)
{
	for (size_t variant = 0; variant < VARIANTS; variant++) {
		struct chain_set *set = set_of(joining, part, variant);
		const struct kept_evidence *found = NULL;

		if (set && set->has_evidence)
			found = evidence_list_find(&set->evidence, position);
		if (found)
			return found;
	}
	return NULL;
}

static bool asked_to_stop(void *context)
{
	const struct joining *joining = context;

	return joining->stopped && joining->stopped(joining->context);
}

static int note_match(void *context, uint64_t start, uint64_t end, struct error *err)
{
	struct joining *joining = context;
	struct kept_evidence *forgotten;

	joining->count++;
	if (!kept_list_wants(&joining->lowest, start) ||
	    kept_list_add(&joining->lowest, start, end - start, NULL, &forgotten))
		return 0;
	return error_no_memory(err, "matches of a chain");
}

static int leave_out(const struct joining *joining)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < joining->targets->count; i++)
		ret = match_store_leave_out(joining->targets->stores[i], joining->chain->number,
					    joining->err);
	return ret;
}

/* What is shown of a match: the bytes of its first part and of what follows, and those behind its last. */
struct shown {
	struct match match; /* but for the address */
	const uint8_t *after;
	bool incomplete; /* its bytes were not kept */
};

static struct shown show_match(const struct joining *joining, size_t index, bool listed)
{
	uint64_t start = joining->lowest.addresses[index];
	uint64_t length = kept_list_length(&joining->lowest, index);
	const struct kept_evidence *first, *last;
	struct shown shown = { .match = { .length = length } };

	if (!listed)
		return shown;
	first = evidence_at(joining, 0, start);
	last = evidence_at(joining, joining->chain->pattern->part_count - 1, start + length);
	shown.incomplete = !first;
	if (first) {
		shown.match.data = first->bytes;
		shown.match.before_length = first->before_length;
		shown.match.data_length =
			length < first->data_length ? (uint32_t)length : first->data_length;
	}
	/* Last parts may be many where matches are few: without what follows them a match still stands. */
	if (first && last) {
		shown.match.after_length = last->after_length;
		shown.after = last->bytes;
	}
	return shown;
}

static int give_match(const struct joining *joining, size_t index)
{
	uint32_t number = joining->chain->number;
	size_t listed = match_policy_listed(joining->store->policy, number);
	struct shown shown = show_match(joining, index, index < listed);
	int ret = shown.incomplete ? leave_out(joining) : 0;

	for (size_t i = 0; ret == 0 && i < joining->targets->count; i++) {
		struct match_store *store = joining->targets->stores[i];

		shown.match.address =
			joining->targets->placements[i].address + joining->lowest.addresses[index];
		if (!match_store_wants(store, number, shown.match.address))
			continue;
		ret = match_store_add_apart(store, number, &shown.match, shown.after, joining->err);
		/* The store says so itself. */
		ret = ret == ERROR_LIMIT ? 0 : ret;
	}
	return ret;
}

static int give_matches(struct joining *joining)
{
	uint64_t more = joining->count - joining->lowest.count;
	int ret = 0;

	kept_list_sort(&joining->lowest);
	for (size_t i = 0; ret == 0 && i < joining->lowest.count; i++)
		ret = give_match(joining, i);
	for (size_t i = 0; ret == 0 && more && i < joining->targets->count; i++)
		match_store_count(joining->targets->stores[i], joining->chain->number, more);
	return ret;
}

static size_t most_kept(const struct joining *joining)
{
	const struct match_policy *policy = joining->store->policy;
	size_t listed = match_policy_listed(policy, joining->chain->number);
	size_t all = match_policy_all(policy, joining->chain->number);
	size_t most = listed > all ? listed : all;

	return most ? most : 1;
}

static int join_finds(struct joining *joining, const struct chain_finds *finds)
{
	const struct chain_join_calls calls = { note_match, asked_to_stop, joining };
	int ret;

	kept_list_init(&joining->lowest, most_kept(joining));
	ret = chain_join(finds, &calls, joining->err);
	if (ret == 0)
		ret = give_matches(joining);
	kept_list_release(&joining->lowest);
	return ret;
}

/* The sets of one part, ready to be walked; *@none: there are none, *@limited: they are not complete. */
static void gather_part(const struct joining *joining, size_t part,
			const struct start_set *sets[VARIANTS], bool *none, bool *limited)
{
	bool any = false;

	for (size_t variant = 0; variant < VARIANTS; variant++) {
		struct chain_set *set = set_of(joining, part, variant);

		sets[variant] = NULL;
		if (!set)
			continue;
		any = true;
		*limited |= set->limited;
		start_set_finish(&set->starts);
		sets[variant] = &set->starts;
	}
	*none |= !any;
}

static int join_chain(struct joining *joining)
{
	size_t parts = joining->chain->pattern->part_count;
	const struct start_set *(*sets)[VARIANTS] = calloc(parts, sizeof(*sets));
	struct chain_finds finds = { .pattern = joining->chain->pattern,
				     .holes = joining->store->holes,
				     .hole_count = joining->store->hole_count };
	bool none = false, limited = false;
	int ret = 0;

	if (!sets)
		return error_no_memory(joining->err, "the parts of a chain");
	for (size_t part = 0; part < parts && !none; part++)
		gather_part(joining, part, sets[part], &none, &limited);
	finds.sets = (const struct start_set *const(*)[VARIANTS])sets;
	if (!none)
		ret = limited ? leave_out(joining) : join_finds(joining, &finds);
	free(sets);
	return ret;
}

/* The chain that a set belongs to. */
static const struct chain *chain_of_set(const struct database *database, uint32_t number)
{
	size_t low = 0, high = database->chain_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (database->chains[middle].first_set <= number)
			low = middle;
		else
			high = middle;
	}
	return &database->chains[low];
}

static bool is_of(const struct chain *chain, const struct chain_set *set)
{
	return set->number < chain_set_number(chain, chain->pattern->part_count, 0);
}

int chain_store_join(struct chain_store *store, const struct piece_targets *targets,
		     bool (*stopped)(void *context), void *context, struct error *err)
{
	struct joining joining = { .store = store,
				   .targets = targets,
				   .stopped = stopped,
				   .context = context,
				   .err = err };
	int ret = 0;

	if (store->hole_count > 1)
		qsort(store->holes, store->hole_count, sizeof(*store->holes), compare_holes);
	for (size_t i = 0, next; ret == 0 && i < store->set_count; i = next) {
		joining.chain = chain_of_set(store->database, store->sets[i]->number);
		joining.count = 0;
		ret = join_chain(&joining);
		/* The room goes to the matches of the chains that follow. */
		for (next = i; next < store->set_count && is_of(joining.chain, store->sets[next]);
		     next++)
			chain_set_empty(store->sets[next], &store->credit);
	}
	forget_sets(store);
	match_credit_release(&store->credit);
	return ret;
}
