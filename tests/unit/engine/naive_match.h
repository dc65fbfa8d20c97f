#ifndef TESTS_ENGINE_NAIVE_MATCH_H
#define TESTS_ENGINE_NAIVE_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/pattern.h"
#include "engine/regex.h"

struct naive_match {
	size_t length;
	uint8_t xor_key;
};

/* Whether @pattern matches at @start of @text, by trying everything, variant after variant. For tests only. */
bool naive_match_at(const struct pattern *pattern, const struct regex_text *text, size_t start,
		    struct naive_match *out);

#endif
