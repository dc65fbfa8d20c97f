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
	return targets->parts ? part_buffer_add(targets->parts, piece, &part, err) : 0;
}
