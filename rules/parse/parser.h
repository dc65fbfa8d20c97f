#ifndef CKPT_RULES_PARSE_PARSER_H
#define CKPT_RULES_PARSE_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "rules/diagnostic.h"
#include "rules/parse/tree.h"

struct included_texts;

struct parse_options {
	bool allow_includes;
	const struct included_texts *included; /* NULL: includes are read from disk */
	size_t include_depth; /* files, the first one too; 0: 16 */
	size_t file_bytes; /* a larger file is an error; 0: 256 MiB */
};

/*
 * Parses one text and what it includes (relative to the including file's directory, taken from @name), adding
 * to @tree. What is wrong goes to @notes and the rest is parsed on (recovery at the next rule), so all of a
 * file's errors come in one run; 0 even then. Fails only without memory. @text need not be terminated, and may
 * hold any byte. Nodes live in @arena.
 */
int rules_parse(struct rules_tree *tree, struct arena *arena, const char *name,
		const char *namespace_name, struct bytes text, const struct parse_options *options,
		struct diagnostics *notes, struct error *err);

/*
 * A regex of YARA's grammar without slashes, as for -e; and for tests. False: @notes says why. *@out lives in @arena.
 */
bool regex_parse(struct regex_literal **out, struct arena *arena, struct bytes source, bool nocase,
		 bool dot_all, struct source_span span, struct diagnostics *notes);

#endif
