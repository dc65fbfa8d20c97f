#ifndef CKPT_CLI_OPTIONS_OPTION_TABLE_H
#define CKPT_CLI_OPTIONS_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options/option_id.h"

/* How an option's value is read, and what struct settings holds at @place. */
enum option_kind {
	KIND_FLAG, /* bool */
	KIND_NUMBER, /* uint64_t, from @least to @most */
	KIND_SIZE, /* the same, may end in K, M, G */
	KIND_SECONDS, /* double */
	KIND_STRING, /* const char *, the last one counts */
	KIND_STRINGS, /* struct string_list, one more each time */
	KIND_NAMES, /* struct string_list, comma or repetition */
	KIND_NUMBERS, /* struct number_list, comma or repetition */
	KIND_CHOICE, /* int, index into @words */
	KIND_WORDS, /* uint32_t, bits 1 << index into @words; comma or repetition */
	KIND_LETTERS, /* uint32_t, bits 1 << index into @words[0], which has all letters */
	KIND_RANGE, /* struct address_choice */
	KIND_PATTERN, /* struct pattern_list; @number is the enum pattern_source */
	KIND_OUTPUT, /* struct string_list; one of @words, =FILE; without an argument it is @words[0] */
};

enum option_section {
	SECTION_RULES,
	SECTION_SCOPE,
	SECTION_OUTPUT,
	SECTION_WORK,
	SECTION_OTHER,
	SECTIONS
};

/* Commands that an option belongs to. */
enum command_bit {
	COMMAND_SCAN = 1 << 0,
	COMMAND_CHECK = 1 << 1,
	COMMAND_COMPILE = 1 << 2,
	COMMAND_SHOW = 1 << 3,
	COMMAND_PROCESSES = 1 << 4,
	COMMAND_MAPS = 1 << 5,
	COMMAND_ENVIRONMENT = 1 << 6,
	COMMAND_FILES = 1 << 7,
	COMMAND_DUMP = 1 << 8,
	COMMAND_STRINGS = 1 << 9,
	COMMAND_BENCH = 1 << 10,
};

/* Whatever reads rules; whatever there is. */
#define RULES_COMMANDS (COMMAND_SCAN | COMMAND_CHECK | COMMAND_BENCH)
#define FILES_COMMANDS (RULES_COMMANDS | COMMAND_COMPILE)
#define RULES_ONLY_COMMANDS (COMMAND_CHECK | COMMAND_COMPILE)
/* Whatever looks at the processes of a checkpoint; whatever looks into one. */
#define PROCESS_COMMANDS                                                                           \
	(COMMAND_PROCESSES | COMMAND_MAPS | COMMAND_ENVIRONMENT | COMMAND_FILES | COMMAND_DUMP |   \
	 COMMAND_STRINGS)
#define MAPPING_COMMANDS (COMMAND_SCAN | COMMAND_MAPS | COMMAND_STRINGS)
#define ADDRESS_COMMANDS (MAPPING_COMMANDS | COMMAND_DUMP)
#define LOOK_COMMANDS (COMMAND_SHOW | PROCESS_COMMANDS)
#define CHECKPOINT_COMMANDS (COMMAND_SCAN | LOOK_COMMANDS)
/* Whatever works with threads; whatever opens checkpoints, named or made. */
#define WORK_COMMANDS (COMMAND_SCAN | COMMAND_BENCH)
#define OPENING_COMMANDS (CHECKPOINT_COMMANDS | COMMAND_BENCH)
#define EVERY_COMMAND (OPENING_COMMANDS | RULES_ONLY_COMMANDS)

/* What a command is about, which decides what it takes. */
enum command_kind {
	ABOUT_SCANS, /* rules and checkpoints */
	ABOUT_RULES, /* rules alone */
	ABOUT_CHECKPOINTS, /* what is in them */
	ABOUT_SPEED, /* rules and checkpoints, which may be left out */
};

struct option_spec {
	const char *name; /* without the dashes */
	char letter; /* 0: none */
	const char *argument; /* as help shows it; NULL: takes none */
	enum option_kind kind;
	size_t place; /* offset in struct settings */
	uint64_t least, most, number; /* number: the default, or as @kind says */
	const char *const *words; /* ended by NULL */
	enum option_section section;
	uint32_t commands; /* of enum command_bit */
	const char *help; /* a line or two */
	const char *more; /* what the manual adds; NULL: nothing */
};

/* The one list that parsing, help and manual are made from; by enum option_id. */
extern const struct option_spec option_table[OPTION_COUNT];
extern const char *const option_section_names[SECTIONS];

struct command_spec {
	const char *name, *synopsis, *summary;
	uint32_t bit;
	enum command_kind kind;
};

#define COMMAND_SPECS 11
extern const struct command_spec command_table[COMMAND_SPECS];

/* Term and explanation. */
struct note {
	const char *term, *text;
};

/* One of which only the help of these commands (of enum command_bit) tells. */
struct command_note {
	struct note note;
	uint32_t commands;
};

#define EXIT_NOTES 16
#define ENVIRONMENT_NOTES 3
#define EXAMPLE_NOTES 13
extern const struct command_note exit_notes[EXIT_NOTES];
extern const struct command_note environment_notes[ENVIRONMENT_NOTES];
extern const struct command_note example_notes[EXAMPLE_NOTES];

#endif
