#include "bench/naive/node_text.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/bitmap.h"

static void write_text(struct byte_writer *out, const char *text)
{
	byte_writer_add(out, text, strlen(text));
}

void byte_text_write(struct byte_writer *out, uint8_t byte)
{
	char text[8];

	snprintf(text, sizeof(text), "\\x%02x", byte);
	write_text(out, text);
}

static void write_children(struct byte_writer *out, const struct regex_node *node, bool wide,
			   const char *between)
{
	for (size_t i = 0; i < node->child_count; i++) {
		if (i)
			write_text(out, between);
		node_text_write(out, node->children[i], wide);
	}
}

static void write_group(struct byte_writer *out, const struct regex_node *node, bool wide)
{
	write_text(out, "(?:");
	write_children(out, node, wide, "|");
	write_text(out, ")");
}

static void write_repeat(struct byte_writer *out, const struct regex_node *node, bool wide)
{
	char bounds[32];

	if (node->max == REGEX_NO_LIMIT)
		snprintf(bounds, sizeof(bounds), "{%u,}", node->min);
	else
		snprintf(bounds, sizeof(bounds), "{%u,%u}", node->min, node->max);
	write_group(out, node, wide);
	write_text(out, bounds);
	if (!node->greedy)
		write_text(out, "?");
}

/* Bytes whose bits in @set are @member, as ranges. */
static void write_ranges(struct byte_writer *out, const uint64_t *set, bool member)
{
	for (unsigned low = 0; low < 256; low++) {
		unsigned high = low;

		if (bitmap_test(set, low) != member)
			continue;
		while (high < 255 && bitmap_test(set, high + 1) == member)
			high++;
		byte_text_write(out, (uint8_t)low);
		write_text(out, "-");
		byte_text_write(out, (uint8_t)high);
		low = high;
	}
}

static bool holds_all(const uint64_t *set)
{
	return (set[0] & set[1] & set[2] & set[3]) == UINT64_MAX;
}

/* A negated one is written so too: of its letters CASELESS then takes both cases out, not in. */
static void write_set(struct byte_writer *out, const uint64_t *set, bool negated)
{
	if (holds_all(set)) {
		write_text(out, ".");
		return;
	}
	write_text(out, negated ? "[^" : "[");
	write_ranges(out, set, !negated);
	write_text(out, "]");
}

static void write_masked(struct byte_writer *out, const struct regex_node *node)
{
	uint64_t set[4] = { 0 };

	for (unsigned byte = 0; byte < 256; byte++)
		if ((byte & node->mask) == node->value)
			bitmap_set(set, byte);
	write_set(out, set, false);
}

static void write_one_byte(struct byte_writer *out, const struct regex_node *node, bool wide)
{
	if (node->kind == REGEX_CLASS)
		write_set(out, node->set, node->negated);
	else if (node->mask == 0xff)
		byte_text_write(out, node->value);
	else
		write_masked(out, node);
	if (wide)
		byte_text_write(out, 0);
}

void node_text_write(struct byte_writer *out, const struct regex_node *node, bool wide)
{
	switch (node->kind) {
	case REGEX_EMPTY:
		write_text(out, "(?:)");
		break;
	case REGEX_BYTE:
	case REGEX_CLASS:
		write_one_byte(out, node, wide);
		break;
	case REGEX_SEQUENCE:
		write_children(out, node, wide, "");
		break;
	case REGEX_ALTERNATION:
		write_group(out, node, wide);
		break;
	case REGEX_REPEAT:
		write_repeat(out, node, wide);
		break;
	case REGEX_START:
		write_text(out, "^");
		break;
	case REGEX_END:
		write_text(out, "\\z");
		break;
	case REGEX_WORD_EDGE:
		write_text(out, "\\b");
		break;
	case REGEX_NOT_WORD_EDGE:
		write_text(out, "\\B");
		break;
	}
}
