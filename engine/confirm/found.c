#include "engine/confirm/found.h"

/* What a match may carry of each: the bytes before it, of it, and after it. */
#define EVIDENCE_BYTES 4096u

static uint64_t address_of(const struct piece *piece, const struct placement *placement,
			   size_t start)
{
	return placement->address + piece->position + start;
}

bool found_is_wanted(const struct piece *piece, const struct piece_targets *targets,
		     uint32_t pattern, size_t start)
{
	for (size_t i = 0; i < targets->count; i++)
		if (match_store_wants(targets->stores[i], pattern,
				      address_of(piece, &targets->placements[i], start)))
			return true;
	return false;
}

bool found_is_listed(const struct piece *piece, const struct piece_targets *targets,
		     uint32_t pattern, size_t start)
{
	for (size_t i = 0; i < targets->count; i++)
		if (match_store_lists(targets->stores[i], pattern,
				      address_of(piece, &targets->placements[i], start)))
			return true;
	return false;
}

bool found_touches_dump(const struct piece *piece, size_t start, size_t length)
{
	size_t low = 0, high = piece->dumped_count;

	if (!piece->dumped)
		return true;
	while (low < high) { /* the first range that ends behind the start */
		size_t middle = low + (high - low) / 2;

		if (piece->dumped[middle].end <= start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < piece->dumped_count &&
	       piece->dumped[low].start < start + (length ? length : 1);
}

static uint32_t at_most_evidence(size_t bytes)
{
	return bytes < EVIDENCE_BYTES ? (uint32_t)bytes : EVIDENCE_BYTES;
}

static struct match match_in_piece(const struct piece *piece, const struct found *found)
{
	size_t rest = piece->length - found->start;
	uint32_t before = at_most_evidence(found->start);
	size_t length = found->length < rest ? found->length : rest;

	return (struct match){
		.length = found->length,
		.data = piece->data + found->start - before,
		.before_length = before,
		.data_length = at_most_evidence(length),
		.after_length = at_most_evidence(rest - length),
		.xor_key = found->xor_key,
	};
}

static bool counts_for(const struct piece_targets *targets, uint32_t members, size_t index)
{
	return !targets->sharers || (members >> targets->sharers->members[index] & 1);
}

int found_add(const struct piece *piece, const struct piece_targets *targets,
	      const struct found *found, struct error *err)
{
	struct match match = match_in_piece(piece, found);
	uint32_t members = targets->sharers ? sharers_of(targets->sharers, found->start) : 0;

	for (size_t i = 0; i < targets->count; i++) {
		int ret;

		if (!counts_for(targets, members, i))
			continue;
		match.address = address_of(piece, &targets->placements[i], found->start);
		if (!match_store_wants(targets->stores[i], found->pattern, match.address))
			continue;
		ret = match_store_add(targets->stores[i], found->pattern, &match, err);
		if (ret < 0 && ret != ERROR_LIMIT)
			return ret;
	}
	return 0;
}
