#ifndef CKPT_ENGINE_MATCH_TABLE_H
#define CKPT_ENGINE_MATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A match, confirmed. */
struct match {
	uint64_t address; /* as the target sees it; in a file the offset */
	uint64_t length; /* chains may be longer than 4 GiB */
	const uint8_t *
		data; /* before, first bytes of the match, after: copied when confirmed; NULL when not listed */
	uint32_t before_length, data_length, after_length; /* at most 4096 each */
	uint32_t xor_key;
};

/* A target's matches, by pattern and address. Immutable; any thread. */
struct match_table;

void match_table_free(struct match_table *table);

/*
 * Kept matches of one pattern in order of address, lent until match_table_free(). *@count is the true count up
 * to MATCH_COUNT_LIMIT (with NEED_PRESENCE: 0 or 1) and may be more than *@kept. NULL when there are none.
 */
const struct match *match_table_get(const struct match_table *table, uint32_t pattern, size_t *kept,
				    uint64_t *count);
/* Whether the pattern has any match: cheaper than the above. */
bool match_table_has(const struct match_table *table, uint32_t pattern);
/* Whether counting stopped at MATCH_COUNT_LIMIT. */
bool match_table_limited(const struct match_table *table, uint32_t pattern);
/* Whether some match that was to be kept is not, for want of budget: kept are then the lowest; the count is right. */
bool match_table_left_out(const struct match_table *table, uint32_t pattern);
/* Bytes of memory it takes. */
size_t match_table_bytes(const struct match_table *table);

#endif
