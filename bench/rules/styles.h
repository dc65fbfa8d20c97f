#ifndef CKPT_BENCH_RULES_STYLES_H
#define CKPT_BENCH_RULES_STYLES_H

#include "bench/rules/strings.h"

/* A kind of rule set that is imitated. */
struct rule_style {
	const char *name;
	uint64_t rules, strings; /* how many, unless somebody says */
	struct string_mix strings_like;
	/* What stands before the condition's strings: what only a file can be. */
	void (*write_file_condition)(struct generator *generator);
	void (*write_strings_condition)(struct generator *generator, uint32_t strings);
};

/* NULL: no style is called so. */
const struct rule_style *rule_style_find(const char *name);
/* @strings: all rules together; each has at least one. */
void rule_style_write(const struct rule_style *style, struct generator *generator, uint64_t rules,
		      uint64_t strings);

#endif
