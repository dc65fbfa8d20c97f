#include "bench/rules/styles.h"

#include <inttypes.h>
#include <string.h>

#include "bench/rules/regexes.h"
#include "bench/rules/texts.h"

#define MOST_STRINGS 64u

/* Conditions. */

static void write_no_file_condition(struct generator *generator)
{
	(void)generator;
}

static void write_some_file_condition(struct generator *generator)
{
	switch (generator_below(generator, 4)) {
	case 0:
		fputs("uint16(0) == 0x5a4d and ", generator->out);
		break;
	case 1:
		fputs("uint32(0) == 0x464c457f and ", generator->out);
		break;
	default:
		break;
	}
	if (generator_chance(generator, 400))
		fprintf(generator->out, "filesize < %" PRIu32 "KB and ",
			100 * generator_between(generator, 1, 80));
}

/* Of nearly three quarters of the rules, as in public sets for files. */
static void write_most_file_condition(struct generator *generator)
{
	if (!generator_chance(generator, 720))
		return;
	fputs(generator_chance(generator, 800) ? "uint16(0) == 0x5a4d and "
					       : "uint32(0) == 0x464c457f and ",
	      generator->out);
	if (generator_chance(generator, 700))
		fprintf(generator->out, "filesize < %" PRIu32 "KB and ",
			100 * generator_between(generator, 1, 80));
}

static void write_any_condition(struct generator *generator, uint32_t strings)
{
	switch (generator_below(generator, 8)) {
	case 0:
		fputs("all of them", generator->out);
		break;
	case 1:
		fprintf(generator->out, "( 1 of ($x*) and %" PRIu32 " of them )",
			generator_between(generator, 1, strings));
		break;
	case 2:
		fprintf(generator->out, "( #x0 > %" PRIu32 " or all of them )",
			generator_between(generator, 1, 5));
		break;
	case 3:
		fputs("( $x0 at 0 or any of them )", generator->out);
		break;
	case 4:
		fputs("( $x0 in (0..4096) or 2 of them )", generator->out);
		break;
	case 5:
		fputs("for any of them : ( # > 2 )", generator->out);
		break;
	case 6:
		fputs("( $x0 and not all of them )", generator->out);
		break;
	default:
		fprintf(generator->out, "%" PRIu32 " of them",
			generator_between(generator, 1, strings));
		break;
	}
}

static void write_number_of_them(struct generator *generator, uint32_t strings)
{
	uint32_t most = strings < 4 ? strings : 4;

	fprintf(generator->out, "%" PRIu32 " of them", generator_between(generator, 1, most));
}

static void write_endpoint_condition(struct generator *generator, uint32_t strings)
{
	uint32_t kind = generator_below(generator, 100);

	if (kind < 45)
		fputs("all of them", generator->out);
	else if (kind < 65)
		fputs("any of them", generator->out);
	else
		write_number_of_them(generator, strings < 2 ? strings : 2);
}

/* Hardly any asks for more than presence. */
static void write_presence_condition(struct generator *generator, uint32_t strings)
{
	uint32_t kind = generator_below(generator, 1000);

	if (kind < 17)
		fprintf(generator->out, "( #x0 > %" PRIu32 " or all of them )",
			generator_between(generator, 1, 5));
	else if (kind < 300)
		fputs("all of them", generator->out);
	else if (kind < 450)
		fputs("( 1 of ($x*) or all of them )", generator->out);
	else
		write_number_of_them(generator, strings);
}

/* Styles. */

/* Several public sets together: a quarter is not plain bytes. */
#define MIXED_STRINGS                                                                              \
	{                                                                                          \
		.text = 690, .hex = 270, .short_text = 12, .wide = 260, .ascii_too = 550,          \
		.nocase = 70, .fullword = 450, .xor_one_in = 2500, .base64_one_in = 400,           \
		.code = 700, .wild_code = 700, .code_least = 6, .code_most = 50,                   \
		.regex_kinds = REGEX_KINDS - 1                                                     \
	}

static const struct rule_style styles[] = {
	/* Texts and hex strings of the size and mix of public sets for files, with much in their conditions. */
	{ .name = "general",
	  .rules = 6000,
	  .strings = 33000,
	  .strings_like = { .text = 850,
			    .hex = 115,
			    .wide = 200,
			    .ascii_too = 500,
			    .nocase = 80,
			    .fullword = 450,
			    .xor_one_in = 2000,
			    .regex_kinds = REGEX_KINDS },
	  .write_file_condition = write_some_file_condition,
	  .write_strings_condition = write_any_condition },
	/* A vendor's set for Linux endpoints: most strings are code, and nearly all of them plain bytes. */
	{ .name = "endpoint",
	  .rules = 950,
	  .strings = 2200,
	  .strings_like = { .text = 380,
			    .hex = 595,
			    .wide = 20,
			    .ascii_too = 500,
			    .nocase = 20,
			    .fullword = 250,
			    .code = 1000,
			    .wild_code = 150,
			    .code_least = 8,
			    .code_most = 38,
			    .regex_kinds = REGEX_KINDS - 1 },
	  .write_file_condition = write_no_file_condition,
	  .write_strings_condition = write_endpoint_condition },
	/* Several public sets together, most of whose rules are for files. */
	{ .name = "mixed",
	  .rules = 8000,
	  .strings = 36000,
	  .strings_like = MIXED_STRINGS,
	  .write_file_condition = write_most_file_condition,
	  .write_strings_condition = write_presence_condition },
	/* The same strings where all of them are searched for everywhere. */
	{ .name = "memory",
	  .rules = 8000,
	  .strings = 36000,
	  .strings_like = MIXED_STRINGS,
	  .write_file_condition = write_no_file_condition,
	  .write_strings_condition = write_presence_condition },
};

const struct rule_style *rule_style_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(styles); i++)
		if (strcmp(styles[i].name, name) == 0)
			return &styles[i];
	return NULL;
}

/* Rules. */

static void write_meta(struct generator *generator, uint64_t index)
{
	fprintf(generator->out,
		"\tmeta:\n\t\tdescription = \"Detects %s %s made for measuring\"\n"
		"\t\tauthor = \"%s\"\n\t\tdate = \"2024-%02" PRIu32 "-%02" PRIu32 "\"\n"
		"\t\tscore = %" PRIu32 "\n\t\tnumber = %" PRIu64 "\n\t\thash1 = \"",
		generator_word(generator), generator_word(generator), generator_word(generator),
		generator_between(generator, 1, 12), generator_between(generator, 1, 28),
		generator_between(generator, 40, 100), index);
	for (int i = 0; i < 32; i++)
		fprintf(generator->out, "%02" PRIx32, generator_below(generator, 256));
	fputs("\"\n", generator->out);
}

static void write_rule(const struct rule_style *style, struct generator *generator, uint64_t index,
		       uint32_t strings)
{
	fputs("rule ", generator->out);
	text_write_capitalised(generator, generator_word(generator));
	fprintf(generator->out, "_%s_%" PRIu64 " : %s %s {\n", generator_word(generator), index,
		"made", generator_chance(generator, 300) ? "FILE" : "MEMORY");
	write_meta(generator, index);
	fputs("\tstrings:\n", generator->out);
	for (uint32_t i = 0; i < strings; i++) {
		fprintf(generator->out, "\t\t$%c%" PRIu32 " = ", i % 3 ? 's' : 'x', i);
		string_write(generator, &style->strings_like);
		fputc('\n', generator->out);
	}
	fputs("\tcondition:\n\t\t", generator->out);
	style->write_file_condition(generator);
	style->write_strings_condition(generator, strings);
	fputs("\n}\n\n", generator->out);
}

/* Spreads the strings that are left over the rules that are left, some with few and some with many. */
static uint32_t strings_of_rule(struct generator *generator, uint64_t rules, uint64_t strings)
{
	uint64_t mean = strings / rules;
	uint64_t count = mean;

	if (rules > 1 && mean > 1)
		count = 1 + generator_below(generator, (uint32_t)(2 * mean - 1));
	if (count > MOST_STRINGS)
		count = MOST_STRINGS;
	return count ? (uint32_t)count : 1;
}

void rule_style_write(const struct rule_style *style, struct generator *generator, uint64_t rules,
		      uint64_t strings)
{
	for (uint64_t i = 0; i < rules; i++) {
		uint32_t count = strings_of_rule(generator, rules - i, strings);

		write_rule(style, generator, i, count);
		strings -= count < strings ? count : strings;
	}
}
