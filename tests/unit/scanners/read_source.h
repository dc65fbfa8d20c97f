#ifndef CKPT_TESTS_READ_SOURCE_H
#define CKPT_TESTS_READ_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/content.h"
#include "scanners/source/source.h"

/* A source with all that belongs to it. */
struct opened {
	struct file_table *files;
	struct warning_list *warnings;
	struct source *source; /* NULL: it did not open */
	int code;
	struct error error;
};

/* @memory_bytes: what may be kept; nothing goes to a disk when it is 0. */
struct opened opened_new(const char *path, uint64_t memory_bytes,
			 const struct source_options *limits);
/* Where a part of the file table lies. */
enum part_place {
	PART_MEMORY,
	PART_MAPPED,
	PART_KEPT, /* in memory */
	PART_KEPT_ON_DISK,
	PART_PLACES,
};
/* A table with a file in which these bytes stand behind PART_OFFSET others and before some more. */
#define PART_OFFSET 4321
struct opened part_new(enum part_place place, const void *data, size_t length,
		       struct stored_bytes *part);
/* Opens a source of it, named "layer". */
void part_open(struct opened *opened, const struct stored_bytes *part,
	       const struct source_options *limits);
/* Makes a file standard input; what was it before goes back with the other. */
int borrow_standard_input(const char *path);
void give_standard_input_back(int before);

void opened_release(struct opened *opened);

/*
 * Reads a source to its end: a line per member, "kind name length sum" and what a link says, malloc'd. Short
 * members are marked.
 */
char *opened_listing(struct opened *opened);
/* A line per warning, "code file message". */
char *opened_warnings(struct opened *opened);
bool opened_has_warning(struct opened *opened, enum warning_code code);

#endif
