#ifndef TESTS_ENGINE_TINY_REGEX_H
#define TESTS_ENGINE_TINY_REGEX_H

#include "engine/base/arena.h"
#include "engine/regex.h"

/*
 * The tree of a regex that is known to be right: bytes, \xHH, \n, '.', [a-z\x00] and [^...], groups, '|', the
 * repeats * + ? {n} {n,} {n,m} with lazy '?', ^ $ \b \B. '.' is any byte but a line feed. For tests only.
 */
const struct regex_node *tiny_regex_parse(struct arena *arena, const char *text);

#endif
