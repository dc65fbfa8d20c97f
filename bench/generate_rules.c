/*
 * Writes YARA rules from a seed, in the style of public rule sets: mostly text, a tenth hex strings, some regular
 * expressions, and conditions over file headers, counts and sets. The same numbers give the same rules everywhere.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))
#define MOST_STRINGS 64u

struct generator {
	FILE *out;
	uint64_t state;
};

struct options {
	uint64_t rules, strings, seed; /* strings: all rules together */
};

static const char *const words[] = {
	"admin",   "agent",   "beacon",	 "browser", "cache",   "client",  "command", "config",
	"connect", "cookie",  "crypt",	 "daemon",  "debug",   "decode",  "dropper", "dump",
	"encrypt", "execute", "export",	 "file",    "gateway", "handler", "host",    "http",
	"inject",  "install", "kernel",	 "key",	    "keylog",  "loader",  "local",   "login",
	"memory",  "miner",   "module",	 "mutex",   "name",    "network", "passwd",  "payload",
	"pipe",	   "plugin",  "policy",	 "process", "proxy",   "random",  "reader",  "remote",
	"report",  "rootkit", "script",	 "server",  "service", "session", "shell",   "socket",
	"spawn",   "stage",   "stealer", "stream",  "string",  "system",  "task",    "temp",
	"thread",  "token",   "tunnel",	 "update",  "upload",  "user",	  "version", "window",
};

static const char *const ends[] = {
	".dll", ".exe", ".php", ".so", ".sh", ".pdb", ".tmp", ".dat", "()", ":", " %s", "=%d",
};

/* What code is full of. */
static const uint8_t opcodes[] = { 0x48, 0x8b, 0x89, 0x83, 0xe8, 0x0f, 0xff, 0x55, 0x8d, 0x74,
				   0x75, 0x24, 0x4c, 0xc3, 0x31, 0xc0, 0x00, 0x45, 0x50, 0x6a };

/* Steele, Lea and Flood's splitmix64. */
static uint64_t next_number(struct generator *generator)
{
	uint64_t value = generator->state += 0x9e3779b97f4a7c15u;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

static uint32_t below(struct generator *generator, uint32_t limit)
{
	return (uint32_t)(next_number(generator) % limit);
}

static uint32_t between(struct generator *generator, uint32_t least, uint32_t most)
{
	return least + below(generator, most - least + 1);
}

static bool chance(struct generator *generator, uint32_t in_thousand)
{
	return below(generator, 1000) < in_thousand;
}

static const char *word(struct generator *generator)
{
	return words[below(generator, COUNT_OF(words))];
}

static void write_capitalised(struct generator *generator, const char *text)
{
	fputc(text[0] & 0xdf, generator->out);
	fputs(text + 1, generator->out);
}

static void write_random_name(struct generator *generator, uint32_t length)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789";

	for (uint32_t i = 0; i < length; i++)
		fputc(letters[below(generator, sizeof(letters) - 1)], generator->out);
}

/* Strings. */

static void write_identifier_text(struct generator *generator)
{
	for (uint32_t i = between(generator, 2, 4); i > 0; i--)
		write_capitalised(generator, word(generator));
	if (chance(generator, 500))
		fprintf(generator->out, "%" PRIu32, below(generator, 10000));
}

static void write_path_text(struct generator *generator)
{
	fputs(chance(generator, 500) ? "C:\\\\" : "/var/", generator->out);
	fputs(word(generator), generator->out);
	fputs(chance(generator, 500) ? "\\\\" : "/", generator->out);
	write_random_name(generator, between(generator, 4, 9));
	fputs(ends[below(generator, COUNT_OF(ends))], generator->out);
}

static void write_sentence_text(struct generator *generator)
{
	fputs(chance(generator, 300) ? "[+] " : "", generator->out);
	for (uint32_t i = between(generator, 2, 6); i > 0; i--)
		fprintf(generator->out, "%s ", word(generator));
	fputs(ends[below(generator, COUNT_OF(ends))], generator->out);
}

static void write_url_text(struct generator *generator)
{
	fprintf(generator->out, "http://%s.", word(generator));
	write_random_name(generator, between(generator, 5, 12));
	fprintf(generator->out, ".com/%s?%s=", word(generator), word(generator));
}

static void write_escaped_text(struct generator *generator)
{
	for (uint32_t i = between(generator, 4, 12); i > 0; i--)
		fprintf(generator->out, "\\x%02" PRIx32, below(generator, 256));
	write_random_name(generator, 2);
}

static void write_text_modifiers(struct generator *generator)
{
	bool wide = chance(generator, 200);

	if (wide)
		fputs(" wide", generator->out);
	if (!wide || chance(generator, 500))
		fputs(" ascii", generator->out);
	if (chance(generator, 80))
		fputs(" nocase", generator->out);
	else if (below(generator, 2000) == 0)
		fputs(" xor(0x01-0xff)", generator->out);
	if (chance(generator, 450))
		fputs(" fullword", generator->out);
}

static void write_text(struct generator *generator)
{
	static void (*const makers[])(struct generator *) = {
		write_identifier_text, write_sentence_text, write_path_text, write_identifier_text,
		write_sentence_text,   write_url_text,	    write_path_text, write_escaped_text,
	};

	fputc('"', generator->out);
	makers[below(generator, COUNT_OF(makers))](generator);
	fputc('"', generator->out);
	write_text_modifiers(generator);
}

static void write_hex_byte(struct generator *generator)
{
	uint32_t byte = chance(generator, 500) ? opcodes[below(generator, COUNT_OF(opcodes))]
					       : below(generator, 256);

	fprintf(generator->out, " %02" PRIX32, byte);
}

static void write_hex_choice(struct generator *generator)
{
	fputs(" (", generator->out);
	for (uint32_t i = between(generator, 2, 4); i > 0; i--) {
		write_hex_byte(generator);
		if (chance(generator, 300))
			write_hex_byte(generator);
		fputs(i > 1 ? " |" : " )", generator->out);
	}
}

static void write_hex_middle(struct generator *generator)
{
	uint32_t kind = below(generator, 100);

	if (kind < 75) {
		write_hex_byte(generator);
	} else if (kind < 86) {
		for (uint32_t i = between(generator, 1, 4); i > 0; i--)
			fputs(" ??", generator->out);
	} else if (kind < 91) {
		fprintf(generator->out, chance(generator, 500) ? " %" PRIX32 "?" : " ?%" PRIX32,
			below(generator, 16));
	} else if (kind < 96) {
		uint32_t least = below(generator, 8);

		fprintf(generator->out, " [%" PRIu32 "-%" PRIu32 "]", least,
			least + between(generator, 1, 12));
	} else {
		write_hex_choice(generator);
	}
}

static void write_hex(struct generator *generator)
{
	fputc('{', generator->out);
	for (uint32_t i = between(generator, 2, 4); i > 0; i--)
		write_hex_byte(generator);
	for (uint32_t i = between(generator, 4, 30); i > 0; i--)
		write_hex_middle(generator);
	for (uint32_t i = between(generator, 2, 3); i > 0; i--)
		write_hex_byte(generator);
	fputs(" }", generator->out);
}

static void write_regex(struct generator *generator)
{
	const char *one = word(generator), *two = word(generator);

	switch (below(generator, 8)) {
	case 0:
		fprintf(generator->out, "/%s[a-z0-9]{%" PRIu32 ",32}\\.%s/", one,
			between(generator, 3, 9), two);
		break;
	case 1:
		fprintf(generator->out, "/\\$[a-zA-Z_]{1,%" PRIu32 "}\\s*=\\s*%s\\(/",
			between(generator, 8, 20), one);
		break;
	case 2:
		fprintf(generator->out, "/https?:\\/\\/[^\\/]{4,60}\\/%s\\.(php|asp|jsp)\\?%s/",
			one, two);
		break;
	case 3:
		fprintf(generator->out, "/(%s|%s|%s)_[0-9]{2,5}/ nocase", one, two,
			word(generator));
		break;
	case 4:
		fprintf(generator->out, "/%s.{0,%" PRIu32 "}%s/ ascii wide", one,
			between(generator, 10, 90), two);
		break;
	case 5:
		fprintf(generator->out, "/[0-9a-f]{8}-%s-[0-9a-f]{4}/", one);
		break;
	case 6:
		fprintf(generator->out, "/\\\\%s\\\\[A-Za-z]+\\\\%s\\.pdb/", one, two);
		break;
	default:
		fprintf(generator->out, "/\\xE8....[\\x50-\\x57]\\xFF.{%" PRIu32 "}\\xC3/s",
			between(generator, 2, 8));
		break;
	}
}

static void write_string(struct generator *generator, uint32_t index)
{
	uint32_t kind = below(generator, 1000);

	fprintf(generator->out, "\t\t$%c%" PRIu32 " = ", index % 3 ? 's' : 'x', index);
	if (kind < 850)
		write_text(generator);
	else if (kind < 965)
		write_hex(generator);
	else
		write_regex(generator);
	fputc('\n', generator->out);
}

/* Rules. */

static void write_meta(struct generator *generator, uint64_t index)
{
	fprintf(generator->out,
		"\tmeta:\n\t\tdescription = \"Detects %s %s made for measuring\"\n"
		"\t\tauthor = \"%s\"\n\t\tdate = \"2024-%02" PRIu32 "-%02" PRIu32 "\"\n"
		"\t\tscore = %" PRIu32 "\n\t\tnumber = %" PRIu64 "\n\t\thash1 = \"",
		word(generator), word(generator), word(generator), between(generator, 1, 12),
		between(generator, 1, 28), between(generator, 40, 100), index);
	for (int i = 0; i < 32; i++)
		fprintf(generator->out, "%02" PRIx32, below(generator, 256));
	fputs("\"\n", generator->out);
}

static void write_file_condition(struct generator *generator)
{
	switch (below(generator, 4)) {
	case 0:
		fputs("uint16(0) == 0x5a4d and ", generator->out);
		break;
	case 1:
		fputs("uint32(0) == 0x464c457f and ", generator->out);
		break;
	default:
		break;
	}
	if (chance(generator, 400))
		fprintf(generator->out, "filesize < %" PRIu32 "KB and ",
			100 * between(generator, 1, 80));
}

static void write_strings_condition(struct generator *generator, uint32_t strings)
{
	switch (below(generator, 8)) {
	case 0:
		fputs("all of them", generator->out);
		break;
	case 1:
		fprintf(generator->out, "( 1 of ($x*) and %" PRIu32 " of them )",
			between(generator, 1, strings));
		break;
	case 2:
		fprintf(generator->out, "( #x0 > %" PRIu32 " or all of them )",
			between(generator, 1, 5));
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
		fprintf(generator->out, "%" PRIu32 " of them", between(generator, 1, strings));
		break;
	}
}

static void write_rule(struct generator *generator, uint64_t index, uint32_t strings)
{
	fputs("rule ", generator->out);
	write_capitalised(generator, word(generator));
	fprintf(generator->out, "_%s_%" PRIu64 " : %s %s {\n", word(generator), index, "made",
		chance(generator, 300) ? "FILE" : "MEMORY");
	write_meta(generator, index);
	fputs("\tstrings:\n", generator->out);
	for (uint32_t i = 0; i < strings; i++)
		write_string(generator, i);
	fputs("\tcondition:\n\t\t", generator->out);
	write_file_condition(generator);
	write_strings_condition(generator, strings);
	fputs("\n}\n\n", generator->out);
}

/* Spreads the strings that are left over the rules that are left, some with few and some with many. */
static uint32_t strings_of_rule(struct generator *generator, uint64_t rules, uint64_t strings)
{
	uint64_t mean = strings / rules;
	uint64_t count = mean;

	if (rules > 1 && mean > 1)
		count = 1 + below(generator, (uint32_t)(2 * mean - 1));
	if (count > MOST_STRINGS)
		count = MOST_STRINGS;
	return count ? (uint32_t)count : 1;
}

static void write_rules(struct generator *generator, const struct options *options)
{
	uint64_t strings = options->strings;

	for (uint64_t i = 0; i < options->rules; i++) {
		uint32_t count = strings_of_rule(generator, options->rules - i, strings);

		write_rule(generator, i, count);
		strings -= count < strings ? count : strings;
	}
}

static uint64_t parse_number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value > 100000000) {
		fprintf(stderr, "generate_rules: not a number up to 100000000: %s\n", text);
		exit(2);
	}
	return value;
}

static void parse_options(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "rules", required_argument, NULL, 'r' },
		{ "strings", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'S' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'r':
			options->rules = parse_number(optarg);
			break;
		case 's':
			options->strings = parse_number(optarg);
			break;
		case 'S':
			options->seed = parse_number(optarg);
			break;
		default:
			fputs("usage: generate_rules [--rules N] [--strings N] [--seed N]\n",
			      stderr);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options options = { .rules = 6000, .strings = 33000, .seed = 1 };
	struct generator generator = { .out = stdout };

	parse_options(&options, argc, argv);
	generator.state = options.seed;
	write_rules(&generator, &options);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("generate_rules: write");
		return 4;
	}
	return 0;
}
