#ifndef CKPT_RULES_DIAGNOSTIC_H
#define CKPT_RULES_DIAGNOSTIC_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/* A place in a rules file. */
struct source_span {
	uint32_t file; /* index into the file names of the diagnostics */
	uint32_t line; /* from 1; 0: the file as a whole */
	uint32_t column; /* from 1, in bytes */
	uint32_t length; /* bytes to underline, on that line */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct diagnostic {
	struct source_span span;
	enum severity severity;
	const char *code; /* stable word: "syntax-error", "undefined-string"... */
	const char *message; /* a sentence, YARA's own wording where it has one */
	const char *rule; /* rule it is about; NULL: none */
};

/* All that the passes over the rules say, in order, with the lines of text to show. One thread. */
struct diagnostics;

int diagnostics_new(struct diagnostics **out, struct error *err);
void diagnostics_free(struct diagnostics *notes);

/* Registers a file for spans; copies name and text (the text is for the carets). Returns its index, or a negative error. */
int diagnostics_add_file(struct diagnostics *notes, const char *name, const char *text,
			 size_t length, uint32_t *out, struct error *err);
size_t diagnostics_file_count(const struct diagnostics *notes);
/* Lent until diagnostics_free(). */
struct bytes diagnostics_file_text(const struct diagnostics *notes, uint32_t file);
const char *diagnostics_file_name(const struct diagnostics *notes, uint32_t file);

/* Appends. A message beyond memory is counted all the same, so that errors never vanish. */
void diagnostics_add(struct diagnostics *notes, enum severity severity, struct source_span span,
		     const char *code, const char *rule, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

size_t diagnostics_count(const struct diagnostics *notes, enum severity severity);
/* All, in the order of file, line and column; lent until the next add. */
const struct diagnostic *diagnostics_list(struct diagnostics *notes, size_t *count);

/*
 * As people read it, with the line and a caret where there is one, control bytes escaped:
 *	FILE:LINE:COLUMN: error: MESSAGE [code]
 *	   14 |     2 of ($pool1, $pool2)
 *	      |                   ^~~~~~
 * Returns malloc'd text with a line feed at its end; NULL without memory.
 */
char *diagnostics_format(const struct diagnostics *notes, const struct diagnostic *diagnostic);

#endif
