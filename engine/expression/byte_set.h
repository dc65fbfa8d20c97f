#ifndef CKPT_ENGINE_EXPRESSION_BYTE_SET_H
#define CKPT_ENGINE_EXPRESSION_BYTE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bitmap.h"

/* Which of the 256 byte values one position allows. */
struct byte_set {
	uint64_t words[4];
};

/* Bits that all members share: (byte & mask) == value for each of them. */
struct byte_mask {
	uint8_t mask, value;
};

static inline bool byte_is_letter(uint8_t byte)
{
	return (uint8_t)((byte | 0x20) - 'a') < 26;
}

static inline bool byte_is_digit(uint8_t byte)
{
	return (uint8_t)(byte - '0') < 10;
}

static inline uint8_t byte_lower(uint8_t byte)
{
	return (uint8_t)(byte - 'A') < 26 ? byte | 0x20 : byte;
}

static inline bool byte_set_has(const struct byte_set *set, uint8_t byte)
{
	return bitmap_test(set->words, byte);
}

static inline void byte_set_add(struct byte_set *set, uint8_t byte)
{
	bitmap_set(set->words, byte);
}

static inline unsigned int byte_set_count(const struct byte_set *set)
{
	unsigned int count = 0;

	for (int i = 0; i < 4; i++)
		count += (unsigned int)__builtin_popcountll(set->words[i]);
	return count;
}

/* Whether some byte is in both. */
static inline bool byte_sets_meet(const struct byte_set *left, const struct byte_set *right)
{
	uint64_t both = 0;

	for (int i = 0; i < 4; i++)
		both |= left->words[i] & right->words[i];
	return both != 0;
}

static inline void byte_set_unite(struct byte_set *into, const struct byte_set *other)
{
	for (int i = 0; i < 4; i++)
		into->words[i] |= other->words[i];
}

static inline struct byte_set byte_set_of(uint8_t byte)
{
	struct byte_set set = { { 0 } };

	byte_set_add(&set, byte);
	return set;
}

/* The lowest member that is @from or higher; 256: there is none. */
static inline unsigned int byte_set_next(const struct byte_set *set, unsigned int from)
{
	while (from < 256) {
		uint64_t left = set->words[from / 64] >> (from % 64);

		if (left)
			return from + (unsigned int)__builtin_ctzll(left);
		from = (from / 64 + 1) * 64;
	}
	return from;
}

/* The lowest member; the set is not empty. */
static inline uint8_t byte_set_lowest(const struct byte_set *set)
{
	return (uint8_t)byte_set_next(set, 0);
}

/* Bytes for which (byte & mask) == value. */
struct byte_set byte_set_masked(uint8_t value, uint8_t mask);
/* Adds the other case of every ASCII letter. */
void byte_set_add_cases(struct byte_set *set);
/* Puts the lower case in the place of every upper case letter. */
void byte_set_lower(struct byte_set *set);
/* Whether it holds some letter in both cases. */
bool byte_set_has_case_pair(const struct byte_set *set);
struct byte_mask byte_set_common_bits(const struct byte_set *set);

#endif
