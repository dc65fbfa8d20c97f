#include "scanners/raw_job.h"

#include "scanners/content_target.h"
#include "scanners/corridor.h"
#include "scanners/source/raw_file.h"

struct raw_job {
	struct corridor corridor;
	struct raw_file file;
	struct piece piece; /* all of it */
};

static int open_file(struct raw_job *raw, struct error *err)
{
	struct corridor *corridor = &raw->corridor;
	const struct scan_options *options = corridor_options(corridor);
	struct error problem = { 0 };
	enum warning_code why;
	int ret = raw_file_open(&raw->file, corridor->job->path, corridor->files, &options->memory,
				options->stop, &why, &problem);

	if (ret == ERROR_MEMORY) {
		*err = problem;
		return ret;
	}
	corridor->found = ret == 0;
	if (ret)
		corridor_refuse(corridor, why, problem.message);
	return 0;
}

static int begin(struct raw_job *raw, struct error *err)
{
	struct corridor *corridor = &raw->corridor;

	corridor->outline = (struct checkpoint_outline){
		.path = corridor->job->path,
		.form = "raw",
		.size = corridor->found ? raw->file.length : 0,
	};
	return corridor->sink->begin(corridor->sink->context, &corridor->outline, err);
}

static int make_target(struct raw_job *raw, struct error *err)
{
	struct corridor *corridor = &raw->corridor;
	struct captured file = {
		.kind = TARGET_FILE,
		.origin = ORIGIN_OPERAND,
		.path = corridor->job->path,
		.content = { raw->file.length, &raw->piece, raw->file.length ? 1 : 0 },
	};
	int ret;

	raw->piece = (struct piece){ .length = raw->file.length, .file = raw->file.file };
	ret = target_list_of_file(&corridor->targets, &file, err);
	return ret ? ret : content_target_blocks(&file.content, 0, corridor->blocks, NULL, err);
}

/* Bytes that were cut off before they were read are counted by the search; here is only said what it cannot see. */
static int tell_change(struct raw_job *raw, struct error *err)
{
	struct corridor *corridor = &raw->corridor;
	uint64_t length = raw->file.length, now = raw_file_length_now(&raw->file);
	bool shorter = now < length;
	struct warning warning = {
		.code = shorter ? WARNING_CHANGED_WHILE_READ : WARNING_LONGER_THAN_DESCRIBED,
		.file = corridor->job->path,
	};

	if (now == length || (shorter && corridor->targets->targets[0].bytes_lost))
		return 0;
	if (warning_list_add(corridor->warnings, &warning,
			     shorter ? "the file was cut while it was read"
				     : "the file grew while it was read; what was added is not "
				       "looked at") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int scan(struct raw_job *raw, struct error *err)
{
	struct corridor *corridor = &raw->corridor;
	int ret = make_target(raw, err);

	if (!ret)
		ret = corridor_start_search(corridor, err);
	if (!ret)
		ret = corridor_search(corridor, err);
	if (!ret)
		ret = hit_queue_flush(corridor->queue, err);
	return ret ? ret : tell_change(raw, err);
}

int raw_job_run(const struct scan_job *job, const struct hit_sink *sink, struct scan_result *out,
		struct error *err)
{
	struct raw_job raw = { .corridor = { .job = job, .sink = sink },
			       .file = { .descriptor = -1 } };
	int ret = corridor_open(&raw.corridor, err);

	if (!ret)
		ret = open_file(&raw, err);
	if (!ret)
		ret = begin(&raw, err);
	if (!ret && raw.corridor.found)
		ret = scan(&raw, err);
	if (!ret)
		ret = corridor_report_end(&raw.corridor, out, err);
	corridor_close(&raw.corridor);
	raw_file_close(&raw.file);
	return ret;
}
