#ifndef CKPT_RULES_COMPILED_RULES_H
#define CKPT_RULES_COMPILED_RULES_H

#include "engine/database.h"
#include "rules/ruleset.h"

/*
 * A ruleset tied to its databases, one for each purpose. Reference counted: a running job keeps its rules when
 * new ones are loaded. Any thread.
 */
enum scan_purpose {
	PURPOSE_PROCESS, /* processes as they are */
	PURPOSE_LOW_PROCESS, /* processes with memory below 64 KiB */
	PURPOSE_FILE, /* files */
	PURPOSES,
};

struct compiled_rules;

/*
 * Takes @rules over, also on failure. @outputs: what the reports ask of the strings of rules that are
 * reported. @notes gets the place of a string that the engine refuses.
 */
int compiled_rules_new(struct compiled_rules **out, struct ruleset *rules, enum match_need outputs,
		       struct diagnostics *notes, struct error *err);
struct compiled_rules *compiled_rules_hold(struct compiled_rules *compiled);
void compiled_rules_release(struct compiled_rules *compiled);

const struct ruleset *compiled_rules_ruleset(const struct compiled_rules *compiled);
const struct database *compiled_rules_database(const struct compiled_rules *compiled,
					       enum scan_purpose purpose);
const enum match_need *compiled_rules_needs(const struct compiled_rules *compiled,
					    enum scan_purpose purpose);
/* Whether a live condition of that purpose reads bytes. */
bool compiled_rules_reads_bytes(const struct compiled_rules *compiled, enum scan_purpose purpose);

#endif
