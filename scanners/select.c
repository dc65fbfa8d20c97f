#include "scanners/select.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_NAME_BYTES 15

static bool pid_fits(const struct scan_options *options, uint32_t pid)
{
	for (size_t i = 0; i < options->pid_count; i++)
		if (options->pids[i] == pid)
			return true;
	return options->pid_count == 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A process name holds 15 bytes, so a longer pattern without wildcards is compared by its first 15. */
static bool name_fits(const char *glob, const char *name)
{
	char cut[KERNEL_NAME_BYTES + 1];

	if (fnmatch(glob, name, 0) == 0)
		return true;
	if (strlen(glob) <= KERNEL_NAME_BYTES || strpbrk(glob, "*?[\\"))
		return false;
	memcpy(cut, glob, KERNEL_NAME_BYTES);
	cut[KERNEL_NAME_BYTES] = '\0';
	return strcmp(cut, name) == 0;
}

static bool glob_fits(const struct scan_options *options, const struct process *process)
{
	for (size_t i = 0; i < options->process_glob_count; i++) {
		const char *glob = options->process_globs[i];

		if (name_fits(glob, process->name))
			return true;
		if (process->executable && fnmatch(glob, base_name(process->executable), 0) == 0)
			return true;
	}
	return options->process_glob_count == 0;
}

static bool process_fits(const struct scan_options *options, const struct process *process)
{
	return pid_fits(options, process->pid) && glob_fits(options, process);
}

bool select_kind(const struct scan_options *options, enum target_kind kind)
{
	if (options->target_kinds)
		return options->target_kinds & UINT32_C(1) << kind;
	return kind == TARGET_PROCESS || !memory_filter_narrows(&options->memory_filter);
}

bool select_process(const struct scan_options *options, const struct process *process)
{
	return select_kind(options, TARGET_PROCESS) && process_fits(options, process);
}

static int compare_pid(const void *pid, const void *process)
{
	uint32_t left = *(const uint32_t *)pid, right = ((const struct process *)process)->pid;

	return (left > right) - (left < right);
}

static bool holder_fits(const struct scan_options *options, const struct checkpoint *checkpoint,
			const struct holder *holder)
{
	const struct process *process = NULL;

	if (checkpoint->process_count)
		process = bsearch(&holder->pid, checkpoint->processes, checkpoint->process_count,
				  sizeof(*checkpoint->processes), compare_pid);
	return process && process_fits(options, process);
}

bool select_captured(const struct scan_options *options, const struct checkpoint *checkpoint,
		     const struct captured *captured)
{
	if (!select_kind(options, captured->kind))
		return false;
	if (!options->pid_count && !options->process_glob_count)
		return true;
	for (size_t i = 0; i < captured->holder_count; i++)
		if (holder_fits(options, checkpoint, &captured->holders[i]))
			return true;
	return false;
}

/* "NS:NAME" or "NAME"; the names of namespaces may hold colons themselves, those of rules cannot. */
static bool rule_name_fits(const char *wanted, const struct rule *rule)
{
	const char *colon = strrchr(wanted, ':');

	if (!colon)
		return strcmp(wanted, rule->name) == 0;

	size_t length = (size_t)(colon - wanted);

	return strcmp(colon + 1, rule->name) == 0 && strlen(rule->namespace_name) == length &&
	       memcmp(wanted, rule->namespace_name, length) == 0;
}

static bool name_chosen(const struct scan_options *options, const struct rule *rule)
{
	for (size_t i = 0; i < options->rule_name_count; i++)
		if (rule_name_fits(options->rule_names[i], rule))
			return true;
	return options->rule_name_count == 0;
}

static bool tag_chosen(const struct scan_options *options, const struct rule *rule)
{
	for (size_t i = 0; i < options->tag_count; i++)
		for (size_t j = 0; j < rule->tag_count; j++)
			if (strcmp(options->tags[i], rule->tags[j]) == 0)
				return true;
	return options->tag_count == 0;
}

bool select_rule(const struct scan_options *options, const struct rule *rule)
{
	return !rule->is_private && name_chosen(options, rule) && tag_chosen(options, rule);
}

bool scan_options_select_rules(const struct scan_options *options, const struct ruleset *rules)
{
	size_t count;
	const struct rule *const *list = ruleset_rules(rules, &count);

	if (!options->rule_name_count && !options->tag_count)
		return true;
	for (size_t i = 0; i < count; i++)
		if (select_rule(options, list[i]))
			return true;
	return false;
}

bool select_narrows(const struct scan_options *options)
{
	return options->pid_count || options->process_glob_count || options->target_kinds ||
	       memory_filter_narrows(&options->memory_filter);
}

/* Lengths stand before texts, so that no two sets of filters read the same. */
static void write_texts(FILE *stream, const char *name, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s=%zu:%s;", name, strlen(texts[i]), texts[i]);
}

static void write_words(FILE *stream, const char *name, uint32_t bits, int count,
			const char *(*word)(int bit))
{
	for (int i = 0; i < count; i++)
		if (bits & UINT32_C(1) << i)
			fprintf(stream, "%s=%s;", name, word(i));
}

static const char *kind_word(int kind)
{
	return target_kind_name((enum target_kind)kind);
}

/* The same choice is the same text, however it was spelled: what is the default is not written. */
static void write_kinds(FILE *stream, const struct scan_options *options)
{
	const uint32_t all = (UINT32_C(1) << TARGET_KINDS) - 1, process = UINT32_C(1)
									  << TARGET_PROCESS;
	bool of_memory = memory_filter_narrows(&options->memory_filter);

	if (options->target_kinds != (of_memory ? process : all))
		write_words(stream, "target", options->target_kinds, TARGET_KINDS, kind_word);
}

static const char *vma_word(int kind)
{
	return vma_kind_name((enum vma_kind)kind);
}

static const char *protection_word(int bit)
{
	static const char *const letters[] = { "r", "w", "x" };

	return letters[bit];
}

static void write_memory_filter(FILE *stream, const struct memory_filter *filter)
{
	write_words(stream, "vma", filter->vma_kinds, VMA_UNMAPPED + 1, vma_word);
	write_words(stream, "protection", filter->protection, 3, protection_word);
	if (filter->has_range)
		fprintf(stream, "address=0x%" PRIx64 "-0x%" PRIx64 ";", filter->first,
			filter->last);
}

char *select_text(const struct scan_options *options)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < options->pid_count; i++)
		fprintf(stream, "pid=%u;", options->pids[i]);
	write_texts(stream, "process", options->process_globs, options->process_glob_count);
	write_kinds(stream, options);
	write_memory_filter(stream, &options->memory_filter);
	write_texts(stream, "rule", options->rule_names, options->rule_name_count);
	write_texts(stream, "tag", options->tags, options->tag_count);
	if (options->negate)
		fputs("negate;", stream);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
