#ifndef CKPT_ENGINE_PATTERN_H
#define CKPT_ENGINE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/regex.h"

/*
 * What the engine looks for: one string of a rule, with all its variants.
 *
 * One string is one pattern and one number, always: nocase, wide and xor are
 * flags, and whatever they multiply still gives at most one match per start.
 * Patterns are immutable, built in an arena by rules/, and read by any thread.
 */
enum pattern_flag {
	PATTERN_ASCII = 1 << 0, /* the bytes as they stand; at least one of ASCII and WIDE is set */
	PATTERN_WIDE = 1 << 1, /* the same with a zero byte after each */
	PATTERN_NOCASE = 1 << 2, /* ASCII letters only */
	PATTERN_FULLWORD =
		1
		<< 3, /* neighbours are no ASCII letter or digit (wide: as the variant that matched) */
	PATTERN_XOR = 1 << 4, /* literals only; the key is applied after widening */
};

/* Bytes between the end of one part and the start of the next; max UINT64_MAX: any number. */
struct pattern_gap {
	uint64_t min, max;
};

struct pattern_part {
	struct bytes literal; /* length 0: the part is a regex */
	/*
	 * NULL: the part is a literal; or, of length 0 too, a regex of which only the program is left, in a
	 * database that was loaded.
	 */
	const struct regex_node *regex;
};

struct pattern {
	const struct pattern_part *parts; /* one, or the parts of a chain in order */
	const struct pattern_gap *gaps; /* part_count - 1 of them */
	size_t part_count;
	uint32_t flags; /* enum pattern_flag */
	uint8_t xor_min, xor_max; /* with PATTERN_XOR, both included */
	const char *name; /* "namespace:rule:$a", for messages */
	bool is_fixed; /* only @fixed_address counts; its first part is a literal */
	uint64_t fixed_address;
};

/* What rules and outputs ask of a pattern; the highest counts, and each includes those before it. */
enum match_need {
	NEED_NOTHING, /* no live rule uses it: not in the database */
	NEED_PRESENCE, /* whether, and the lowest address */
	NEED_COUNT, /* true count up to MATCH_COUNT_LIMIT; stores no match but the lowest address */
	NEED_LISTED, /* true count, and the lowest max_listed matches with their bytes */
	NEED_ALL, /* every address up to MATCH_COUNT_LIMIT, the lowest; with their lengths */
};

#define MATCH_COUNT_LIMIT 1000000u

#endif
