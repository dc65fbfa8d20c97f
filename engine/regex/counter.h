#ifndef CKPT_ENGINE_REGEX_COUNTER_H
#define CKPT_ENGINE_REGEX_COUNTER_H

#include "engine/regex/scratch.h"

/*
 * The window of a COUNT that is walked backward: how a repeat of one character
 * takes constant time for each byte, however often it repeats.
 *
 * Places from which the rest behind the COUNT comes to an end go in, with their
 * nearest end. While the characters before them are in the set, each place
 * first waits until min characters lie between (pending), is then one from
 * which a way goes on (eligible), and leaves when max are exceeded. Of the
 * eligible only those are kept that no later one beats, so the first has the
 * nearest end: a minimum over a sliding window.
 */
void regex_window_reset(struct regex_window *window);

/* A place, lower than all before it. */
void regex_window_push(const struct regex_instruction *count, struct regex_window *window,
		       struct regex_window_entry *entries, size_t position, size_t end);

/*
 * Moves to the next lower @position, between which and the last one lies a character of the set. Stores in @end the
 * nearest end and returns true, unless no place is eligible. @farthest: ends beyond it do not count.
 */
bool regex_window_move(const struct regex_instruction *count, struct regex_window *window,
		       struct regex_window_entry *entries, uint32_t stride, size_t position,
		       size_t farthest, size_t *end);

#endif
