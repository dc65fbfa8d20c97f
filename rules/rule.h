#ifndef CKPT_RULES_RULE_H
#define CKPT_RULES_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/* A checked rule as everybody outside of rules/ sees it. Immutable, lives as long as its ruleset. */
enum rule_meta_kind { RULE_META_TEXT, RULE_META_INTEGER, RULE_META_BOOLEAN };

struct rule_meta {
	const char *name;
	enum rule_meta_kind kind;
	struct bytes text;
	int64_t integer; /* also the boolean */
};

enum rule_string_kind { RULE_STRING_TEXT, RULE_STRING_HEX, RULE_STRING_REGEX };

struct rule_string {
	const char *name; /* without $; "" for an anonymous one */
	enum rule_string_kind kind; /* as it was written */
	uint32_t pattern; /* its number */
	bool is_private;
	bool has_xor_key; /* matches have a key to report */
};

struct rule {
	const char *name, *namespace_name;
	const char *const *tags;
	size_t tag_count;
	const struct rule_meta *meta;
	size_t meta_count;
	const struct rule_string *strings;
	size_t string_count;
	bool is_private, is_global;
	uint8_t hash[32]; /* SHA-256 of the rule's tokens without comments and meta */
};

#endif
