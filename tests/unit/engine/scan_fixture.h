#ifndef TESTS_ENGINE_SCAN_FIXTURE_H
#define TESTS_ENGINE_SCAN_FIXTURE_H

#include "engine/base/arena.h"
#include "engine/match_table.h"
#include "engine/pattern.h"
#include "engine/scan.h"

/* Builds patterns and scans bytes as one block, cut into pieces. For tests only; failures are assertions. */

struct pattern fixture_literal(struct arena *arena, const void *bytes, size_t length,
			       uint32_t flags);
struct pattern fixture_regex(struct arena *arena, const char *text, uint32_t flags);

struct fixture_options {
	size_t starts_per_piece; /* 0: one piece */
	enum edge first, last; /* of the block */
	const struct address_range *dumped; /* of the block; NULL: all */
	size_t dumped_count;
	enum match_need need; /* of all patterns; 0: NEED_ALL */
	uint32_t max_listed, context_bytes;
	uint64_t address; /* of the block */
	uint64_t *confirm_ns; /* not NULL: counted up, by scanner_scan_timed() */
};

/* Matches of all patterns in the block; free with match_table_free(). */
struct match_table *fixture_scan(const struct pattern *patterns, size_t count, const void *data,
				 size_t length, const struct fixture_options *options);

#endif
