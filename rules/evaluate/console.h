#ifndef CKPT_RULES_EVALUATE_CONSOLE_H
#define CKPT_RULES_EVALUATE_CONSOLE_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "rules/ruleset.h"

/* What the rules say of one target, up to CONSOLE_BYTES_LIMIT. A zeroed one is empty. One thread. */
struct console {
	struct arena *arena; /* owns the rest; NULL while there is no line */
	struct console_line *lines;
	size_t count, capacity;
	size_t bytes; /* of texts and lines */
	uint64_t dropped;
};

/* Copies the line; beyond the limit it is counted instead. */
int console_add(struct console *console, uint32_t rule, const char *text, size_t length,
		struct error *err);
void console_release(struct console *console);

#endif
