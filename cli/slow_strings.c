#include "cli/slow_strings.h"

#include <stdlib.h>

#include "engine/base/columns.h"

#define MOST_LISTED 25u
#define LONGEST_CELL 60u

enum column {
	COLUMN_STRING,
	COLUMN_PLACE,
	COLUMN_SEARCHED,
	COLUMN_CANDIDATES,
	COLUMN_WEAKEST,
	COLUMNS
};

static const char *const titles[COLUMNS] = {
	[COLUMN_STRING] = "STRING",	[COLUMN_PLACE] = "PLACE",
	[COLUMN_SEARCHED] = "SEARCHED", [COLUMN_CANDIDATES] = "PER GB",
	[COLUMN_WEAKEST] = "WEAKEST",
};

static const char *const strategy_words[] = {
	[STRATEGY_NONE] = "not at all",
	[STRATEGY_ATOMS] = "by atoms",
	[STRATEGY_WINDOWS] = "by windows",
	[STRATEGY_WHOLE] = "every byte",
};

struct slow_string {
	uint32_t pattern;
	struct strategy strategy;
};

/* Worst first; equal ones as they were written. */
static int by_cost(const void *left_item, const void *right_item)
{
	const struct slow_string *left = left_item, *right = right_item;
	const struct strategy *first = &left->strategy, *second = &right->strategy;

	if ((first->kind == STRATEGY_WHOLE) != (second->kind == STRATEGY_WHOLE))
		return first->kind == STRATEGY_WHOLE ? -1 : 1;
	if (first->candidates != second->candidates)
		return first->candidates > second->candidates ? -1 : 1;
	return (left->pattern > right->pattern) - (left->pattern < right->pattern);
}

/* Keeps the worst of all by sorting twice as many as are kept, again and again. */
static size_t pick_worst(struct slow_string *kept, const struct database *database)
{
	size_t count = 0, patterns = database_pattern_count(database);

	for (size_t i = 0; i < patterns; i++) {
		struct slow_string *next = &kept[count];

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

static void fill_cells(struct text cells[COLUMNS], const struct slow_string *slow,
		       const struct ruleset *rules, const struct diagnostics *notes)
{
	const struct strategy *strategy = &slow->strategy;
	size_t count;

	text_add_escaped_start(&cells[COLUMN_STRING],
			       ruleset_patterns(rules, &count)[slow->pattern].name, LONGEST_CELL);
	add_place(&cells[COLUMN_PLACE], notes, ruleset_pattern_span(rules, slow->pattern));
	text_add(&cells[COLUMN_SEARCHED], strategy_words[strategy->kind]);
	if (strategy->part_count > 1)
		text_add_format(&cells[COLUMN_SEARCHED], ", %zu parts", strategy->part_count);
	add_number(&cells[COLUMN_CANDIDATES], strategy->candidates);
	text_add(&cells[COLUMN_WEAKEST], strategy->weakest);
}

static size_t columns_of_cell(const struct text *cell)
{
	return columns_of((struct bytes){ (const uint8_t *)cell->data, cell->length });
}

static void add_row(struct text *text, struct text cells[COLUMNS], const size_t widths[COLUMNS])
{
	size_t from = text->length, column = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		text_pad(text, from, column);
		text_add_bytes(text,
			       (struct bytes){ (const uint8_t *)cells[i].data, cells[i].length });
		text->failed |= cells[i].failed;
		column += widths[i] + 2;
	}
	text_add_byte(text, '\n');
}

static void add_table(struct text *text, struct text (*rows)[COLUMNS], size_t count)
{
	size_t widths[COLUMNS] = { 0 };

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < COLUMNS; j++) {
			size_t width = columns_of_cell(&rows[i][j]);

			widths[j] = width > widths[j] ? width : widths[j];
		}
	}
	for (size_t i = 0; i < count; i++)
		add_row(text, rows[i], widths);
}

static void release_rows(struct text (*rows)[COLUMNS], size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < COLUMNS; j++)
			text_release(&rows[i][j]);
}

int slow_strings_add(struct text *text, const struct compiled_rules *compiled,
		     const struct diagnostics *notes, struct error *err)
{
	const struct ruleset *rules = compiled_rules_ruleset(compiled);
	const struct database *database = compiled_rules_database(compiled, PURPOSE_PROCESS);
	struct slow_string *slow = calloc(2 * MOST_LISTED, sizeof(*slow));
	struct text rows[MOST_LISTED + 1][COLUMNS] = { 0 };
	size_t count;

	if (!slow)
		return error_no_memory(err, "the slow strings");
	count = pick_worst(slow, database);
	for (size_t i = 0; i < COLUMNS; i++)
		text_add(&rows[0][i], titles[i]);
	for (size_t i = 0; i < count; i++)
		fill_cells(rows[i + 1], &slow[i], rules, notes);
	text_add_byte(text, '\n');
	add_table(text, rows, count + 1);
	release_rows(rows, count + 1);
	free(slow);
	return 0;
}
