#include "cli/options/settings.h"

#include <stdlib.h>
#include <string.h>

#include "cli/options/option_table.h"
#include "engine/base/array.h"
#include "scanners/outline.h"

static void set_default(struct settings *settings, const struct option_spec *spec)
{
	char *place = (char *)settings + spec->place;

	if (spec->kind == KIND_NUMBER || spec->kind == KIND_SIZE)
		*(uint64_t *)place = spec->number;
	else if (spec->kind == KIND_SECONDS)
		*(double *)place = (double)spec->number;
}

int settings_init(struct settings *settings, struct error *err)
{
	*settings = (struct settings){ .memory = arena_new(0) };
	if (!settings->memory)
		return error_no_memory(err, "the options");
	for (size_t i = 0; i < OPTION_COUNT; i++)
		set_default(settings, &option_table[i]);
	return 0;
}

void settings_release(struct settings *settings)
{
	struct string_list *const lists[] = {
		&settings->operands,   &settings->rules,
		&settings->defines,    &settings->processes,
		&settings->rule_names, &settings->tags,
		&settings->outputs,    &settings->compiled_outputs,
		&settings->parents,
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		free(lists[i]->items);
	free(settings->patterns.items);
	free(settings->pids.items);
	arena_free(settings->memory);
	*settings = (struct settings){ 0 };
}

int string_list_add(struct string_list *list, const char *item, struct error *err)
{
	const char **grown =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "the options");
	list->items = grown;
	list->items[list->count++] = item;
	return 0;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int by_number(const void *left_item, const void *right_item)
{
	uint32_t left = *(const uint32_t *)left_item, right = *(const uint32_t *)right_item;

	return (left > right) - (left < right);
}

static void sort_texts(struct string_list *list)
{
	size_t kept = 0;

	if (!list->count)
		return;
	qsort(list->items, list->count, sizeof(*list->items), by_text);
	for (size_t i = 1; i < list->count; i++) {
		if (by_text(&list->items[kept], &list->items[i]) != 0)
			list->items[++kept] = list->items[i];
	}
	list->count = kept + 1;
}

static void sort_numbers(struct number_list *list)
{
	size_t kept = 0;

	if (!list->count)
		return;
	qsort(list->items, list->count, sizeof(*list->items), by_number);
	for (size_t i = 1; i < list->count; i++) {
		if (list->items[kept] != list->items[i])
			list->items[++kept] = list->items[i];
	}
	list->count = kept + 1;
}

void settings_sort_filters(struct settings *settings)
{
	sort_numbers(&settings->pids);
	sort_texts(&settings->processes);
	sort_texts(&settings->rule_names);
	sort_texts(&settings->tags);
}

bool settings_write_format(const struct settings *settings, const char *format)
{
	size_t length = strlen(format);

	if (!settings->outputs.count)
		return strcmp(format, "text") == 0;
	for (size_t i = 0; i < settings->outputs.count; i++) {
		const char *output = settings->outputs.items[i];

		if (strncmp(output, format, length) == 0 &&
		    (output[length] == '\0' || output[length] == '='))
			return true;
	}
	return false;
}

bool settings_list_matches(const struct settings *settings)
{
	/* --json of bench is about its own rows. */
	if (settings->count || settings->command == COMMAND_BENCH)
		return false;
	return settings_write_format(settings, "json") || settings->print_strings ||
	       settings->context_bytes > 0;
}

static bool has_pattern(const struct settings *settings)
{
	return settings->patterns.count > 0;
}

static bool has_regex(const struct settings *settings)
{
	for (size_t i = 0; i < settings->patterns.count; i++) {
		if (settings->patterns.items[i].source != PATTERN_TEXT)
			return true;
	}
	return false;
}

static bool has_rules(const struct settings *settings)
{
	return settings->rules.count > 0;
}

static bool writes_hits_as_text(const struct settings *settings)
{
	return !settings->count && settings_write_format(settings, "text");
}

static bool writes_only_text(const struct settings *settings)
{
	return !settings_write_format(settings, "json");
}

static bool writes_hits(const struct settings *settings)
{
	return !settings->count;
}

static bool writes_no_json(const struct settings *settings)
{
	return !settings->outputs.count;
}

static bool scans_checkpoints(const struct settings *settings)
{
	return !settings->raw;
}

bool settings_scan_memory(const struct settings *settings)
{
	const uint32_t process = UINT32_C(1) << TARGET_PROCESS;

	return !settings->raw && (!settings->target_kinds || settings->target_kinds & process);
}

/* Where an option changes nothing it is refused: a habit from another tool must not narrow a scan in silence. */
static const struct {
	enum option_id option;
	bool (*has_effect)(const struct settings *settings);
	const char *needed;
} effects[] = {
	{ OPTION_FIXED_STRINGS, has_regex, "without -e or --patterns" },
	{ OPTION_IGNORE_CASE, has_pattern, "without -e, --search or --patterns" },
	{ OPTION_WIDE, has_pattern, "without -e, --search or --patterns" },
	{ OPTION_DEFINE, has_rules, "without -r" },
	{ OPTION_TARGETS, scans_checkpoints, "with --raw: files are all there is" },
	{ OPTION_PID, scans_checkpoints, "with --raw: files have no processes" },
	{ OPTION_PROCESS, scans_checkpoints, "with --raw: files have no processes" },
	{ OPTION_VMA, settings_scan_memory, "where no memory of processes is scanned" },
	{ OPTION_PROTECTION, settings_scan_memory, "where no memory of processes is scanned" },
	{ OPTION_ADDRESS, settings_scan_memory, "where no memory of processes is scanned" },
	{ OPTION_MEMBER, scans_checkpoints, "with --raw: a file has no members" },
	{ OPTION_PARENT, scans_checkpoints, "with --raw: a file has no parent" },
	{ OPTION_ROOTFS, scans_checkpoints, "with --raw: a file is all there is" },
	{ OPTION_BYTES, writes_no_json, "with --json" },
	{ OPTION_PRINT_STRINGS, writes_hits_as_text, "with --count or without text output" },
	{ OPTION_PRINT_META, writes_hits_as_text, "with --count or without text output" },
	{ OPTION_PRINT_TAGS, writes_hits_as_text, "with --count or without text output" },
	{ OPTION_NEGATE, writes_only_text, "on json: it is for text alone" },
	{ OPTION_CONTEXT, writes_hits, "with --count" },
	{ OPTION_MATCH_BYTES, settings_list_matches,
	  "where no match is listed (with --count, or text without -s)" },
	{ OPTION_MAX_LISTED, settings_list_matches,
	  "where no match is listed (with --count, or text without -s)" },
};

static int check_effects(const struct settings *settings, struct error *err)
{
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		if (!settings->given[effects[i].option] || effects[i].has_effect(settings))
			continue;
		return error_set(err, ERROR_USAGE, 0, "--%s has no effect %s",
				 option_table[effects[i].option].name, effects[i].needed);
	}
	return 0;
}

static const struct command_spec *command_of(const struct settings *settings)
{
	size_t i = 0;

	while (command_table[i].bit != settings->command)
		i++;
	return &command_table[i];
}

static int check_operands(const struct settings *settings, struct error *err)
{
	size_t standard_inputs = 0;

	for (size_t i = 0; i < settings->operands.count; i++)
		standard_inputs += strcmp(settings->operands.items[i], "-") == 0;
	for (size_t i = 0; i < settings->parents.count; i++)
		standard_inputs += strcmp(settings->parents.items[i], "-") == 0;
	if (!settings->operands.count)
		return error_set(err, ERROR_USAGE, 0, "no checkpoint was given");
	if (standard_inputs > 1)
		return error_set(err, ERROR_USAGE, 0, "standard input can be read once only");
	return 0;
}

static int check_scan(const struct settings *settings, struct error *err)
{
	if (!has_rules(settings) && !has_pattern(settings))
		return error_set(err, ERROR_USAGE, 0,
				 "nothing to look for: give rules with -r or a pattern with -e");
	return check_operands(settings, err);
}

static int check_look(const struct settings *settings, struct error *err)
{
	if (settings->command == COMMAND_DUMP && settings->operands.count > 1)
		return error_set(err, ERROR_USAGE, 0,
				 "dump shows one process: give it one checkpoint");
	if (settings->command == COMMAND_DUMP && !settings->address.given)
		return error_set(err, ERROR_USAGE, 0,
				 "dump needs the addresses to show: --address LOW-HIGH or "
				 "LOW+LENGTH");
	return check_operands(settings, err);
}

static int check_bench(const struct settings *settings, struct error *err)
{
	for (size_t i = 0; i < settings->operands.count; i++)
		if (strcmp(settings->operands.items[i], "-") == 0)
			return error_set(err, ERROR_USAGE, 0,
					 "bench reads a checkpoint several times, and standard "
					 "input can be read once only");
	return 0;
}

/* Of a command about rules alone. */
static int check_rules(const struct settings *settings, const char *command, struct error *err)
{
	if (settings->operands.count)
		return error_set(err, ERROR_USAGE, 0,
				 "%s takes no operand: rules are given with -r", command);
	if (!has_rules(settings) && !has_pattern(settings))
		return error_set(err, ERROR_USAGE, 0, "nothing to %s: give rules with -r", command);
	return 0;
}

int settings_check(const struct settings *settings, struct error *err)
{
	const struct command_spec *command = command_of(settings);
	int ret = check_effects(settings, err);

	if (ret)
		return ret;
	switch (command->kind) {
	case ABOUT_RULES:
		return check_rules(settings, command->name, err);
	case ABOUT_CHECKPOINTS:
		return check_look(settings, err);
	case ABOUT_SPEED:
		return check_bench(settings, err);
	case ABOUT_SCANS:
		break;
	}
	return check_scan(settings, err);
}
