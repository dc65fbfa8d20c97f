#include <errno.h>
#include <stdlib.h>

#include "engine/base/json_writer.h"
#include "report/event_id.h"
#include "report/fields.h"
#include "report/format.h"
#include "report/run_facts.h"

/*
 * With the default limits a line stays below 1 MiB, whatever names a checkpoint holds: texts are cut by the
 * writer, and matches are listed as long as they take no more than this. It is counted without `image`, so
 * that the same matches are listed in every form of a checkpoint.
 */
#define MATCHES_BYTES (640u << 10)

/* One JSON object a line, schema 1. */
struct report {
	FILE *stream;
	const struct run_facts *run;
	struct report_options options;
	struct hit_sink sink;
	struct json_writer json; /* the line being made */
	struct json_writer measured; /* a match, to know its length */
	char time[RUN_TIME_BYTES]; /* when the scan of this checkpoint began */
};

static struct json_writer *begin_line(struct report *report, const char *type)
{
	json_writer_clear(&report->json);
	json_writer_open_object(&report->json, NULL);
	json_writer_string(&report->json, "type", type);
	return &report->json;
}

static int end_line(struct report *report, struct error *err)
{
	struct text *text = &report->json.text;

	json_writer_close_object(&report->json);
	text_add_byte(text, '\n');
	if (text->failed)
		return error_no_memory(err, "a line of the report");
	if (fwrite(text->data, 1, text->length, report->stream) != text->length)
		return error_set(err, ERROR_SYSTEM, errno, "write the report");
	return 0;
}

static int flush(struct report *report, struct error *err)
{
	if (fflush(report->stream) != 0 || ferror(report->stream))
		return error_set(err, ERROR_SYSTEM, errno, "write the report");
	return 0;
}

static void add_run(struct report *report, const char *time)
{
	fields_open_run(&report->json, report->run, time);
	json_writer_close_object(&report->json);
}

static int begin(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	struct report *report = context;

	(void)outline;
	(void)err;
	run_time_now(report->time);
	return 0;
}

/* How many of the matches fit into a line, the first at least. */
static size_t count_that_fit(struct report *report, const struct hit *hit)
{
	struct json_writer *measured = &report->measured;
	size_t length = 0, count = 0;

	if (!report->options.default_limits)
		return hit->match_count_listed;
	while (count < hit->match_count_listed) {
		struct hit_match match = hit->matches[count];

		match.image_file = NULL;
		json_writer_clear(measured);
		fields_match(measured, &match, hit->target, false);
		length += measured->text.length + 1;
		if (count && length > MATCHES_BYTES)
			break;
		count++;
	}
	report->json.text.failed |= measured->text.failed;
	return count;
}

static void add_matches(struct report *report, const struct hit *hit)
{
	struct json_writer *json = &report->json;
	size_t listed = count_that_fit(report, hit);

	json_writer_unsigned(json, "match_count", hit->match_count);
	if (hit->match_count_limited)
		json_writer_boolean(json, "match_count_limited", true);
	json_writer_unsigned(json, "matches_listed", listed);
	json_writer_open_array(json, "matches");
	for (size_t i = 0; i < listed; i++)
		fields_match(json, &hit->matches[i], hit->target,
			     report->options.context_bytes > 0);
	json_writer_close_array(json);
}

static int write_hit(void *context, const struct hit *hit, struct error *err)
{
	struct report *report = context;
	char id[DIGEST_HEX_BYTES];

	if (report->options.count_only)
		return 0;

	int ret = event_id_of_hit(hit, id, err);

	if (ret)
		return ret;

	struct json_writer *json = begin_line(report, "hit");

	json_writer_string(json, "id", id);
	add_run(report, report->time);
	fields_checkpoint(json, hit->checkpoint, false);
	fields_container(json, hit->checkpoint);
	fields_target(json, hit->target);
	fields_rule(json, hit->rule);
	add_matches(report, hit);
	return end_line(report, err);
}

static int write_warning(void *context, const struct checkpoint_outline *outline,
			 const struct target_outline *target, const struct warning *warning,
			 struct error *err)
{
	struct report *report = context;

	if (report->options.count_only)
		return 0;

	struct json_writer *json = begin_line(report, "warning");

	add_run(report, outline ? report->time : report->run->time);
	if (outline)
		fields_checkpoint(json, outline, false);
	if (target)
		fields_target(json, target);
	fields_warning(json, warning);
	return end_line(report, err);
}

static int write_log(void *context, const struct console_message *message, struct error *err)
{
	struct report *report = context;

	if (report->options.count_only)
		return 0;

	struct json_writer *json = begin_line(report, "log");

	add_run(report, report->time);
	fields_checkpoint(json, message->checkpoint, false);
	fields_container(json, message->checkpoint);
	fields_target(json, message->target);
	json_writer_string(json, "namespace", message->rule->namespace_name);
	json_writer_string(json, "rule", message->rule->name);
	json_writer_text_bytes(json, "message", message->text);
	return end_line(report, err);
}

static uint64_t per_second(uint64_t bytes, double seconds)
{
	double rate = (double)bytes / seconds;

	/* A clock that stood still must not become an undefined conversion. */
	return rate < 1e18 ? (uint64_t)rate : (uint64_t)1e18;
}

static void add_stats(struct json_writer *json, const struct work_stats *stats)
{
	json_writer_open_object(json, "stats");
	json_writer_open_array(json, "bytes_by_node");
	for (size_t node = 0; node < stats->node_count; node++)
		json_writer_unsigned(json, NULL, stats->bytes_by_node[node]);
	json_writer_close_array(json);
	json_writer_unsigned(json, "steals", stats->steals);
	json_writer_unsigned(json, "waits", stats->waits);
	json_writer_close_object(json);
}

static void add_summary_run(struct report *report, const struct scan_summary *summary)
{
	struct json_writer *json = &report->json;

	fields_open_run(json, report->run, report->time);
	json_writer_seconds(json, "seconds", summary->seconds);
	if (summary->seconds > 0)
		json_writer_unsigned(json, "bytes_per_second",
				     per_second(summary->bytes_scanned, summary->seconds));
	json_writer_unsigned(json, "threads", summary->threads);
	if (summary->stats)
		add_stats(json, summary->stats);
	json_writer_close_object(json);
}

static void add_incomplete(struct json_writer *json, const struct scan_summary *summary)
{
	if (summary->complete)
		return;
	json_writer_open_array(json, "incomplete");
	for (size_t i = 0; i < summary->incomplete_count; i++)
		json_writer_string(json, NULL, warning_code_name(summary->incomplete[i]));
	json_writer_close_array(json);
}

static void add_targets(struct json_writer *json, const struct scan_summary *summary)
{
	json_writer_open_object(json, "targets");
	for (int kind = 0; kind < TARGET_KINDS; kind++)
		json_writer_unsigned(json, target_kind_name((enum target_kind)kind),
				     summary->targets[kind]);
	json_writer_close_object(json);
}

static void add_bytes(struct json_writer *json, const struct scan_summary *summary)
{
	json_writer_unsigned(json, "bytes_scanned", summary->bytes_scanned);
	json_writer_unsigned(json, "bytes_lost", summary->bytes_lost);
	json_writer_unsigned(json, "bytes_not_selected", summary->bytes_not_selected);
	json_writer_unsigned(json, "bytes_not_dumped", summary->bytes_not_dumped);
	if (!summary->files_not_dumped_count)
		return;
	json_writer_open_array(json, "files_not_dumped");
	for (size_t i = 0; i < summary->files_not_dumped_count; i++) {
		json_writer_open_object(json, NULL);
		json_writer_text(json, "path", summary->files_not_dumped[i].path);
		json_writer_unsigned(json, "bytes", summary->files_not_dumped[i].bytes);
		json_writer_close_object(json);
	}
	json_writer_close_array(json);
}

static void add_rules(struct json_writer *json, const struct scan_summary *summary)
{
	json_writer_open_object(json, "rules");
	json_writer_hex(json, "sha256", (struct bytes){ summary->rules_digest, DIGEST_BYTES });
	json_writer_unsigned(json, "count", summary->rule_count);
	json_writer_unsigned(json, "strings", summary->string_count);
	json_writer_unsigned(json, "not_evaluated", summary->rules_not_evaluated);
	json_writer_open_array(json, "modules_not_evaluated");
	for (size_t i = 0; i < summary->modules_not_evaluated_count; i++)
		json_writer_string(json, NULL, summary->modules_not_evaluated[i]);
	json_writer_close_array(json);
	json_writer_close_object(json);
}

static int write_summary(void *context, const struct scan_summary *summary, struct error *err)
{
	struct report *report = context;
	char id[DIGEST_HEX_BYTES];
	int ret = event_id_of_summary(summary, id, err);

	if (ret)
		return ret;

	struct json_writer *json = begin_line(report, "summary");

	json_writer_string(json, "id", id);
	add_summary_run(report, summary);
	fields_checkpoint(json, summary->checkpoint, true);
	fields_container(json, summary->checkpoint);
	json_writer_boolean(json, "complete", summary->complete);
	json_writer_boolean(json, "whole", summary->whole);
	json_writer_boolean(json, "narrowed", summary->narrowed);
	json_writer_unsigned(json, "hits", summary->hits);
	json_writer_unsigned(json, "warnings", summary->warnings);
	add_incomplete(json, summary);
	add_targets(json, summary);
	add_bytes(json, summary);
	add_rules(json, summary);
	ret = end_line(report, err);
	return ret ? ret : flush(report, err);
}

static int end_run(struct report *report, const struct run_summary *summary, struct error *err)
{
	struct json_writer *json = begin_line(report, "end");

	fields_open_run(json, report->run, report->run->time);
	json_writer_seconds(json, "seconds", summary->seconds);
	json_writer_close_object(json);
	json_writer_unsigned(json, "checkpoints", summary->checkpoints);
	json_writer_unsigned(json, "complete", summary->complete);
	json_writer_unsigned(json, "incomplete", summary->incomplete);
	json_writer_unsigned(json, "skipped", summary->skipped);
	json_writer_unsigned(json, "hits", summary->hits);
	json_writer_integer(json, "exit", summary->exit_code);

	int ret = end_line(report, err);

	return ret ? ret : flush(report, err);
}

static int json_open(struct report **out, FILE *stream, const struct run_facts *run,
		     const struct report_options *options, struct error *err)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return error_no_memory(err, "a report");
	report->stream = stream;
	report->run = run;
	report->options = *options;
	report->sink = (struct hit_sink){
		.context = report,
		.begin = begin,
		.hit = write_hit,
		.log = write_log,
		.warning = write_warning,
		.end = write_summary,
	};
	run_time_now(report->time);
	*out = report;
	return 0;
}

static const struct hit_sink *json_sink(struct report *report)
{
	return &report->sink;
}

static void json_close(struct report *report)
{
	if (!report)
		return;
	json_writer_release(&report->json);
	json_writer_release(&report->measured);
	free(report);
}

const struct report_format report_json = {
	.name = "json",
	.open = json_open,
	.sink = json_sink,
	.end_run = end_run,
	.close = json_close,
};
