#include "bench/limits.h"

#include <string.h>

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static bool same_stage(const struct bench_row *left, const struct bench_row *right)
{
	return strcmp(left->stage, right->stage) == 0 && left->threads == right->threads;
}

static bool has_cold(const struct bench_row *rows, size_t count, const struct bench_row *of)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].cold && same_stage(&rows[i], of))
			return true;
	return false;
}

static bool is_part(const struct bench_row *row, size_t threads, bool inflates)
{
	if (strcmp(row->stage, "scan") == 0)
		return false;
	if (starts_with(row->stage, "inflating"))
		return inflates;
	return row->threads == threads || strcmp(row->stage, "mapping") == 0;
}

const struct bench_row *bench_limit(const struct bench_row *rows, size_t count, size_t threads,
				    bool cold, bool inflates)
{
	const struct bench_row *slowest = NULL;
	bool any_cold = false;

	for (size_t i = 0; i < count; i++) {
		const struct bench_row *row = &rows[i];

		if (!is_part(row, threads, inflates))
			continue;
		any_cold |= row->cold;
		if (row->cold != (cold && has_cold(rows, count, row)))
			continue;
		if (!slowest || row->seconds > slowest->seconds)
			slowest = row;
	}
	return cold && !any_cold ? NULL : slowest;
}
