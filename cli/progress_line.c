#include <inttypes.h>

#include "cli/progress.h"
#include "engine/base/columns.h"

#define LONGEST_BAR 20u
#define SHORTEST_BAR 8u
#define LONGEST_LABEL 40u
#define SHORTEST_LABEL 12u
#define AROUND_BAR 3u /* a space and the brackets */
/* Some terminals begin a new line in the last column, and two are for the ^C that a terminal echoes. */
#define KEPT_FREE 3u
#define LONGEST_SHOWN_SECONDS 359999.0 /* 99:59:59 */

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

/* The unit in which a number of bytes has three digits or less. */
static size_t unit_of(double bytes)
{
	size_t unit = 0;

	while (bytes >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		unit++;
	}
	return unit;
}

static void add_amount(struct text *text, double bytes, size_t unit)
{
	for (size_t i = 0; i < unit; i++)
		bytes /= 1024;
	text_add_format(text, bytes < 10 && unit ? "%.1f" : "%.0f", bytes);
}

static void add_size(struct text *text, double bytes)
{
	add_amount(text, bytes, unit_of(bytes));
	text_add_format(text, " %s", units[unit_of(bytes)]);
}

/* "1.7/3.7 GiB", both in the unit of the second. */
static void add_part_of(struct text *text, double done, double total)
{
	add_amount(text, done, unit_of(total));
	text_add_byte(text, '/');
	add_size(text, total);
}

static void add_duration(struct text *text, double seconds)
{
	unsigned whole = seconds < LONGEST_SHOWN_SECONDS ? (unsigned)seconds
							 : (unsigned)LONGEST_SHOWN_SECONDS;

	if (whole >= 3600)
		text_add_format(text, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
	else
		text_add_format(text, "%u:%02u", whole / 60, whole % 60);
}

static void add_bar(struct text *text, double part, size_t columns)
{
	size_t filled = (size_t)(part * (double)columns);

	text_add(text, " [");
	for (size_t i = 0; i < columns; i++)
		text_add_byte(text, i < filled ? '=' : i == filled ? '>' : ' ');
	text_add_byte(text, ']');
}

/* Everything but the label. @bar: its columns, 0 for none. */
static void add_figures(struct text *text, const struct progress_view *view, size_t bar)
{
	/* Totals are estimates while an archive passes: never above all of it. */
	uint64_t done = view->total && view->done > view->total ? view->total : view->done;
	double part = view->total ? (double)done / (double)view->total : 0;
	double rate = view->seconds > 0 ? (double)done / view->seconds : 0;

	if (view->total)
		text_add_format(text, " %3.0f%%", 100 * part);
	if (view->total && bar)
		add_bar(text, part, bar);
	text_add(text, "  ");
	if (view->total)
		add_part_of(text, (double)done, (double)view->total);
	else
		add_size(text, (double)done);
	text_add(text, "  ");
	add_size(text, rate);
	text_add_format(text, "/s  %" PRIu64 " hit%s", view->hits, view->hits == 1 ? "" : "s");
	if (!view->total || rate < 1)
		return;
	text_add(text, "  ");
	add_duration(text, (double)(view->total - done) / rate);
	text_add(text, " left");
}

static struct bytes first_character(struct bytes bytes)
{
	uint32_t character;
	size_t length = utf8_decode(bytes, &character);

	return (struct bytes){ bytes.data, length ? length : 1 };
}

static struct bytes skip_character(struct bytes bytes)
{
	size_t length = first_character(bytes).length;

	return (struct bytes){ bytes.data + length, bytes.length - length };
}

/* The end of a path tells more than its beginning. Returns the columns it took. */
static size_t add_label(struct text *text, const char *label, size_t columns)
{
	struct text escaped = { 0 };

	text_add_escaped_string(&escaped, label);

	struct bytes rest = { (const uint8_t *)escaped.data, escaped.length };
	size_t taken = columns_of(rest);

	if (columns <= 3) {
		text_release(&escaped);
		return 0;
	}
	if (taken > columns) {
		text_add(text, "...");
		for (; taken > columns - 3; rest = skip_character(rest))
			taken -= columns_of(first_character(rest));
		taken += 3;
	}
	text_add_bytes(text, rest);
	text_release(&escaped);
	return taken;
}

/* A long name leaves room for the shortest bar, unless little of the name would be left then. */
static size_t label_columns(size_t room)
{
	if (room >= SHORTEST_LABEL + AROUND_BAR + SHORTEST_BAR)
		room -= AROUND_BAR + SHORTEST_BAR;
	return room < LONGEST_LABEL ? room : LONGEST_LABEL;
}

/* What is left when label and figures have their room. */
static size_t bar_columns(size_t room)
{
	if (room < AROUND_BAR + SHORTEST_BAR)
		return 0;
	return room - AROUND_BAR < LONGEST_BAR ? room - AROUND_BAR : LONGEST_BAR;
}

void progress_render(struct text *text, const struct progress_view *view)
{
	size_t room = view->columns > KEPT_FREE ? view->columns - KEPT_FREE : 0, label;
	struct text figures = { 0 };

	add_figures(&figures, view, 0);
	if (!figures.failed && figures.length <= room) {
		room -= figures.length;
		label = add_label(text, view->label, label_columns(room));
		add_figures(text, view, bar_columns(room - label));
	}
	text_release(&figures);
}
