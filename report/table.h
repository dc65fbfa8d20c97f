#ifndef CKPT_REPORT_TABLE_H
#define CKPT_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "engine/base/error.h"
#include "engine/base/text.h"

/*
 * Columns for people: a line of titles, then rows, each column as wide as its widest cell, two spaces between. The
 * last column is not padded. A long table is written in pieces, so that it takes no more memory than one of them; a
 * piece may be wider than the one before it. One thread.
 */
struct table_column {
	const char *title;
	bool right; /* numbers stand below each other */
	size_t least; /* columns of a terminal that it has at least, so that a long table moves less */
};

struct table;

/* @columns are borrowed. */
int table_new(struct table **out, const struct table_column *columns, size_t count, FILE *stream,
	      bool color, struct error *err);
void table_free(struct table *table);

/*
 * The next cell, from left to right, row by row: what is added to the text until the next call is in it, and must be
 * safe to show. A text that failed is told by table_end_row().
 */
struct text *table_cell(struct table *table);
/* After the cell of the last column. Writes a piece when there is enough for one. */
int table_end_row(struct table *table, struct error *err);
/* Writes what is left. Without a row there are no titles either. */
int table_end(struct table *table, struct error *err);

#endif
