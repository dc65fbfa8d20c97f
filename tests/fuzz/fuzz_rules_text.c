#include "tests/fuzz/fuzz_rules_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "tests/oracle/slow_scan.h"

#define SHARD_BYTES 64u

static void end_run(const char *why)
{
	fprintf(stderr, "%s\n", why);
	abort();
}

struct compiled_rules *fuzz_compile(struct bytes rules)
{
	static const struct external externals[] = {
		{ .name = "number", .kind = EXTERNAL_INTEGER, .integer = 7 },
		{ .name = "word", .kind = EXTERNAL_TEXT, .text = { (const uint8_t *)"w", 1 } },
	};
	const struct compile_options options = { .externals = externals,
						 .external_count = 2,
						 .no_includes = true };
	const struct rule_text text = { "fuzz.yar", "default", rules };
	struct compiled_rules *compiled = NULL;
	struct diagnostics *notes;
	struct ruleset *ruleset;
	struct error err;
	int ret = diagnostics_new(&notes, &err);

	if (ret == 0)
		ret = ruleset_compile(&ruleset, &text, 1, &options, notes, &err);
	if (ret == 0)
		ret = compiled_rules_new(&compiled, ruleset, NEED_ALL, notes, &err);
	if (ret == ERROR_MEMORY)
		end_run(err.message);
	if ((ret == 0) != (diagnostics_count(notes, SEVERITY_ERROR) == 0))
		end_run("refused without an error, or taken with one");
	diagnostics_free(notes);
	return compiled;
}

/* Alive for the whole run. */
static struct workers *fuzz_workers(void)
{
	static struct workers *workers;
	struct error err;

	if (!workers && workers_new(&workers, 1, &err))
		end_run(err.message);
	return workers;
}

void fuzz_scan(const struct compiled_rules *compiled, struct bytes data, struct rules_scan *out)
{
	const struct scan_block block = { 0, data.data, data.length };
	const struct scan_target target = { &block, 1, false, SHARD_BYTES };
	struct error err;

	if (rules_scan_run(out, fuzz_workers(), compiled, &target, &err))
		end_run(err.message);
}

static void compare(const struct pattern *pattern, const struct rules_scan *scan, struct bytes data)
{
	const struct regex_text text = { data.data, data.length, EDGE_REAL, EDGE_REAL };
	bool dumped[FUZZ_MOST_BYTES + 1];
	struct slow_result slow;
	size_t kept;
	uint64_t count;
	const struct match *matches = match_table_get(scan->table, 0, &kept, &count);

	memset(dumped, true, sizeof(dumped));
	slow_scan(pattern, &text, dumped, &slow);
	if (!slow.gave_up && slow.count != (matches ? count : 0))
		end_run("another number of matches than the oracle's");
	for (size_t i = 0; !slow.gave_up && i < slow.count; i++) {
		if (matches[i].address != slow.matches[i].start ||
		    matches[i].length != slow.matches[i].length)
			end_run("another match than the oracle's");
	}
	free(slow.matches);
}

void fuzz_string(struct bytes definition, struct bytes data)
{
	struct text rules = { 0 };
	struct compiled_rules *compiled;
	struct rules_scan scan;
	size_t count;
	const struct pattern *patterns;

	text_add(&rules, "rule r { strings: $a = ");
	text_add_bytes(&rules, definition);
	text_add(&rules, " condition: #a >= 0 }");
	compiled = fuzz_compile((struct bytes){ (const uint8_t *)rules.data, rules.length });
	text_release(&rules);
	if (!compiled)
		return;
	patterns = ruleset_patterns(compiled_rules_ruleset(compiled), &count);
	if (count == 1) {
		fuzz_scan(compiled, data, &scan);
		compare(patterns, &scan, data);
		rules_scan_release(&scan);
	}
	compiled_rules_release(compiled);
}
