#include "report/table.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/columns.h"
#include "report/style.h"

/* Rows and bytes of one piece. */
#define PIECE_ROWS 1000u
#define PIECE_BYTES (UINT32_C(1) << 20)
/* A cell that is wider is not waited for: the others of its column stay where they are. */
#define WIDEST_COLUMN 120u

struct table {
	const struct table_column *columns;
	size_t column_count;
	FILE *stream;
	bool color, has_titles;
	size_t *widths; /* by column */
	struct text cells; /* of this piece, one after another */
	size_t *ends; /* where each ends in @cells */
	size_t cell_count, cell_capacity;
	bool cell_open, failed;
	struct text line;
};

int table_new(struct table **out, const struct table_column *columns, size_t count, FILE *stream,
	      bool color, struct error *err)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table)
		table->widths = calloc(count + 1, sizeof(*table->widths));
	if (!table || !table->widths) {
		free(table);
		return error_no_memory(err, "a table");
	}
	table->columns = columns;
	table->column_count = count;
	table->stream = stream;
	table->color = color;
	for (size_t i = 0; i < count; i++) {
		size_t title = columns_of(string_bytes(columns[i].title));

		table->widths[i] = title > columns[i].least ? title : columns[i].least;
	}
	*out = table;
	return 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	text_release(&table->cells);
	text_release(&table->line);
	free(table->ends);
	free(table->widths);
	free(table);
}

static void close_cell(struct table *table)
{
	size_t *grown;

	if (!table->cell_open)
		return;
	table->cell_open = false;
	grown = array_grow(table->ends, &table->cell_capacity, table->cell_count + 1,
			   sizeof(*grown));
	if (!grown) {
		table->failed = true;
		return;
	}
	table->ends = grown;
	table->ends[table->cell_count++] = table->cells.length;
}

struct text *table_cell(struct table *table)
{
	close_cell(table);
	table->cell_open = true;
	return &table->cells;
}

static struct bytes cell_at(const struct table *table, size_t index)
{
	size_t start = index ? table->ends[index - 1] : 0;

	return (struct bytes){ (const uint8_t *)table->cells.data + start,
			       table->ends[index] - start };
}

static void measure(struct table *table)
{
	for (size_t i = 0; i < table->cell_count; i++) {
		size_t column = i % table->column_count, width = columns_of(cell_at(table, i));

		if (width > table->widths[column] && width <= WIDEST_COLUMN)
			table->widths[column] = width;
	}
}

static void add_cell(struct table *table, size_t column, struct bytes cell)
{
	struct text *line = &table->line;
	size_t width = columns_of(cell), wanted = table->widths[column];
	size_t missing = width < wanted ? wanted - width : 0;

	if (column)
		text_add(line, "  ");
	if (table->columns[column].right)
		text_pad(line, line->length, missing);
	text_add_bytes(line, cell);
	if (!table->columns[column].right && column + 1 < table->column_count)
		text_pad(line, line->length, missing);
}

/* Cells at the end of a row may be empty. */
static void trim(struct text *line)
{
	while (line->length && line->data[line->length - 1] == ' ')
		line->data[--line->length] = '\0';
}

static int write_line(struct table *table, struct error *err)
{
	struct text *line = &table->line;

	trim(line);
	text_add_byte(line, '\n');
	if (line->failed)
		return error_no_memory(err, "a table");
	if (fwrite(line->data, 1, line->length, table->stream) != line->length)
		return error_set(err, ERROR_SYSTEM, errno, "write to standard output");
	return 0;
}

static int write_titles(struct table *table, struct error *err)
{
	text_clear(&table->line);
	style_begin(&table->line, STYLE_FAINT, table->color);
	for (size_t i = 0; i < table->column_count; i++)
		add_cell(table, i, string_bytes(table->columns[i].title));
	style_end(&table->line, table->color);
	table->has_titles = true;
	return write_line(table, err);
}

static int write_piece(struct table *table, struct error *err)
{
	int ret = 0;

	if (table->failed || table->cells.failed)
		return error_no_memory(err, "a table");
	measure(table);
	if (table->cell_count && !table->has_titles)
		ret = write_titles(table, err);
	for (size_t i = 0; i < table->cell_count && !ret; i += table->column_count) {
		text_clear(&table->line);
		for (size_t j = 0; j < table->column_count; j++)
			add_cell(table, j, cell_at(table, i + j));
		ret = write_line(table, err);
	}
	text_clear(&table->cells);
	table->cell_count = 0;
	return ret;
}

int table_end_row(struct table *table, struct error *err)
{
	close_cell(table);
	if (table->failed || table->cells.failed)
		return error_no_memory(err, "a table");
	if (table->cell_count < PIECE_ROWS * table->column_count &&
	    table->cells.length < PIECE_BYTES)
		return 0;
	return write_piece(table, err);
}

int table_end(struct table *table, struct error *err)
{
	return write_piece(table, err);
}
