#ifndef CKPT_SCANNERS_RAW_JOB_H
#define CKPT_SCANNERS_RAW_JOB_H

#include "scanners/scan_job.h"

/* scan_job_run() for a plain file (scan_options.raw): one target, judged as `yara RULES FILE` judges it. */
int raw_job_run(const struct scan_job *job, const struct hit_sink *sink, struct scan_result *out,
		struct error *err);

#endif
