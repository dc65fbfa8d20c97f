#ifndef CKPT_ENGINE_REGEX_WALK_H
#define CKPT_ENGINE_REGEX_WALK_H

#include "engine/regex/scratch.h"

/*
 * All ways through the program at once, one character at a time, in the order
 * in which a backtracking matcher would try them: a way that comes to a place
 * where a preferred one has been in the same round is dropped, and an end drops
 * all ways behind it. (Thompson 1968 for the ways, Pike for their order.)
 */
struct regex_walk {
	const struct regex_program *program;
	struct regex_scratch *scratch;
	const struct regex_text *text;
	struct regex_thread_list *next; /* being filled, for @position; has room for all states */
	size_t position;
	bool any; /* only whether there is an end: the order does not matter */
	bool matched; /* came to an end, the last time at @end */
	size_t end;
};

/* Starts a round: @list is filled next, and nothing has been visited. */
void regex_walk_begin(struct regex_walk *walk, struct regex_thread_list *list);
/* Follows what consumes nothing from @entry on. True: came to an end, so nothing behind this counts. */
bool regex_walk_add(struct regex_walk *walk, uint32_t entry);
/* As if @count were entered, and its minimum of characters stood before the walk's position. True: as above. */
bool regex_walk_add_counted(struct regex_walk *walk, uint32_t count);
/* Takes @threads over the character before the walk's position. */
void regex_walk_step(struct regex_walk *walk, const struct regex_thread_list *threads,
		     int character);

#endif
