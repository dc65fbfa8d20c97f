#ifndef CKPT_TESTS_RULES_SHOW_PATTERN_H
#define CKPT_TESTS_RULES_SHOW_PATTERN_H

#include "engine/base/text.h"
#include "engine/pattern.h"

/*
 * The parts of a pattern as one line: a literal in quotes, bytes that are no letter or digit as xNN, a regex as
 * show_regex() shows it, and between two parts the gap as [min-max].
 */
void show_pattern(struct text *out, const struct pattern *pattern);

/* Whether the string, as it is written in a rule, becomes that line; says what it became otherwise. */
bool string_shows(const char *string, const char *line);

#endif
