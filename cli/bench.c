#include "cli/bench.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "bench/made_files.h"
#include "bench/made_patterns.h"
#include "bench/stages.h"
#include "cli/bench_report.h"
#include "cli/compile.h"
#include "cli/kept_memory.h"
#include "cli/message.h"
#include "cli/outputs.h"
#include "cli/stop_signals.h"
#include "engine/machine_limits.h"
#include "report/format.h"
#include "scanners/silent_sink.h"

#define MADE_SEED 1u
#define MADE_MEBIBYTES 256u
#define SECONDS_PER_ROW 0.5

/* One run over all operands. */
struct benching {
	const struct settings *settings;
	struct stop_signals *signals;
	_Atomic int stop;
	struct diagnostics *notes;
	struct compiled_rules *rules;
	struct bench_report report;
	const char *path; /* that is measured now */
	bool input, machine; /* incomplete because of it */
};

/* What is said. */

static void say_note(const struct benching *benching, const char *path, const char *sentence)
{
	struct text text = { 0 };

	if (!benching->settings->quiet) {
		text_add(&text, "ckpt-scan: note: ");
		if (path)
			text_add_escaped_string(&text, path);
		text_add_format(&text, "%s%s\n", path ? ": " : "", sentence);
		message_write(&text);
	}
	text_release(&text);
}

static void say_not_measured(void *context, enum bench_note note)
{
	static const char *const sentences[] = {
		[BENCH_NOT_EMPTIED] = "the page cache cannot be emptied of it, so nothing is "
				      "measured cold",
		[BENCH_NOT_FILLED] = "the page cache does not hold all of it, so warm rows read "
				     "from the disk too",
	};
	const struct benching *benching = context;

	say_note(benching, benching->report.made ? NULL : benching->path, sentences[note]);
}

/* The first scan tells what is wrong with a checkpoint; what it finds is nobody's business here. */

static int take_warning(void *context, const struct checkpoint_outline *outline,
			const struct target_outline *target, const struct warning *warning,
			struct error *err)
{
	const struct benching *benching = context;
	const struct settings *settings = benching->settings;
	struct text text = { 0 };

	(void)target;
	(void)err;
	/* Nobody knows of a made checkpoint what there is to note. */
	if ((settings->quiet || benching->report.made) &&
	    warning_code_effect(warning->code) == EFFECT_NOTE)
		return 0;
	report_add_warning(&text, outline, warning,
			   color_wanted((enum color_choice)settings->color, STDERR_FILENO));
	message_write(&text);
	text_release(&text);
	return 0;
}

/* Measuring. */

static int take_outline(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	return bench_report_begin(&((struct benching *)context)->report, outline, err);
}

static int take_row(void *context, const struct bench_row *row, struct error *err)
{
	return bench_report_row(&((struct benching *)context)->report, row, err);
}

static struct scan_options options_of(struct benching *benching)
{
	const struct settings *settings = benching->settings;

	return (struct scan_options){
		.read_mode = (enum read_mode)settings->read_mode,
		.memory = kept_memory(settings),
		.stop = &benching->stop,
	};
}

static int measure(struct benching *benching, const char *path, const char *const *archives,
		   size_t archive_count, struct error *err)
{
	const struct bench_plan plan = {
		.path = path,
		.archives = archives,
		.archive_count = archive_count,
		.rules = benching->rules,
		.options = options_of(benching),
		.threads = benching->report.threads,
		.seconds = SECONDS_PER_ROW,
	};
	struct hit_sink scan = silent_sink;
	const struct bench_sink sink = { benching, take_outline, take_row, say_not_measured };
	struct scan_result result = { .complete = true };
	struct error ending;
	int ret, end;

	scan.context = benching;
	scan.warning = take_warning;
	benching->path = path;
	ret = bench_measure(&plan, &scan, &sink, &result, err);
	if (!result.complete && result.machine)
		benching->machine = true;
	else if (!result.complete)
		benching->input = true;
	/* What was measured before it was told to stop is worth showing. */
	end = bench_report_end(&benching->report, &ending);
	if (!ret && end)
		*err = ending;
	return ret ? ret : end;
}

static int measure_operands(struct benching *benching, struct error *err)
{
	const struct string_list *operands = &benching->settings->operands;
	int ret = 0;

	for (size_t i = 0; !ret && i < operands->count; i++)
		ret = measure(benching, operands->items[i], NULL, 0, err);
	return ret;
}

static int measure_made(struct benching *benching, struct error *err)
{
	char made[128];
	struct made_files *files;
	int ret = made_files_new(&files, NULL, MADE_SEED, (uint64_t)MADE_MEBIBYTES << 20,
				 &benching->stop, err);

	if (ret)
		return ret;
	const char *const archives[] = { made_files_path(files, MADE_ZSTD),
					 made_files_path(files, MADE_GZIP) };

	snprintf(made, sizeof(made), "a made checkpoint of %u MiB (seed %u), removed afterwards",
		 MADE_MEBIBYTES, MADE_SEED);
	benching->report.made = made;
	ret = measure(benching, made_files_path(files, MADE_TAR), archives, 2, err);
	made_files_free(files);
	return ret;
}

static int compile(struct benching *benching, struct error *err)
{
	const struct settings *settings = benching->settings;
	const struct scan_options all_rules = { 0 };
	char sentence[96];
	int ret = diagnostics_new(&benching->notes, err);

	if (ret)
		return ret;
	if (settings->rules.count || settings->patterns.count)
		return compile_rules_aloud(&benching->rules, settings, &all_rules, benching->notes,
					   err);
	snprintf(sentence, sizeof(sentence), "no rules were given: %u strings are made (seed %u)",
		 MADE_PATTERNS, MADE_SEED);
	say_note(benching, NULL, sentence);
	return made_patterns_compile(&benching->rules, MADE_SEED, err);
}

static int measure_all(struct benching *benching, struct error *err)
{
	if (benching->settings->operands.count)
		return measure_operands(benching, err);
	return measure_made(benching, err);
}

static enum exit_code exit_code_of(const struct benching *benching, int ret,
				   const struct error *err)
{
	if (ret)
		message_error(err);
	if (ret || benching->machine)
		return EXIT_MACHINE;
	return benching->input ? EXIT_INPUT : EXIT_COMPLETE;
}

static void release(struct benching *benching)
{
	bench_report_release(&benching->report);
	compiled_rules_release(benching->rules);
	diagnostics_free(benching->notes);
	stop_signals_free(benching->signals);
}

enum exit_code bench_command(const struct settings *settings)
{
	struct benching benching = {
		.settings = settings,
		.report = { .stream = stdout,
			    .json = settings->outputs.count > 0,
			    .color =
				    color_wanted((enum color_choice)settings->color, STDOUT_FILENO),
			    .threads = settings->threads ? (size_t)settings->threads
							 : machine_limits_read().cores },
	};
	struct error err;
	enum exit_code code;
	/* Every thread that is started later leaves signals to this one. */
	int ret = stop_signals_new(&benching.signals, &benching.stop, &err);

	if (!ret)
		ret = compile(&benching, &err);
	if (ret)
		code = exit_code_of_failed_start(ret, &err);
	else
		code = exit_code_of(&benching, measure_all(&benching, &err), &err);
	release(&benching);
	return code;
}
