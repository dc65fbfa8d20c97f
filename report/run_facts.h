#ifndef CKPT_REPORT_RUN_FACTS_H
#define CKPT_REPORT_RUN_FACTS_H

#define RUN_TIME_BYTES sizeof("2026-11-24T13:02:11Z")

/* The time now: RFC 3339, UTC, whole seconds. */
void run_time_now(char out[RUN_TIME_BYTES]);

#endif
