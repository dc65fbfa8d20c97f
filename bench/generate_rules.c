/*
 * Writes YARA rules from a seed, in the style of public rule sets (bench/rules/styles.h). The same numbers give the same
 * rules everywhere.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/rules/styles.h"

struct options {
	const struct rule_style *style;
	uint64_t rules, strings; /* strings: all rules together; 0: the style's number */
	uint64_t seed;
};

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
		{ "style", required_argument, NULL, 'y' },
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
		case 'y':
			options->style = rule_style_find(optarg);
			if (options->style)
				break;
			/* fall through */
		default:
			fputs("usage: generate_rules [--style general|endpoint|mixed|memory] "
			      "[--rules N]\n"
			      "                      [--strings N] [--seed N]\n",
			      stderr);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options options = { .style = rule_style_find("general"), .seed = 1 };
	struct generator generator = { .out = stdout };

	parse_options(&options, argc, argv);
	generator.state = options.seed;
	rule_style_write(options.style, &generator,
			 options.rules ? options.rules : options.style->rules,
			 options.strings ? options.strings : options.style->strings);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("generate_rules: write");
		return 4;
	}
	return 0;
}
