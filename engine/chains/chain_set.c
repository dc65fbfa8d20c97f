#include "engine/chains/chain_set.h"

#include <stdlib.h>

#include "engine/chains/part_list.h"
#include "engine/matches/store_parts.h"
#include "engine/scan.h"

/* More than are listed: not every part at a low address becomes a match of the chain. */
#define EVIDENCE_KEPT 4096u

static bool is_first(const struct subject *subject)
{
	return subject->part == 0;
}

static bool is_last(const struct subject *subject)
{
	return subject->part + 1 == subject->pattern->part_count;
}

static bool wants_evidence(const struct match_policy *policy, const struct subject *subject)
{
	return (is_first(subject) || is_last(subject)) &&
	       match_policy_listed(policy, subject->number) > 0;
}

int chain_set_new(struct chain_set **out, const struct part_found *of, uint32_t number,
		  const struct match_policy *policy, struct error *err)
{
	struct chain_set *set = calloc(1, sizeof(*set));
	size_t most = policy->max_listed;

	if (!set)
		return error_no_memory(err, "matches of a chain's parts");
	set->number = number;
	start_set_init(&set->starts, of->length, subject_varies(of->subject, of->variant));
	set->has_evidence = wants_evidence(policy, of->subject);
	if (set->has_evidence)
		evidence_list_init(&set->evidence, most < EVIDENCE_KEPT ? EVIDENCE_KEPT : most);
	*out = set;
	return 0;
}

void chain_set_free(struct chain_set *set)
{
	if (!set)
		return;
	start_set_release(&set->starts);
	if (set->has_evidence)
		evidence_list_release(&set->evidence);
	free(set);
}

static uint32_t at_most(size_t bytes, uint32_t most)
{
	return bytes < most ? (uint32_t)bytes : most;
}

/* How long the whole match will be is not known yet, so all that it may show is copied. */
static int add_first(struct chain_set *set, const struct match_policy *policy,
		     struct match_credit *credit, const struct piece *piece,
		     const struct part_found *found, struct error *err)
{
	const struct evidence_bytes bytes = {
		.before = piece->data + found->start - at_most(found->start, policy->context_bytes),
		.before_length = at_most(found->start, policy->context_bytes),
		.data = piece->data + found->start,
		.data_length = at_most(piece->length - found->start, policy->data_bytes),
	};

	return evidence_list_add(&set->evidence, credit, piece->position + found->start, &bytes,
				 err);
}

static int add_last(struct chain_set *set, const struct match_policy *policy,
		    struct match_credit *credit, const struct piece *piece,
		    const struct part_found *found, struct error *err)
{
	size_t end = found->start + found->length;
	const struct evidence_bytes bytes = {
		.after = piece->data + end,
		.after_length = at_most(piece->length - end, policy->context_bytes),
	};

	return evidence_list_add(&set->evidence, credit, piece->position + end, &bytes, err);
}

static int add_evidence(struct chain_set *set, const struct match_policy *policy,
			struct match_credit *credit, const struct piece *piece,
			const struct part_found *found, struct error *err)
{
	uint64_t start = piece->position + found->start;

	if (is_first(found->subject))
		return evidence_list_wants(&set->evidence, start)
			       ? add_first(set, policy, credit, piece, found, err)
			       : 0;
	return evidence_list_wants(&set->evidence, start + found->length)
		       ? add_last(set, policy, credit, piece, found, err)
		       : 0;
}

void chain_set_empty(struct chain_set *set, struct match_credit *credit)
{
	match_credit_return(credit, set->starts.paid);
	start_set_release(&set->starts);
	if (set->has_evidence)
		evidence_list_release(&set->evidence);
	set->has_evidence = false;
}

int chain_set_add(struct chain_set *set, const struct match_policy *policy,
		  struct match_credit *credit, const struct piece *piece,
		  const struct part_found *found, struct error *err)
{
	int ret;

	if (set->limited)
		return 0;
	ret = start_set_add(&set->starts, credit, piece->position + found->start, found->length,
			    err);
	if (ret == ERROR_LIMIT) {
		chain_set_empty(set, credit); /* at once, so that others may have it */
		set->limited = true;
		return 0;
	}
	if (ret || !set->has_evidence)
		return ret;
	return add_evidence(set, policy, credit, piece, found, err);
}
