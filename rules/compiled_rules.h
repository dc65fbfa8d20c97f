#ifndef CKPT_RULES_COMPILED_RULES_H
#define CKPT_RULES_COMPILED_RULES_H

#include "engine/base/byte_writer.h"
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
/*
 * The `.ckr` file: everything that parsing and Hyperscan made, with the texts that it was made of (for messages, and
 * to compile them again together with others), the warnings, a checksum, and marks of version and CPU.
 */
int compiled_rules_save(const struct compiled_rules *compiled, struct diagnostics *notes,
			struct byte_writer *out, struct error *err);
/* Whether bytes are such a file, of any version. */
bool compiled_rules_is_file(struct bytes bytes);
/*
 * ERROR_FORMAT: damaged; ERROR_UNSUPPORTED: of another version or another kind of CPU, or compiled with NEED_NOTHING
 * where @outputs asks for more; ERROR_USAGE: @options gives a variable that the rules do not know, or one of another
 * type. Warnings that were saved are added to @notes. Nothing of @file is used afterwards. Of @options only externals
 * and modules count.
 */
int compiled_rules_load(struct compiled_rules **out, struct bytes file,
			const struct compile_options *options, enum match_need outputs,
			struct diagnostics *notes, struct error *err);

/* What such a file was made of: texts with their namespaces and includes, and external variables with their values. */
struct compiled_sources {
	struct arena *memory;
	struct rule_text *texts;
	size_t text_count;
	struct included_texts included; /* every file, whether a text or included by one */
	struct external *externals;
	size_t external_count;
};

/* Lent from @file, but for the lists. Errors as compiled_rules_load(), but any CPU will do. */
int compiled_sources_read(struct compiled_sources *out, struct bytes file, struct error *err);
void compiled_sources_release(struct compiled_sources *sources);

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
