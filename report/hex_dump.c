#include "report/hex_dump.h"

#include <inttypes.h>

#include "report/style.h"

#define LINE_BYTES 16u

/* One line: its bytes are @start to @end of the dump, the first in column @skip. */
struct line {
	size_t start, end, skip;
};

static bool is_marked(const struct hex_dump *dump, size_t index)
{
	return index >= dump->marked_start && index < dump->marked_end;
}

/* Colour begins and ends with the mark, not at every byte. */
static void mark_edges(struct text *text, const struct hex_dump *dump, const struct line *line,
		       size_t index)
{
	bool before = index > line->start && is_marked(dump, index - 1);
	bool now = index < line->end && is_marked(dump, index);

	if (before && !now)
		style_end(text, dump->color);
	if (now && !before)
		style_begin(text, STYLE_MATCH, dump->color);
}

static void add_digits(struct text *text, const struct hex_dump *dump, const struct line *line)
{
	for (size_t column = 0; column < LINE_BYTES; column++) {
		size_t index = line->start + column - line->skip;
		bool shown = column >= line->skip && index < line->end;

		if (column % 2 == 0)
			text_add_byte(text, ' ');
		if (shown)
			mark_edges(text, dump, line, index);
		if (shown)
			text_add_format(text, "%02x", dump->bytes.data[index]);
		else
			text_add(text, "  ");
		if (shown && (index + 1 == line->end || !is_marked(dump, index + 1)))
			mark_edges(text, dump, line, index + 1);
	}
}

static void add_letters(struct text *text, const struct hex_dump *dump, const struct line *line)
{
	text_add(text, "  ");
	text_pad(text, text->length, line->skip);
	for (size_t i = line->start; i < line->end; i++) {
		uint8_t byte = dump->bytes.data[i];

		mark_edges(text, dump, line, i);
		text_add_byte(text, byte < 0x20 || byte > 0x7e ? '.' : (char)byte);
	}
	mark_edges(text, dump, line, line->end);
	text_add_byte(text, '\n');
}

void hex_dump_add(struct text *text, const struct hex_dump *dump)
{
	struct line line = { .skip = dump->address % LINE_BYTES };

	while (line.start < dump->bytes.length && !text->failed) {
		size_t left = dump->bytes.length - line.start, room = LINE_BYTES - line.skip;
		uint64_t address = dump->address + line.start - line.skip;

		line.end = line.start + (left < room ? left : room);
		text_pad(text, text->length, dump->indent);
		style_begin(text, STYLE_FAINT, dump->color);
		text_add_format(text, "%012" PRIx64, address);
		text_add_byte(text, ':');
		style_end(text, dump->color);
		add_digits(text, dump, &line);
		add_letters(text, dump, &line);
		line = (struct line){ .start = line.end };
	}
}
