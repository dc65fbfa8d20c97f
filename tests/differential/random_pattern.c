#include "tests/differential/random_pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bitmap.h"

#define LONGEST_LITERAL 300u

static const uint8_t letters[] = { 'a', 'b', 'A', 'c', '1', '_', ' ', '\n', 0x00, 0x00, 0xff };

uint32_t random_below(struct random_source *random, uint32_t below)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)(random->state >> 32) % below;
}

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static uint8_t random_letter(struct random_source *random)
{
	return letters[random_below(random, sizeof(letters))];
}

/* Regex trees. */

static struct regex_node *new_node(struct arena *arena, enum regex_kind kind, size_t children)
{
	struct regex_node *node = need(arena_alloc(arena, sizeof(*node)));

	node->kind = kind;
	node->child_count = children;
	if (children)
		node->children = need(arena_alloc_array(arena, children, sizeof(*node->children)));
	return node;
}

static struct regex_node *random_class(struct random_source *random, struct arena *arena)
{
	struct regex_node *node = new_node(arena, REGEX_CLASS, 0);
	uint64_t *set = need(arena_alloc_array(arena, 4, sizeof(*set)));
	uint32_t count = 1 + random_below(random, 3);

	for (uint32_t i = 0; i < count; i++)
		bitmap_set(set, random_letter(random));
	node->negated = random_below(random, 4) == 0;
	for (size_t i = 0; node->negated && i < 4; i++)
		set[i] = ~set[i];
	node->set = set;
	return node;
}

static struct regex_node *random_leaf(struct random_source *random, struct arena *arena)
{
	struct regex_node *node;

	switch (random_below(random, 12)) {
	case 0:
	case 1:
		return random_class(random, arena);
	case 2:
		node = new_node(arena, REGEX_BYTE, 0);
		node->mask = random_below(random, 2) ? 0xf0 : 0x00;
		node->value = random_letter(random) & node->mask;
		return node;
	case 3:
		if (random_below(random, 3) == 0) {
			static const enum regex_kind edges[] = { REGEX_START, REGEX_END,
								 REGEX_WORD_EDGE,
								 REGEX_NOT_WORD_EDGE };

			return new_node(arena, edges[random_below(random, 4)], 0);
		}
		/* fall through */
	default:
		node = new_node(arena, REGEX_BYTE, 0);
		node->value = random_letter(random);
		node->mask = 0xff;
		return node;
	}
}

static struct regex_node *random_tree(struct random_source *random, struct arena *arena, int depth);

static struct regex_node *random_repeat(struct random_source *random, struct arena *arena)
{
	struct regex_node *node = new_node(arena, REGEX_REPEAT, 1);
	struct regex_node *child = random_below(random, 3) ? random_leaf(random, arena)
							   : random_tree(random, arena, 0);

	node->min = random_below(random, 3);
	node->max = random_below(random, 3) ? node->min + random_below(random, 5) : REGEX_NO_LIMIT;
	if (node->max == 0)
		node->max = 1;
	if (random_below(random, 6) == 0) {
		node->min += random_below(random, 40);
		if (node->max != REGEX_NO_LIMIT)
			node->max = node->min + random_below(random, 60) + 1;
	}
	node->greedy = random_below(random, 2);
	/* What may match nothing is not repeated: engines differ there in what preference means. */
	node->children[0] = child->kind == REGEX_BYTE || child->kind == REGEX_CLASS
				    ? child
				    : random_class(random, arena);
	return node;
}

static struct regex_node *random_tree(struct random_source *random, struct arena *arena, int depth)
{
	uint32_t kind = depth <= 0 ? 0 : random_below(random, 6);

	if (kind == 1 || kind == 2) {
		uint32_t count = 2 + random_below(random, 2);
		struct regex_node *node = new_node(arena, REGEX_ALTERNATION, count);

		for (uint32_t i = 0; i < count; i++)
			node->children[i] = random_tree(random, arena, depth - 1);
		return node;
	}
	if (kind == 3)
		return random_repeat(random, arena);

	uint32_t count = 1 + random_below(random, 4);
	struct regex_node *node = new_node(arena, REGEX_SEQUENCE, count);

	for (uint32_t i = 0; i < count; i++)
		node->children[i] = depth > 0 && random_below(random, 2)
					    ? random_tree(random, arena, depth - 1)
					    : random_leaf(random, arena);
	return node;
}

/* Patterns. */

static void random_literal(struct random_source *random, struct arena *arena,
			   struct pattern_part *part)
{
	static const uint32_t most[] = { 5, 5, 5, 5, 5, 5, 24, 24, 24, LONGEST_LITERAL };
	size_t length = 1 + random_below(random, most[random_below(random, 10)]);
	uint8_t *data = need(arena_alloc(arena, length));

	for (size_t i = 0; i < length; i++)
		data[i] = random_letter(random);
	part->literal = (struct bytes){ data, length };
}

static uint64_t random_length(struct random_source *random)
{
	static const uint32_t below[] = { 2, 10, 60, 400, 4000 };

	return random_below(random, below[random_below(random, 5)]);
}

static struct pattern_gap random_gap(struct random_source *random)
{
	struct pattern_gap gap = { .min = random_below(random, 3) ? 0 : random_length(random) };

	gap.max = random_below(random, 3) ? gap.min + random_length(random) : UINT64_MAX;
	if (random_below(random, 50) == 0)
		gap.min = gap.max = UINT64_MAX - random_below(random, 2);
	return gap;
}

/* Parts are small: all of them have to be found. */
static void random_chain(struct random_source *random, struct arena *arena, struct pattern *out)
{
	size_t count = 2 + random_below(random, 3);
	struct pattern_part *parts = need(arena_alloc_array(arena, count, sizeof(*parts)));
	struct pattern_gap *gaps = need(arena_alloc_array(arena, count - 1, sizeof(*gaps)));

	for (size_t i = 0; i < count; i++) {
		if (random_below(random, 2))
			parts[i].regex = random_tree(random, arena, (int)random_below(random, 2));
		else
			random_literal(random, arena, &parts[i]);
		if (!parts[i].regex && parts[i].literal.length > 3)
			parts[i].literal.length = 1 + random_below(random, 3);
		if (i + 1 < count)
			gaps[i] = random_gap(random);
	}
	out->parts = parts;
	out->gaps = gaps;
	out->part_count = count;
	if (random_below(random, 3) == 0)
		out->flags |= PATTERN_NOCASE;
}

void random_pattern(struct random_source *random, struct arena *arena, struct pattern *out)
{
	struct pattern_part *part;

	*out = (struct pattern){ .part_count = 1, .name = "random" };
	out->flags = 1 + random_below(random, 3); /* ASCII, WIDE or both */
	if (random_below(random, 3) == 0)
		out->flags |= PATTERN_FULLWORD;
	if (random_below(random, 4) == 0) {
		random_chain(random, arena, out);
		return;
	}
	part = need(arena_alloc(arena, sizeof(*part)));
	out->parts = part;
	if (random_below(random, 2)) {
		part->regex = random_tree(random, arena, 2);
		if (random_below(random, 3) == 0)
			out->flags |= PATTERN_NOCASE;
		return;
	}
	random_literal(random, arena, part);
	if (random_below(random, 4) == 0) {
		out->flags |= PATTERN_XOR;
		out->xor_min = (uint8_t)random_below(random, 3);
		out->xor_max = (uint8_t)(out->xor_min +
					 random_below(random, random_below(random, 2) ? 3 : 200));
	} else if (random_below(random, 3) == 0) {
		out->flags |= PATTERN_NOCASE;
	}
}

/* One string that the tree matches, more or less: enough to make matches likely. */
static size_t sample(struct random_source *random, const struct regex_node *node, uint8_t *out,
		     size_t room)
{
	size_t length = 0;

	switch (node->kind) {
	case REGEX_BYTE:
		if (room)
			out[length++] =
				(uint8_t)(node->value | (random_letter(random) & ~node->mask));
		break;
	case REGEX_CLASS:
		for (int tries = 0; room && !length && tries < 20; tries++) {
			uint8_t letter = random_letter(random);

			if (bitmap_test(node->set, letter))
				out[length++] = letter;
		}
		break;
	case REGEX_SEQUENCE:
		for (size_t i = 0; i < node->child_count; i++)
			length += sample(random, node->children[i], out + length, room - length);
		break;
	case REGEX_ALTERNATION:
		return sample(random,
			      node->children[random_below(random, (uint32_t)node->child_count)],
			      out, room);
	case REGEX_REPEAT: {
		uint32_t spread = node->max == REGEX_NO_LIMIT ? 4 : node->max - node->min + 1;
		uint32_t count = node->min + random_below(random, spread);

		for (uint32_t i = 0; i < count; i++)
			length += sample(random, node->children[0], out + length, room - length);
		break;
	}
	default:
		break;
	}
	return length;
}

/* One of its parts: the others may come by chance. */
static size_t sample_pattern(struct random_source *random, const struct pattern *pattern,
			     uint8_t *out, size_t room)
{
	const struct pattern_part *part =
		&pattern->parts[random_below(random, (uint32_t)pattern->part_count)];
	uint8_t plain[LONGEST_LITERAL];
	bool wide = pattern->flags & PATTERN_WIDE &&
		    (!(pattern->flags & PATTERN_ASCII) || random_below(random, 2));
	uint8_t key = (uint8_t)(pattern->xor_min +
				random_below(random,
					     (uint32_t)(pattern->xor_max - pattern->xor_min) + 1));
	size_t length, width = wide ? 2 : 1;

	if (part->regex) {
		length = sample(random, part->regex, plain, sizeof(plain));
	} else {
		length = part->literal.length;
		memcpy(plain, part->literal.data, length);
	}
	if (length * width > room)
		return 0;
	for (size_t i = 0; i < length; i++) {
		out[i * width] = plain[i] ^ key;
		if (wide)
			out[i * width + 1] = key;
	}
	return length * width;
}

void random_text(struct random_source *random, const struct pattern *pattern, uint8_t *data,
		 size_t length)
{
	size_t at = 0;

	while (at < length) {
		size_t taken = random_below(random, 3) == 0
				       ? sample_pattern(random, pattern, data + at, length - at)
				       : 0;

		if (!taken) {
			data[at] = random_letter(random);
			taken = 1;
		}
		at += taken;
	}
}

/* Again what stands @back bytes before; returns how many bytes. */
static size_t repeat_earlier(struct random_source *random, uint8_t *data, size_t at, size_t room)
{
	size_t back, length;

	if (at == 0)
		return 0;
	back = 1 + random_below(random, (uint32_t)(at < 300 ? at : 300));
	length = random_below(random, 400);
	length = length < room ? length : room;
	for (size_t i = 0; i < length; i++)
		data[at + i] = data[at + i - back];
	return length;
}

static size_t random_run(struct random_source *random, uint8_t byte, uint8_t *data, size_t room)
{
	size_t length = 1 + random_below(random, random_below(random, 3) ? 20 : 300);

	length = length < room ? length : room;
	memset(data, byte, length);
	return length;
}

void random_memory(struct random_source *random, const struct pattern *patterns, size_t count,
		   uint8_t *data, size_t length)
{
	size_t at = 0;

	while (at < length) {
		const struct pattern *pattern = &patterns[random_below(random, (uint32_t)count)];
		uint32_t kind = random_below(random, 32);
		size_t room = length - at, taken = 0;

		if (kind < 12)
			taken = sample_pattern(random, pattern, data + at, room);
		else if (kind == 12)
			taken = random_run(random, random_letter(random), data + at, room);
		else if (kind == 13)
			taken = random_run(random, 0, data + at, room);
		else if (kind == 14)
			taken = repeat_earlier(random, data, at, room);
		if (!taken) {
			data[at] = random_letter(random);
			taken = 1;
		}
		at += taken;
	}
}

/* Description. */

static void describe_node(FILE *out, const struct regex_node *node)
{
	static const char *const edges[] = { [REGEX_START] = "^",
					     [REGEX_END] = "$",
					     [REGEX_WORD_EDGE] = "\\b",
					     [REGEX_NOT_WORD_EDGE] = "\\B" };

	switch (node->kind) {
	case REGEX_EMPTY:
		break;
	case REGEX_BYTE:
		fprintf(out, node->mask == 0xff ? "\\x%02x" : "<%02x&%02x>", node->value,
			node->mask);
		break;
	case REGEX_CLASS:
		fputs(node->negated ? "[^" : "[", out);
		for (unsigned i = 0; i < 256; i++)
			if (bitmap_test(node->set, i) != node->negated)
				fprintf(out, "\\x%02x", i);
		fputc(']', out);
		break;
	case REGEX_SEQUENCE:
	case REGEX_ALTERNATION:
		fputc('(', out);
		for (size_t i = 0; i < node->child_count; i++) {
			if (i && node->kind == REGEX_ALTERNATION)
				fputc('|', out);
			describe_node(out, node->children[i]);
		}
		fputc(')', out);
		break;
	case REGEX_REPEAT:
		describe_node(out, node->children[0]);
		fprintf(out, "{%u,", node->min);
		if (node->max != REGEX_NO_LIMIT)
			fprintf(out, "%u", node->max);
		fputs(node->greedy ? "}" : "}?", out);
		break;
	default:
		fputs(edges[node->kind], out);
	}
}

static void describe_part(FILE *out, const struct pattern_part *part)
{
	if (part->regex) {
		describe_node(out, part->regex);
		return;
	}
	for (size_t i = 0; i < part->literal.length; i++)
		fprintf(out, "%02x ", part->literal.data[i]);
}

void random_pattern_describe(const struct pattern *pattern, char *out, size_t size)
{
	FILE *stream = need(fmemopen(out, size, "w"));

	for (size_t i = 0; i < pattern->part_count; i++) {
		if (i)
			fprintf(stream, " [%llu-%llu] ",
				(unsigned long long)pattern->gaps[i - 1].min,
				(unsigned long long)pattern->gaps[i - 1].max);
		describe_part(stream, &pattern->parts[i]);
	}
	fprintf(stream, " flags %x xor %u-%u", pattern->flags, pattern->xor_min, pattern->xor_max);
	fclose(stream);
	out[size - 1] = '\0';
}
