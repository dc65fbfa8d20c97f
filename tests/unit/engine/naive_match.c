#include "naive_match.h"

#include <ctype.h>

#include "engine/base/bitmap.h"

struct attempt {
	const struct regex_text *text;
	bool wide, nocase;
	size_t end; /* of the match, when there is one */
};

/* What must match after a node. */
struct next {
	const struct regex_node *node; /* NULL: nothing, the match is complete */
	size_t index; /* of the sequence's next child, or repeats done */
	size_t from; /* where the last repeat began */
	const struct next *outer;
};

static bool match_node(struct attempt *attempt, const struct regex_node *node, size_t at,
		       const struct next *next);

static bool node_has(const struct attempt *attempt, const struct regex_node *node, uint8_t byte)
{
	uint8_t cases[2] = { byte, byte };

	if (attempt->nocase) {
		cases[0] = (uint8_t)tolower(byte);
		cases[1] = (uint8_t)toupper(byte);
	}
	for (int i = 0; i < 2; i++)
		if (node->kind == REGEX_BYTE ? (cases[i] & node->mask) == node->value
					     : bitmap_test(node->set, cases[i]))
			return true;
	return false;
}

static bool match_repeat(struct attempt *attempt, const struct regex_node *node, size_t done,
			 size_t at, const struct next *next)
{
	const struct next again = { node, done + 1, at, next };

	if (done < node->min)
		return match_node(attempt, node->children[0], at, &again);
	if (node->greedy && done < node->max && match_node(attempt, node->children[0], at, &again))
		return true;
	if (match_node(attempt, NULL, at, next))
		return true;
	return !node->greedy && done < node->max &&
	       match_node(attempt, node->children[0], at, &again);
}

static bool match_next(struct attempt *attempt, size_t at, const struct next *next)
{
	if (!next->node) {
		attempt->end = at;
		return true;
	}
	if (next->node->kind == REGEX_REPEAT) {
		if (at == next->from && next->index > next->node->min)
			return false; /* an empty round beyond what is due */
		return match_repeat(attempt, next->node, next->index, at, next->outer);
	}
	if (next->index < next->node->child_count) {
		const struct next rest = { next->node, next->index + 1, 0, next->outer };

		return match_node(attempt, next->node->children[next->index], at, &rest);
	}
	return match_next(attempt, at, next->outer);
}

static bool match_byte(struct attempt *attempt, const struct regex_node *node, size_t at,
		       const struct next *next)
{
	const struct regex_text *text = attempt->text;
	size_t width = attempt->wide ? 2 : 1;

	if (text->length - at < width || !node_has(attempt, node, text->data[at]))
		return false;
	if (attempt->wide && text->data[at + 1] != 0)
		return false;
	return match_next(attempt, at + width, next);
}

static bool is_word(const struct regex_text *text, size_t at)
{
	return at < text->length && (isalnum(text->data[at]) || text->data[at] == '_');
}

static bool word_edge(const struct regex_text *text, size_t at)
{
	return (at > 0 && is_word(text, at - 1)) != is_word(text, at);
}

/* A NULL node matches nothing, with success. */
static bool match_node(struct attempt *attempt, const struct regex_node *node, size_t at,
		       const struct next *next)
{
	const struct regex_text *text = attempt->text;
	const struct next rest = { node, 0, 0, next };

	switch (node ? node->kind : REGEX_EMPTY) {
	case REGEX_EMPTY:
		return match_next(attempt, at, next);
	case REGEX_BYTE:
	case REGEX_CLASS:
		return match_byte(attempt, node, at, next);
	case REGEX_SEQUENCE:
		return match_next(attempt, at, &rest);
	case REGEX_ALTERNATION:
		for (size_t i = 0; i < node->child_count; i++)
			if (match_node(attempt, node->children[i], at, next))
				return true;
		return false;
	case REGEX_REPEAT:
		return match_repeat(attempt, node, 0, at, next);
	case REGEX_START:
		return at == 0 && text->first == EDGE_REAL && match_next(attempt, at, next);
	case REGEX_END:
		return at == text->length && text->last == EDGE_REAL &&
		       match_next(attempt, at, next);
	case REGEX_WORD_EDGE:
		return word_edge(text, at) && match_next(attempt, at, next);
	case REGEX_NOT_WORD_EDGE:
		return !word_edge(text, at) && match_next(attempt, at, next);
	}
	return false;
}

static bool match_regex(const struct pattern *pattern, const struct regex_text *text, size_t start,
			bool wide, size_t *length)
{
	struct attempt attempt = { .text = text,
				   .wide = wide,
				   .nocase = pattern->flags & PATTERN_NOCASE };
	const struct next nothing = { NULL, 0, 0, NULL };

	if (!match_node(&attempt, pattern->parts[0].regex, start, &nothing))
		return false;
	*length = attempt.end - start;
	return true;
}

static bool match_literal(const struct pattern *pattern, const struct regex_text *text,
			  size_t start, bool wide, uint8_t key, size_t *length)
{
	struct bytes literal = pattern->parts[0].literal;

	*length = literal.length * (wide ? 2 : 1);
	if (*length > text->length - start)
		return false;
	for (size_t i = 0; i < *length; i++) {
		uint8_t want = !wide ? literal.data[i] : i % 2 ? 0 : literal.data[i / 2];
		uint8_t have = text->data[start + i] ^ key;

		if (pattern->flags & PATTERN_NOCASE ? tolower(want) != tolower(have) : want != have)
			return false;
	}
	return true;
}

static bool is_wide_unit(const struct regex_text *text, size_t at)
{
	return isalnum(text->data[at]) && text->data[at + 1] == 0;
}

static bool is_fullword(const struct regex_text *text, size_t start, size_t length, bool wide)
{
	size_t end = start + length;

	if (wide)
		return !(start >= 2 && is_wide_unit(text, start - 2)) &&
		       !(end + 2 <= text->length && is_wide_unit(text, end));
	return !(start > 0 && isalnum(text->data[start - 1])) &&
	       !(end < text->length && isalnum(text->data[end]));
}

static bool match_variant(const struct pattern *pattern, const struct regex_text *text,
			  size_t start, bool wide, struct naive_match *out)
{
	unsigned int low = pattern->flags & PATTERN_XOR ? pattern->xor_min : 0;
	unsigned int high = pattern->flags & PATTERN_XOR ? pattern->xor_max : 0;

	for (unsigned int key = low; key <= high; key++) {
		bool matched = pattern->parts[0].regex
				       ? match_regex(pattern, text, start, wide, &out->length)
				       : match_literal(pattern, text, start, wide, (uint8_t)key,
						       &out->length);

		out->xor_key = (uint8_t)key;
		if (matched && (!(pattern->flags & PATTERN_FULLWORD) ||
				is_fullword(text, start, out->length, wide)))
			return true;
	}
	return false;
}

bool naive_match_at(const struct pattern *pattern, const struct regex_text *text, size_t start,
		    struct naive_match *out)
{
	if (pattern->flags & PATTERN_ASCII && match_variant(pattern, text, start, false, out))
		return true;
	return pattern->flags & PATTERN_WIDE && match_variant(pattern, text, start, true, out);
}
