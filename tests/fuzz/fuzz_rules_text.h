#ifndef CKPT_TESTS_FUZZ_FUZZ_RULES_TEXT_H
#define CKPT_TESTS_FUZZ_FUZZ_RULES_TEXT_H

#include "engine/base/bytes.h"
#include "rules/compiled_rules.h"
#include "tests/support/rules_scan.h"

/* Larger inputs find nothing that smaller ones do not. */
#define FUZZ_MOST_BYTES 4096u

/* Compiles with every match asked for; NULL where the rules are refused. Ends the run without memory. */
struct compiled_rules *fuzz_compile(struct bytes rules);
/* Scans as a file, in the smallest shards; ends the run where the scan fails. */
void fuzz_scan(const struct compiled_rules *compiled, struct bytes data, struct rules_scan *out);
/*
 * One string, as it stands behind `$a = `: every match that is found must be one of the slow oracle's, and none may
 * be missing.
 */
void fuzz_string(struct bytes definition, struct bytes data);

#endif
