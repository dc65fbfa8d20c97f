#ifndef CKPT_ENGINE_EXPRESSION_WEIGHTS_H
#define CKPT_ENGINE_EXPRESSION_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/expression/byte_set.h"

/*
 * How rare bytes are thought to be in memory, as a sum: about 20 for a byte that says much, 2.5 for each
 * bit that a position fixes. Zeros count against an atom because memory is full of small integers: an atom
 * that ends in 00 00 makes the literal matcher fire inside every run of them.
 */
#define WEIGHT_OF_TWO_BITS 5

/* @caseless: letters stand for both cases. */
int weight_of_bytes(const uint8_t *bytes, size_t length, bool caseless);
/* Of the first byte, the first two and so on, all @length of them, by one pass. */
void weights_of_prefixes(const uint8_t *bytes, size_t length, bool caseless, int *weights);
/* The same for positions that allow several bytes each; 0 for a position that allows all. */
int weight_of_classes(const struct byte_set *sets, size_t count);
/* What looking for @count things instead of one takes off, or trying @count starts for each. */
int weight_of_choices(uint64_t count);
/* How often a GB of process memory is expected to hold what has this weight; more for less weight, at most 1e9. */
double weight_candidates(int weight);

/*
 * Whether Hyperscan's literal matcher gets faster from one more, rare, two-byte literal: it picks a smaller
 * step then, which filters better. By count and length alone, so that the same rules always give the same
 * database.
 */
bool weights_want_rare_pair(size_t atom_count, size_t shortest_bytes);

#endif
