#ifndef CKPT_ENGINE_EXPRESSION_ATOM_H
#define CKPT_ENGINE_EXPRESSION_ATOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/expression/byte_set.h"

#define ATOM_BYTES 8 /* longer literals filter no better and scan slower */
#define WINDOW_POSITIONS 16
#define KEYED_BYTES 5 /* four differences between neighbours */

/*
 * What Hyperscan or a table looks for: a literal, or a window of classes where there is no good one. What is found is
 * a candidate, never a match.
 */
struct atom {
	const struct byte_set *classes; /* NULL: a literal */
	uint8_t bytes[ATOM_BYTES]; /* of a literal; lower case where @caseless */
	uint8_t length; /* bytes or positions; never 0 */
	bool caseless;
	bool keyed; /* of KEYED_BYTES bytes, which may lie under any xor key: only their differences count */
};

/*
 * Eight bytes near the atom that must also fit, looked at before anything else:
 * (the little-endian word at the atom's first byte + offset) & mask == value. Mask 0: no such check.
 */
struct atom_check {
	uint64_t mask, value;
	int32_t offset;
};

/* How an atom leads to the starts of a pattern. */
struct atom_use {
	struct atom_check check;
	uint32_t distance_min,
		distance_max; /* bytes from a match's start to the atom's first byte */
	uint8_t xor_key;
	bool keyed; /* its atom is: which key it is, the bytes where it was found say */
	bool wide;
	bool complete; /* atom and check together are the whole literal: nothing is left to compare */
};

struct lead {
	struct atom atom;
	struct atom_use use;
};

/* A total order, by atom_place_of() first; 0 when both would be found at the same places. */
int atom_compare(const struct atom *left, const struct atom *right);
bool atom_is_literal(const struct atom *atom);
/* Who looks for an atom, in the order of atom_compare(). */
enum atom_place {
	ATOM_OF_HYPERSCAN,
	ATOM_OF_KEY_TABLE, /* see key_table.h */
	ATOM_OF_WINDOW_TABLE, /* a window without any byte that Hyperscan could begin with, see window_table.h */
	ATOM_PLACES,
};

enum atom_place atom_place_of(const struct atom *atom);
/* Whether a run of zero bytes holds it. */
bool atom_fits_zeros(const struct atom *atom);
/* The check for eight (or fewer, @count) positions that begin at @offset from the atom's first byte. */
struct atom_check atom_check_of(const struct byte_set *sets, size_t count, int32_t offset);

/* As a regular expression with every byte escaped, in @arena; NULL: no memory. */
char *atom_expression(const struct atom *atom, struct arena *arena);
/*
 * The same for people, cut to @size bytes with its end marked by three dots: letters, digits and the like as they
 * are, (?i) in front where case does not matter, and (xor) where any key will do.
 */
void atom_describe(const struct atom *atom, char *out, size_t size);
/* How heavy it is, see weights.h. */
int atom_weight(const struct atom *atom);

#endif
