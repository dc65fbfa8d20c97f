#ifndef CKPT_TESTS_UNIT_ENGINE_SEARCH_DOUBLES_H
#define CKPT_TESTS_UNIT_ENGINE_SEARCH_DOUBLES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/regex.h"
#include "engine/scan.h"

/*
 * Stand-ins for what a search asks of others: a file table over bytes that the test owns, and a
 * scanner so simple that it can be compared with a walk over the whole block. They take the place
 * of engine/read/file_table.h, database.h, scan.h, match_store.h and match_table.h.
 */

struct double_file {
	struct bytes bytes;
	bool passing; /* ERROR_NOT_KEPT */
	int descriptor; /* 0: none */
	bool only_read; /* lend refuses */
	size_t lend_at_most; /* 0: all of it */
	struct address_range damaged; /* as of a mapped file; none when empty */
	struct address_range failing; /* reading these pages fails */
};

struct file_table {
	const struct double_file *files;
	uint32_t count;
};

/* What the double of a database looks for; the number is the pattern's. */
enum double_pattern {
	DOUBLE_WORD, /* "ab" with no letter or digit on either side */
	DOUBLE_ZEROS, /* three zero bytes */
	DOUBLE_FIRST, /* "a" at a real start of the block */
	DOUBLE_LAST, /* "b" at a real end */
	DOUBLE_FAR, /* "a", then "z" at most DOUBLE_REACH - 1 bytes after it; up to the first "z" */
	DOUBLE_LATE, /* DOUBLE_REACH - 1 zeros, then "z" */
	DOUBLE_NOTHING, /* matches nothing at all, where "a" stands before or the block starts */
	DOUBLE_PATTERNS,
};

#define DOUBLE_REACH 24
#define DOUBLE_CONFIRM_NS 7
#define DOUBLE_LOOK_BEHIND 1

struct database {
	size_t reach, look_behind;
	bool broken; /* scanners cannot be made */
	bool costly;
	_Atomic uint64_t scanned; /* starts */
	_Atomic size_t scanners, scans; /* made so far; calls so far */
	_Atomic unsigned int nodes; /* bits: a copy for this one was asked for */
};

/* A match as tests compare it: what lies around it is part of it. */
struct double_match {
	uint64_t address, length;
	uint64_t before, after; /* digest of the context bytes, as far as there are any */
	uint64_t pattern; /* wide, so that no byte of the struct is padding */
};

struct match_table {
	struct double_match *items; /* sorted, no doubles removed */
	size_t count, capacity;
};

/* Bytes in which to look, as a piece or as a whole block. */
struct double_text {
	const uint8_t *data;
	size_t length;
	enum edge first, last;
	const struct address_range *dumped; /* NULL: all */
	size_t dumped_count;
	size_t context;
	bool *cut; /* set when a byte beyond an EDGE_CUT was needed: the piece is too short */
};

/* Whether @pattern matches at @start; then *@match but for its address. */
bool double_match_at(const struct double_text *text, uint32_t pattern, size_t start,
		     struct double_match *match);
int double_match_compare(const void *left, const void *right);
int double_table_add(struct match_table *table, const struct double_match *match);

#endif
