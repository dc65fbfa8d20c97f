#include "engine/base/deadline.h"

#include <time.h>

#define NS_PER_SECOND 1000000000ull
#define LONGEST_SECONDS 1e9

uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

struct deadline deadline_in_seconds(double seconds)
{
	if (!(seconds > 0) || seconds > LONGEST_SECONDS)
		return (struct deadline){ 0 };
	return (struct deadline){ clock_now_ns() + (uint64_t)(seconds * (double)NS_PER_SECOND) };
}

bool deadline_passed(struct deadline deadline)
{
	return deadline.at_ns && clock_now_ns() >= deadline.at_ns;
}
