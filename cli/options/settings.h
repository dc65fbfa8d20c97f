#ifndef CKPT_CLI_OPTIONS_SETTINGS_H
#define CKPT_CLI_OPTIONS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options/option_id.h"
#include "engine/base/arena.h"
#include "engine/base/error.h"

struct string_list {
	const char **items;
	size_t count, capacity;
};

struct number_list {
	uint32_t *items;
	size_t count, capacity;
};

struct address_choice {
	bool given;
	uint64_t first, last; /* both included */
};

/* -e, --search, --patterns in the order they were given: it numbers the rules they become. */
enum pattern_source { PATTERN_REGEX, PATTERN_TEXT, PATTERN_LINES };

struct pattern_argument {
	enum pattern_source source;
	const char *value;
};

struct pattern_list {
	struct pattern_argument *items;
	size_t count, capacity;
};

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* What the command line says. Strings are the arguments themselves, or live in @memory. */
struct settings {
	struct arena *memory;
	size_t given[OPTION_COUNT]; /* how often each was named */
	unsigned command; /* enum command_bit, one of them */
	bool help, version; /* nothing behind either was read */
	struct string_list operands;

	struct string_list rules, defines;
	bool no_warnings, fail_on_warnings, slow;
	struct pattern_list patterns;
	bool fixed_strings, ignore_case, wide;

	bool raw;
	uint32_t target_kinds; /* bits 1 << enum target_kind; 0: all */
	uint32_t vma_kinds, protection; /* as in struct memory_filter */
	struct address_choice address;
	struct number_list pids;
	struct string_list processes, rule_names, tags;
	const char *member, *rootfs; /* NULL: not given */
	struct string_list parents;

	struct string_list compiled_outputs; /* --output of compile */
	struct string_list outputs; /* FORMAT or FORMAT=FILE; none: text */
	bool print_strings, print_meta, print_tags, count, negate;
	uint64_t context_bytes, match_bytes, max_listed;
	bool exit_match, quiet;
	bool bytes; /* of dump */
	int color; /* enum color_choice */

	uint64_t threads; /* 0: as many as cores */
	uint64_t memory_bytes; /* 0: a quarter of the machine */
	int read_mode; /* enum read_mode */
	bool no_spill, no_cache, stats;
	double rule_seconds;
};

/* Whether the memory of processes is searched; --raw and --targets may leave it out. */
bool settings_scan_memory(const struct settings *settings);

/* With the defaults of the table. */
int settings_init(struct settings *settings, struct error *err);
void settings_release(struct settings *settings);

/*
 * What selects (pids, processes, rules, tags) in ascending order and each once: the same choice is the same
 * filter, however it was spelled, and a summary's id depends on it.
 */
void settings_sort_filters(struct settings *settings);

/* Whether results are written in this format ("text" also where none was named). */
bool settings_write_format(const struct settings *settings, const char *format);
/* Whether any report lists single matches. */
bool settings_list_matches(const struct settings *settings);

/* ERROR_USAGE: an option that changes nothing, or something that is missing. */
int settings_check(const struct settings *settings, struct error *err);

int string_list_add(struct string_list *list, const char *item, struct error *err);

#endif
