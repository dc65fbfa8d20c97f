#ifndef CKPT_CLI_RULES_INPUT_H
#define CKPT_CLI_RULES_INPUT_H

#include "cli/options/settings.h"
#include "rules/ruleset.h"

/* What -r, -d, -e, --search and --patterns give, read and ready to compile. */
struct rules_input {
	struct arena *memory;
	struct rule_text *texts;
	size_t text_count, text_capacity;
	struct search_pattern *patterns;
	size_t pattern_count, pattern_capacity;
	struct external *externals;
	uint8_t **files; /* contents, malloc'd */
	size_t file_count, file_capacity;
};

/*
 * Reads every file that @settings name. The settings must outlive @out. ERROR_USAGE for an argument that is
 * none, else as text_file_read(). On failure @out is released.
 */
int rules_input_read(struct rules_input *out, const struct settings *settings, struct error *err);
void rules_input_release(struct rules_input *input);

#endif
