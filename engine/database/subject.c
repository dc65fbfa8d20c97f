#include "engine/database/subject.h"

static bool zeros_follow(struct bytes literal)
{
	for (size_t i = 1; i < literal.length; i++)
		if (literal.data[i] != 0)
			return false;
	return true;
}

void subject_set_literal(struct subject *subject)
{
	subject->literal = subject->pattern->parts[subject->part].literal;
	subject->ascii_first = pattern_has_variant(subject->pattern, VARIANT_ASCII) &&
			       zeros_follow(subject->literal);
}

static size_t width_of(enum variant variant)
{
	return variant == VARIANT_WIDE ? 2 : 1;
}

void subject_widen_reach(const struct subject *subject, bool word_edges, struct database *database)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		size_t longest = 0;

		if (subject->programs[variant])
			longest = regex_program_longest(subject->programs[variant]);
		else if (pattern_has_variant(subject->pattern, variant))
			longest = subject->literal.length * width_of(variant);
		if (longest + EDGE_BYTES > database->reach)
			database->reach = longest + EDGE_BYTES;
	}
	if (subject->fullword || word_edges)
		database->look_behind = EDGE_BYTES;
}
