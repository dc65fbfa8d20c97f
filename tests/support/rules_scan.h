#ifndef CKPT_TESTS_SUPPORT_RULES_SCAN_H
#define CKPT_TESTS_SUPPORT_RULES_SCAN_H

#include "engine/search.h"
#include "rules/compiled_rules.h"

/* Bytes at an address, with real edges. */
struct scan_block {
	uint64_t address;
	const uint8_t *data;
	size_t length;
};

struct scan_target {
	const struct scan_block *blocks; /* in order of address */
	size_t block_count;
	bool is_process; /* else a file: one block at 0 */
	size_t shard_bytes; /* 0: as the engine likes */
};

/* What one target gave, through the whole path: databases, search, conditions. */
struct rules_scan {
	struct match_table *table;
	struct verdicts verdicts;
};

int rules_scan_run(struct rules_scan *out, struct workers *workers,
		   const struct compiled_rules *compiled, const struct scan_target *target,
		   struct error *err);
void rules_scan_release(struct rules_scan *scan);

#endif
