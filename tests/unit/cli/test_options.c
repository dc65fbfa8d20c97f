#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/options/help.h"
#include "cli/options/man_page.h"
#include "cli/options/option_table.h"
#include "cli/options/parse.h"
#include "scanners/checkpoint.h"
#include "scanners/outline.h"

#define MOST_ARGUMENTS 32

/* Splits at spaces: "''" is an empty argument. */
static size_t split(char *line, char *arguments[MOST_ARGUMENTS])
{
	size_t count = 0;
	char *state = NULL;

	for (char *word = strtok_r(line, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		assert_true(count < MOST_ARGUMENTS);
		arguments[count++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	return count;
}

/* Parses and, unless help or version was asked for, checks. The line must outlive the settings. */
static int parse_of(enum command_bit command, struct settings *settings, char *line,
		    struct error *err)
{
	char *arguments[MOST_ARGUMENTS];
	size_t count = split(line, arguments);
	int ret;

	assert_int_equal(settings_init(settings, err), 0);
	ret = options_parse(settings, command, arguments, count, err);
	if (ret || settings->help || settings->version)
		return ret;
	return settings_check(settings, err);
}

static int parse(struct settings *settings, char *line, struct error *err)
{
	return parse_of(COMMAND_SCAN, settings, line, err);
}

static void reads_options_as_getopt_does(void **state)
{
	char line[] = "a.tar -smgr one.yar --rules two.yar -rns:three.yar --pid=1,0x10 "
		      "--pid 4 -- -b.tar";
	struct settings settings;
	struct error err;

	(void)state;
	assert_int_equal(parse(&settings, line, &err), 0);
	assert_true(settings.print_strings && settings.print_meta && settings.print_tags);
	assert_int_equal(settings.rules.count, 3);
	assert_string_equal(settings.rules.items[0], "one.yar");
	assert_string_equal(settings.rules.items[1], "two.yar");
	assert_string_equal(settings.rules.items[2], "ns:three.yar");
	assert_int_equal(settings.pids.count, 3);
	assert_int_equal(settings.pids.items[1], 4);
	assert_int_equal(settings.pids.items[2], 16);
	assert_int_equal(settings.operands.count, 2);
	assert_string_equal(settings.operands.items[0], "a.tar");
	assert_string_equal(settings.operands.items[1], "-b.tar");
	settings_release(&settings);
}

static void takes_the_same_choice_in_any_spelling_as_the_same_filters(void **state)
{
	char line[] = "--pid 7,1 --pid 0x7,7 --rule b,a --rule b -t z -t y,z --process q "
		      "--process p --process q -e x c";
	struct settings settings;
	struct error err;

	(void)state;
	assert_int_equal(parse(&settings, line, &err), 0);
	assert_int_equal(settings.pids.count, 2);
	assert_int_equal(settings.pids.items[0], 1);
	assert_int_equal(settings.pids.items[1], 7);
	assert_int_equal(settings.rule_names.count, 2);
	assert_string_equal(settings.rule_names.items[0], "a");
	assert_string_equal(settings.rule_names.items[1], "b");
	assert_int_equal(settings.tags.count, 2);
	assert_string_equal(settings.tags.items[0], "y");
	assert_int_equal(settings.processes.count, 2);
	assert_string_equal(settings.processes.items[1], "q");
	settings_release(&settings);
}

static const struct {
	const char *line;
	uint32_t targets, vmas, protection;
	struct address_choice address;
} choices[] = {
	{ "-e x c", 0, 0, 0, { 0 } },
	{ "-e x --targets file,pipe --targets process c",
	  1 << TARGET_PROCESS | 1 << TARGET_FILE | 1 << TARGET_PIPE,
	  0,
	  0,
	  { 0 } },
	{ "-e x --targets message --targets=terminal,socket c",
	  1 << TARGET_SOCKET | 1 << TARGET_TERMINAL | 1 << TARGET_MESSAGE,
	  0,
	  0,
	  { 0 } },
	{ "-e x --vma unmapped,heap c", 0, 1 << VMA_HEAP | 1 << VMA_UNMAPPED, 0, { 0 } },
	{ "-e x --protection r --protection xw c",
	  0,
	  0,
	  PROTECTION_WRITE | PROTECTION_EXECUTE,
	  { 0 } },
	{ "-e x --address 5-6 --address 0x1000+16 c", 0, 0, 0, { true, 0x1000, 0x100f } },
	{ "-e x --targets process,file --vma stack --protection rw --address 0-9 c",
	  1 << TARGET_PROCESS | 1 << TARGET_FILE,
	  1 << VMA_STACK,
	  PROTECTION_READ | PROTECTION_WRITE,
	  { true, 0, 8 } },
};

static void takes_targets_and_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		char *line = strdup(choices[i].line);
		struct settings settings;
		struct error err = { 0 };

		print_message("%s\n", choices[i].line);
		assert_int_equal(parse(&settings, line, &err), 0);
		assert_int_equal(settings.target_kinds, choices[i].targets);
		assert_int_equal(settings.vma_kinds, choices[i].vmas);
		assert_int_equal(settings.protection, choices[i].protection);
		assert_int_equal(settings.address.given, choices[i].address.given);
		assert_int_equal(settings.address.first, choices[i].address.first);
		assert_int_equal(settings.address.last, choices[i].address.last);
		settings_release(&settings);
		free(line);
	}
}

/* The words of options are those of the report. */
static void calls_kinds_as_the_report_does(void **state)
{
	const char *const *words = option_table[OPTION_TARGETS].words;

	(void)state;
	for (int kind = 0; kind < TARGET_KINDS; kind++)
		assert_string_equal(words[kind], target_kind_name((enum target_kind)kind));
	assert_null(words[TARGET_KINDS]);
	words = option_table[OPTION_VMA].words;
	for (int kind = 0; kind <= VMA_UNMAPPED; kind++)
		assert_string_equal(words[kind], vma_kind_name((enum vma_kind)kind));
	assert_null(words[VMA_UNMAPPED + 1]);
}

static void numbers_patterns_in_the_order_they_were_given(void **state)
{
	char line[] = "--search a -e b --patterns c --search -d x";
	struct settings settings;
	struct error err;
	static const enum pattern_source sources[] = { PATTERN_TEXT, PATTERN_REGEX, PATTERN_LINES,
						       PATTERN_TEXT };

	(void)state;
	assert_int_equal(parse(&settings, line, &err), 0);
	assert_int_equal(settings.patterns.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(settings.patterns.items[i].source, sources[i]);
	assert_string_equal(settings.patterns.items[3].value, "-d");
	settings_release(&settings);
}

static void takes_the_last_of_a_repeated_value(void **state)
{
	char line[] = "-e x -s --match-bytes 1 --match-bytes 2 --memory 3 --memory 2K "
		      "--rule-timeout 0.5 c";
	struct settings settings;
	struct error err;

	(void)state;
	assert_int_equal(parse(&settings, line, &err), 0);
	assert_int_equal(settings.match_bytes, 2);
	assert_int_equal(settings.memory_bytes, 2048);
	assert_true(settings.rule_seconds == 0.5);
	settings_release(&settings);
}

static void has_the_defaults_of_the_table(void **state)
{
	char line[] = "-e x -";
	struct settings settings;
	struct error err;

	(void)state;
	assert_int_equal(parse(&settings, line, &err), 0);
	assert_int_equal(settings.match_bytes, 64);
	assert_int_equal(settings.max_listed, 0);
	assert_true(settings.rule_seconds == 10);
	assert_int_equal(settings.color, COLOR_AUTO);
	assert_true(settings_write_format(&settings, "text"));
	assert_false(settings_write_format(&settings, "json"));
	assert_false(settings_list_matches(&settings));
	settings_release(&settings);
}

/* One row: arguments that are refused, and what is said. */
struct refusal {
	const char *line, *message;
};

static const struct refusal refused[] = {
	{ "", "nothing to look for: give rules with -r or a pattern with -e" },
	{ "c", "nothing to look for: give rules with -r or a pattern with -e" },
	{ "-e x", "no checkpoint was given" },
	{ "-e x - -", "standard input can be read once only" },
	{ "--rulse=a c", "unknown option --rulse (did you mean --rules?)" },
	{ "--print-str c", "unknown option --print-str (did you mean --print-strings?)" },
	{ "--sharding", "unknown option --sharding" },
	{ "--match-bites 3", "unknown option --match-bites (did you mean --match-bytes?)" },
	{ "-C x", "unknown option -C" },
	{ "-sf", "unknown option -f" },
	{ "-e", "-e needs an argument (REGEX)" },
	{ "c --rules", "--rules needs an argument ([NS:]PATH)" },
	{ "--quiet=yes", "--quiet takes no argument" },
	{ "--pid 1,x c", "--pid: \"x\" is no number from 0 to 4294967295" },
	{ "--pid 4294967296 c", "--pid: \"4294967296\" is no number from 0 to 4294967295" },
	{ "--pid 1, c", "--pid: \"\" is no number from 0 to 4294967295" },
	{ "-p 0", "--threads: \"0\" is no number from 1 to 4096" },
	{ "-p +1", "--threads: \"+1\" is no number from 1 to 4096" },
	{ "--context 4097", "--context: \"4097\" is no number from 0 to 4096" },
	{ "--memory 1T", "--memory: \"1T\" is no size (K, M, G) of at least 1" },
	{ "--memory 99999999999999G",
	  "--memory: \"99999999999999G\" is no size (K, M, G) of at least 1" },
	{ "--rule-timeout 0",
	  "--rule-timeout: \"0\" is no number of seconds above 0, at most 1000000" },
	{ "--rule-timeout nan",
	  "--rule-timeout: \"nan\" is no number of seconds above 0, at most 1000000" },
	{ "--color sometimes", "--color: \"sometimes\" is none of auto, always, never" },
	{ "-o xml", "--format: \"xml\" is none of text, json" },
	{ "-o json=", "--format: \"json=\" names no file" },
	{ "--json -o text", "json and text cannot both go to standard output: give one a file with "
			    "-o FORMAT=FILE" },
	{ "-r '' c", "--rules: the argument is empty" },
	{ "--tag a,,b c", "--tag: the argument is empty" },
	{ "-r a -i c", "--ignore-case has no effect without -e, --search or --patterns" },
	{ "-r a --wide c", "--wide has no effect without -e, --search or --patterns" },
	{ "--search a -F c", "--fixed-strings has no effect without -e or --patterns" },
	{ "-e a -d x=1 c", "--define has no effect without -r" },
	{ "-e a --json -s c", "--print-strings has no effect with --count or without text output" },
	{ "-e a --raw --pid 1 c", "--pid has no effect with --raw: files have no processes" },
	{ "-e a --process x --raw c",
	  "--process has no effect with --raw: files have no processes" },
	{ "-e a --targets heap c",
	  "--targets: \"heap\" is none of process, file, pipe, socket, terminal, message" },
	{ "-e a --targets file, c",
	  "--targets: \"\" is none of process, file, pipe, socket, terminal, message" },
	{ "-e a --vma text c", "--vma: \"text\" is none of heap, stack, anonymous, file, shared, "
			       "memfd, sysv, vdso, other, unmapped" },
	{ "-e a --protection rwp c", "--protection: \"rwp\" is not made of the letters rwx" },
	{ "-e a --protection= c", "--protection: \"\" is not made of the letters rwx" },
	{ "-e a --address 7 c", "--address: \"7\" is no range LOW-HIGH or LOW+LENGTH of addresses, "
				"decimal or 0x" },
	{ "-e a --targets process --raw c",
	  "--targets has no effect with --raw: files are all there is" },
	{ "-e a --vma heap --raw c",
	  "--vma has no effect where no memory of processes is scanned" },
	{ "-e a --vma heap --targets file,pipe c",
	  "--vma has no effect where no memory of processes is scanned" },
	{ "-e a --protection x --targets pipe c",
	  "--protection has no effect where no memory of processes is scanned" },
	{ "-e a --address 0-1 --targets socket c",
	  "--address has no effect where no memory of processes is scanned" },
	{ "-e a -c -g c", "--print-tags has no effect with --count or without text output" },
	{ "-e a --json -n c", "--negate has no effect on json: it is for text alone" },
	{ "-e a -c --context 3 c", "--context has no effect with --count" },
	{ "-e a --match-bytes 3 c", "--match-bytes has no effect where no match is listed (with "
				    "--count, or text without -s)" },
	{ "-e a -c --json --max-listed 3 c", "--max-listed has no effect where no match is listed "
					     "(with --count, or text without -s)" },
};

static const struct refusal refused_by_check[] = {
	{ "", "nothing to check: give rules with -r" },
	{ "rules.yar", "check takes no operand: rules are given with -r" },
	{ "-r a b", "check takes no operand: rules are given with -r" },
	{ "-e a -i -d x=1", "--define has no effect without -r" },
	{ "-r a --json", "unknown option --json" },
	{ "-r a --output b", "unknown option --output" },
};

static const struct refusal refused_by_compile[] = {
	{ "--output a", "nothing to compile: give rules with -r" },
	{ "a b", "compile takes no operand: rules are given with -r" },
	{ "-r a -e b", "unknown option -e" },
	{ "-r a --slow", "unknown option --slow" },
};

static const struct refusal refused_by_look[] = {
	{ "", "no checkpoint was given" },
	{ "- -", "standard input can be read once only" },
	{ "- --parent -", "standard input can be read once only" },
	{ "--member '' c", "--member: the argument is empty" },
	{ "--rootfs= c", "--rootfs: the argument is empty" },
	{ "-r a c", "unknown option -r" },
	{ "-o json c", "unknown option -o" },
	{ "--bytes c", "unknown option --bytes" },
};

static const struct refusal refused_by_dump[] = {
	{ "c", "dump needs the addresses to show: --address LOW-HIGH or LOW+LENGTH" },
	{ "--address 1-2 c d", "dump shows one process: give it one checkpoint" },
	{ "--address 1-2 --json --bytes c", "--bytes has no effect with --json" },
	{ "--address 1-2 --vma heap c", "unknown option --vma" },
};

static const struct refusal refused_by_bench[] = {
	{ "-", "bench reads a checkpoint several times, and standard input can be read once only" },
	{ "-i c", "--ignore-case has no effect without -e, --search or --patterns" },
	{ "-d x=1", "--define has no effect without -r" },
	{ "-o json", "unknown option -o" },
	{ "--pid 1 c", "unknown option --pid" },
	{ "--read slowly", "--read: \"slowly\" is none of auto, mmap, ring" },
};

static int count_wrong(enum command_bit command, const struct refusal *list, size_t count)
{
	int failures = 0;

	for (size_t i = 0; i < count; i++) {
		char *line = strdup(list[i].line);
		struct settings settings;
		struct error err = { 0 };
		int ret = parse_of(command, &settings, line, &err);

		if (ret != ERROR_USAGE || strcmp(err.message, list[i].message) != 0) {
			print_error("%s: %d, %s\n", list[i].line, ret, err.message);
			failures++;
		}
		settings_release(&settings);
		free(line);
	}
	return failures;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void refuses_with_one_line_that_names_the_option(void **state)
{
	(void)state;
	assert_int_equal(count_wrong(COMMAND_SCAN, refused, COUNT(refused)), 0);
	assert_int_equal(count_wrong(COMMAND_CHECK, refused_by_check, COUNT(refused_by_check)), 0);
	assert_int_equal(
		count_wrong(COMMAND_COMPILE, refused_by_compile, COUNT(refused_by_compile)), 0);
	assert_int_equal(count_wrong(COMMAND_FILES, refused_by_look, COUNT(refused_by_look)), 0);
	assert_int_equal(count_wrong(COMMAND_DUMP, refused_by_dump, COUNT(refused_by_dump)), 0);
	assert_int_equal(count_wrong(COMMAND_BENCH, refused_by_bench, COUNT(refused_by_bench)), 0);
}

static const char *const accepted[] = {
	"-e a --member x --parent p --parent q --rootfs r c",
	"-e a --context 3 c",
	"-e a --json --context 3 --match-bytes 0 c",
	"-e a --json --json -o json c",
	"-e a --json -o text=f -s c",
	"-e a -n -s c",
	"-e a --raw -s c -",
	"-e a -n -c --exit-match c",
	"--patterns f -F -i --wide -q c",
	"-r a -d x=1 -d y= --rule a,b --tag t --process x* c",
};

static void accepts_what_has_an_effect(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		char *line = strdup(accepted[i]);
		struct settings settings;
		struct error err = { 0 };

		if (parse(&settings, line, &err)) {
			print_error("%s: %s\n", accepted[i], err.message);
			failures++;
		}
		settings_release(&settings);
		free(line);
	}
	assert_int_equal(failures, 0);
}

static void takes_parents_in_their_order_and_the_last_of_other_names(void **state)
{
	char line[] = "--parent b --member x --parent=a --rootfs r --member y --address 0x10+2 "
		      "--pid 3 --bytes c";
	struct settings settings;
	struct error err;

	(void)state;
	assert_int_equal(parse_of(COMMAND_DUMP, &settings, line, &err), 0);
	assert_int_equal(settings.parents.count, 2);
	assert_string_equal(settings.parents.items[0], "b");
	assert_string_equal(settings.parents.items[1], "a");
	assert_string_equal(settings.member, "y");
	assert_string_equal(settings.rootfs, "r");
	assert_true(settings.bytes);
	assert_int_equal(settings.address.first, 0x10);
	assert_int_equal(settings.address.last, 0x11);
	settings_release(&settings);
}

static void stops_at_help_and_version(void **state)
{
	char help[] = "-sh --nonsense", version[] = "-V -e";
	struct settings settings;
	struct error err;

	(void)state;
	assert_int_equal(parse(&settings, help, &err), 0);
	assert_true(settings.help);
	settings_release(&settings);
	assert_int_equal(parse(&settings, version, &err), 0);
	assert_true(settings.version);
	settings_release(&settings);
}

static void gives_every_option_its_own_name_and_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_spec *spec = &option_table[i];

		assert_non_null(spec->name);
		assert_non_null(spec->help);
		assert_int_not_equal(spec->commands, 0);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(spec->name, option_table[j].name);
			assert_true(!spec->letter || spec->letter != option_table[j].letter);
		}
	}
}

/* Its own line: examples name options too. */
static bool tells_of(const struct text *help, const char *name)
{
	static const char *const forms[] = { ", --%s ", ", --%s\n", "\n      --%s ",
					     "\n      --%s\n" };
	bool told = false;

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct text line = { 0 };

		text_add_format(&line, forms[i], name);
		told |= strstr(help->data, line.data) != NULL;
		text_release(&line);
	}
	return told;
}

static void shows_in_help_what_a_command_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMMAND_SPECS; i++) {
		const struct command_spec *command = &command_table[i];
		struct text help = { 0 };

		help_add(&help, command);
		for (size_t j = 0; j < OPTION_COUNT; j++) {
			bool takes = option_table[j].commands & command->bit;

			assert_int_equal(tells_of(&help, option_table[j].name), takes);
		}
		for (char code = '0'; code <= '4'; code++) {
			const char line[] = { '\n', ' ', ' ', code, ' ', ' ', '\0' };
			bool ends_so = command->bit == COMMAND_SCAN || !strchr("13", code) ||
				       (command->kind != ABOUT_RULES && code == '3');

			assert_int_equal(strstr(help.data, line) != NULL, ends_so);
		}
		assert_non_null(strstr(help.data, command->name));
		text_release(&help);
	}
}

static void shows_every_option_and_exit_code_in_the_manual(void **state)
{
	struct text manual = { 0 };

	(void)state;
	man_page_add(&manual, "1.2.3");
	assert_non_null(strstr(manual.data, ".TH CKPT\\-SCAN 1 2026-11-25 \"ckpt\\-scan 1.2.3\""));
	assert_non_null(strstr(manual.data, "\\fB\\-s\\fR, \\fB\\-\\-print\\-strings\\fR\n"));
	assert_non_null(strstr(manual.data, "\\fB\\-\\-match\\-bytes\\fR \\fIN\\fR\n"));
	for (char code = '0'; code <= '4'; code++) {
		const char term[] = { '\\', 'f', 'B', code, '\\', 'f', 'R', '\n', '\0' };
		const char *found = strstr(manual.data, term);

		assert_non_null(found);
		assert_null(strstr(found + 1, term));
	}
	text_release(&manual);
}

static void keeps_help_within_80_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMMAND_SPECS; i++) {
		struct text help = { 0 };
		char *rest = NULL;

		help_add(&help, &command_table[i]);
		for (char *line = strtok_r(help.data, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			assert_true(strlen(line) <= 80);
		text_release(&help);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_options_as_getopt_does),
		cmocka_unit_test(takes_the_same_choice_in_any_spelling_as_the_same_filters),
		cmocka_unit_test(takes_targets_and_memory),
		cmocka_unit_test(calls_kinds_as_the_report_does),
		cmocka_unit_test(numbers_patterns_in_the_order_they_were_given),
		cmocka_unit_test(takes_the_last_of_a_repeated_value),
		cmocka_unit_test(has_the_defaults_of_the_table),
		cmocka_unit_test(refuses_with_one_line_that_names_the_option),
		cmocka_unit_test(accepts_what_has_an_effect),
		cmocka_unit_test(takes_parents_in_their_order_and_the_last_of_other_names),
		cmocka_unit_test(stops_at_help_and_version),
		cmocka_unit_test(gives_every_option_its_own_name_and_letter),
		cmocka_unit_test(shows_in_help_what_a_command_takes),
		cmocka_unit_test(shows_every_option_and_exit_code_in_the_manual),
		cmocka_unit_test(keeps_help_within_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
