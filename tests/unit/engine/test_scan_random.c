#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "naive_match.h"
#include "scan_fixture.h"

#define ROUNDS 300
#define PATTERNS 4
#define MEMORY_BYTES 96
#define TEXT_BYTES 400

struct random {
	uint64_t state;
	uint32_t
		rare_percent; /* of bytes that hardly match by chance: then long atoms are chosen */
};

static uint32_t pick(struct random *random, uint32_t below)
{
	random->state = random->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random->state >> 33) % below;
}

static bool chance(struct random *random, uint32_t percent)
{
	return pick(random, 100) < percent;
}

static uint8_t pick_byte(struct random *random)
{
	static const uint8_t bytes[] = { 'a', 'a', 'b', 'A', 'B',  'c', 0,
					 0,   '1', ' ', '_', 0xff, '\n' };
	static const char rare[] = "defghijklmnopqrstuvwxyzXYZ2345/.:";

	if (chance(random, random->rare_percent))
		return (uint8_t)rare[pick(random, sizeof(rare) - 1)];
	return bytes[pick(random, sizeof(bytes))];
}

struct text {
	char chars[TEXT_BYTES];
	size_t length;
};

static void write(struct text *text, const char *chars)
{
	size_t length = strlen(chars);

	memcpy(text->chars + text->length, chars, length + 1);
	text->length += length;
}

static void write_byte(struct random *random, struct text *text)
{
	char escape[8];

	snprintf(escape, sizeof(escape), "\\x%02x", pick_byte(random));
	write(text, escape);
}

static void write_sequence(struct random *random, struct text *text, int depth);

/* A group always begins with a byte, so that no repeat is over something empty. */
static void write_group(struct random *random, struct text *text, int depth)
{
	uint32_t branches = 1 + pick(random, 3);

	write(text, "(");
	for (uint32_t i = 0; i < branches; i++) {
		if (i > 0)
			write(text, "|");
		write_byte(random, text);
		write_sequence(random, text, depth - 1);
	}
	write(text, ")");
}

static void write_single(struct random *random, struct text *text, int depth)
{
	static const char *const classes[] = { ".",	   "[ab]",  "[aA]",
					       "[a-c1]",   "[^a]",  "[\\x00-\\xff]",
					       "[\\x00b]", "[AB_]", "[^\\x00]" };

	if (depth > 0 && chance(random, 25))
		write_group(random, text, depth);
	else if (chance(random, 35))
		write(text, classes[pick(random, sizeof(classes) / sizeof(classes[0]))]);
	else
		write_byte(random, text);
}

static void write_repeat(struct random *random, struct text *text)
{
	static const char *const repeats[] = { "*",	"+",	 "?",	 "{2}",
					       "{1,3}", "{0,2}", "{2,}", "{3,5}" };

	write(text, repeats[pick(random, sizeof(repeats) / sizeof(repeats[0]))]);
	if (chance(random, 40))
		write(text, "?");
}

static void write_sequence(struct random *random, struct text *text, int depth)
{
	uint32_t count = pick(random, 4);

	for (uint32_t i = 0; i < count; i++) {
		write_single(random, text, depth);
		if (chance(random, 25))
			write_repeat(random, text);
	}
}

static void write_regex(struct random *random, struct text *text)
{
	*text = (struct text){ .length = 0 };
	if (chance(random, 5))
		write(text, "^");
	write_single(random, text, 2);
	write_sequence(random, text, 2);
	if (chance(random, 5))
		write(text, "$");
	if (chance(random, 10)) {
		write(text, "|");
		write_sequence(random, text, 1);
	}
}

static uint32_t pick_width(struct random *random)
{
	static const uint32_t widths[] = { PATTERN_ASCII, PATTERN_WIDE,
					   PATTERN_ASCII | PATTERN_WIDE };

	return widths[pick(random, 3)];
}

static struct pattern pick_literal(struct random *random, struct arena *arena)
{
	uint8_t bytes[20];
	size_t length = 1 + pick(random, chance(random, 30) ? sizeof(bytes) : 4);
	uint32_t flags = pick_width(random) | (chance(random, 30) ? PATTERN_FULLWORD : 0);
	struct pattern pattern;

	for (size_t i = 0; i < length; i++)
		bytes[i] = i > 0 && chance(random, 30) ? bytes[i - 1] : pick_byte(random);
	if (chance(random, 30))
		flags |= chance(random, 50) ? PATTERN_NOCASE : PATTERN_XOR;
	pattern = fixture_literal(arena, bytes, length, flags);
	if (flags & PATTERN_XOR && chance(random, 70)) {
		pattern.xor_min = (uint8_t)pick(random, 4);
		pattern.xor_max = (uint8_t)(pattern.xor_min + pick(random, 90));
	}
	return pattern;
}

static struct pattern pick_regex(struct random *random, struct arena *arena, struct text *text)
{
	uint32_t flags = pick_width(random) | (chance(random, 25) ? PATTERN_FULLWORD : 0) |
			 (chance(random, 25) ? PATTERN_NOCASE : 0);

	write_regex(random, text);
	return fixture_regex(arena, text->chars, flags);
}

/* A string that a tree matches. */
struct sample {
	uint8_t bytes[MEMORY_BYTES];
	size_t length;
	bool wide;
};

static void sample_byte(struct sample *sample, uint8_t byte)
{
	if (sample->length + 2 > sizeof(sample->bytes))
		return;
	sample->bytes[sample->length++] = byte;
	if (sample->wide)
		sample->bytes[sample->length++] = 0;
}

static void sample_node(struct random *random, const struct regex_node *node, struct sample *sample)
{
	uint32_t rounds = node->min + pick(random, 3);
	uint8_t byte = pick_byte(random);

	switch (node->kind) {
	case REGEX_BYTE:
		sample_byte(sample, node->value | (byte & (uint8_t)~node->mask));
		break;
	case REGEX_CLASS:
		while (!(node->set[byte / 64] >> byte % 64 & 1))
			byte++;
		sample_byte(sample, byte);
		break;
	case REGEX_ALTERNATION:
		sample_node(random, node->children[pick(random, (uint32_t)node->child_count)],
			    sample);
		break;
	case REGEX_SEQUENCE:
		for (size_t i = 0; i < node->child_count; i++)
			sample_node(random, node->children[i], sample);
		break;
	case REGEX_REPEAT:
		for (uint32_t i = 0; i < rounds && i < node->max; i++)
			sample_node(random, node->children[0], sample);
		break;
	default:
		break;
	}
}

static struct sample sample_pattern(struct random *random, const struct pattern *pattern)
{
	bool both = (pattern->flags & PATTERN_ASCII) && (pattern->flags & PATTERN_WIDE);
	struct sample sample = { .wide = both ? pick(random, 2)
					      : (pattern->flags & PATTERN_WIDE) != 0 };
	struct bytes literal = pattern->parts[0].literal;
	uint8_t key = pattern->flags & PATTERN_XOR ? pattern->xor_min : 0;

	if (pattern->parts[0].regex)
		sample_node(random, pattern->parts[0].regex, &sample);
	for (size_t i = 0; i < literal.length; i++)
		sample_byte(&sample, literal.data[i]);
	for (size_t i = 0; i < sample.length; i++)
		sample.bytes[i] ^= key;
	return sample;
}

/* Between bytes of chance, strings that some pattern matches. */
static void fill_memory(struct random *random, const struct pattern *patterns, uint8_t *memory,
			size_t length)
{
	bool wide = chance(random, 40);

	for (size_t i = 0; i < length; i++)
		memory[i] = wide && i % 2 ? 0 : pick_byte(random);
	for (uint32_t planted = pick(random, 4); planted > 0; planted--) {
		struct sample sample = sample_pattern(random, &patterns[pick(random, PATTERNS)]);

		if (sample.length <= length)
			memcpy(memory + pick(random, (uint32_t)(length - sample.length + 1)),
			       sample.bytes, sample.length);
	}
}

static bool touches(const struct fixture_options *options, size_t start, size_t length)
{
	size_t end = start + (length ? length : 1);

	for (size_t i = 0; i < options->dumped_count; i++)
		if (options->dumped[i].start < end && start < options->dumped[i].end)
			return true;
	return !options->dumped;
}

static bool agrees(const struct pattern *pattern, const struct regex_text *text,
		   const struct fixture_options *options, const struct match *matches, size_t count)
{
	size_t next = 0;

	for (size_t start = 0; start < text->length; start++) {
		struct naive_match want;

		if (!naive_match_at(pattern, text, start, &want) ||
		    !touches(options, start, want.length))
			continue;
		if (next == count || matches[next].address != start ||
		    matches[next].length != want.length || matches[next].xor_key != want.xor_key) {
			print_error("start %zu: expected length %zu key %u; got %zu matches, this "
				    "at %lld/%lld\n",
				    start, want.length, want.xor_key, count,
				    next < count ? (long long)matches[next].address : -1,
				    next < count ? (long long)matches[next].length : -1);
			return false;
		}
		next++;
	}
	if (next != count)
		print_error("one match too many at %llu\n",
			    (unsigned long long)matches[next].address);
	return next == count;
}

struct round {
	struct pattern patterns[PATTERNS];
	struct text texts[PATTERNS];
	uint8_t memory[MEMORY_BYTES];
	size_t length;
};

static void describe(const struct round *round, size_t index, const struct fixture_options *options)
{
	const struct pattern *pattern = &round->patterns[index];

	print_error("  %s %s flags %#x keys %u-%u cut %zu dumped %zu\n  literal:",
		    pattern->parts[0].regex ? "regex" : "literal", round->texts[index].chars,
		    pattern->flags, pattern->xor_min, pattern->xor_max, options->starts_per_piece,
		    options->dumped_count);
	for (size_t i = 0; i < pattern->parts[0].literal.length; i++)
		print_error(" %02x", pattern->parts[0].literal.data[i]);
	print_error("\n  memory:");
	for (size_t i = 0; i < round->length; i++)
		print_error(" %02x", round->memory[i]);
	print_error("\n");
}

static int check_round(const struct round *round, const struct fixture_options *options)
{
	const struct regex_text text = { round->memory, round->length, options->first,
					 options->last };
	struct match_table *table =
		fixture_scan(round->patterns, PATTERNS, round->memory, round->length, options);
	int failed = 0;

	for (size_t i = 0; i < PATTERNS; i++) {
		size_t kept = 0;
		uint64_t count = 0;
		const struct match *matches = match_table_get(table, (uint32_t)i, &kept, &count);
		bool both = (round->patterns[i].flags & PATTERN_ASCII) &&
			    (round->patterns[i].flags & PATTERN_WIDE);

		/* Which of two variants touches the dump is a question of its own. */
		if ((options->dumped && both) ||
		    agrees(&round->patterns[i], &text, options, matches, kept))
			continue;
		describe(round, i, options);
		failed++;
	}
	match_table_free(table);
	return failed;
}

static int play_round(struct random *random)
{
	struct round round = { .length = 1 + pick(random, MEMORY_BYTES) };
	struct arena *arena = arena_new(0);
	struct fixture_options options = {
		.first = pick(random, 2) ? EDGE_REAL : EDGE_UNSEEN,
		.last = pick(random, 2) ? EDGE_REAL : EDGE_UNSEEN,
	};
	uint64_t middle = pick(random, (uint32_t)round.length);
	const struct address_range dumped[] = { { middle / 2, middle },
						{ middle + 1 + pick(random, 4), middle + 6 } };
	int failed;

	random->rare_percent = 40 * pick(random, 3);
	for (size_t i = 0; i < PATTERNS; i++)
		round.patterns[i] = chance(random, 50) ? pick_literal(random, arena)
						       : pick_regex(random, arena, &round.texts[i]);
	fill_memory(random, round.patterns, round.memory, round.length);
	failed = check_round(&round, &options);
	options.starts_per_piece = 1 + pick(random, 9);
	failed += check_round(&round, &options);
	options.dumped = dumped;
	options.dumped_count = 2;
	failed += check_round(&round, &options);
	arena_free(arena);
	return failed;
}

static void starts_and_lengths_are_those_of_trying_everything(void **state)
{
	const char *seed = getenv("CKPT_TEST_SEED");
	struct random random = { .state = seed ? strtoull(seed, NULL, 0) : 1 };
	int failed = 0;

	(void)state;
	for (int round = 0; round < ROUNDS && failed < 5; round++)
		failed += play_round(&random);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_lengths_are_those_of_trying_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
