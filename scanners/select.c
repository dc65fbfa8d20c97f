#include "scanners/select.h"

#include <fnmatch.h>
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

bool select_process(const struct scan_options *options, const struct process *process)
{
	return pid_fits(options, process->pid) && glob_fits(options, process);
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
	return options->pid_count || options->process_glob_count;
}

/* Lengths stand before texts, so that no two sets of filters read the same. */
static void write_texts(FILE *stream, const char *name, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s=%zu:%s;", name, strlen(texts[i]), texts[i]);
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
