#ifndef CKPT_SCANNERS_CONTAINER_TIME_H
#define CKPT_SCANNERS_CONTAINER_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define CONTAINER_TIME_BYTES 48

enum time_reading {
	TIME_READ,
	TIME_ZERO, /* how engines write "never" */
	TIME_BROKEN, /* not RFC 3339 */
};

/* Any RFC 3339 time as RFC 3339 in UTC ("Z"), its fraction as it was, to nanoseconds. */
enum time_reading container_time_from_text(const char *text, char out[CONTAINER_TIME_BYTES]);
/* Nanoseconds since 1970. */
enum time_reading container_time_from_nanoseconds(int64_t nanoseconds,
						  char out[CONTAINER_TIME_BYTES]);

#endif
