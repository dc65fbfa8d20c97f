#ifndef CKPT_TESTS_DIFFERENTIAL_RANDOM_STRING_H
#define CKPT_TESTS_DIFFERENTIAL_RANDOM_STRING_H

#include <stdbool.h>

#include "engine/base/text.h"
#include "tests/differential/random_pattern.h"

/*
 * Writes a text, hex string or regex with its modifiers, as it stands behind `$a = `, and bytes that it would
 * match into @sample: plain, also where it is wide, without case or xored. @chains: it may have gaps beyond 200
 * bytes. What is left out: random_rules.h.
 */
void random_string_write(struct random_source *random, struct text *out, struct text *sample,
			 bool chains);

#endif
