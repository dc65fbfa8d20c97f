#ifndef CKPT_ENGINE_BASE_DEADLINE_H
#define CKPT_ENGINE_BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds of the monotonic clock. */
uint64_t clock_now_ns(void);

/* A moment on that clock; 0: never. */
struct deadline {
	uint64_t at_ns;
};

struct deadline deadline_in_seconds(double seconds); /* seconds <= 0: never */
bool deadline_passed(struct deadline deadline);

#endif
