#ifndef CKPT_RULES_COMPILED_SAVED_RULES_H
#define CKPT_RULES_COMPILED_SAVED_RULES_H

#include "rules/ruleset_parts.h"

/*
 * Checked rules:
 *
 *	u32 modules, each: name, u64 print of its tables
 *	u32 programs of `matches` and of arguments, each as the engine saves it
 *	u32 patterns, each: name, u8 flags, u8 xor_min, u8 xor_max, span,
 *		u8 whether fixed, u64 address, u32 parts, each: u8 whether a regex, literal; then gaps: u64 min, u64 max
 *	u32 namespaces
 *	u32 rules, each: name, namespace, u32 number of the namespace, u8 flags, hash,
 *		tags, meta, u32 first pattern, strings with needs, condition
 */
int rules_save(const struct ruleset *rules, struct byte_writer *out, struct error *err);
/*
 * Into @rules, whose arena, sources and externals are there. @modules: beside the built-in ones. @in's bytes must
 * live as long as the rules.
 */
int rules_load(struct ruleset *rules, const struct module *const *modules, struct bytes_reader *in,
	       struct error *err);

enum saved_rule_flag {
	SAVED_RULE_PRIVATE = 1 << 0,
	SAVED_RULE_GLOBAL = 1 << 1,
	SAVED_RULE_READS = 1 << 2,
	SAVED_RULE_REQUIRES = 1 << 3,
	SAVED_RULE_NOT_EVALUATED = 1 << 4,
	SAVED_RULE_FLAGS = 31,
};

enum saved_string_flag {
	SAVED_STRING_PRIVATE = 1 << 0,
	SAVED_STRING_XOR_KEY = 1 << 1,
	SAVED_STRING_FLAGS = 3,
};

#endif
