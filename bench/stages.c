#include "bench/stages.h"

#include <stdio.h>
#include <string.h>

#include "bench/page_cache.h"
#include "bench/subject.h"
#include "engine/base/deadline.h"
#include "scanners/silent_sink.h"
#include "scanners/source/source.h"

/* The first of warm runs brings what the others find. */
#define LEAST_WARM_RUNS 2
#define MOST_RUNS 10

struct bench {
	const struct bench_plan *plan;
	const struct bench_sink *sink;
	struct scan_options options;
	struct scan_progress progress;
	struct page_cache *cache; /* of what is measured now */
	struct subject *subject; /* NULL: closed */
	const char *archive; /* that is inflated */
	bool noted[2]; /* by enum bench_note */
};

/* One run. */
struct sample {
	uint64_t bytes, ns;
};

struct stage {
	const char *name;
	bool threaded; /* else it is one thread's work */
	bool reads; /* from the disk, if the page cache is cold */
	int (*run)(struct bench *bench, struct workers *workers, struct sample *out,
		   struct error *err);
};

static void close_subject(struct bench *bench)
{
	subject_close(bench->subject);
	bench->subject = NULL;
}

static int need_subject(struct bench *bench, struct error *err)
{
	if (bench->subject)
		return 0;
	return subject_open(&bench->subject, bench->plan->path, &bench->options, err);
}

/* Stages. */

static int run_search(struct bench *bench, struct workers *workers, enum search_step step,
		      struct sample *out, uint64_t *confirm_ns, struct error *err)
{
	struct search_measure measure = { .step = step };
	uint64_t began_ns;
	int ret = need_subject(bench, err);

	if (ret)
		return ret;
	began_ns = clock_now_ns();
	ret = subject_search(bench->subject, workers, bench->plan->rules, &measure, &out->bytes,
			     err);
	out->ns = clock_now_ns() - began_ns;
	*confirm_ns = atomic_load(&measure.confirm_ns);
	return ret;
}

static int run_reading(struct bench *bench, struct workers *workers, struct sample *out,
		       struct error *err)
{
	uint64_t ignored;

	return run_search(bench, workers, STEP_READ, out, &ignored, err);
}

static int run_candidates(struct bench *bench, struct workers *workers, struct sample *out,
			  struct error *err)
{
	uint64_t ignored;

	return run_search(bench, workers, STEP_CANDIDATES, out, &ignored, err);
}

/* Workers confirm side by side: what all of them took together is not what a clock would show. */
static int run_confirm(struct bench *bench, struct workers *workers, struct sample *out,
		       struct error *err)
{
	uint64_t confirm_ns = 0;
	int ret = run_search(bench, workers, STEP_CONFIRM, out, &confirm_ns, err);

	out->ns = confirm_ns / workers_count(workers);
	return ret;
}

static int find_matches(struct bench *bench, struct workers *workers, struct error *err)
{
	struct sample ignored;
	uint64_t ignored_ns;
	int ret = need_subject(bench, err);

	if (ret || bench->subject->parts[0].matches)
		return ret;
	return run_search(bench, workers, STEP_CONFIRM, &ignored, &ignored_ns, err);
}

static int run_conditions(struct bench *bench, struct workers *workers, struct sample *out,
			  struct error *err)
{
	uint64_t began_ns;
	int ret = find_matches(bench, workers, err);

	if (ret)
		return ret;
	began_ns = clock_now_ns();
	ret = subject_judge(bench->subject, workers, bench->plan->rules, err);
	out->ns = clock_now_ns() - began_ns;
	out->bytes = bench->subject->bytes;
	return ret;
}

static int run_mapping(struct bench *bench, struct workers *workers, struct sample *out,
		       struct error *err)
{
	int ret;

	(void)workers;
	close_subject(bench);
	ret = need_subject(bench, err);
	if (ret)
		return ret;
	out->ns = bench->subject->mapping_ns;
	out->bytes = bench->subject->bytes;
	return 0;
}

static int inflate_member(struct source *source, struct error *err)
{
	size_t length;
	int ret;

	do {
		struct lease lease = { 0 };

		ret = source_lend(source, &lease, err);
		length = ret ? 0 : lease.length;
		lease_release(&lease);
	} while (length);
	return ret;
}

static int inflate_all(struct source *source, struct error *err)
{
	const struct member *member = NULL;
	int ret;

	do {
		ret = source_next(source, &member, err);
		if (!ret && member && member->passing)
			ret = inflate_member(source, err);
	} while (!ret && member);
	return ret;
}

static int inflate(struct bench *bench, struct file_table *files, struct warning_list *warnings,
		   struct sample *out, struct error *err)
{
	const struct source_options options = { .stop = bench->options.stop };
	uint64_t began_ns = clock_now_ns();
	struct source *source;
	int ret = source_open(&source, bench->archive, files, warnings, &options, err);

	if (ret)
		return ret;
	ret = inflate_all(source, err);
	out->ns = clock_now_ns() - began_ns;
	out->bytes = source_inflated(source);
	source_close(source);
	return ret;
}

static int run_inflating(struct bench *bench, struct workers *workers, struct sample *out,
			 struct error *err)
{
	struct warning_list *warnings = NULL;
	struct file_table *files = NULL;
	int ret = warning_list_new(&warnings, err);

	(void)workers;
	if (!ret)
		ret = file_table_new(&files, &bench->options.memory, err);
	if (!ret)
		ret = inflate(bench, files, warnings, out, err);
	file_table_free(files);
	warning_list_free(warnings);
	return ret;
}

static int scan_once(struct bench *bench, struct workers *workers, const struct hit_sink *sink,
		     struct sample *out, struct scan_result *result, struct error *err)
{
	const struct scan_job job = { .workers = workers,
				      .rules = bench->plan->rules,
				      .options = &bench->options,
				      .path = bench->plan->path };
	uint64_t began_ns = clock_now_ns();
	int ret;

	atomic_store(&bench->progress.bytes_done, 0);
	ret = scan_job_run(&job, sink, result, err);
	out->ns = clock_now_ns() - began_ns;
	out->bytes = atomic_load(&bench->progress.bytes_done);
	return ret;
}

static int run_scan(struct bench *bench, struct workers *workers, struct sample *out,
		    struct error *err)
{
	struct scan_result ignored;

	close_subject(bench);
	return scan_once(bench, workers, &silent_sink, out, &ignored, err);
}

static const struct stage reading = { "reading", true, true, run_reading };
static const struct stage inflating = { "inflating", false, true, run_inflating };
static const struct stage mapping = { "mapping", false, true, run_mapping };
static const struct stage unpacked_mapping = { "mapping", false, false, run_mapping };
static const struct stage candidates = { "candidates", true, false, run_candidates };
static const struct stage confirm = { "confirm", true, false, run_confirm };
static const struct stage conditions = { "conditions", true, false, run_conditions };
static const struct stage whole_scan = { "scan", true, true, run_scan };

/* Rows. */

static void note(struct bench *bench, enum bench_note note)
{
	if (!bench->noted[note])
		bench->sink->note(bench->sink->context, note);
	bench->noted[note] = true;
}

static int stopped(struct error *err)
{
	return error_set(err, ERROR_INTERRUPTED, 0, "stopped before all was measured");
}

static int check_stop(const struct bench *bench, struct error *err)
{
	return bench->options.stop && atomic_load(bench->options.stop) ? stopped(err) : 0;
}

/* Before a cold run. Pages that somebody has mapped cannot be given up. */
static bool make_cold(struct bench *bench)
{
	if (bench->noted[BENCH_NOT_EMPTIED])
		return false;
	close_subject(bench);
	if (page_cache_drop(bench->cache))
		return true;
	note(bench, BENCH_NOT_EMPTIED);
	return false;
}

static int make_warm(struct bench *bench, struct error *err)
{
	bool all = true;
	int ret = page_cache_fill(bench->cache, &all, err);

	if (!ret && !all)
		note(bench, BENCH_NOT_FILLED);
	return ret;
}

static void keep_best(struct sample *best, const struct sample *sample)
{
	if (!best->ns || sample->ns < best->ns)
		*best = *sample;
	/* A clock may be coarser than the work. */
	if (!best->ns)
		best->ns = 1;
}

/* *@best stays without time where the page cache cannot be made as it should be. */
static int take_samples(struct bench *bench, const struct stage *stage, struct workers *workers,
			bool cold, struct sample *best, struct error *err)
{
	uint64_t most_ns = (uint64_t)(bench->plan->seconds * 1e9), began_ns = clock_now_ns();
	int runs = 0, least = cold ? 1 : LEAST_WARM_RUNS, ret = 0;

	while (!ret && runs < MOST_RUNS && (runs < least || clock_now_ns() - began_ns < most_ns)) {
		struct sample sample = { 0 };

		if (cold && !make_cold(bench))
			return 0;
		ret = stage->run(bench, workers, &sample, err);
		if (!ret)
			ret = check_stop(bench, err);
		if (!ret)
			keep_best(best, &sample);
		runs++;
	}
	return ret;
}

static int measure_row(struct bench *bench, const struct stage *stage, const char *compression,
		       size_t threads, bool cold, struct error *err)
{
	struct bench_row row = { .threads = threads, .cold = cold };
	struct sample best = { 0 };
	struct workers *workers;
	int ret = workers_new(&workers, threads, err);

	if (ret)
		return ret;
	ret = take_samples(bench, stage, workers, cold, &best, err);
	workers_free(workers);
	if (ret || !best.ns)
		return ret;
	snprintf(row.stage, sizeof(row.stage), "%s%s%s", stage->name, compression ? "_" : "",
		 compression ? compression : "");
	row.bytes = best.bytes;
	row.seconds = (double)best.ns / 1e9;
	return bench->sink->row(bench->sink->context, &row, err);
}

/* 1, 2, 4... and the most; one alone for what is no work of several. */
static size_t next_threads(const struct bench *bench, const struct stage *stage, size_t threads)
{
	size_t most = stage->threaded ? bench->plan->threads : 1;

	if (threads >= most)
		return 0;
	return threads > most / 2 ? most : 2 * threads;
}

static int measure_rows(struct bench *bench, const struct stage *stage, const char *compression,
			bool cold, struct error *err)
{
	int ret = 0;

	for (size_t threads = 1; !ret && threads; threads = next_threads(bench, stage, threads))
		ret = measure_row(bench, stage, compression, threads, cold, err);
	return ret;
}

static int measure_stage(struct bench *bench, const struct stage *stage, const char *compression,
			 struct error *err)
{
	int ret = stage->reads ? measure_rows(bench, stage, compression, true, err) : 0;

	if (!ret && stage->reads)
		ret = make_warm(bench, err);
	return ret ? ret : measure_rows(bench, stage, compression, false, err);
}

/* Archives. */

/* How @path is compressed; NULL: not at all. */
static int compression_of(struct bench *bench, const char *path, const char **out,
			  struct error *err)
{
	const struct source_options options = { .stop = bench->options.stop };
	struct warning_list *warnings = NULL;
	struct file_table *files = NULL;
	struct source *source;
	int ret = warning_list_new(&warnings, err);

	if (!ret)
		ret = file_table_new(&files, &bench->options.memory, err);
	if (!ret)
		ret = source_open(&source, path, files, warnings, &options, err);
	if (!ret) {
		*out = source_compression_name(source_compression(source));
		source_close(source);
	}
	file_table_free(files);
	warning_list_free(warnings);
	return ret;
}

static int measure_archive(struct bench *bench, const char *path, struct error *err)
{
	struct page_cache *before = bench->cache;
	const char *compression = NULL;
	int ret = compression_of(bench, path, &compression, err);

	if (ret || !compression)
		return ret;
	ret = page_cache_new(&bench->cache, path, bench->options.stop, err);
	if (!ret) {
		bench->archive = path;
		ret = measure_stage(bench, &inflating, compression, err);
		page_cache_free(bench->cache);
	}
	bench->cache = before;
	return ret;
}

static int measure_archives(struct bench *bench, bool in_place, struct error *err)
{
	int ret = in_place ? 0 : measure_archive(bench, bench->plan->path, err);

	for (size_t i = 0; !ret && i < bench->plan->archive_count; i++)
		ret = measure_archive(bench, bench->plan->archives[i], err);
	return ret;
}

/* Everything. */

static int measure_stages(struct bench *bench, const struct stage *const *stages, size_t count,
			  struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < count; i++)
		ret = measure_stage(bench, stages[i], NULL, err);
	return ret;
}

/* Several checkpoints have but the operand in common. */
static int begin(struct bench *bench, struct error *err)
{
	const struct checkpoint_outline *first = &bench->subject->parts[0].opened.outline;
	const struct checkpoint_outline operand = { .path = first->path,
						    .form = first->form,
						    .compression = first->compression,
						    .size = first->size };

	return bench->sink->begin(bench->sink->context,
				  bench->subject->count > 1 ? &operand : first, err);
}

static int measure_all(struct bench *bench, struct error *err)
{
	const struct stage *read[] = { &reading };
	const struct stage *steps[] = { &mapping, &candidates, &confirm, &conditions, &whole_scan };
	bool in_place;
	int ret = need_subject(bench, err);

	if (ret || !bench->subject->count)
		return ret;
	in_place = bench->subject->in_place;
	ret = begin(bench, err);
	/* What was kept of an archive is neither on a disk nor in the page cache. */
	if (!in_place)
		steps[0] = &unpacked_mapping;
	if (!ret && in_place)
		ret = measure_stages(bench, read, 1, err);
	if (!ret)
		ret = measure_archives(bench, in_place, err);
	return ret ? ret : measure_stages(bench, steps, sizeof(steps) / sizeof(steps[0]), err);
}

static int scan_first(struct bench *bench, const struct hit_sink *sink, struct scan_result *out,
		      struct error *err)
{
	struct sample ignored;
	struct workers *workers;
	int ret = workers_new(&workers, bench->plan->threads, err);

	if (ret)
		return ret;
	ret = scan_once(bench, workers, sink, &ignored, out, err);
	workers_free(workers);
	return ret ? ret : check_stop(bench, err);
}

int bench_measure(const struct bench_plan *plan, const struct hit_sink *scan,
		  const struct bench_sink *sink, struct scan_result *out, struct error *err)
{
	struct bench bench = { .plan = plan, .sink = sink, .options = plan->options };
	int ret;

	bench.options.progress = &bench.progress;
	ret = scan_first(&bench, scan, out, err);
	if (ret || !out->checkpoints)
		return ret;
	ret = page_cache_new(&bench.cache, plan->path, bench.options.stop, err);
	if (!ret)
		ret = measure_all(&bench, err);
	close_subject(&bench);
	page_cache_free(bench.cache);
	/* Whoever was stopped first says what it did, which is of no interest. */
	return ret == ERROR_INTERRUPTED ? stopped(err) : ret;
}
