#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "report/format.h"
#include "report/match_lines.h"
#include "report/style.h"
#include "report/target_line.h"

#define PIECE_BYTES 65536u

/*
 * For people, and for grep:
 *
 *	web.tar: container api (f11d0c2ab3e4), image registry/api:1.4, pod shop/payments-7d4b9, engine cri-o
 *	Miner [apt] pid 4 (plant) /plant (deleted)
 *	  0x7f48c082500a  rw-p heap  $a  25  stratum+tcp://pool
 *	Miner [apt] pipe 7 (pid 4 fd 1)
 *	  0x20  $a  25  stratum+tcp://pool
 *
 * The first line comes before a checkpoint's first hit; a line with a hit begins in the first column, one
 * with a match with two spaces. A plain file (--raw) is a target by itself and needs no first line:
 *
 *	Miner [apt] /usr/bin/plant
 *	  0x5010  $a  25  stratum+tcp://pool
 */
struct report {
	FILE *stream;
	struct report_options options;
	struct hit_sink sink;
	struct text text, scratch; /* what is written next, and a part of it */
	bool heading_written, any_heading_written;
};

static int write_out(struct report *report, struct error *err)
{
	struct text *text = &report->text;

	if (text->failed)
		return error_no_memory(err, "a line of the report");
	if (text->length && fwrite(text->data, 1, text->length, report->stream) != text->length)
		return error_set(err, ERROR_SYSTEM, errno, "write the report");
	text_clear(text);
	return 0;
}

static int flush(struct report *report, struct error *err)
{
	if (fflush(report->stream) != 0 || ferror(report->stream))
		return error_set(err, ERROR_SYSTEM, errno, "write the report");
	return 0;
}

static int begin(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	struct report *report = context;

	(void)outline;
	(void)err;
	report->heading_written = false;
	text_clear(&report->text);
	return 0;
}

static void add_heading(struct report *report, const struct checkpoint_outline *outline)
{
	struct text *text = &report->text;

	if (report->heading_written)
		return;
	if (report->any_heading_written)
		text_add_byte(text, '\n');
	report_add_heading(text, outline, report->options.color);
	report->heading_written = true;
	report->any_heading_written = true;
}

static void add_rule_name(struct text *text, const struct rule *rule, bool color)
{
	style_begin(text, STYLE_RULE, color);
	if (strcmp(rule->namespace_name, "default") != 0) {
		text_add_escaped_string(text, rule->namespace_name);
		text_add_byte(text, ':');
	}
	text_add_escaped_string(text, rule->name);
	style_end(text, color);
}

static void add_tags(struct text *text, const struct rule *rule)
{
	text_add(text, " [");
	for (size_t i = 0; i < rule->tag_count; i++) {
		if (i)
			text_add_byte(text, ',');
		text_add_escaped_string(text, rule->tags[i]);
	}
	text_add_byte(text, ']');
}

static void add_quoted(struct text *text, struct bytes bytes)
{
	text_add_byte(text, '"');
	while (bytes.length) {
		const uint8_t *quote = memchr(bytes.data, '"', bytes.length);
		size_t plain = quote ? (size_t)(quote - bytes.data) : bytes.length;

		text_add_escaped(text, (struct bytes){ bytes.data, plain });
		if (quote)
			text_add(text, "\\\"");
		plain += quote != NULL;
		bytes = (struct bytes){ bytes.data + plain, bytes.length - plain };
	}
	text_add_byte(text, '"');
}

static void add_meta(struct text *text, const struct rule *rule)
{
	text_add(text, " [");
	for (size_t i = 0; i < rule->meta_count; i++) {
		const struct rule_meta *meta = &rule->meta[i];

		if (i)
			text_add_byte(text, ',');
		text_add_escaped_string(text, meta->name);
		text_add_byte(text, '=');
		if (meta->kind == RULE_META_TEXT)
			add_quoted(text, meta->text);
		else if (meta->kind == RULE_META_INTEGER)
			text_add_format(text, "%" PRId64, meta->integer);
		else
			text_add(text, meta->integer ? "true" : "false");
	}
	text_add_byte(text, ']');
}

static void add_rest(struct text *text, const struct hit *hit)
{
	if (hit->match_count_listed >= hit->match_count)
		return;
	text_add_format(text, "  %zu of %s%" PRIu64 " matches\n", hit->match_count_listed,
			hit->match_count_limited ? "at least " : "", hit->match_count);
}

/* Written in pieces: a million dumps of 8 KiB need not stand in memory as text. */
static int write_matches(struct report *report, const struct hit *hit, struct error *err)
{
	const struct match_columns columns = match_columns_of(hit, &report->scratch);
	bool with_context = report->options.context_bytes > 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < hit->match_count_listed; i++) {
		match_line_add(&report->text, &report->scratch, &hit->matches[i], &columns,
			       with_context, report->options.color);
		if (report->text.length > PIECE_BYTES || report->text.failed)
			ret = write_out(report, err);
	}
	add_rest(&report->text, hit);
	return ret;
}

static int write_hit(void *context, const struct hit *hit, struct error *err)
{
	struct report *report = context;
	const struct report_options *options = &report->options;
	struct text *text = &report->text;
	int ret = 0;

	if (options->count_only)
		return 0;
	if (!target_is_operand(hit->target))
		add_heading(report, hit->checkpoint);
	add_rule_name(text, hit->rule, options->color);
	if (options->print_tags)
		add_tags(text, hit->rule);
	if (options->print_meta)
		add_meta(text, hit->rule);
	text_add_byte(text, ' ');
	target_line_add(text, hit->target, options->color);
	text_add_byte(text, '\n');
	if (options->print_strings || options->context_bytes)
		ret = write_matches(report, hit, err);
	return ret ? ret : write_out(report, err);
}

/* As warnings for standard error: report_add_log(). */
static int skip_log(void *context, const struct console_message *message, struct error *err)
{
	(void)context;
	(void)message;
	(void)err;
	return 0;
}

/* Warnings are for standard error: report_add_warning(). */
static int skip_warning(void *context, const struct checkpoint_outline *outline,
			const struct target_outline *target, const struct warning *warning,
			struct error *err)
{
	(void)context;
	(void)outline;
	(void)target;
	(void)warning;
	(void)err;
	return 0;
}

static int end(void *context, const struct scan_summary *summary, struct error *err)
{
	struct report *report = context;
	struct text *text = &report->text;

	if (report->options.count_only) {
		style_begin(text, STYLE_PATH, report->options.color);
		text_add_escaped_string(text, summary->checkpoint->path);
		style_end(text, report->options.color);
		text_add_format(text, ":%" PRIu64 "\n", summary->hits);
	}

	int ret = write_out(report, err);

	return ret ? ret : flush(report, err);
}

static int end_run(struct report *report, const struct run_summary *summary, struct error *err)
{
	(void)summary;
	return flush(report, err);
}

static int text_open(struct report **out, FILE *stream, const struct run_facts *run,
		     const struct report_options *options, struct error *err)
{
	struct report *report = calloc(1, sizeof(*report));

	(void)run;
	if (!report)
		return error_no_memory(err, "a report");
	report->stream = stream;
	report->options = *options;
	report->sink = (struct hit_sink){
		.context = report,
		.begin = begin,
		.hit = write_hit,
		.log = skip_log,
		.warning = skip_warning,
		.end = end,
	};
	*out = report;
	return 0;
}

static const struct hit_sink *text_sink(struct report *report)
{
	return &report->sink;
}

static void text_close(struct report *report)
{
	if (!report)
		return;
	text_release(&report->text);
	text_release(&report->scratch);
	free(report);
}

const struct report_format report_text = {
	.name = "text",
	.open = text_open,
	.sink = text_sink,
	.end_run = end_run,
	.close = text_close,
};
