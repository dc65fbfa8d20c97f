#include "cli/bench_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "bench/limits.h"
#include "engine/base/array.h"
#include "report/fields.h"
#include "report/format.h"

static const struct table_column columns[] = {
	{ .title = "STAGE", .least = 14 },
	{ .title = "THREADS", .right = true },
	{ .title = "CACHE" },
	{ .title = "BYTES", .right = true, .least = 12 },
	{ .title = "SECONDS", .right = true, .least = 9 },
	{ .title = "RATE", .right = true, .least = 9 },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

void bench_rate_add(struct text *text, uint64_t bytes, double seconds)
{
	static const char *const units[] = { "B/s", "kB/s", "MB/s", "GB/s", "TB/s" };
	double rate = (double)bytes / seconds;
	size_t unit = 0;

	/* 999.5 would be shown as 1000. */
	while (rate >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		rate /= 1000;
		unit++;
	}
	text_add_format(text, "%.*f %s",
			rate >= 99.95	? 0
			: rate >= 9.995 ? 1
					: 2,
			rate, units[unit]);
}

static int write_text(struct bench_report *report, struct text *text, struct error *err)
{
	if (text->failed)
		return error_no_memory(err, "a row");
	if (fwrite(text->data, 1, text->length, report->stream) != text->length ||
	    fflush(report->stream) != 0)
		return error_set(err, ERROR_SYSTEM, errno, "write to standard output");
	return 0;
}

static void start_rows(struct bench_report *report, const struct checkpoint_outline *outline)
{
	struct json_writer *json = &report->row;

	json_writer_clear(json);
	json_writer_open_object(json, NULL);
	json_writer_string(json, "type", "bench");
	if (!report->made) {
		fields_checkpoint(json, outline, false);
		fields_container(json, outline);
	}
	text_clear(&report->start);
	text_add(&report->start, json->text.data);
	report->start.failed |= json->text.failed;
}

static int write_heading(struct bench_report *report, const struct checkpoint_outline *outline,
			 struct error *err)
{
	struct text heading = { 0 };
	int ret;

	if (report->follows)
		text_add_byte(&heading, '\n');
	report->follows = true;
	if (report->made)
		text_add_format(&heading, "%s\n", report->made);
	else
		report_add_heading(&heading, outline, report->color);
	ret = write_text(report, &heading, err);
	text_release(&heading);
	return ret;
}

int bench_report_begin(struct bench_report *report, const struct checkpoint_outline *outline,
		       struct error *err)
{
	int ret;

	report->count = 0;
	if (report->json) {
		start_rows(report, outline);
		return 0;
	}
	ret = write_heading(report, outline, err);
	return ret ? ret
		   : table_new(&report->table, columns, COLUMNS, report->stream, report->color,
			       err);
}

static const char *cache_name(const struct bench_row *row)
{
	return row->cold ? "cold" : "warm";
}

static int write_json(struct bench_report *report, const struct bench_row *row, struct error *err)
{
	struct json_writer *json = &report->row;
	double rate = (double)row->bytes / row->seconds;

	json_writer_clear(json);
	text_add(&json->text, report->start.data);
	json->text.failed |= report->start.failed;
	json->follows = true;
	json_writer_string(json, "stage", row->stage);
	json_writer_unsigned(json, "threads", row->threads);
	json_writer_string(json, "cache", cache_name(row));
	json_writer_unsigned(json, "bytes", row->bytes);
	json_writer_short_seconds(json, "seconds", row->seconds);
	/* What took no time that a clock could show is not infinitely fast. */
	json_writer_unsigned(json, "bytes_per_second",
			     rate < (double)INT64_MAX ? (uint64_t)rate : INT64_MAX);
	json_writer_close_object(json);
	text_add_byte(&json->text, '\n');
	return write_text(report, &json->text, err);
}

static int add_cells(struct bench_report *report, const struct bench_row *row, struct error *err)
{
	struct table *table = report->table;

	text_add(table_cell(table), row->stage);
	text_add_format(table_cell(table), "%zu", row->threads);
	text_add(table_cell(table), cache_name(row));
	text_add_format(table_cell(table), "%" PRIu64, row->bytes);
	text_add_format(table_cell(table), "%.6f", row->seconds);
	bench_rate_add(table_cell(table), row->bytes, row->seconds);
	return table_end_row(table, err);
}

static int keep_row(struct bench_report *report, const struct bench_row *row, struct error *err)
{
	struct bench_row *grown =
		array_grow(report->rows, &report->capacity, report->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "rows");
	report->rows = grown;
	grown[report->count++] = *row;
	return 0;
}

int bench_report_row(struct bench_report *report, const struct bench_row *row, struct error *err)
{
	int ret;

	if (report->json)
		return write_json(report, row, err);
	ret = keep_row(report, row, err);
	return ret ? ret : add_cells(report, row, err);
}

static void add_limit(struct text *text, const char *label, const struct bench_row *row)
{
	text_add_format(text, "%s%s (", label, row->stage);
	bench_rate_add(text, row->bytes, row->seconds);
	text_add_byte(text, ')');
}

static int write_limits(struct bench_report *report, struct error *err)
{
	bool inflates = !report->made;
	const struct bench_row *warm =
		bench_limit(report->rows, report->count, report->threads, false, inflates);
	const struct bench_row *cold =
		bench_limit(report->rows, report->count, report->threads, true, inflates);
	struct text text = { 0 };
	int ret;

	if (!warm)
		return 0;
	text_add_format(&text, "Limit with %zu thread%s: ", report->threads,
			report->threads == 1 ? "" : "s");
	add_limit(&text, "", warm);
	if (cold)
		add_limit(&text, "; cold: ", cold);
	text_add_byte(&text, '\n');
	ret = write_text(report, &text, err);
	text_release(&text);
	return ret;
}

int bench_report_end(struct bench_report *report, struct error *err)
{
	int ret = report->table ? table_end(report->table, err) : 0;

	if (!ret && report->table)
		ret = write_limits(report, err);
	table_free(report->table);
	report->table = NULL;
	return ret;
}

void bench_report_release(struct bench_report *report)
{
	table_free(report->table);
	json_writer_release(&report->row);
	text_release(&report->start);
	free(report->rows);
}
