#include "cli/string_table.h"

#include <stdlib.h>

#include "engine/base/columns.h"

#define MOST_LISTED 25u
#define LONGEST_CELL 60u

enum column {
	COLUMN_STRING,
	COLUMN_PLACE,
	COLUMN_SEARCHED,
	COLUMN_LEADS,
	COLUMN_CANDIDATES,
	COLUMN_WEAKEST,
	COLUMNS
};

static const char *const titles[COLUMNS] = {
	[COLUMN_STRING] = "STRING", [COLUMN_PLACE] = "PLACE",	    [COLUMN_SEARCHED] = "SEARCHED",
	[COLUMN_LEADS] = "ATOMS",   [COLUMN_CANDIDATES] = "PER GB", [COLUMN_WEAKEST] = "WEAKEST",
};

static const char *const strategy_words[] = {
	[STRATEGY_NONE] = "not at all",
	[STRATEGY_ATOMS] = "by atoms",
	[STRATEGY_WINDOWS] = "by windows",
	[STRATEGY_WHOLE] = "every byte",
};

struct row {
	uint32_t pattern;
	struct strategy strategy;
};

/* Worst first; equal ones as they were written. */
static int by_cost(const void *left_item, const void *right_item)
{
	const struct row *left = left_item, *right = right_item;
	const struct strategy *first = &left->strategy, *second = &right->strategy;

	if ((first->kind == STRATEGY_WHOLE) != (second->kind == STRATEGY_WHOLE))
		return first->kind == STRATEGY_WHOLE ? -1 : 1;
	if (first->candidates != second->candidates)
		return first->candidates > second->candidates ? -1 : 1;
	return (left->pattern > right->pattern) - (left->pattern < right->pattern);
}

/* Keeps the worst of all by sorting twice as many as are kept, again and again. */
static size_t pick_worst(struct row *kept, const struct database *database)
{
	size_t count = 0, patterns = database_pattern_count(database);

	for (size_t i = 0; i < patterns; i++) {
		struct row *next = &kept[count];

		next->pattern = (uint32_t)i;
		database_strategy(database, next->pattern, &next->strategy);
		if (next->strategy.kind == STRATEGY_NONE)
			continue;
		if (++count < 2 * MOST_LISTED)
			continue;
		qsort(kept, count, sizeof(*kept), by_cost);
		count = MOST_LISTED;
	}
	qsort(kept, count, sizeof(*kept), by_cost);
	return count < MOST_LISTED ? count : MOST_LISTED;
}

static void add_number(struct text *text, double number)
{
	static const struct {
		double unit;
		const char *letter;
	} units[] = { { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (number < units[i].unit)
			continue;
		text_add_format(text, "%.1f %s", number / units[i].unit, units[i].letter);
		return;
	}
	text_add_format(text, "%.0f", number);
}

static void add_place(struct text *text, const struct diagnostics *notes, struct source_span span)
{
	text_add_escaped_start(text, diagnostics_file_name(notes, span.file), LONGEST_CELL);
	text_add_format(text, ":%u", span.line);
}

static void fill_cells(struct text cells[COLUMNS], const struct row *row,
		       const struct ruleset *rules, const struct diagnostics *notes)
{
	const struct strategy *strategy = &row->strategy;
	size_t count;

	for (size_t i = 0; i < COLUMNS; i++)
		text_clear(&cells[i]);
	text_add_escaped_start(&cells[COLUMN_STRING],
			       ruleset_patterns(rules, &count)[row->pattern].name, LONGEST_CELL);
	add_place(&cells[COLUMN_PLACE], notes, ruleset_pattern_span(rules, row->pattern));
	text_add(&cells[COLUMN_SEARCHED], strategy_words[strategy->kind]);
	if (strategy->part_count > 1)
		text_add_format(&cells[COLUMN_SEARCHED], ", %zu parts", strategy->part_count);
	text_add_format(&cells[COLUMN_LEADS], "%zu", strategy->lead_count);
	add_number(&cells[COLUMN_CANDIDATES], strategy->candidates);
	text_add(&cells[COLUMN_WEAKEST], strategy->weakest);
}

static size_t columns_of_cell(const struct text *cell)
{
	return columns_of((struct bytes){ (const uint8_t *)cell->data, cell->length });
}

struct table {
	struct text *text;
	const struct ruleset *rules;
	const struct database *database;
	const struct diagnostics *notes;
	struct text cells[COLUMNS]; /* of one row at a time: there may be a million */
	size_t widths[COLUMNS];
};

static void widen(struct table *table)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t width = columns_of_cell(&table->cells[i]);

		table->widths[i] = width > table->widths[i] ? width : table->widths[i];
	}
}

static void write_row(struct table *table)
{
	struct text *text = table->text;
	size_t from = text->length, column = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		const struct text *cell = &table->cells[i];

		if (cell->length)
			text_pad(text, from, column);
		text_add_bytes(text, (struct bytes){ (const uint8_t *)cell->data, cell->length });
		text->failed |= cell->failed;
		column += table->widths[i] + 2;
	}
	text_add_byte(text, '\n');
}

/* What is done with each row: first all are measured, then all are written. */
typedef void row_action(struct table *table);

static void each_row(struct table *table, const struct row *rows, size_t count, row_action *action)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		text_clear(&table->cells[i]);
		text_add(&table->cells[i], titles[i]);
	}
	action(table);
	for (size_t i = 0; i < count; i++) {
		struct row row = { .pattern = (uint32_t)i };

		if (rows)
			row = rows[i];
		else
			database_strategy(table->database, row.pattern, &row.strategy);
		fill_cells(table->cells, &row, table->rules, table->notes);
		action(table);
	}
}

/* @rows NULL: every string. */
static void add_table(struct table *table, const struct row *rows, size_t count)
{
	each_row(table, rows, count, widen);
	each_row(table, rows, count, write_row);
	for (size_t i = 0; i < COLUMNS; i++)
		text_release(&table->cells[i]);
}

static struct table table_of(struct text *text, const struct compiled_rules *compiled,
			     const struct diagnostics *notes)
{
	return (struct table){
		.text = text,
		.rules = compiled_rules_ruleset(compiled),
		.database = compiled_rules_database(compiled, PURPOSE_PROCESS),
		.notes = notes,
	};
}

void string_table_add(struct text *text, const struct compiled_rules *compiled,
		      const struct diagnostics *notes)
{
	struct table table = table_of(text, compiled, notes);

	add_table(&table, NULL, database_pattern_count(table.database));
}

void string_table_add_worst(struct text *text, const struct compiled_rules *compiled,
			    const struct diagnostics *notes)
{
	struct table table = table_of(text, compiled, notes);
	struct row rows[2 * MOST_LISTED];

	add_table(&table, rows, pick_worst(rows, table.database));
}
