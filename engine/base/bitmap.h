#ifndef CKPT_ENGINE_BASE_BITMAP_H
#define CKPT_ENGINE_BASE_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits in an array of words; bit 0 is the lowest bit of the first word. The caller owns the words. */
#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

static inline bool bitmap_test(const uint64_t *words, size_t bit)
{
	return words[bit / 64] >> (bit % 64) & 1;
}

static inline void bitmap_set(uint64_t *words, size_t bit)
{
	words[bit / 64] |= (uint64_t)1 << (bit % 64);
}

static inline void bitmap_clear(uint64_t *words, size_t bit)
{
	words[bit / 64] &= ~((uint64_t)1 << (bit % 64));
}

#endif
