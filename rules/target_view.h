#ifndef CKPT_RULES_TARGET_VIEW_H
#define CKPT_RULES_TARGET_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/match_table.h"

/* Most processes have no memory below this address. */
#define LOW_MEMORY_END 65536u

/* What is known of a target before its bytes are looked at. */
struct target_facts {
	bool is_process; /* else a file: `filesize` is defined and offsets start at 0 */
	bool has_low_memory; /* a process with memory below LOW_MEMORY_END */
	uint64_t filesize; /* files only */
	uint64_t lowest_address; /* processes: of the first block */
};

/* One target while it is judged; one thread at a time. */
struct target_view {
	const struct target_facts *facts;
	const struct match_table *matches;
	/*
	 * Lends up to @wanted bytes at @address, never past a block; 0 bytes where nothing is or was seen. Valid
	 * until the next call. ERROR_NOT_KEPT where they have passed: the evaluation ends with that code.
	 */
	int (*lend)(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		    struct error *err);
	/* The first block that ends above @address; false when there is none. */
	bool (*next_block)(struct target_view *view, uint64_t address, struct address_range *out);
	const void *place; /* for extra modules only; rules/ does not look inside */
};

#endif
