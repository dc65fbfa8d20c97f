#ifndef CKPT_RULES_RULESET_PARTS_H
#define CKPT_RULES_RULESET_PARTS_H

#include "engine/base/digest.h"
#include "rules/check/checked_rules.h"
#include "rules/live/live_rules.h"
#include "rules/ruleset.h"

/* What a ruleset is made of; for what saves it and loads it again. */

/* One of the texts that were given, not included. */
struct ruleset_text {
	uint32_t file; /* in the diagnostics */
	const char *namespace_name;
};

struct ruleset_sources {
	struct ruleset_text *texts;
	size_t text_count;
	uint32_t first_file,
		file_count; /* in the diagnostics: texts, what they include, patterns */
	uint32_t pattern_file; /* the first of these that a pattern is in; behind the last: none */
	uint8_t digest[DIGEST_BYTES]; /* of all that but the values of externals */
};

struct ruleset {
	struct checked_rules checked;
	struct live_rules live;
	const struct rule **faces;
	const char *const *modules_not_evaluated; /* in order, in the arena */
	size_t modules_not_evaluated_count, rules_not_evaluated;
	struct ruleset_sources sources;
	uint8_t digest[DIGEST_BYTES];
};

/* From the checked rules: faces, what can be true (@every_live: as if all could), and what has no values. */
int ruleset_describe(struct ruleset *rules, bool every_live, struct error *err);
/* From .sources.digest with the externals in order of definition. */
int ruleset_make_digest(struct ruleset *rules, const struct external *externals, size_t count,
			struct error *err);

#endif
