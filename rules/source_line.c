#include "rules/source_line.h"

#include <stdbool.h>
#include <string.h>

#define TAB_COLUMNS 8u
/* A longer line is cut so many bytes before and after the caret. */
#define SHOWN_BEFORE 60u
#define SHOWN_AFTER 80u

/* Writes one character (or one byte that is none), moves on, returns the columns it takes. */
static size_t write_character(struct text *out, struct bytes *rest, size_t column)
{
	uint32_t character = 0;
	size_t length = utf8_decode(*rest, &character), columns = 1;
	struct bytes bytes = { rest->data, length ? length : 1 };

	rest->data += bytes.length;
	rest->length -= bytes.length;
	if (length && character == '\t') {
		columns = TAB_COLUMNS - column % TAB_COLUMNS;
		text_add_format(out, "%*s", (int)columns, "");
	} else if (length && !character_is_unsafe(character)) {
		text_add_bytes(out, bytes);
	} else {
		columns = 4 * bytes.length;
		for (size_t i = 0; i < bytes.length; i++)
			text_add_format(out, "\\x%02x", bytes.data[i]);
	}
	return columns;
}

/* Writes all of @bytes and returns the column after it. */
static size_t write_bytes(struct text *out, struct bytes bytes, size_t column)
{
	while (bytes.length)
		column += write_character(out, &bytes, column);
	return column;
}

void source_line_escape(struct text *out, const char *string)
{
	write_bytes(out, string_bytes(string), 0);
}

static bool is_tail_byte(struct bytes line, size_t offset)
{
	return offset < line.length && (line.data[offset] & 0xc0) == 0x80;
}

/* What is shown of a line: bytes first to last, the caret's at caret to end. */
struct excerpt {
	size_t first, caret, end, last;
};

static struct excerpt excerpt_choose(struct bytes line, const struct source_span *span)
{
	size_t caret = span->column ? span->column - 1 : 0;

	if (caret > line.length)
		caret = line.length;

	size_t first = caret > SHOWN_BEFORE ? caret - SHOWN_BEFORE : 0;
	size_t last = line.length - caret > SHOWN_AFTER ? caret + SHOWN_AFTER : line.length;

	size_t end = span->length < last - caret ? caret + span->length : last;

	/* Characters are shown whole; a few steps, for bytes that are no UTF-8 must not move a cut far. */
	for (int i = 0; i < 3 && first < caret && is_tail_byte(line, first); i++)
		first++;
	for (int i = 0; i < 3 && is_tail_byte(line, end); i++)
		end++;
	for (int i = 0; i < 3 && is_tail_byte(line, last); i++)
		last++;
	return (struct excerpt){ first, caret, end, last > end ? last : end };
}

static struct bytes slice(struct bytes line, size_t from, size_t to)
{
	return (struct bytes){ from < to ? line.data + from : NULL, to - from };
}

static void write_caret(struct text *out, int gutter, size_t start, size_t end)
{
	text_add_format(out, "\n%*s | %*s^", gutter, "", (int)start, "");
	for (size_t column = start + 1; column < end; column++)
		text_add_byte(out, '~');
	text_add_byte(out, '\n');
}

void source_line_write(struct text *out, struct bytes line, const struct source_span *span)
{
	if (line.length && line.data[line.length - 1] == '\r')
		line.length--;

	struct excerpt shown = excerpt_choose(line, span);
	size_t begin = out->length, start, end;

	text_add_format(out, "%5u", span->line);

	int gutter = (int)(out->length - begin);

	text_add(out, shown.first ? " | ..." : " | ");
	start = write_bytes(out, slice(line, shown.first, shown.caret), shown.first ? 3 : 0);
	end = write_bytes(out, slice(line, shown.caret, shown.end), start);
	write_bytes(out, slice(line, shown.end, shown.last), end);
	if (shown.last < line.length)
		text_add(out, "...");
	write_caret(out, gutter, start, end);
}
