#include <inttypes.h>

#include "cli/progress.h"

#define BAR_COLUMNS 20u
#define LABEL_COLUMNS 40u
#define LONGEST_SHOWN_SECONDS 359999.0 /* 99:59:59 */

/* "3.7 GiB": three digits or less, as transfers are shown. */
static void add_size(struct text *text, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t unit = 0;

	while (bytes >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		unit++;
	}
	text_add_format(text, bytes < 10 && unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
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

static void add_bar(struct text *text, double part)
{
	size_t filled = (size_t)(part * BAR_COLUMNS);

	text_add(text, " [");
	for (size_t i = 0; i < BAR_COLUMNS; i++)
		text_add_byte(text, i < filled ? '=' : i == filled ? '>' : ' ');
	text_add_byte(text, ']');
}

/* Everything but the label; a narrow terminal gets no bar. */
static void add_figures(struct text *text, const struct progress_view *view, bool with_bar)
{
	/* Totals are estimates while an archive passes: never above all of it. */
	uint64_t done = view->total && view->done > view->total ? view->total : view->done;
	double part = view->total ? (double)done / (double)view->total : 0;
	double rate = view->seconds > 0 ? (double)done / view->seconds : 0;

	if (view->total) {
		text_add_format(text, " %3.0f%%", 100 * part);
		if (with_bar)
			add_bar(text, part);
	}
	text_add(text, "  ");
	add_size(text, (double)done);
	if (view->total) {
		text_add(text, " of ");
		add_size(text, (double)view->total);
	}
	text_add(text, "  ");
	add_size(text, rate);
	text_add_format(text, "/s  %" PRIu64 " hit%s", view->hits, view->hits == 1 ? "" : "s");
	if (!view->total || rate < 1)
		return;
	text_add(text, "  ");
	add_duration(text, (double)(view->total - done) / rate);
	text_add(text, " left");
}

static struct bytes skip_character(struct bytes bytes)
{
	uint32_t character;
	size_t length = utf8_decode(bytes, &character);

	length = length ? length : 1;
	return (struct bytes){ bytes.data + length, bytes.length - length };
}

static size_t count_characters(struct bytes bytes)
{
	size_t count = 0;

	for (; bytes.length; bytes = skip_character(bytes))
		count++;
	return count;
}

/* The end of a path tells more than its beginning. */
static void add_label(struct text *text, const char *label, size_t columns)
{
	struct text escaped = { 0 };

	text_add_escaped_string(&escaped, label);

	struct bytes rest = { (const uint8_t *)escaped.data, escaped.length };
	size_t characters = count_characters(rest);

	if (characters > columns && columns > 3) {
		text_add(text, "...");
		for (; characters > columns - 3; characters--)
			rest = skip_character(rest);
	}
	if (columns > 3)
		text_add_bytes(text, rest);
	text_release(&escaped);
}

void progress_render(struct text *text, const struct progress_view *view)
{
	/* The last column stays free: some terminals begin a new line there. */
	size_t room = view->columns ? view->columns - 1 : 0;
	struct text figures = { 0 };

	add_figures(&figures, view, true);
	if (figures.length > room) {
		text_clear(&figures);
		add_figures(&figures, view, false);
	}

	size_t label_room = figures.length < room ? room - figures.length : 0;

	add_label(text, view->label, label_room < LABEL_COLUMNS ? label_room : LABEL_COLUMNS);
	if (figures.length <= room && !figures.failed)
		text_add(text, figures.data);
	text_release(&figures);
}
