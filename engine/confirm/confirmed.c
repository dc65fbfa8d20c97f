#include "engine/confirm/confirmed.h"

#include "engine/confirm/part_buffer.h"

/* A chain stands where its first part does; the others may belong to any that begins before them. */
bool confirmed_is_wanted(const struct piece *piece, const struct piece_targets *targets,
			 const struct subject *subject, size_t start)
{
	return subject->part > 0 || found_is_wanted(piece, targets, subject->number, start);
}

bool confirmed_is_measured(const struct piece *piece, const struct piece_targets *targets,
			   const struct subject *subject, size_t start)
{
	return subject->chain != NO_CHAIN ||
	       found_is_listed(piece, targets, subject->number, start);
}

/* Each member keeps parts with its own bytes around, for its neighbours are not those of the others. */
static int share_part(const struct sharers *sharers, const struct part_found *found,
		      struct error *err)
{
	uint32_t members = sharers->parts ? sharers_of(sharers, found->start) : 0;
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < sharers->member_count; i++) {
		const struct sharer_parts *parts = &sharers->parts[i];
		struct part_found part = *found;

		if (!(members >> i & 1))
			continue;
		part.start += parts->shift;
		ret = part_buffer_add(parts->buffer, parts->piece, &part, err);
	}
	return ret;
}

int confirmed_add(const struct piece *piece, const struct piece_targets *targets,
		  const struct subject *subject, enum variant variant, const struct found *found,
		  struct error *err)
{
	struct part_found part = { .subject = subject,
				   .variant = variant,
				   .start = found->start,
				   .length = found->length };

	if (subject->chain == NO_CHAIN)
		return found_add(piece, targets, found, err);
	if (targets->sharers)
		return share_part(targets->sharers, &part, err);
	return targets->parts ? part_buffer_add(targets->parts, piece, &part, err) : 0;
}
