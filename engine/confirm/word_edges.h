#ifndef CKPT_ENGINE_CONFIRM_WORD_EDGES_H
#define CKPT_ENGINE_CONFIRM_WORD_EDGES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/bytes.h"

/*
 * Whether a match stands alone as a word: no ASCII letter or digit next to it ('_' is none), and the ends of
 * @text count as edges. Wide: only a neighbour of two bytes, letter or digit and then zero, is part of a word.
 * The neighbours are taken as they lie, also where the match lies under an xor key.
 */
bool word_edges_hold(const struct bytes *text, size_t start, size_t length, bool wide);
/* The left one alone: whatever the length. */
bool word_begins_at(const struct bytes *text, size_t start, bool wide);

#endif
