#ifndef CKPT_SCANNERS_HELD_HITS_H
#define CKPT_SCANNERS_HELD_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/match_table.h"
#include "rules/ruleset.h"
#include "scanners/hit.h"
#include "scanners/scan_job.h"

/*
 * The hits of one judged target and what its rules logged, packed, until their turn in the report comes: what is
 * kept is a copy of the evidence that will be shown, so that the target's matches can be freed. Made by one
 * worker, read by one.
 */
struct held_match {
	const struct rule_string *string;
	uint64_t address, length;
	struct bytes before, data, after;
	uint8_t xor_key;
};

struct held_hit {
	const struct rule *rule;
	size_t rule_number; /* its index in the ruleset */
	uint64_t match_count;
	bool match_count_limited;
	const struct held_match *matches;
	size_t match_count_listed;
	bool has_first;
	const struct rule_string *first_string;
	uint64_t first_address;
};

/* A rule's console line, whatever its verdict and whether or not the rule is reported. */
struct held_log {
	const struct rule *rule;
	size_t rule_number;
	struct bytes text;
};

struct held_hits;

/* Copies from @matches what is to be reported of the rules with a reported verdict, and all console lines. */
int held_hits_new(struct held_hits **out, const struct ruleset *rules,
		  const struct verdicts *verdicts, const struct match_table *matches,
		  const struct scan_options *options, struct error *err);
void held_hits_free(struct held_hits *hits);
/* In rule order; lent. */
const struct held_hit *held_hits_list(const struct held_hits *hits, size_t *count);
/* In the order they were logged, that is of rules; lent. */
const struct held_log *held_hits_logs(const struct held_hits *hits, size_t *count);
/* Bytes of memory they take, about. */
size_t held_hits_bytes(const struct held_hits *hits);

/* The same as bytes (malloc'd), to wait outside of memory; good for this run only. */
int held_hits_pack(const struct held_hits *hits, uint8_t **out, size_t *length, struct error *err);
int held_hits_unpack(struct held_hits **out, const struct ruleset *rules, struct bytes packed,
		     struct error *err);

#endif
