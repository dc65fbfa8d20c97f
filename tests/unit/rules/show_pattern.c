#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"
#include "show_pattern.h"
#include "show_tree.h"

#define RULE_BYTES 40000

static void show_literal(struct text *out, struct bytes literal)
{
	text_add(out, "\"");
	for (size_t i = 0; i < literal.length; i++) {
		if (isalnum(literal.data[i]))
			text_add_byte(out, (char)literal.data[i]);
		else
			text_add_format(out, "x%02x", literal.data[i]);
	}
	text_add(out, "\"");
}

void show_pattern(struct text *out, const struct pattern *pattern)
{
	for (size_t i = 0; i < pattern->part_count; i++) {
		const struct pattern_part *part = &pattern->parts[i];

		if (part->regex)
			show_regex(out, part->regex);
		else
			show_literal(out, part->literal);
		if (i + 1 == pattern->part_count)
			break;
		text_add_format(out, " [%" PRIu64 "-", pattern->gaps[i].min);
		if (pattern->gaps[i].max != UINT64_MAX)
			text_add_format(out, "%" PRIu64, pattern->gaps[i].max);
		text_add(out, "] ");
	}
}

bool string_shows(const char *string, const char *line)
{
	static char rule[RULE_BYTES];
	struct text got = { 0 };
	size_t count;
	bool same;

	snprintf(rule, sizeof(rule), "rule r { strings: $a = %s condition: $a }", string);

	struct ruleset *rules = compile_good(rule);
	const struct pattern *patterns = ruleset_patterns(rules, &count);

	assert_int_equal(count, 1);
	show_pattern(&got, &patterns[0]);
	same = strcmp(got.data, line) == 0;
	if (!same)
		print_error("%s\n\tgot %s\n", string, got.data);
	text_release(&got);
	ruleset_free(rules);
	return same;
}
