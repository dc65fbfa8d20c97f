#include "tests/differential/random_rules.h"

#include <stdbool.h>
#include <stdlib.h>

#include "tests/differential/random_string.h"

#define MOST_RULES 4u

/* What is being written. */
struct writer {
	struct random_rules *rules;
	struct random_source *random;
	struct text *out; /* the rules' text */
	size_t rule; /* at hand */
	size_t string_count; /* of the rule at hand */
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

static void write_number(struct writer *writer, unsigned depth);
static void write_real(struct writer *writer, unsigned depth);
static void write_text(struct writer *writer, unsigned depth);
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

/* Now and then one that no match has. */
static void write_index(struct writer *writer, unsigned depth)
{
	if (writer->loops && one_in(writer, 2)) {
		text_add_format(writer->out, "[v%u]", writer->loops - 1);
	} else if (depth < 4 && one_in(writer, 6)) {
		text_add_byte(writer->out, '[');
		write_number(writer, depth + 1);
		text_add_byte(writer->out, ']');
	} else if (one_in(writer, 2)) {
		text_add_format(writer->out, "[%u]", below(writer, 5));
	}
}

/* Sums and products that wrap around: not of constants, for those are errors. */
static void write_huge(struct writer *writer)
{
	text_add(writer->out, "(#");
	text_add_format(writer->out, "s%u", below(writer, (uint32_t)writer->string_count));
	text_add(writer->out, one_in(writer, 2) ? " + " : " * ");
	text_add(writer->out, one_in(writer, 2) ? "0x7fffffffffffffff)" : "0x4000000000000001)");
}

/* A divisor or a shift that only the scan knows: 0 now and then, or too far; below 0 only where that is no crash. */
static void write_late(struct writer *writer, bool may_be_negative)
{
	static const char *const ends[] = { "", " & 1", " * 33", " % 2" };

	text_add_format(writer->out, "(#s%u%s)", below(writer, (uint32_t)writer->string_count),
			may_be_negative && one_in(writer, 4) ? " - 1" : ends[below(writer, 4)]);
}

static void write_second(struct writer *writer, uint32_t choice)
{
	/* Constants of zero or below are errors for these. */
	if (one_in(writer, 2))
		text_add_format(writer->out, "%u", 1 + below(writer, 70));
	else
		write_late(writer, choice >= 8);
}

static void write_arithmetic(struct writer *writer, unsigned depth)
{
	static const char *const operators[] = {
		"+", "-", "*", "&", "|", "^", "\\", "%", "<<", ">>"
	};
	uint32_t choice = below(writer, 10);

	text_add_byte(writer->out, '(');
	write_number(writer, depth + 1);
	for (uint32_t count = one_in(writer, 4) ? 3 : 1; count; count--) {
		text_add_format(writer->out, " %s ", operators[choice]);
		if (choice >= 6)
			write_second(writer, choice);
		else
			write_number(writer, depth + 1);
	}
	text_add_byte(writer->out, ')');
}

/* Lengths depend on YARA's atoms: only whether there is one. */
static void write_length(struct writer *writer, unsigned depth)
{
	struct text *out = writer->out;
	struct text length = { 0 };

	writer->out = &length;
	write_string_name(writer, '!');
	write_index(writer, depth);
	writer->out = out;
	text_add_format(out, "(%s - %s)", length.data, length.data);
	text_release(&length);
}

/* Bytes as modules take them: of one block, of several, or of none. */
static void write_bytes(struct writer *writer)
{
	static const unsigned lengths[] = { 1, 5, 100, 400, 2000 };

	text_add_byte(writer->out, '(');
	write_address(writer);
	text_add_format(writer->out, ", %u)", below(writer, lengths[below(writer, 5)]));
}

static void write_module_number(struct writer *writer, unsigned depth)
{
	switch (below(writer, 5)) {
	case 0:
		text_add(writer->out, one_in(writer, 2) ? "hash.checksum32" : "hash.crc32");
		write_bytes(writer);
		break;
	case 1:
		text_add(writer->out, one_in(writer, 2) ? "math.min(" : "math.max(");
		write_number(writer, depth + 1);
		text_add(writer->out, ", ");
		write_number(writer, depth + 1);
		text_add_byte(writer->out, ')');
		break;
	case 2:
		text_add(writer->out, "math.abs(");
		write_number(writer, depth + 1);
		text_add_byte(writer->out, ')');
		break;
	case 3:
		text_add(writer->out, "math.to_number((");
		write_truth(writer, depth + 1);
		text_add(writer->out, ") and true)");
		break;
	default:
		text_add(writer->out, "math.mode");
		write_bytes(writer);
	}
}

static void write_number(struct writer *writer, unsigned depth)
{
	switch (below(writer, depth < 4 ? 13 : 6)) {
	case 0:
		write_address(writer);
		break;
	case 1:
		write_string_name(writer, '#');
		break;
	case 2:
	case 3:
		write_string_name(writer, '@');
		write_index(writer, depth);
		break;
	case 4:
		if (writer->loops && one_in(writer, 2))
			text_add_format(writer->out, "v%u", below(writer, writer->loops));
		else
			text_add_format(writer->out, "%u", below(writer, 5));
		break;
	case 5:
		text_add(writer->out, "filesize");
		break;
	case 6:
	case 7:
		write_read(writer, depth);
		break;
	case 8:
		text_add(writer->out, one_in(writer, 2) ? "-" : "~");
		write_number(writer, depth + 1);
		break;
	case 9:
		write_module_number(writer, depth);
		break;
	case 10:
		if (one_in(writer, 2))
			write_huge(writer);
		else
			write_length(writer, depth);
		break;
	default:
		write_arithmetic(writer, depth);
	}
}

static void write_real_pair(struct writer *writer, unsigned depth)
{
	static const char *const operators[] = { " + ", " - ", " * ", " \\ " };
	bool left = one_in(writer, 2);

	text_add_byte(writer->out, '(');
	if (left)
		write_real(writer, depth + 1);
	else
		write_number(writer, depth + 1);
	text_add(writer->out, operators[below(writer, 4)]);
	if (!left || one_in(writer, 2))
		write_real(writer, depth + 1);
	else
		write_number(writer, depth + 1);
	text_add_byte(writer->out, ')');
}

static void write_real(struct writer *writer, unsigned depth)
{
	static const char *const functions[] = { "math.mean", "math.entropy",
						 "math.serial_correlation", "math.monte_carlo_pi" };

	switch (below(writer, depth < 4 ? 6 : 2)) {
	case 0:
	case 1:
		text_add_format(writer->out, "%u.%02u", below(writer, 300), below(writer, 100));
		break;
	case 2:
		text_add(writer->out, "-");
		write_real(writer, depth + 1);
		break;
	case 3:
		text_add(writer->out, functions[below(writer, 4)]);
		write_bytes(writer);
		break;
	default:
		write_real_pair(writer, depth);
	}
}

static void write_comparison(struct writer *writer, unsigned depth)
{
	static const char *const operators[] = { "<", "<=", ">", ">=", "==", "!=" };
	bool real = one_in(writer, 4);

	write_number(writer, depth + 1);
	text_add_format(writer->out, " %s ", operators[below(writer, 6)]);
	if (real)
		write_real(writer, depth + 1);
	else
		write_number(writer, depth + 1);
}

static void write_in_range(struct writer *writer, unsigned depth)
{
	text_add(writer->out, "math.in_range(");
	write_real(writer, depth + 1);
	text_add(writer->out, ", ");
	write_real(writer, depth + 1);
	text_add(writer->out, ", ");
	write_real(writer, depth + 1);
	text_add_byte(writer->out, ')');
}

static void write_text(struct writer *writer, unsigned depth)
{
	static const char *const words[] = { "a",    "ab", "aB",  "Aab",   "b_a",
					     "B_AB", "",   "a a", "\\xff", "a\\x00b" };
	static const char *const functions[] = { "hash.md5", "hash.sha1", "hash.sha256" };

	if (depth < 4 && one_in(writer, 4)) {
		text_add(writer->out, functions[below(writer, 3)]);
		write_bytes(writer);
	} else {
		text_add_format(writer->out, "\"%s\"", words[below(writer, 10)]);
	}
}

/* That of YARA 4.2 finds nothing in an empty text. */
static void write_search(struct writer *writer, unsigned depth)
{
	static const char *const regexes[] = { "/^a/",	 "/b$/i",   "/a.?b/",
					       "/_|^B/", "/[^a]a/", "/[a-f0-9]{8}$/" };

	write_text(writer, depth);
	text_add_format(writer->out, " matches %s", regexes[below(writer, 6)]);
}

static void write_words(struct writer *writer, unsigned depth)
{
	static const char *const operators[] = {
		"contains",  "icontains", "startswith", "istartswith", "endswith",
		"iendswith", "iequals",	  "==",		"!=",	       "<",
		">=",	     ">",	  "<="
	};

	if (one_in(writer, 4)) {
		write_search(writer, depth);
		return;
	}
	write_text(writer, depth);
	text_add_format(writer->out, " %s ",
			operators[below(writer, sizeof(operators) / sizeof(*operators))]);
	write_text(writer, depth);
}

static void write_quantifier(struct writer *writer, bool plain)
{
	switch (below(writer, plain ? 4 : 7)) {
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
		/* A count without a value means all; one of 0 is not the same in both. */
		text_add_format(writer->out, "(#s%u | 1)",
				below(writer, (uint32_t)writer->string_count));
		break;
	case 4:
		text_add(writer->out, "none");
		break;
	case 5:
		text_add_format(writer->out, "(#s%u * 20)%%",
				below(writer, (uint32_t)writer->string_count));
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

/* At least one: without any, the two do not agree. */
static void write_items(struct writer *writer, unsigned depth)
{
	switch (below(writer, 4)) {
	case 0:
		write_range(writer, false);
		break;
	case 1:
		text_add_format(writer->out, "(%u, %u, %u)", below(writer, 4), below(writer, 4),
				below(writer, 4));
		break;
	case 2:
		text_add_byte(writer->out, '(');
		write_number(writer, depth + 1);
		text_add(writer->out, ", ");
		write_number(writer, depth + 1);
		text_add_byte(writer->out, ')');
		break;
	default:
		if (writer->loops)
			text_add_format(writer->out, "(v%u..v%u + 2)", writer->loops - 1,
					writer->loops - 1);
		else
			text_add_format(writer->out, "(#s%u..#s%u + 2)", below(writer, 1),
					below(writer, 1));
	}
}

static void write_for_numbers(struct writer *writer, unsigned depth)
{
	text_add(writer->out, "for ");
	write_quantifier(writer, true);
	text_add_format(writer->out, " v%u in ", writer->loops);
	write_items(writer, depth);
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
	switch (below(writer, 11)) {
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
	case 4:
		write_words(writer, depth);
		break;
	case 5:
		text_add(writer->out, "defined ");
		write_number(writer, depth + 1);
		break;
	case 6:
		write_comparison(writer, depth);
		break;
	case 7:
		write_in_range(writer, depth);
		break;
	case 8:
		text_add(writer->out, "(true and ");
		write_number(writer, depth + 1);
		text_add_byte(writer->out, ')');
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
	bool kept = rules->sample_count < RULES_MOST_STRINGS;
	struct text unused = { 0 };

	text_add_format(writer->out, "\t\t$s%u = ", number);
	random_string_write(writer->random, writer->out,
			    kept ? &rules->samples[rules->sample_count] : &unused, rules->chains);
	text_add_byte(writer->out, '\n');
	rules->sample_count += kept;
	text_release(&unused);
}

/* A string that is only asked for at one place counts there alone. */
static void write_places(struct writer *writer)
{
	uint64_t address = writer->rules->addresses[below(writer, 4)] + below(writer, 4);

	text_add(writer->out, "(filesize < 0");
	for (size_t i = 0; i < writer->string_count; i++)
		text_add_format(writer->out, " and $s%zu at %llu", i,
				(unsigned long long)(address + (one_in(writer, 4) ? i : 0)));
	text_add_byte(writer->out, ')');
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
	text_add(writer->out, ") or ");
	if (one_in(writer, 4))
		write_places(writer);
	else
		text_add(writer->out, "(all of them and none of them)");
	text_add(writer->out, "\n}\n");
}

void random_rules_make(struct random_rules *rules, struct random_source *random)
{
	struct writer writer = { .rules = rules, .random = random, .out = &rules->text };
	size_t count = 1 + random_below(random, MOST_RULES);

	text_add(writer.out, "import \"math\"\nimport \"hash\"\n");
	for (writer.rule = 0; writer.rule < count; writer.rule++)
		write_rule(&writer);
}

void random_rules_release(struct random_rules *rules)
{
	text_release(&rules->text);
	for (size_t i = 0; i < RULES_MOST_STRINGS; i++)
		text_release(&rules->samples[i]);
}
