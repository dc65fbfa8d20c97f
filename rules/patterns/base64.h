#ifndef CKPT_RULES_PATTERNS_BASE64_H
#define CKPT_RULES_PATTERNS_BASE64_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/regex.h"
#include "rules/parse/tree.h"

#define BASE64_ALPHABET_BYTES 64u

/*
 * What a text with the modifier base64 or base64wide looks like inside of longer base64 text, as the alternatives of
 * one regex: for each of the three places that its first byte can have in a group of three, the characters that do
 * not depend on its neighbours. `wide` and `ascii` say what is encoded, base64wide widens the result. Where two begin
 * alike, the one whose length YARA reports comes first. In @arena; ERROR_MEMORY only.
 */
int base64_tree(const struct regex_node **out, struct arena *arena,
		const struct string_definition *string, struct error *err);

#endif
