#include "engine/expression/byte_set.h"

/* Letters are bits of the second word; the lower case is 32 bits above the upper case. */
#define LETTER_WORD 1
#define CASE_SHIFT 32
#define UPPER_CASE ((((uint64_t)1 << 26) - 1) << ('A' - 64))

/* The bytes of a word whose bit 0, 1, ... 5 is set. */
static const uint64_t with_bit[6] = {
	0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
	0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000,
};

struct byte_set byte_set_masked(uint8_t value, uint8_t mask)
{
	struct byte_set set = { { 0 } };
	uint64_t within = UINT64_MAX; /* what the low six bits allow in any word */

	if (value & ~mask)
		return set;
	for (unsigned int bit = 0; bit < 6; bit++)
		if (mask >> bit & 1)
			within &= value >> bit & 1 ? with_bit[bit] : ~with_bit[bit];
	for (unsigned int word = 0; word < 4; word++)
		if ((word & mask >> 6) == value >> 6)
			set.words[word] = within;
	return set;
}

void byte_set_add_cases(struct byte_set *set)
{
	uint64_t *letters = &set->words[LETTER_WORD];
	uint64_t either = (*letters | *letters >> CASE_SHIFT) & UPPER_CASE;

	*letters |= either | either << CASE_SHIFT;
}

void byte_set_lower(struct byte_set *set)
{
	uint64_t *letters = &set->words[LETTER_WORD];
	uint64_t upper = *letters & UPPER_CASE;

	*letters = (*letters ^ upper) | upper << CASE_SHIFT;
}

bool byte_set_has_case_pair(const struct byte_set *set)
{
	uint64_t letters = set->words[LETTER_WORD];

	return letters >> CASE_SHIFT & letters & UPPER_CASE;
}

struct byte_mask byte_set_common_bits(const struct byte_set *set)
{
	const uint64_t *words = set->words;
	uint64_t low = words[0] | words[1] | words[2] | words[3];
	unsigned int ones = 0, zeros = 0; /* bits that some member has set, and has clear */

	for (unsigned int bit = 0; bit < 6; bit++) {
		ones |= (unsigned int)((low & with_bit[bit]) != 0) << bit;
		zeros |= (unsigned int)((low & ~with_bit[bit]) != 0) << bit;
	}
	for (unsigned int word = 0; word < 4; word++) {
		if (words[word]) {
			ones |= word << 6;
			zeros |= (word ^ 3) << 6;
		}
	}
	if (low == 0) /* empty: nothing is known */
		return (struct byte_mask){ 0, 0 };
	return (struct byte_mask){ (uint8_t) ~(ones & zeros), (uint8_t)(ones & ~zeros) };
}
