#ifndef CKPT_TESTS_DIFFERENTIAL_RANDOM_RULES_H
#define CKPT_TESTS_DIFFERENTIAL_RANDOM_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/text.h"
#include "tests/differential/random_pattern.h"

#define RULES_MOST_STRINGS 5u

/* Random rules as text, and for each of their strings bytes that it would match; the same for the same seed. */
struct random_rules {
	struct text text;
	struct text samples
		[RULES_MOST_STRINGS]; /* as the string stands: some of them wide, in the other case, xored */
	size_t sample_count;
	uint64_t addresses[4]; /* what conditions name now and then */
	bool chains; /* strings may have gaps beyond 200 bytes */
};

/*
 * Only what YARA 4.2 and 4.5 agree on, and what does not hang on YARA's choice of atoms: no ~ in hex strings, no
 * text lists in loops, no `of ... at`, no `#a in` (4.2 gives up on it), no `for none` (there it is always true),
 * no loops over ranges that may be empty, no regexes that match nothing, no `ascii wide` on regexes (where one
 * fits, YARA does not look for the other), no fullword on those whose lengths vary, no \b and \B (4.2 takes a
 * block's ends for word edges whatever stands there), one jump of varying length below 200 in a hex string (with two,
 * 4.2 may miss a start). Gaps beyond 200 bytes only where the target is one block, for YARA joins parts of different
 * blocks, and between parts of one length.
 * @rules: zeroed but for the addresses and @chains.
 */
void random_rules_make(struct random_rules *rules, struct random_source *random);
void random_rules_release(struct random_rules *rules);

#endif
