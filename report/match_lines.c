#include "report/match_lines.h"

#include <inttypes.h>

#include "report/hex_dump.h"
#include "report/style.h"

/* A longer cell pushes its own line only. */
#define WIDEST_COLUMN 48u

#define DUMP_INDENT 4u

struct widths {
	size_t address, vma, string, length;
};

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
		text_add_escaped_string(text, vma->path);
	}
	if (vma->deleted)
		text_add(text, " (deleted)");
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
	text_clear(scratch);
	add(scratch, match);
	if (scratch->length > *width && scratch->length <= WIDEST_COLUMN)
		*width = scratch->length;
}

static struct widths measure(const struct hit *hit, struct text *scratch)
{
	struct widths widths = { 0 };

	for (size_t i = 0; i < hit->match_count_listed; i++) {
		const struct hit_match *match = &hit->matches[i];

		widen_by(&widths.address, scratch, match, add_address);
		widen_by(&widths.vma, scratch, match, add_vma);
		widen_by(&widths.string, scratch, match, add_string_name);
		widen_by(&widths.length, scratch, match, add_length);
	}
	return widths;
}

static void add_columns(struct text *text, const struct hit_match *match,
			const struct widths *widths, bool color)
{
	size_t start;

	text_add(text, "  ");
	style_begin(text, STYLE_ADDRESS, color);
	start = text->length;
	add_address(text, match);
	text_pad(text, start, widths->address);
	style_end(text, color);

	if (widths->vma) {
		text_add(text, "  ");
		start = text->length;
		add_vma(text, match);
		text_pad(text, start, widths->vma);
	}

	text_add(text, "  ");
	style_begin(text, STYLE_STRING, color);
	start = text->length;
	add_string_name(text, match);
	text_pad(text, start, widths->string);
	style_end(text, color);

	text_add_format(text, "  %*" PRIu64, (int)widths->length, match->length);
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

static void add_rest(struct text *text, const struct hit *hit)
{
	if (hit->match_count_listed >= hit->match_count)
		return;
	text_add_format(text, "  %zu of %s%" PRIu64 " matches\n", hit->match_count_listed,
			hit->match_count_limited ? "at least " : "", hit->match_count);
}

void match_lines_add(struct text *text, const struct hit *hit, bool with_context, bool color)
{
	struct text scratch = { 0 };
	struct widths widths = measure(hit, &scratch);

	for (size_t i = 0; i < hit->match_count_listed; i++) {
		const struct hit_match *match = &hit->matches[i];

		add_columns(text, match, &widths, color);
		add_data(text, match, color);
		text_add_byte(text, '\n');
		if (with_context)
			add_dump(text, &scratch, match, color);
	}
	add_rest(text, hit);
	text->failed |= scratch.failed;
	text_release(&scratch);
}
