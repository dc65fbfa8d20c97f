#include "report/match_lines.h"

#include <inttypes.h>

#include "engine/base/columns.h"
#include "report/hex_dump.h"
#include "report/style.h"

/* A longer cell pushes its own line only. */
#define WIDEST_COLUMN 48u

#define DUMP_INDENT 4u

static void add_vma(struct text *text, const struct hit_match *match)
{
	const struct hit_vma *vma = &match->vma;

	if (!match->has_vma)
		return;
	text_add_escaped_string(text, vma->protection);
	text_add_byte(text, ' ');
	text_add_escaped_string(text, vma->kind);
	if (vma->path) {
		text_add_byte(text, ' ');
		text_add_escaped_start(text, vma->path, LONGEST_SHOWN);
	}
	if (vma->deleted)
		text_add(text, " (deleted)");
	if (match->from_file)
		text_add(text, " (from the file)");
}

static void add_address(struct text *text, const struct hit_match *match)
{
	text_add_format(text, "0x%" PRIx64, match->address);
}

static void add_string_name(struct text *text, const struct hit_match *match)
{
	text_add_byte(text, '$');
	text_add_escaped_string(text, match->string->name);
}

static void add_length(struct text *text, const struct hit_match *match)
{
	text_add_format(text, "%" PRIu64, match->length);
}

static void widen_by(size_t *width, struct text *scratch, const struct hit_match *match,
		     void (*add)(struct text *text, const struct hit_match *match))
{
	size_t columns;

	text_clear(scratch);
	add(scratch, match);
	columns = columns_of((struct bytes){ (const uint8_t *)scratch->data, scratch->length });
	if (columns > *width && columns <= WIDEST_COLUMN)
		*width = columns;
}

struct match_columns match_columns_of(const struct hit *hit, struct text *scratch)
{
	struct match_columns columns = { 0 };

	for (size_t i = 0; i < hit->match_count_listed; i++) {
		const struct hit_match *match = &hit->matches[i];

		widen_by(&columns.address, scratch, match, add_address);
		widen_by(&columns.vma, scratch, match, add_vma);
		widen_by(&columns.string, scratch, match, add_string_name);
		widen_by(&columns.length, scratch, match, add_length);
	}
	return columns;
}

static void add_columns(struct text *text, const struct hit_match *match,
			const struct match_columns *columns, bool color)
{
	size_t start;

	text_add(text, "  ");
	style_begin(text, STYLE_ADDRESS, color);
	start = text->length;
	add_address(text, match);
	text_pad(text, start, columns->address);
	style_end(text, color);

	if (columns->vma) {
		text_add(text, "  ");
		start = text->length;
		add_vma(text, match);
		text_pad(text, start, columns->vma);
	}

	text_add(text, "  ");
	style_begin(text, STYLE_STRING, color);
	start = text->length;
	add_string_name(text, match);
	text_pad(text, start, columns->string);
	style_end(text, color);

	text_add_format(text, "  %*" PRIu64, (int)columns->length, match->length);
	if (match->has_xor_key)
		text_add_format(text, "  xor 0x%02x", match->xor_key);
}

static void add_data(struct text *text, const struct hit_match *match, bool color)
{
	if (!match->data.length)
		return;
	text_add(text, "  ");
	style_begin(text, STYLE_MATCH, color);
	text_add_escaped_memory(text, match->data);
	style_end(text, color);
	if (match->data.length < match->length)
		text_add(text, "...");
}

static void join(struct text *text, const struct hit_match *match)
{
	text_add_bytes(text, match->before);
	text_add_bytes(text, match->data);
	if (match->data.length == match->length)
		text_add_bytes(text, match->after);
}

/* One dump where the bytes are next to each other; two where the middle of a long match is left out. */
static void add_dump(struct text *text, struct text *scratch, const struct hit_match *match,
		     bool color)
{
	text_clear(scratch);
	join(scratch, match);

	const struct hex_dump dump = {
		.address = match->address - match->before.length,
		.bytes = { (const uint8_t *)scratch->data, scratch->length },
		.marked_start = match->before.length,
		.marked_end = match->before.length + match->data.length,
		.indent = DUMP_INDENT,
		.color = color,
	};

	hex_dump_add(text, &dump);
	if (match->data.length == match->length)
		return;

	const struct hex_dump rest = {
		.address = match->address + match->length,
		.bytes = match->after,
		.indent = DUMP_INDENT,
		.color = color,
	};

	text_pad(text, text->length, DUMP_INDENT);
	text_add_format(text, "... %" PRIu64 " bytes of the match\n",
			match->length - match->data.length);
	hex_dump_add(text, &rest);
}

void match_line_add(struct text *text, struct text *scratch, const struct hit_match *match,
		    const struct match_columns *columns, bool with_context, bool color)
{
	add_columns(text, match, columns, color);
	add_data(text, match, color);
	text_add_byte(text, '\n');
	if (with_context)
		add_dump(text, scratch, match, color);
	text->failed |= scratch->failed;
}
