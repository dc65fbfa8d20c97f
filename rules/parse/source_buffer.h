#ifndef CKPT_RULES_PARSE_SOURCE_BUFFER_H
#define CKPT_RULES_PARSE_SOURCE_BUFFER_H

#include <stddef.h>
#include <sys/stat.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/* The text of a rules file with the two zero bytes behind it that the lexer asks for. A zeroed one is empty. */
struct source_buffer {
	char *text;
	size_t length; /* without the two */
};

int source_buffer_copy(struct source_buffer *out, struct bytes text, struct error *err);
/*
 * Reads a regular file of at most @limit bytes and says which it is. ERROR_SYSTEM: cannot be opened or read,
 * or is no regular file; ERROR_LIMIT: larger.
 */
int source_buffer_read(struct source_buffer *out, const char *path, size_t limit, struct stat *info,
		       struct error *err);
void source_buffer_release(struct source_buffer *buffer);

#endif
