#include "tests/oracle/slow_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/bitmap.h"

#define MOST_STEPS 2000000u
#define DEEPEST 3000u

/* What is still to be matched after a node: a list of closures on the stack. */
struct rest {
	const struct regex_node *node;
	const struct rest *next;
	uint32_t done; /* of a repeat: iterations behind it */
	size_t began; /* of a repeat: where its last iteration began */
};

struct attempt {
	const struct regex_text *text;
	bool nocase, wide;
	size_t start, end;
	uint64_t steps;
	uint32_t depth;
	bool gave_up;
};

static bool go(struct attempt *attempt, const struct regex_node *node, const struct rest *rest,
	       size_t at, uint32_t done, size_t began);

static bool go_on(struct attempt *attempt, const struct rest *rest, size_t at)
{
	if (!rest) {
		if (at - attempt->start > REGEX_SPAN_BYTES)
			return false;
		attempt->end = at;
		return true;
	}
	return go(attempt, rest->node, rest->next, at, rest->done, rest->began);
}

static bool in_class(const struct attempt *attempt, const struct regex_node *node, uint8_t byte)
{
	uint8_t other = byte;
	bool here = bitmap_test(node->set, byte);

	if (!attempt->nocase)
		return here;
	if (isalpha(byte) && byte < 128)
		other = byte ^ 0x20;
	if (node->negated)
		return here && bitmap_test(node->set, other);
	return here || bitmap_test(node->set, other);
}

static bool byte_fits(const struct attempt *attempt, const struct regex_node *node, uint8_t byte)
{
	if (node->kind == REGEX_CLASS)
		return in_class(attempt, node, byte);
	if ((byte & node->mask) == node->value)
		return true;
	return attempt->nocase && byte < 128 && isalpha(byte) &&
	       ((byte ^ 0x20) & node->mask) == node->value;
}

static bool go_byte(struct attempt *attempt, const struct regex_node *node, const struct rest *rest,
		    size_t at)
{
	size_t width = attempt->wide ? 2 : 1;

	if (attempt->text->length - at < width ||
	    !byte_fits(attempt, node, attempt->text->data[at]))
		return false;
	if (attempt->wide && attempt->text->data[at + 1] != 0)
		return false;
	return go_on(attempt, rest, at + width);
}

static bool word_at(const struct attempt *attempt, size_t at)
{
	uint8_t byte;

	if (at >= attempt->text->length)
		return false;
	byte = attempt->text->data[at];
	if (attempt->wide && (at + 1 >= attempt->text->length || attempt->text->data[at + 1] != 0))
		return false;
	return byte < 128 && (isalnum(byte) || byte == '_');
}

static bool at_word_edge(const struct attempt *attempt, size_t at)
{
	size_t width = attempt->wide ? 2 : 1;
	bool before = at >= width && word_at(attempt, at - width);

	return before != word_at(attempt, at);
}

static bool go_repeat(struct attempt *attempt, const struct regex_node *node,
		      const struct rest *rest, size_t at, uint32_t done, size_t began)
{
	struct rest again = { node, rest, done + 1, at };
	bool may_stop = done >= node->min;
	/* An iteration that took nothing can be repeated without an end; one more changes nothing. */
	bool may_go = done < node->max && !(done > node->min && at == began);

	if (!node->greedy && may_stop && go_on(attempt, rest, at))
		return true;
	if (may_go && go(attempt, node->children[0], &again, at, 0, 0))
		return true;
	return node->greedy && may_stop && go_on(attempt, rest, at);
}

static bool go_sequence(struct attempt *attempt, const struct regex_node *node,
			const struct rest *rest, size_t at, uint32_t done)
{
	struct rest after = { node, rest, done + 1, 0 };

	if (done == node->child_count)
		return go_on(attempt, rest, at);
	return go(attempt, node->children[done], &after, at, 0, 0);
}

static bool go_kind(struct attempt *attempt, const struct regex_node *node, const struct rest *rest,
		    size_t at, uint32_t done, size_t began)
{
	const struct regex_text *text = attempt->text;

	switch (node->kind) {
	case REGEX_EMPTY:
		return go_on(attempt, rest, at);
	case REGEX_BYTE:
	case REGEX_CLASS:
		return go_byte(attempt, node, rest, at);
	case REGEX_SEQUENCE:
		return go_sequence(attempt, node, rest, at, done);
	case REGEX_ALTERNATION:
		for (size_t i = 0; i < node->child_count; i++)
			if (go(attempt, node->children[i], rest, at, 0, 0))
				return true;
		return false;
	case REGEX_REPEAT:
		return go_repeat(attempt, node, rest, at, done, began);
	case REGEX_START:
		return at == 0 && text->first == EDGE_REAL && go_on(attempt, rest, at);
	case REGEX_END:
		return at == text->length && text->last == EDGE_REAL && go_on(attempt, rest, at);
	case REGEX_WORD_EDGE:
		return at_word_edge(attempt, at) && go_on(attempt, rest, at);
	case REGEX_NOT_WORD_EDGE:
		return !at_word_edge(attempt, at) && go_on(attempt, rest, at);
	}
	return false;
}

static bool go(struct attempt *attempt, const struct regex_node *node, const struct rest *rest,
	       size_t at, uint32_t done, size_t began)
{
	bool matched;

	if (attempt->gave_up || ++attempt->steps > MOST_STEPS || attempt->depth > DEEPEST) {
		attempt->gave_up = true;
		return false;
	}
	attempt->depth++;
	matched = go_kind(attempt, node, rest, at, done, began);
	attempt->depth--;
	return matched;
}

static bool alnum_at(const struct regex_text *text, size_t at)
{
	return text->data[at] < 128 && isalnum(text->data[at]);
}

static bool is_full_word(const struct regex_text *text, size_t start, size_t end, bool wide)
{
	if (!wide)
		return !(start > 0 && alnum_at(text, start - 1)) &&
		       !(end < text->length && alnum_at(text, end));
	if (start >= 2 && text->data[start - 1] == 0 && alnum_at(text, start - 2))
		return false;
	return !(end + 1 < text->length && text->data[end + 1] == 0 && alnum_at(text, end));
}

static bool literal_at(const struct pattern *pattern, size_t part, const struct regex_text *text,
		       size_t start, bool wide, uint8_t key, size_t *length)
{
	const struct bytes literal = pattern->parts[part].literal;
	size_t width = wide ? 2 : 1;

	*length = literal.length * width;
	if (text->length - start < *length)
		return false;
	for (size_t i = 0; i < literal.length; i++) {
		uint8_t byte = text->data[start + i * width] ^ key, wanted = literal.data[i];

		if (pattern->flags & PATTERN_NOCASE && byte < 128 && isalpha(byte) &&
		    wanted < 128) {
			byte = (uint8_t)tolower(byte);
			wanted = (uint8_t)tolower(wanted);
		}
		if (byte != wanted)
			return false;
		if (wide && (text->data[start + i * width + 1] ^ key) != 0)
			return false;
	}
	return true;
}

static bool variant_at(const struct pattern *pattern, size_t part, const struct regex_text *text,
		       size_t start, bool wide, uint8_t key, size_t *length, bool *gave_up)
{
	struct attempt attempt = {
		.text = text,
		.nocase = pattern->flags & PATTERN_NOCASE,
		.wide = wide,
		.start = start,
	};
	bool matched;

	if (!pattern->parts[part].regex) {
		matched = literal_at(pattern, part, text, start, wide, key, length);
	} else {
		matched = go(&attempt, pattern->parts[part].regex, NULL, start, 0, 0);
		*length = attempt.end - start;
		*gave_up |= attempt.gave_up;
	}
	return matched && (!(pattern->flags & PATTERN_FULLWORD) ||
			   is_full_word(text, start, start + *length, wide));
}

static bool touches(const bool *dumped, size_t start, size_t length)
{
	bool any = dumped[start];

	for (size_t i = 1; i < length; i++)
		any |= dumped[start + i];
	return any;
}

/* ASCII before wide, the lower key first: the first that fits is the match of this start. */
static bool match_at(const struct pattern *pattern, size_t part, const struct regex_text *text,
		     const bool *dumped, size_t start, struct slow_match *out, bool *gave_up)
{
	bool xor = pattern->flags & PATTERN_XOR;
	unsigned first = xor? pattern->xor_min : 0, last = xor? pattern->xor_max : 0;

	out->start = start;
	for (int wide = 0; wide < 2; wide++) {
		if (!(pattern->flags & (wide ? PATTERN_WIDE : PATTERN_ASCII)))
			continue;
		for (unsigned key = first; key <= last; key++) {
			out->xor_key = (uint8_t)key;
			if (variant_at(pattern, part, text, start, wide, (uint8_t)key, &out->length,
				       gave_up) &&
			    touches(dumped, start, out->length))
				return true;
		}
	}
	return false;
}

/* Of one part: where its match at a start ends, and the earliest end of the chain from there; NONE: nowhere. */
#define NONE SIZE_MAX

static void fill_ends(const struct pattern *pattern, size_t part, const struct regex_text *text,
		      const bool *dumped, size_t *ends, bool *gave_up)
{
	for (size_t start = 0; start < text->length && !*gave_up; start++) {
		struct slow_match match = { 0 };

		ends[start] = match_at(pattern, part, text, dumped, start, &match, gave_up)
				      ? start + match.length
				      : NONE;
	}
}

/* Every start that may follow is looked at. */
static size_t earliest(const struct pattern_gap *gap, const size_t *following, size_t end,
		       size_t length)
{
	size_t best = NONE;

	for (size_t start = end; start < length; start++)
		if (start - end >= gap->min && start - end <= gap->max && following[start] < best)
			best = following[start];
	return best;
}

/* From the last part to the first: in @ends the chain's end for each start of a part takes the place of the part's. */
static void join_parts(const struct pattern *pattern, const struct regex_text *text,
		       const bool *dumped, size_t *ends, bool *gave_up)
{
	size_t *following = malloc(text->length * sizeof(*following));

	if (!following)
		abort();
	for (size_t part = pattern->part_count; part-- > 0 && !*gave_up;) {
		memcpy(following, ends, text->length * sizeof(*following));
		fill_ends(pattern, part, text, dumped, ends, gave_up);
		for (size_t start = 0; part + 1 < pattern->part_count && start < text->length;
		     start++)
			if (ends[start] != NONE)
				ends[start] = earliest(&pattern->gaps[part], following, ends[start],
						       text->length);
	}
	free(following);
}

static void add_match(struct slow_result *out, size_t *capacity, const struct slow_match *match)
{
	struct slow_match *grown =
		array_grow(out->matches, capacity, out->count + 1, sizeof(*grown));

	if (!grown)
		abort();
	out->matches = grown;
	out->matches[out->count++] = *match;
}

static void scan_chain(const struct pattern *pattern, const struct regex_text *text,
		       const bool *dumped, struct slow_result *out)
{
	size_t capacity = 0, *ends = calloc(text->length, sizeof(*ends));

	if (!ends)
		abort();
	join_parts(pattern, text, dumped, ends, &out->gave_up);
	for (size_t start = 0; start < text->length && !out->gave_up; start++) {
		const struct slow_match match = { start, ends[start] - start, 0 };

		if (ends[start] != NONE)
			add_match(out, &capacity, &match);
	}
	free(ends);
}

void slow_scan(const struct pattern *pattern, const struct regex_text *text, const bool *dumped,
	       struct slow_result *out)
{
	size_t capacity = 0;

	*out = (struct slow_result){ 0 };
	if (pattern->part_count > 1) {
		scan_chain(pattern, text, dumped, out);
		return;
	}
	for (size_t start = 0; start < text->length && !out->gave_up; start++) {
		struct slow_match match = { 0 };

		if (match_at(pattern, 0, text, dumped, start, &match, &out->gave_up))
			add_match(out, &capacity, &match);
	}
}
