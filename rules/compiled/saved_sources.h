#ifndef CKPT_RULES_COMPILED_SAVED_SOURCES_H
#define CKPT_RULES_COMPILED_SAVED_SOURCES_H

#include "rules/ruleset_parts.h"

/*
 * What rules were made of and what was said about them:
 *
 *	u32 files, each: name, text
 *	u32 texts that were given, each: u32 file, namespace
 *	u32 external variables, each: name, u8 type, value
 *	u32 warnings, each: span, code, u8 whether a rule follows, rule, message
 *	SHA-256 of the sources
 *
 * A span is u32 file, line, column, length; files are counted from the first of these.
 */
int sources_save(const struct ruleset *rules, struct diagnostics *notes, struct byte_writer *out,
		 struct error *err);

/*
 * The way back. Files and warnings go to @notes; externals and what else @rules needs of it to @rules, whose arena
 * must be there. Copies what it keeps.
 */
int sources_load(struct ruleset *rules, struct bytes_reader *in, struct diagnostics *notes,
		 struct error *err);

/* Lent from @in's bytes, arrays from @arena. */
struct source_file {
	const char *name;
	struct bytes text;
};

struct source_list {
	struct source_file *files;
	size_t file_count;
	struct ruleset_text *texts; /* files are numbers in this list */
	size_t text_count;
	struct checked_external *externals;
	size_t external_count;
};

int sources_list(struct source_list *out, struct bytes_reader *in, struct arena *arena,
		 struct error *err);

void span_save(const struct source_span *span, uint32_t first_file, struct byte_writer *out);
bool span_load(struct bytes_reader *in, const struct ruleset_sources *sources,
	       struct source_span *out);

#endif
