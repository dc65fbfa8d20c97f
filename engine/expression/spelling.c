#include "engine/expression/spelling.h"

#include <limits.h>
#include <string.h>

#include "engine/expression/weights.h"

struct spelling spelling_empty(bool caseless)
{
	return (struct spelling){ .count = 1, .caseless = caseless };
}

static bool add_string(struct spelling *spelling, const uint8_t *bytes, uint8_t length)
{
	if (spelling->count == SPELLING_STRINGS)
		return false;
	memcpy(spelling->bytes[spelling->count], bytes, ATOM_BYTES);
	spelling->lengths[spelling->count] = length;
	spelling->count++;
	return true;
}

static bool extend_string(struct spelling *out, const uint8_t *string, uint8_t length,
			  const struct byte_set *set)
{
	uint8_t bytes[ATOM_BYTES];

	memcpy(bytes, string, sizeof(bytes));
	for (unsigned int byte = byte_set_next(set, 0); byte < 256;
	     byte = byte_set_next(set, byte + 1)) {
		bytes[length] = (uint8_t)byte;
		if (!add_string(out, bytes, (uint8_t)(length + 1)))
			return false;
	}
	return true;
}

/* Strings that are as long as can be stay as they are. */
static void append_byte(struct spelling *spelling, uint8_t byte)
{
	for (size_t i = 0; i < spelling->count; i++)
		if (spelling->lengths[i] < ATOM_BYTES)
			spelling->bytes[i][spelling->lengths[i]++] = byte;
}

static bool add_set(struct spelling *spelling, const struct byte_set *set)
{
	struct spelling longer = { .caseless = spelling->caseless };
	struct byte_set members = *set;
	unsigned int count;
	bool fits;

	if (spelling->caseless)
		byte_set_lower(&members);
	count = byte_set_count(&members);
	if (count == 1) {
		append_byte(spelling, byte_set_lowest(&members));
		return true;
	}
	fits = count > 0 && count <= SPELLING_STRINGS;
	for (size_t i = 0; i < spelling->count && fits; i++) {
		if (spelling->lengths[i] == ATOM_BYTES)
			fits = add_string(&longer, spelling->bytes[i], ATOM_BYTES);
		else
			fits = extend_string(&longer, spelling->bytes[i], spelling->lengths[i],
					     &members);
	}
	if (fits)
		*spelling = longer;
	return fits;
}

static bool add_branch(struct spelling *spelling, const struct regex_node *branch,
		       const struct layout_options *options)
{
	struct layout layout;
	bool fits = layout_init(&layout, branch, options, NULL) == 0;

	for (size_t i = 0; i < layout.count && fits && !spelling_is_full(spelling); i++)
		fits = layout.slots[i].kind == SLOT_SET && add_set(spelling, &layout.slots[i].set);
	layout_release(&layout);
	return fits;
}

static bool add_choice(struct spelling *spelling, const struct regex_node *choice,
		       const struct layout_options *options)
{
	struct spelling all = { .caseless = spelling->caseless };

	if (choice->child_count > SPELLING_STRINGS)
		return false;
	for (size_t branch = 0; branch < choice->child_count; branch++) {
		struct spelling one = *spelling;

		if (!add_branch(&one, choice->children[branch], options))
			return false;
		for (size_t i = 0; i < one.count; i++)
			if (!add_string(&all, one.bytes[i], one.lengths[i]))
				return false;
	}
	*spelling = all;
	return true;
}

bool spelling_add_slot(struct spelling *spelling, const struct slot *slot,
		       const struct layout_options *options)
{
	switch (slot->kind) {
	case SLOT_SET:
		return add_set(spelling, &slot->set);
	case SLOT_CHOICE:
		return add_choice(spelling, slot->choice, options);
	default:
		return false;
	}
}

bool spelling_is_full(const struct spelling *spelling)
{
	for (size_t i = 0; i < spelling->count; i++)
		if (spelling->lengths[i] < ATOM_BYTES)
			return false;
	return true;
}

int spelling_weight(const struct spelling *spelling)
{
	int weight = INT_MAX;

	for (size_t i = 0; i < spelling->count; i++) {
		int one = weight_of_bytes(spelling->bytes[i], spelling->lengths[i],
					  spelling->caseless);

		if (spelling->lengths[i] == 0)
			return 0;
		if (one < weight)
			weight = one;
	}
	return weight - weight_of_choices(spelling->count);
}

bool spelling_fits_zeros(const struct spelling *spelling)
{
	static const uint8_t zeros[ATOM_BYTES];

	for (size_t i = 0; i < spelling->count; i++)
		if (memcmp(spelling->bytes[i], zeros, spelling->lengths[i]) == 0)
			return true;
	return false;
}
