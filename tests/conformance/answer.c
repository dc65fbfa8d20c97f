#include "tests/conformance/answer.h"

#include <stdlib.h>
#include <string.h>

/* One after the other, in the order of the rules: what a report would list. */
struct listing {
	const struct conformance_case *test;
	const struct ruleset *rules;
	const struct rules_scan *scan;
	struct text *reason;
};

static bool is_reported(const struct listing *listing, size_t rule)
{
	size_t count;
	const struct rule *const *rules = ruleset_rules(listing->rules, &count);

	return listing->scan->verdicts.rules[rule] == VERDICT_TRUE && !rules[rule]->is_private;
}

static bool names_has(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *item = json_string_value(json_array_get(names, i));

		if (item && strcmp(item, name) == 0)
			return true;
	}
	return false;
}

static bool same_rules(const struct listing *listing)
{
	const json_t *expected = json_object_get(listing->test->golden, "rules");
	size_t count, reported = 0;
	const struct rule *const *rules = ruleset_rules(listing->rules, &count);
	bool same = true;

	for (size_t i = 0; i < count; i++) {
		bool ours = is_reported(listing, i);

		reported += ours;
		if (ours == names_has(expected, rules[i]->name))
			continue;
		text_add_format(listing->reason, " rule %s is %s;", rules[i]->name,
				ours ? "true" : "false");
		same = false;
	}
	return same && reported == json_array_size(expected);
}

static bool same_match(const struct listing *listing, const struct rule *rule,
		       const struct rule_string *string, const struct match *match,
		       const json_t *golden)
{
	const char *rule_name = json_string_value(json_array_get(golden, 0));
	const char *string_name = json_string_value(json_array_get(golden, 1));
	json_int_t offset = json_integer_value(json_array_get(golden, 2));
	json_int_t length = json_integer_value(json_array_get(golden, 3));
	const json_t *key = json_array_get(golden, 4);

	if (rule_name && string_name && strcmp(rule_name, rule->name) == 0 && *string_name == '$' &&
	    strcmp(string_name + 1, string->name) == 0 && (uint64_t)offset == match->address &&
	    (uint64_t)length == match->length &&
	    (!json_is_integer(key) ||
	     (uint64_t)json_integer_value(key) == (uint64_t)match->xor_key))
		return true;
	text_add_format(listing->reason,
			" %s:$%s at %llu, length %llu, key %u, where YARA has %s:%s at %lld, "
			"length %lld;",
			rule->name, string->name, (unsigned long long)match->address,
			(unsigned long long)match->length, match->xor_key,
			rule_name ? rule_name : "nothing", string_name ? string_name : "",
			(long long)offset, (long long)length);
	return false;
}

/* Compares with the golden matches from @at on; a golden list may be cut short, its count never is. */
static bool same_matches_of(const struct listing *listing, const struct rule *rule,
			    const struct rule_string *string, size_t *at)
{
	const json_t *golden = json_object_get(listing->test->golden, "strings");
	size_t kept;
	uint64_t count;
	const struct match *matches =
		match_table_get(listing->scan->table, string->pattern, &kept, &count);

	for (size_t i = 0; matches && i < kept; i++, (*at)++) {
		if (*at >= json_array_size(golden))
			continue;
		if (!same_match(listing, rule, string, &matches[i], json_array_get(golden, *at)))
			return false;
	}
	return true;
}

static bool same_matches(const struct listing *listing)
{
	json_int_t expected =
		json_integer_value(json_object_get(listing->test->golden, "n_strings"));
	size_t count, at = 0;
	const struct rule *const *rules = ruleset_rules(listing->rules, &count);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; is_reported(listing, i) && j < rules[i]->string_count; j++) {
			const struct rule_string *string = &rules[i]->strings[j];

			if (!string->is_private && !same_matches_of(listing, rules[i], string, &at))
				return false;
		}
	}
	if (at == (size_t)expected)
		return true;
	text_add_format(listing->reason, " %zu matches, where YARA has %lld;", at,
			(long long)expected);
	return false;
}

/* The first match of the first string that has one is these bytes. */
static bool has_capture(const struct listing *listing, const char *encoded)
{
	size_t length, kept, count;
	uint64_t matched;
	uint8_t *bytes = base64_decode(encoded, &length);
	bool same = false;

	ruleset_patterns(listing->rules, &count);
	for (uint32_t i = 0; bytes && i < count; i++) {
		const struct match *match =
			match_table_get(listing->scan->table, i, &kept, &matched);

		if (!match)
			continue;
		same = match->length == length &&
		       length <= listing->test->input_length - match->address &&
		       memcmp(listing->test->input + match->address, bytes, length) == 0;
		break;
	}
	if (!same)
		text_add(listing->reason, " the first match is not the expected text;");
	free(bytes);
	return same;
}

/* Only the one answer of the suite is known. */
static bool is_expected(const struct listing *listing)
{
	const json_t *expected = listing->test->expected;
	const char *capture = json_string_value(json_object_get(expected, "capture_b64"));
	bool wanted = json_is_true(json_object_get(expected, "match")), any = false;

	for (size_t i = 0; i < listing->scan->verdicts.count; i++)
		any |= is_reported(listing, i);
	if (any != wanted) {
		text_add_format(listing->reason, " %s rule is true;", any ? "a" : "no");
		return false;
	}
	return !any || !capture || has_capture(listing, capture);
}

bool answer_is_right(const struct conformance_case *test, const struct ruleset *rules,
		     const struct rules_scan *scan, struct text *reason)
{
	const struct listing listing = { test, rules, scan, reason };

	if (!test->golden)
		return is_expected(&listing);
	return same_rules(&listing) && same_matches(&listing);
}
