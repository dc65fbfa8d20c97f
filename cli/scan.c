#include "cli/scan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/compile.h"
#include "cli/kept_memory.h"
#include "cli/message.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/run_result.h"
#include "cli/stop_signals.h"
#include "engine/base/deadline.h"
#include "engine/workers.h"
#include "report/format.h"
#include "scanners/scan_job.h"

/* Everything that lives as long as one run over all operands. */
struct run {
	const struct settings *settings;
	struct scan_options options;
	struct diagnostics *notes;
	struct compiled_rules *rules;
	struct workers *workers;
	struct stop_signals *signals;
	_Atomic int stop;
	struct progress *progress;
	struct scan_progress counters;
	struct outputs *outputs;
	struct run_facts facts;
	struct run_facts_buffer facts_buffer;
	struct run_result result;
	uint64_t began_ns;
};

static struct scan_options scan_options_from(struct run *run)
{
	const struct settings *settings = run->settings;

	return (struct scan_options){
		.pids = settings->pids.items,
		.pid_count = settings->pids.count,
		.target_kinds = settings->target_kinds,
		.memory_filter = { .vma_kinds = settings->vma_kinds,
				   .protection = settings->protection,
				   .has_range = settings->address.given,
				   .first = settings->address.first,
				   .last = settings->address.last },
		.process_globs = settings->processes.items,
		.process_glob_count = settings->processes.count,
		.member = settings->member,
		.parents = settings->parents.items,
		.parent_count = settings->parents.count,
		.rootfs = settings->rootfs,
		.rule_names = settings->rule_names.items,
		.rule_name_count = settings->rule_names.count,
		.tags = settings->tags.items,
		.tag_count = settings->tags.count,
		.negate = settings->negate,
		.raw = settings->raw,
		.max_listed = (uint32_t)settings->max_listed,
		.data_bytes = (uint32_t)settings->match_bytes,
		.context_bytes = (uint32_t)settings->context_bytes,
		.read_mode = (enum read_mode)settings->read_mode,
		.stats = settings->stats,
		.list_matches = settings_list_matches(settings),
		.rule_seconds = settings->rule_seconds,
		.memory = kept_memory(settings),
		.stop = &run->stop,
		.progress = &run->counters,
	};
}

/* Signals come first, so that every thread started later leaves them to that one. */
static int compile(struct run *run, struct error *err)
{
	int ret = stop_signals_new(&run->signals, &run->stop, err);

	if (!ret)
		ret = diagnostics_new(&run->notes, err);
	if (ret)
		return ret;
	return compile_rules_aloud(&run->rules, run->settings, &run->options, run->notes, err);
}

static int start_work(struct run *run, struct error *err)
{
	int ret = run_facts_init(&run->facts, &run->facts_buffer, err);

	if (!ret && !run->settings->quiet)
		ret = progress_new(&run->progress, STDERR_FILENO, err);
	if (!ret)
		ret = outputs_open(&run->outputs, run->settings, &run->facts, run->progress, err);
	if (!ret)
		ret = workers_new(&run->workers, run->settings->threads, err);
	return ret;
}

/* One that concerns no checkpoint. */
static int warn_of_run(struct run *run, const struct warning *warning, struct error *err)
{
	const struct hit_sink *sink = outputs_sink(run->outputs);

	return sink->warning(sink->context, NULL, NULL, warning, err);
}

static enum warning_code code_of_diagnostic(const struct diagnostic *diagnostic)
{
	if (strcmp(diagnostic->code, warning_code_name(WARNING_MODULE_NOT_EVALUATED)) == 0)
		return WARNING_MODULE_NOT_EVALUATED;
	return WARNING_RULE_WARNING;
}

static int report_rule_warnings(struct run *run, struct error *err)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(run->notes, &count);
	struct text text = { 0 };
	int ret = 0;

	if (run->settings->no_warnings)
		return 0;
	for (size_t i = 0; !ret && i < count; i++) {
		const char *file = diagnostics_file_name(run->notes, list[i].span.file);

		if (list[i].severity != SEVERITY_WARNING)
			continue;
		text_clear(&text);
		text_add_format(&text, "%s:%u:%u: %s [%s]", file, list[i].span.line,
				list[i].span.column, list[i].message, list[i].code);

		const struct warning warning = { .code = code_of_diagnostic(&list[i]),
						 .message = text.data,
						 .file = file };

		ret = text.failed ? error_no_memory(err, "a warning")
				  : warn_of_run(run, &warning, err);
	}
	text_release(&text);
	return ret;
}

/* The scan itself could not be done; a report that could not be written is another matter. */
static void report_failure(struct run *run, const char *path, struct error *failure)
{
	const struct warning warning = {
		.code = failure->code == ERROR_MEMORY ? WARNING_NO_MEMORY : WARNING_READ_ERROR,
		.message = failure->message,
		.file = path,
	};
	struct error err;

	run_result_add_failure(&run->result);
	if (outputs_failed(run->outputs))
		message_error(failure);
	else if (warn_of_run(run, &warning, &err))
		message_error(&err);
}

static void scan_operand(struct run *run, const char *path)
{
	const struct scan_job job = {
		.workers = run->workers, .rules = run->rules, .options = &run->options, .path = path
	};
	struct scan_result result = { 0 };
	struct error err;
	int ret;

	atomic_store(&run->counters.bytes_done, 0);
	atomic_store(&run->counters.bytes_total, 0);
	atomic_store(&run->counters.hits, 0);
	progress_begin(run->progress, path, &run->counters);
	ret = scan_job_run(&job, outputs_sink(run->outputs), &result, &err);
	progress_end(run->progress);

	if (ret)
		report_failure(run, path, &err);
	else
		run_result_add(&run->result, &result);
}

static void scan_operands(struct run *run)
{
	const struct string_list *operands = &run->settings->operands;

	for (size_t i = 0; i < operands->count; i++) {
		if (outputs_failed(run->outputs))
			return;
		if (atomic_load(&run->stop)) {
			run->result.not_reached = operands->count - i;
			return;
		}
		scan_operand(run, operands->items[i]);
	}
}

static int warn_of_what_was_missed(struct run *run, struct error *err)
{
	const struct warning nothing = { .code = WARNING_NOTHING_SELECTED_IN_RUN,
					 .message = "the filters select nothing at all" };
	const struct warning stopped = { .code = WARNING_INTERRUPTED,
					 .message = "stopped before all checkpoints were scanned",
					 .count = run->result.not_reached };
	int ret = 0;

	if (run_result_selected_nothing(&run->result))
		ret = warn_of_run(run, &nothing, err);
	if (!ret && run->result.not_reached)
		ret = warn_of_run(run, &stopped, err);
	return ret;
}

/* The last line says the exit code, so it is made once that is known. */
static enum exit_code end_run(struct run *run)
{
	struct run_summary summary;
	struct error err;
	int ret;

	if (outputs_failed(run->outputs))
		return EXIT_MACHINE;
	ret = warn_of_what_was_missed(run, &err);
	summary = run_result_summary(&run->result, run->settings->exit_match);
	summary.seconds = (double)(clock_now_ns() - run->began_ns) / 1e9;
	if (!ret)
		ret = outputs_end_run(run->outputs, &summary, &err);
	if (ret) {
		message_error(&err);
		return EXIT_MACHINE;
	}
	return (enum exit_code)summary.exit_code;
}

static enum exit_code scan_all(struct run *run)
{
	struct error err;
	int ret = report_rule_warnings(run, &err);

	if (ret) {
		message_error(&err);
		return EXIT_MACHINE;
	}
	scan_operands(run);
	return end_run(run);
}

static void release(struct run *run)
{
	progress_free(run->progress);
	outputs_close(run->outputs);
	workers_free(run->workers);
	compiled_rules_release(run->rules);
	diagnostics_free(run->notes);
	stop_signals_free(run->signals);
	free(run);
}

enum exit_code scan_command(const struct settings *settings)
{
	struct run *run = calloc(1, sizeof(*run));
	struct error err;
	enum exit_code code;
	int ret;

	if (!run) {
		error_no_memory(&err, "a run");
		message_error(&err);
		return EXIT_MACHINE;
	}
	run->settings = settings;
	run->options = scan_options_from(run);
	run->began_ns = clock_now_ns();
	ret = compile(run, &err);
	if (ret) {
		code = exit_code_of_failed_start(ret, &err);
	} else if (start_work(run, &err)) {
		message_error(&err);
		code = EXIT_MACHINE;
	} else {
		code = scan_all(run);
	}
	release(run);
	return code;
}
