#ifndef CKPT_ENGINE_BASE_TEXT_H
#define CKPT_ENGINE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/*
 * Text that grows as it is written, and the one place that makes bytes safe to show. A zeroed struct is an
 * empty text. Without memory nothing more is added and @failed stays set, so that a writer asks once, at the
 * end. One thread.
 */
struct text {
	char *data; /* ends with a zero byte that @length does not count; NULL: nothing was added */
	size_t length, capacity;
	bool failed;
};

void text_release(struct text *text);
/* Empty again, and not failed; keeps its memory. */
void text_clear(struct text *text);

void text_add(struct text *text, const char *string);
void text_add_byte(struct text *text, char byte);
void text_add_bytes(struct text *text, struct bytes bytes);
void text_add_format(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Spaces, until what stands behind offset @from takes @column columns of a terminal. */
void text_pad(struct text *text, size_t from, size_t column);

/*
 * For a terminal: printable UTF-8 stays as it is; \n \r \t \\ are written so; other control characters and
 * bytes that are no UTF-8 become \xNN; C1 controls, line separators, format characters (bidi overrides,
 * zero widths, tags) and what else is never drawn become \uNNNN or \UNNNNNNNN.
 */
void text_add_escaped(struct text *text, struct bytes bytes);
void text_add_escaped_string(struct text *text, const char *string);
/* At most the first @most bytes of it, whole characters, and dots where that is not all. */
void text_add_escaped_start(struct text *text, const char *string, size_t most);
/* The same for memory: everything that is not printable ASCII becomes \xNN. */
void text_add_escaped_memory(struct text *text, struct bytes bytes);

/* Lower-case, two digits a byte. */
void text_add_hex(struct text *text, struct bytes bytes);
/* RFC 4648 with padding. */
void text_add_base64(struct text *text, struct bytes bytes);
/* Valid UTF-8 whatever @bytes holds: U+FFFD for each byte that is part of none. */
void text_add_utf8(struct text *text, struct bytes bytes);

/* Bytes of the character that @bytes begins with (1 to 4), and the character; 0: no valid UTF-8 begins there. */
size_t utf8_decode(struct bytes bytes, uint32_t *out);
bool utf8_is_valid(struct bytes bytes);
/* Whether a terminal may do something else with the character than show it. */
bool character_is_unsafe(uint32_t character);

bool string_starts_with(const char *string, const char *start);
bool string_ends_with(const char *string, const char *end);
/* Bytes of a string, without its zero byte; none for NULL. */
struct bytes string_bytes(const char *string);

#endif
