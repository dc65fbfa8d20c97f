#include "cli/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"

struct output {
	const struct report_format *format;
	struct report *report;
	FILE *stream;
	const char *path; /* NULL: standard output */
};

struct outputs {
	struct output *items;
	size_t count;
	struct hit_sink sink;
	struct progress *progress;
	bool failed;
	bool notes, logs, color; /* on standard error */
};

bool color_wanted(enum color_choice choice, int descriptor)
{
	const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (choice != COLOR_AUTO)
		return choice == COLOR_ALWAYS;
	if ((refused && *refused) || (terminal && strcmp(terminal, "dumb") == 0))
		return false;
	return isatty(descriptor);
}

/* One call to the sink of one report. */
typedef int (*output_call)(const struct output *output, const struct hit_sink *sink,
			   const void *what, struct error *err);

/* Every sink call is the same call to every report, and the first failure is all that counts. */
static int to_each(struct outputs *outputs, output_call call, const void *what, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < outputs->count; i++) {
		const struct output *output = &outputs->items[i];

		ret = call(output, output->format->sink(output->report), what, err);
	}
	outputs->failed |= ret != 0;
	return ret;
}

static int write_each(struct outputs *outputs, output_call call, const void *what,
		      struct error *err)
{
	int ret;

	progress_pause(outputs->progress);
	ret = to_each(outputs, call, what, err);
	progress_resume(outputs->progress);
	return ret;
}

static int begin_one(const struct output *output, const struct hit_sink *sink, const void *outline,
		     struct error *err)
{
	(void)output;
	return sink->begin(sink->context, outline, err);
}

static int begin(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	return write_each(context, begin_one, outline, err);
}

static int hit_one(const struct output *output, const struct hit_sink *sink, const void *found,
		   struct error *err)
{
	(void)output;
	return sink->hit(sink->context, found, err);
}

static int hit(void *context, const struct hit *found, struct error *err)
{
	return write_each(context, hit_one, found, err);
}

static void say_log(const struct outputs *outputs, const struct console_message *message)
{
	struct text text = { 0 };

	if (!outputs->logs)
		return;
	report_add_log(&text, message, outputs->color);
	message_write(&text);
	text_release(&text);
}

static int log_one(const struct output *output, const struct hit_sink *sink, const void *message,
		   struct error *err)
{
	(void)output;
	return sink->log(sink->context, message, err);
}

static int log_line(void *context, const struct console_message *message, struct error *err)
{
	struct outputs *outputs = context;
	int ret;

	progress_pause(outputs->progress);
	say_log(outputs, message);
	ret = to_each(outputs, log_one, message, err);
	progress_resume(outputs->progress);
	return ret;
}

/* What the rules say has been said with its line and caret already. */
static void say_warning(const struct outputs *outputs, const struct checkpoint_outline *outline,
			const struct warning *warning)
{
	struct text text = { 0 };

	if (warning_code_cause(warning->code) == CAUSE_RULES)
		return;
	if (!outputs->notes && warning_code_effect(warning->code) == EFFECT_NOTE)
		return;
	report_add_warning(&text, outline, warning, outputs->color);
	message_write(&text);
	text_release(&text);
}

struct said {
	const struct checkpoint_outline *outline;
	const struct target_outline *target;
	const struct warning *warning;
};

static int warning_one(const struct output *output, const struct hit_sink *sink, const void *what,
		       struct error *err)
{
	const struct said *said = what;

	(void)output;
	return sink->warning(sink->context, said->outline, said->target, said->warning, err);
}

static int warning(void *context, const struct checkpoint_outline *outline,
		   const struct target_outline *target, const struct warning *about,
		   struct error *err)
{
	struct outputs *outputs = context;
	const struct said said = { outline, target, about };
	int ret;

	progress_pause(outputs->progress);
	say_warning(outputs, outline, about);
	ret = to_each(outputs, warning_one, &said, err);
	progress_resume(outputs->progress);
	return ret;
}

/* What is no regular file has nothing to sync and says so. */
static int sync_file(const struct output *output, struct error *err)
{
	if (!output->path || fsync(fileno(output->stream)) == 0 || errno == EINVAL ||
	    errno == EROFS)
		return 0;
	return error_set(err, ERROR_SYSTEM, errno, "%s", output->path);
}

static int end_one(const struct output *output, const struct hit_sink *sink, const void *summary,
		   struct error *err)
{
	int ret = sink->end(sink->context, summary, err);

	return ret ? ret : sync_file(output, err);
}

/* As warnings, only where people read: in JSON the summary has them. */
static void say_stats(const struct outputs *outputs, const struct scan_summary *summary)
{
	struct text text = { 0 };

	if (!outputs->logs || !summary->stats)
		return;
	report_add_stats(&text, summary, outputs->color);
	message_write(&text);
	text_release(&text);
}

static int end(void *context, const struct scan_summary *summary, struct error *err)
{
	struct outputs *outputs = context;
	int ret;

	progress_pause(outputs->progress);
	ret = to_each(outputs, end_one, summary, err);
	say_stats(outputs, summary);
	progress_resume(outputs->progress);
	return ret;
}

static int end_run_one(const struct output *output, const struct hit_sink *sink,
		       const void *summary, struct error *err)
{
	int ret = output->format->end_run(output->report, summary, err);

	(void)sink;
	return ret ? ret : sync_file(output, err);
}

int outputs_end_run(struct outputs *outputs, const struct run_summary *summary, struct error *err)
{
	return to_each(outputs, end_run_one, summary, err);
}

/* Not buffered: a report writes whole lines, and each becomes one write that other writers cannot split. */
static int open_file(struct output *output, struct error *err)
{
	int descriptor =
		open(output->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (descriptor < 0)
		return error_set(err, ERROR_SYSTEM, errno, "%s", output->path);
	output->stream = fdopen(descriptor, "a");
	if (!output->stream) {
		close(descriptor);
		return error_no_memory(err, output->path);
	}
	setvbuf(output->stream, NULL, _IONBF, 0);
	return 0;
}

static struct report_options report_options_from(const struct settings *settings, int descriptor)
{
	return (struct report_options){
		.print_strings = settings->print_strings,
		.print_meta = settings->print_meta,
		.print_tags = settings->print_tags,
		.count_only = settings->count,
		.negate = settings->negate,
		.color = color_wanted((enum color_choice)settings->color, descriptor),
		.context_bytes = (uint32_t)settings->context_bytes,
		.max_listed = settings->max_listed,
		.default_limits = !settings->given[OPTION_MAX_LISTED] &&
				  !settings->given[OPTION_MATCH_BYTES] &&
				  !settings->given[OPTION_CONTEXT],
	};
}

/* @argument: FORMAT or FORMAT=FILE, its format known to the option table. */
static int open_output(struct outputs *outputs, const struct settings *settings,
		       const struct run_facts *run, const char *argument, struct error *err)
{
	struct output *output = &outputs->items[outputs->count];
	const char *file = strchr(argument, '=');
	char name[16];
	int ret = 0;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument, "="), argument);
	*output = (struct output){ .format = report_format_find(name),
				   .stream = stdout,
				   .path = file ? file + 1 : NULL };
	if (!output->format)
		return error_set(err, ERROR_USAGE, 0, "unknown format %s", name);
	if (output->path)
		ret = open_file(output, err);
	if (ret)
		return ret;

	struct report_options options = report_options_from(settings, fileno(output->stream));

	outputs->count++;
	ret = output->format->open(&output->report, output->stream, run, &options, err);
	return ret;
}

int outputs_open(struct outputs **out, const struct settings *settings, const struct run_facts *run,
		 struct progress *progress, struct error *err)
{
	static const char *const usual[] = { "text" };
	size_t count = settings->outputs.count ? settings->outputs.count : 1;
	const char *const *arguments = settings->outputs.count ? settings->outputs.items : usual;
	struct outputs *outputs = calloc(1, sizeof(*outputs));
	int ret = 0;

	if (!outputs)
		return error_no_memory(err, "the outputs");
	outputs->progress = progress;
	outputs->notes = !settings->quiet && settings_write_format(settings, "text");
	outputs->logs = settings_write_format(settings, "text");
	outputs->color = color_wanted((enum color_choice)settings->color, STDERR_FILENO);
	outputs->sink = (struct hit_sink){ .context = outputs,
					   .begin = begin,
					   .hit = hit,
					   .log = log_line,
					   .warning = warning,
					   .end = end };
	outputs->items = calloc(count, sizeof(*outputs->items));
	if (!outputs->items)
		ret = error_no_memory(err, "the outputs");
	for (size_t i = 0; !ret && i < count; i++)
		ret = open_output(outputs, settings, run, arguments[i], err);
	if (ret) {
		outputs_close(outputs);
		return ret;
	}
	*out = outputs;
	return 0;
}

void outputs_close(struct outputs *outputs)
{
	if (!outputs)
		return;
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->items[i].report)
			outputs->items[i].format->close(outputs->items[i].report);
		if (outputs->items[i].path)
			fclose(outputs->items[i].stream);
	}
	free(outputs->items);
	free(outputs);
}

const struct hit_sink *outputs_sink(struct outputs *outputs)
{
	return &outputs->sink;
}

bool outputs_failed(const struct outputs *outputs)
{
	return outputs->failed;
}
