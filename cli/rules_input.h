#ifndef CKPT_CLI_RULES_INPUT_H
#define CKPT_CLI_RULES_INPUT_H

#include "cli/options/settings.h"
#include "rules/ruleset.h"

/* What -r, -d, -e, --search and --patterns give, read and ready to compile. */
struct rules_input {
	struct arena *memory;
	struct rule_text *texts;
	size_t text_count, text_capacity;
	/* One for each text where rules were compiled before: NULL for texts from disk; else NULL. */
	const struct included_texts **included;
	struct bytes
		compiled; /* all there is: one file of compiled rules, and no text; length 0: not so */
	struct search_pattern *patterns;
	size_t pattern_count, pattern_capacity;
	struct external *externals; /* of -d, then those that compiled rules bring along */
	size_t external_count;
	struct compiled_sources **sources_of_compiled; /* what the texts of compiled rules lie in */
	size_t compiled_count;
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
