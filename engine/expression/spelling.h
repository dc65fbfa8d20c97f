#ifndef CKPT_ENGINE_EXPRESSION_SPELLING_H
#define CKPT_ENGINE_EXPRESSION_SPELLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/expression/atom.h"
#include "engine/expression/layout.h"

/* Literal atoms that one place in a regex may become: nibbles, small classes, alternatives. */
#define SPELLING_STRINGS 16

/* All strings that some slots in a row allow, each cut at ATOM_BYTES. */
struct spelling {
	uint8_t bytes[SPELLING_STRINGS][ATOM_BYTES];
	uint8_t lengths[SPELLING_STRINGS];
	size_t count;
	bool caseless; /* letters stand for both cases and are kept in lower case */
};

struct spelling spelling_empty(bool caseless);
/* Adds the next slot. False: it would be too many strings, or nothing can be said; @spelling is untouched then. */
bool spelling_add_slot(struct spelling *spelling, const struct slot *slot,
		       const struct layout_options *options);
/* Whether no slot can make any string longer. */
bool spelling_is_full(const struct spelling *spelling);
/* The worst string's weight less what their number costs; 0 where a string is empty. */
int spelling_weight(const struct spelling *spelling);
/* Whether some string is zeros alone. */
bool spelling_fits_zeros(const struct spelling *spelling);

#endif
