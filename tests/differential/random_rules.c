#include "tests/differential/random_rules.h"

#include <stdbool.h>
#include <stdlib.h>

#define MOST_RULES 4u

static const char letters[] = "abABc1_ \n";

/* What is being written. */
struct writer {
	struct random_rules *rules;
	struct random_source *random;
	struct text *out; /* the rules' text */
	struct text *sample; /* of the string at hand */
	size_t rule; /* at hand */
	size_t string_count; /* of the rule at hand */
	bool fixed_length; /* the regex at hand has one length */
	bool lazy; /* its repeats */
	bool after_any; /* `.` was just written */
	unsigned loops; /* around the place at hand */
	bool over_strings; /* one of them is over strings */
};

static uint32_t below(struct writer *writer, uint32_t limit)
{
	return random_below(writer->random, limit);
}

static bool one_in(struct writer *writer, uint32_t count)
{
	return below(writer, count) == 0;
}

static char letter(struct writer *writer)
{
	return letters[below(writer, sizeof(letters) - 1)];
}

/* Text strings. */

static void write_text_byte(struct writer *writer)
{
	uint8_t byte = one_in(writer, 8) ? (uint8_t)below(writer, 256) : (uint8_t)letter(writer);

	text_add_byte(writer->sample, (char)byte);
	if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\' || one_in(writer, 10))
		text_add_format(writer->out, "\\x%02x", byte);
	else
		text_add_byte(writer->out, (char)byte);
}

static void write_text_modifiers(struct writer *writer)
{
	bool key = one_in(writer, 5);

	if (key && one_in(writer, 3)) {
		text_add(writer->out, " xor");
	} else if (key) {
		uint32_t low = below(writer, 256);

		text_add_format(writer->out, " xor(%u-%u)", low, low + below(writer, 256 - low));
	} else if (one_in(writer, 3)) {
		text_add(writer->out, " nocase");
	}
	if (one_in(writer, 3))
		text_add(writer->out, one_in(writer, 2) ? " wide" : " wide ascii");
	if (one_in(writer, 4))
		text_add(writer->out, " fullword");
}

static void write_text_string(struct writer *writer)
{
	uint32_t length = 1 + below(writer, one_in(writer, 4) ? 30 : 6);

	text_add_byte(writer->out, '"');
	for (uint32_t i = 0; i < length; i++)
		write_text_byte(writer);
	text_add_byte(writer->out, '"');
	write_text_modifiers(writer);
}

/* Hex strings. */

static void write_hex_byte(struct writer *writer)
{
	uint8_t byte = one_in(writer, 4) ? (uint8_t)below(writer, 256) : (uint8_t)letter(writer);

	text_add_byte(writer->sample, (char)byte);
	switch (below(writer, 8)) {
	case 0:
		text_add(writer->out, "?? ");
		break;
	case 1:
		text_add_format(writer->out, "%X? ", byte >> 4);
		break;
	case 2:
		text_add_format(writer->out, "?%x ", byte & 15);
		break;
	default:
		text_add_format(writer->out, "%02X ", byte);
	}
}

static void write_hex_bytes(struct writer *writer, uint32_t most)
{
	for (uint32_t count = 1 + below(writer, most); count; count--)
		write_hex_byte(writer);
}

static void write_hex_jump(struct writer *writer, bool fixed)
{
	uint32_t low = fixed + below(writer, 4);
	uint32_t high = fixed ? low : low + below(writer, one_in(writer, 5) ? 60 : 5);
	uint32_t gap = low + below(writer, high - low + 1);

	if (low == high && low > 0)
		text_add_format(writer->out, "[%u] ", low);
	else
		text_add_format(writer->out, "[%u-%u] ", low, high + (high == 0));
	for (uint32_t i = 0; i < gap; i++)
		text_add_byte(writer->sample, letter(writer));
}

/* The sample takes the first alternative. */
static void write_hex_alternation(struct writer *writer)
{
	struct text *sample = writer->sample;
	struct text other = { 0 };

	text_add(writer->out, "( ");
	write_hex_bytes(writer, 3);
	writer->sample = &other;
	for (uint32_t count = 1 + below(writer, 2); count; count--) {
		text_add(writer->out, "| ");
		write_hex_bytes(writer, 3);
	}
	text_add(writer->out, ") ");
	writer->sample = sample;
	text_release(&other);
}

static void write_hex_string(struct writer *writer)
{
	bool fixed = false;

	text_add(writer->out, "{ ");
	write_hex_bytes(writer, 3);
	for (uint32_t count = below(writer, 4); count; count--) {
		if (one_in(writer, 2)) {
			write_hex_jump(writer, fixed);
			fixed = true;
		}
		if (one_in(writer, 3))
			write_hex_alternation(writer);
		else
			write_hex_bytes(writer, 3);
	}
	text_add_byte(writer->out, '}');
}

/* Regexes. */

static void write_regex_letter(struct writer *writer, char byte)
{
	if (byte == '\n')
		text_add(writer->out, "\\n");
	else
		text_add_byte(writer->out, byte);
}

static void write_regex_class(struct writer *writer)
{
	static const char *const classes[] = { "\\w", "\\W", "\\s",  "\\S",   "\\d",
					       "\\D", ".",   "[^a]", "[a-c]", "[^\\w]" };
	static const char members[] = "a-a- 1-abb";
	uint32_t choice = below(writer, sizeof(members) - 1);

	writer->after_any = classes[choice][0] == '.';
	text_add(writer->out, classes[choice]);
	text_add_byte(writer->sample, members[choice]);
}

static void write_regex_edge(struct writer *writer)
{
	text_add_byte(writer->out, one_in(writer, 2) ? '^' : '$');
}

static void write_regex_sequence(struct writer *writer, unsigned depth);

/* Never matches nothing: as a whole 4.2 finds that in some places only, in a repeated group its machine gets stuck. */
static void write_regex_alternative(struct writer *writer, unsigned depth)
{
	char byte = letter(writer);
	bool first = one_in(writer, 2);

	if (!first)
		write_regex_sequence(writer, depth);
	text_add_byte(writer->sample, byte);
	write_regex_letter(writer, byte);
	if (first)
		write_regex_sequence(writer, depth);
}

static void write_regex_group(struct writer *writer, unsigned depth)
{
	struct text *sample = writer->sample;
	struct text other = { 0 };

	text_add_byte(writer->out, '(');
	write_regex_alternative(writer, depth + 1);
	writer->sample = &other;
	for (uint32_t count = writer->fixed_length ? 0 : below(writer, 3); count; count--) {
		text_add_byte(writer->out, '|');
		write_regex_alternative(writer, depth + 1);
	}
	text_add_byte(writer->out, ')');
	writer->sample = sample;
	text_release(&other);
}

/* What can be repeated. */
static void write_regex_unit(struct writer *writer, unsigned depth)
{
	writer->after_any = false;
	if (depth < 3 && one_in(writer, 6)) {
		write_regex_group(writer, depth);
	} else if (one_in(writer, 5)) {
		write_regex_class(writer);
	} else {
		char byte = letter(writer);

		text_add_byte(writer->sample, byte);
		write_regex_letter(writer, byte);
	}
}

static void write_regex_repeat(struct writer *writer)
{
	uint32_t low = below(writer, 4);

	if (writer->fixed_length) {
		text_add_format(writer->out, "{%u}", low + 1);
		return;
	}
	/* `.*?` would make a chain. */
	switch (writer->lazy && writer->after_any ? 5 : below(writer, 6)) {
	case 0:
		text_add_byte(writer->out, '*');
		break;
	case 1:
		text_add_byte(writer->out, '+');
		break;
	case 2:
		text_add_byte(writer->out, '?');
		break;
	case 3:
		text_add_format(writer->out, "{%u,}", low);
		break;
	default:
		text_add_format(writer->out, "{%u,%u}", low,
				low + 1 + below(writer, one_in(writer, 4) ? 40 : 4));
	}
	if (writer->lazy)
		text_add_byte(writer->out, '?');
}

static void write_regex_sequence(struct writer *writer, unsigned depth)
{
	for (uint32_t count = 1 + below(writer, 4); count; count--) {
		if (one_in(writer, 15))
			write_regex_edge(writer);
		write_regex_unit(writer, depth);
		if (one_in(writer, 4))
			write_regex_repeat(writer);
	}
}

static void write_regex_string(struct writer *writer)
{
	writer->fixed_length = one_in(writer, 3);
	writer->lazy = one_in(writer, 3);
	text_add_byte(writer->out, '/');
	write_regex_alternative(writer, 0);
	if (!writer->fixed_length && one_in(writer, 6)) {
		text_add_byte(writer->out, '|');
		write_regex_alternative(writer, 0);
	}
	text_add_byte(writer->out, '/');
	if (one_in(writer, 4))
		text_add_byte(writer->out, 'i');
	if (one_in(writer, 4))
		text_add_byte(writer->out, 's');
	if (one_in(writer, 5))
		text_add(writer->out, " nocase");
	if (one_in(writer, 4))
		text_add(writer->out, " wide");
	if (writer->fixed_length && one_in(writer, 2))
		text_add(writer->out, " fullword");
}

/* Conditions. */

static void write_number(struct writer *writer, unsigned depth);
static void write_truth(struct writer *writer, unsigned depth);

static void write_string_name(struct writer *writer, char sigil)
{
	if (writer->over_strings && one_in(writer, 2))
		text_add_byte(writer->out, sigil);
	else
		text_add_format(writer->out, "%cs%u", sigil,
				below(writer, (uint32_t)writer->string_count));
}

static void write_address(struct writer *writer)
{
	text_add_format(writer->out, "0x%llx",
			(unsigned long long)(writer->rules->addresses[below(writer, 4)] +
					     below(writer, one_in(writer, 2) ? 4 : 200)));
}

static void write_read(struct writer *writer, unsigned depth)
{
	static const char *const names[] = { "uint8",	"uint16",  "uint32",   "int8",
					     "int16",	"int32",   "uint16be", "uint32be",
					     "int16be", "int32be", "uint8be",  "int8be" };

	text_add_format(writer->out, "%s(", names[below(writer, sizeof(names) / sizeof(*names))]);
	if (one_in(writer, 3))
		write_number(writer, depth + 1);
	else
		write_address(writer);
	text_add_byte(writer->out, ')');
}

static void write_range(struct writer *writer, bool of_addresses)
{
	uint64_t low = of_addresses ? writer->rules->addresses[below(writer, 4)] : 1;

	low += below(writer, of_addresses && one_in(writer, 2) ? 300 : 3);
	text_add_format(writer->out, "(%llu..%llu)", (unsigned long long)low,
			(unsigned long long)(low + below(writer, of_addresses ? 300 : 4)));
}

static void write_index(struct writer *writer)
{
	if (writer->loops && one_in(writer, 2))
		text_add_format(writer->out, "[v%u]", writer->loops - 1);
	else if (one_in(writer, 2))
		text_add_format(writer->out, "[%u]", 1 + below(writer, 4));
}

static void write_arithmetic(struct writer *writer, unsigned depth)
{
	static const char *const operators[] = {
		"+", "-", "*", "&", "|", "^", "\\", "%", "<<", ">>"
	};
	uint32_t choice = below(writer, 10);

	text_add_byte(writer->out, '(');
	write_number(writer, depth + 1);
	text_add_format(writer->out, " %s ", operators[choice]);
	/* Constants of zero or below are errors for these. */
	if (choice >= 6)
		text_add_format(writer->out, "%u", 1 + below(writer, 70));
	else
		write_number(writer, depth + 1);
	text_add_byte(writer->out, ')');
}

static void write_number(struct writer *writer, unsigned depth)
{
	switch (below(writer, depth < 4 ? 9 : 5)) {
	case 0:
		write_address(writer);
		break;
	case 1:
		write_string_name(writer, '#');
		break;
	case 2:
	case 3:
		write_string_name(writer, '@');
		write_index(writer);
		break;
	case 4:
		text_add_format(writer->out, "%u", below(writer, 5));
		break;
	case 5:
	case 6:
		write_read(writer, depth);
		break;
	case 7:
		text_add(writer->out, one_in(writer, 2) ? "-" : "~");
		write_number(writer, depth + 1);
		break;
	default:
		write_arithmetic(writer, depth);
	}
}

static void write_comparison(struct writer *writer, unsigned depth)
{
	static const char *const operators[] = { "==", "!=", "<", "<=", ">", ">=" };

	write_number(writer, depth + 1);
	text_add_format(writer->out, " %s ", operators[below(writer, 6)]);
	write_number(writer, depth + 1);
}

static void write_quantifier(struct writer *writer, bool plain)
{
	switch (below(writer, plain ? 3 : 5)) {
	case 0:
		text_add(writer->out, "all");
		break;
	case 1:
		text_add(writer->out, "any");
		break;
	case 2:
		text_add_format(writer->out, "%u", 1 + below(writer, 3));
		break;
	case 3:
		text_add(writer->out, "none");
		break;
	default:
		text_add_format(writer->out, "%u%%", 1 + below(writer, 100));
	}
}

static void write_set(struct writer *writer)
{
	if (one_in(writer, 2)) {
		text_add(writer->out, "them");
	} else if (one_in(writer, 2)) {
		text_add(writer->out, "($s*)");
	} else {
		text_add(writer->out, "($s0");
		for (uint32_t i = 1; i < writer->string_count; i++) {
			if (one_in(writer, 2))
				text_add_format(writer->out, ", $s%u", i);
		}
		text_add_byte(writer->out, ')');
	}
}

static void write_of(struct writer *writer)
{
	bool in_range = one_in(writer, 3);

	/* A percentage does not go with a range. */
	write_quantifier(writer, in_range);
	text_add(writer->out, " of ");
	write_set(writer);
	if (in_range) {
		text_add(writer->out, " in ");
		write_range(writer, true);
	}
}

static void write_of_rules(struct writer *writer)
{
	write_quantifier(writer, false);
	text_add_format(writer->out, " of (r%u", below(writer, (uint32_t)writer->rule));
	if (one_in(writer, 2))
		text_add_format(writer->out, ", r%u", below(writer, (uint32_t)writer->rule));
	text_add_byte(writer->out, ')');
}

static void write_body(struct writer *writer, unsigned depth)
{
	text_add(writer->out, " : (");
	write_truth(writer, depth + 1);
	text_add_byte(writer->out, ')');
}

static void write_for_strings(struct writer *writer, unsigned depth)
{
	text_add(writer->out, "for ");
	write_quantifier(writer, true);
	text_add(writer->out, " of ");
	write_set(writer);
	writer->over_strings = true;
	write_body(writer, depth);
	writer->over_strings = false;
}

static void write_for_numbers(struct writer *writer, unsigned depth)
{
	text_add(writer->out, "for ");
	write_quantifier(writer, true);
	text_add_format(writer->out, " v%u in ", writer->loops);
	if (one_in(writer, 2))
		write_range(writer, false);
	else
		text_add_format(writer->out, "(%u, %u, %u)", below(writer, 4), below(writer, 4),
				below(writer, 4));
	writer->loops++;
	write_body(writer, depth);
	writer->loops--;
}

static void write_junction(struct writer *writer, unsigned depth)
{
	const char *operator= one_in(writer, 2) ? " and " : " or ";

	text_add_byte(writer->out, '(');
	write_truth(writer, depth + 1);
	for (uint32_t count = 1 + below(writer, 2); count; count--) {
		text_add(writer->out, operator);
		write_truth(writer, depth + 1);
	}
	text_add_byte(writer->out, ')');
}

/* In 4.2 a string is not `at` what is undefined; in 4.5 that is undefined too. */
static void write_found_at(struct writer *writer, unsigned depth)
{
	struct text *out = writer->out;
	struct text number = { 0 };

	writer->out = &number;
	write_number(writer, depth + 1);
	writer->out = out;
	text_add(out, "(defined ");
	text_add(out, number.data);
	text_add(out, " and ");
	write_string_name(writer, '$');
	text_add(out, " at ");
	text_add(out, number.data);
	text_add_byte(out, ')');
	text_release(&number);
}

static void write_leaf(struct writer *writer, unsigned depth)
{
	switch (below(writer, 6)) {
	case 0:
		write_found_at(writer, depth);
		break;
	case 1:
		write_string_name(writer, '$');
		text_add(writer->out, " in ");
		write_range(writer, true);
		break;
	case 2:
		write_comparison(writer, depth);
		break;
	case 3:
		if (writer->rule && one_in(writer, 2))
			text_add_format(writer->out, "r%u", below(writer, (uint32_t)writer->rule));
		else if (writer->rule && one_in(writer, 2))
			write_of_rules(writer);
		else
			write_of(writer);
		break;
	default:
		write_string_name(writer, '$');
	}
}

static void write_truth(struct writer *writer, unsigned depth)
{
	switch (below(writer, depth < 4 ? 8 : 3)) {
	case 3:
		text_add(writer->out, "not ");
		write_truth(writer, depth + 1);
		break;
	case 4:
	case 5:
		write_junction(writer, depth);
		break;
	case 6:
		if (!writer->over_strings && writer->loops < 2)
			write_for_strings(writer, depth);
		else
			write_leaf(writer, depth);
		break;
	case 7:
		if (writer->loops < 2)
			write_for_numbers(writer, depth);
		else
			write_leaf(writer, depth);
		break;
	default:
		write_leaf(writer, depth);
	}
}

static void write_string(struct writer *writer, uint32_t number)
{
	struct random_rules *rules = writer->rules;
	struct text unused = { 0 };
	bool kept = rules->sample_count < RULES_MOST_STRINGS;

	writer->sample = kept ? &rules->samples[rules->sample_count] : &unused;
	rules->sample_count += kept;
	text_add_format(writer->out, "\t\t$s%u = ", number);
	switch (below(writer, 3)) {
	case 0:
		write_text_string(writer);
		break;
	case 1:
		write_hex_string(writer);
		break;
	default:
		write_regex_string(writer);
	}
	text_add_byte(writer->out, '\n');
	text_release(&unused);
}

/* Every string is named in a way that does not change the verdict. */
static void write_rule(struct writer *writer)
{
	static const char *const kinds[] = { "", "private ", "global ", "global private " };
	uint32_t kind = one_in(writer, 4) ? below(writer, 4) : 0;

	text_add_format(writer->out, "%srule r%zu {\n\tstrings:\n", kinds[kind], writer->rule);
	writer->string_count = 1 + below(writer, 3);
	for (uint32_t i = 0; i < writer->string_count; i++)
		write_string(writer, i);
	text_add(writer->out, "\tcondition:\n\t\t(");
	write_truth(writer, 0);
	text_add(writer->out, ") or (all of them and none of them)\n}\n");
}

void random_rules_make(struct random_rules *rules, struct random_source *random)
{
	struct writer writer = { .rules = rules, .random = random, .out = &rules->text };
	size_t count = 1 + random_below(random, MOST_RULES);

	for (writer.rule = 0; writer.rule < count; writer.rule++)
		write_rule(&writer);
}

void random_rules_release(struct random_rules *rules)
{
	text_release(&rules->text);
	for (size_t i = 0; i < RULES_MOST_STRINGS; i++)
		text_release(&rules->samples[i]);
}
