#ifndef CKPT_RULES_PARSE_PARSE_CONTEXT_H
#define CKPT_RULES_PARSE_PARSE_CONTEXT_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/error.h"
#include "rules/diagnostic.h"
#include "rules/parse/parser.h"
#include "rules/parse/tree.h"

/* Bytes of a text string's or a regex's value: YARA's buffer of 8192 less what it keeps free. */
#define LITERAL_BYTES_LIMIT 8190u
/* Letters of a name. */
#define IDENTIFIER_BYTES_LIMIT 128u
/* A file with more errors is given up. */
#define FILE_ERRORS_LIMIT 100u
/* So is a text with more in all that it includes. */
#define JOB_ERRORS_LIMIT 1000u

/* Where a token stands, in the text and for people. */
struct token_place {
	uint32_t line, column, length; /* length: of what is on the first line */
	size_t start, end; /* offsets in the text; end: excluded */
};

/* What one text and all it includes share. */
struct parse_job {
	struct rules_tree *tree;
	struct arena *arena;
	const char *namespace_name;
	const struct parse_options *options; /* without zeros */
	struct diagnostics *notes;
	struct error *err;
	int failed; /* an error that ends everything: no memory */
	size_t error_count, included_bytes, included_files;
};

/* A list of the rule at hand while it grows, used again for the next one. Malloc'd, so that the arena has no old copies. */
struct scratch_list {
	void *items;
	size_t capacity;
};

/* One text while it is parsed. */
struct parse_context {
	struct parse_job *job;
	struct parse_context *includer; /* NULL: the text was given */
	const char *name;
	uint32_t file; /* in the diagnostics */
	size_t depth; /* of includes */
	bool has_identity; /* device and inode are known */
	dev_t device;
	ino_t inode;

	size_t error_count;
	size_t error_start; /* offset that the last error is about */
	const char *rule_name; /* of the rule at hand, NULL outside of one */
	struct token_place rule_place; /* of its name */
	struct scratch_list tags, metas, strings;
	struct digest *hash; /* of the rule at hand */
	bool hash_paused; /* within meta */

	/* the lexer's */
	void *scanner;
	char *text; /* borrowed by the scanner, which writes to it and puts it back */
	size_t offset;
	uint32_t line, column;
	bool quiet; /* skipping to the next rule: nothing is reported */
	bool at_end;
	int last_token;
	struct token_place last_place;
	bool holds_token; /* the last one comes once more; it has no value */
	const char *string_name; /* the last with a $, for messages about what it is defined as */
	struct token_place
		literal_place; /* of the text, regex, hex string or comment being read: its opening */
	bool literal_is_bad; /* reported; the token comes all the same, so that the rest is parsed */
	size_t literal_length;
	uint8_t literal[LITERAL_BYTES_LIMIT];
	size_t lexer_used;
	/* All that the generated lexer allocates, so that it has no allocation that can fail. */
	alignas(max_align_t) unsigned char lexer_memory[1024];
};

struct source_span context_span(const struct parse_context *context, struct token_place place);

/* Reports an error (unless quiet) and counts it. */
void context_error(struct parse_context *context, struct token_place place, const char *code,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Whether there are more errors than anybody reads. */
bool context_gives_up(const struct parse_context *context);
/* Remembers that there is no memory; returns NULL. */
void *context_no_memory(struct parse_context *context);
void *context_alloc(struct parse_context *context, size_t count, size_t item_bytes);
/* As arena_array_grow(). */
void *context_grow(struct parse_context *context, void *items, size_t count, size_t item_bytes);

/* The place of byte @offset in the text, which is at or behind @from and @text->data[0]'s place is @from. */
struct token_place place_within(struct token_place from, struct bytes text, size_t offset);
/* From the first to the last of @count places that follow one another. */
struct token_place place_join(const struct token_place *places, int count);

#endif
