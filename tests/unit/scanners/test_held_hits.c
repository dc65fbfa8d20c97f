#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/held_hits.h"
#include "small_scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT UINT64_C(0x100000)

/* Twelve strings, the last but one private. */
static const char rules[] =
	"rule many { strings: $a = \"hit01\" $b = \"hit02\" $c = \"hit03\" $d = \"hit04\" "
	"$e = \"hit05\" $f = \"hit06\" $g = \"hit07\" $h = \"hit08\" $i = \"hit09\" $j = \"hit10\" "
	"$p = \"hit11\" private $l = \"hit12\" xor condition: any of them }\n"
	"rule plain { condition: true }\n"
	"rule hidden { strings: $q = \"hit13\" private condition: $q }\n";

/* Of the first and the last rule; that one is never reported. */
static struct console_line lines[] = {
	{ 0, { (const uint8_t *)"one\0line\xff", 9 } },
	{ 0, { (const uint8_t *)"", 0 } },
	{ 2, { (const uint8_t *)"last", 4 } },
};

static struct held_hits *hold(const struct small_scan *scan, const struct small_matches *found,
			      size_t count, enum verdict verdict)
{
	enum verdict all[] = { verdict, verdict, verdict };
	const struct verdicts verdicts = {
		.rules = all, .count = COUNT(all), .lines = lines, .line_count = COUNT(lines)
	};
	struct match_table *table = small_scan_matches(scan, found, count);
	struct held_hits *hits;

	assert_int_equal(
		held_hits_new(&hits, scan->ruleset, &verdicts, table, &scan->options, NULL), 0);
	match_table_free(table);
	return hits;
}

static size_t listed_of(const struct held_hit *hit, const char *string)
{
	size_t count = 0;

	for (size_t i = 0; i < hit->match_count_listed; i++)
		count += strcmp(hit->matches[i].string->name, string) == 0;
	return count;
}

/* The strings a to j with 150 matches each, l with 150. */
static const struct small_matches crowd[] = {
	{ "a", AT, 150, 8 }, { "b", AT, 150, 8 }, { "c", AT, 150, 8 }, { "d", AT, 150, 8 },
	{ "e", AT, 150, 8 }, { "f", AT, 150, 8 }, { "g", AT, 150, 8 }, { "h", AT, 150, 8 },
	{ "i", AT, 150, 8 }, { "j", AT, 150, 8 }, { "l", AT, 150, 8 },
};

static const struct {
	const char *name;
	uint32_t max_listed;
	bool list_matches;
	size_t strings; /* of crowd */
	size_t first, last, all; /* listed of $a, of $l, together */
} limits[] = {
	{ "a hundred of each string", 0, true, 3, 100, 0, 300 },
	{ "a thousand of a hit", 0, true, COUNT(crowd), 100, 0, 1000 },
	{ "what is asked for has no second limit", 140, true, COUNT(crowd), 140, 140, 11 * 140 },
	{ "fewer when asked", 7, true, COUNT(crowd), 7, 7, 77 },
	{ "none when not asked", 0, false, COUNT(crowd), 0, 0, 0 },
};

static void lists_as_many_matches_as_it_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		const struct held_hit *hit;
		struct held_hits *hits;
		struct small_scan scan;
		size_t count;

		print_message("%s\n", limits[i].name);
		small_scan_make(&scan, rules, 1, BYTES_HERE);
		scan.options.max_listed = limits[i].max_listed;
		scan.options.list_matches = limits[i].list_matches;
		hits = hold(&scan, crowd, limits[i].strings, VERDICT_TRUE);
		hit = held_hits_list(hits, &count);
		assert_int_equal(count, 3);
		assert_int_equal(hit->match_count, 150 * limits[i].strings);
		assert_false(hit->match_count_limited);
		assert_int_equal(hit->match_count_listed, limits[i].all);
		assert_int_equal(listed_of(hit, "a"), limits[i].first);
		assert_int_equal(listed_of(hit, "l"), limits[i].last);
		assert_true(hit->has_first && hit->first_address == AT);
		assert_string_equal(hit->first_string->name, "a");
		held_hits_free(hits);
		small_scan_release(&scan);
	}
}

static void matches_are_copies_in_order_of_string_and_address(void **state)
{
	static const struct small_matches found[] = { { "c", AT + 64, 2, 32 }, { "b", AT, 1, 0 } };
	static const struct {
		const char *string;
		uint64_t address;
	} expected[] = { { "b", AT }, { "c", AT + 64 }, { "c", AT + 96 } };
	const struct held_hit *hit;
	struct held_hits *hits;
	struct small_scan scan;
	size_t count;

	(void)state;
	small_scan_make(&scan, rules, 1, BYTES_HERE);
	hits = hold(&scan, found, COUNT(found), VERDICT_TRUE);
	hit = held_hits_list(hits, &count);
	assert_int_equal(hit->match_count_listed, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		const struct held_match *match = &hit->matches[i];

		assert_string_equal(match->string->name, expected[i].string);
		assert_int_equal(match->address, expected[i].address);
		assert_int_equal(match->before.length, 1);
		assert_memory_equal(match->before.data, "<", 1);
		assert_int_equal(match->data.length, 3);
		assert_memory_equal(match->data.data, "hit", 3);
		assert_int_equal(match->after.length, 2);
		assert_memory_equal(match->after.data, ">>", 2);
	}
	assert_true(held_hits_bytes(hits) > 3 * sizeof(struct held_match));
	held_hits_free(hits);
	small_scan_release(&scan);
}

static void private_strings_are_neither_counted_nor_shown(void **state)
{
	static const struct small_matches found[] = { { "p", AT, 9, 8 },
						      { "q", AT, 9, 8 },
						      { "l", AT + 80, 2, 8 } };
	const struct held_hit *hit;
	struct held_hits *hits;
	struct small_scan scan;
	size_t count;

	(void)state;
	small_scan_make(&scan, rules, 1, BYTES_HERE);
	hits = hold(&scan, found, COUNT(found), VERDICT_TRUE);
	hit = held_hits_list(hits, &count);
	assert_int_equal(count, 3);
	assert_int_equal(hit[0].match_count, 2);
	assert_int_equal(hit[0].match_count_listed, 2);
	assert_string_equal(hit[0].first_string->name, "l");
	assert_int_equal(hit[0].first_address, AT + 80);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(hit[i].match_count, 0);
		assert_int_equal(hit[i].match_count_listed, 0);
		assert_false(hit[i].has_first);
	}
	held_hits_free(hits);
	small_scan_release(&scan);
}

static const struct {
	const char *name;
	enum verdict verdict;
	bool negate;
	const char *only;
	size_t hits;
} chosen[] = {
	{ "true rules", VERDICT_TRUE, false, NULL, 3 },
	{ "not false ones", VERDICT_FALSE, false, NULL, 0 },
	{ "not undecided ones", VERDICT_UNDECIDED, false, NULL, 0 },
	{ "false ones with negate", VERDICT_FALSE, true, NULL, 3 },
	{ "no undecided ones with negate", VERDICT_UNDECIDED, true, NULL, 0 },
	{ "only a rule that is chosen", VERDICT_TRUE, false, "default:plain", 1 },
};

static void holds_the_rules_that_are_to_be_reported(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(chosen); i++) {
		struct held_hits *hits;
		struct small_scan scan;
		size_t count;

		print_message("%s\n", chosen[i].name);
		small_scan_make(&scan, rules, 1, BYTES_HERE);
		scan.options.negate = chosen[i].negate;
		scan.options.rule_names = &chosen[i].only;
		scan.options.rule_name_count = chosen[i].only != NULL;
		hits = hold(&scan, crowd, 1, chosen[i].verdict);
		held_hits_list(hits, &count);
		assert_int_equal(count, chosen[i].hits);
		held_hits_free(hits);
		small_scan_release(&scan);
	}
}

static void expect_equal_bytes(struct bytes left, struct bytes right)
{
	assert_int_equal(left.length, right.length);
	if (left.length)
		assert_memory_equal(left.data, right.data, left.length);
}

static void expect_equal_hits(const struct held_hit *left, const struct held_hit *right)
{
	assert_ptr_equal(left->rule, right->rule);
	assert_int_equal(left->rule_number, right->rule_number);
	assert_int_equal(left->match_count, right->match_count);
	assert_int_equal(left->match_count_limited, right->match_count_limited);
	assert_int_equal(left->has_first, right->has_first);
	assert_ptr_equal(left->first_string, right->first_string);
	assert_int_equal(left->first_address, right->first_address);
	assert_int_equal(left->match_count_listed, right->match_count_listed);
	for (size_t i = 0; i < left->match_count_listed; i++) {
		assert_ptr_equal(left->matches[i].string, right->matches[i].string);
		assert_int_equal(left->matches[i].address, right->matches[i].address);
		assert_int_equal(left->matches[i].length, right->matches[i].length);
		assert_int_equal(left->matches[i].xor_key, right->matches[i].xor_key);
		expect_equal_bytes(left->matches[i].before, right->matches[i].before);
		expect_equal_bytes(left->matches[i].data, right->matches[i].data);
		expect_equal_bytes(left->matches[i].after, right->matches[i].after);
	}
}

static void expect_all_lines(const struct small_scan *scan, const struct held_hits *hits)
{
	size_t count, rule_count;
	const struct held_log *logs = held_hits_logs(hits, &count);
	const struct rule *const *list = ruleset_rules(scan->ruleset, &rule_count);

	assert_int_equal(count, COUNT(lines));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(logs[i].rule_number, lines[i].rule);
		assert_ptr_equal(logs[i].rule, list[lines[i].rule]);
		expect_equal_bytes(logs[i].text, lines[i].text);
	}
}

static void holds_what_all_rules_logged_whatever_is_reported(void **state)
{
	static const char *const names[] = { "plain" };
	static const enum verdict verdicts[] = { VERDICT_TRUE, VERDICT_FALSE, VERDICT_UNDECIDED };

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		struct held_hits *hits;
		struct small_scan scan;

		small_scan_make(&scan, rules, 1, BYTES_HERE);
		scan.options.rule_names = names;
		scan.options.rule_name_count = 1;
		hits = hold(&scan, NULL, 0, verdicts[i]);
		expect_all_lines(&scan, hits);
		held_hits_free(hits);
		small_scan_release(&scan);
	}
}

struct packed {
	struct small_scan scan;
	struct held_hits *hits;
	uint8_t *data;
	size_t length;
};

static void pack(struct packed *packed)
{
	static const struct small_matches found[] = { { "a", AT, 2, 8 }, { "l", AT + 80, 1, 8 } };

	small_scan_make(&packed->scan, rules, 1, BYTES_HERE);
	packed->hits = hold(&packed->scan, found, COUNT(found), VERDICT_TRUE);
	assert_int_equal(held_hits_pack(packed->hits, &packed->data, &packed->length, NULL), 0);
}

static void unpack_release(struct packed *packed)
{
	free(packed->data);
	held_hits_free(packed->hits);
	small_scan_release(&packed->scan);
}

static void what_was_packed_comes_back_equal(void **state)
{
	const struct held_hit *before, *after;
	struct held_hits *again;
	struct packed packed;
	size_t count, again_count;

	(void)state;
	pack(&packed);
	assert_int_equal(held_hits_unpack(&again, packed.scan.ruleset,
					  (struct bytes){ packed.data, packed.length }, NULL),
			 0);
	before = held_hits_list(packed.hits, &count);
	after = held_hits_list(again, &again_count);
	assert_int_equal(count, 3);
	assert_int_equal(again_count, count);
	for (size_t i = 0; i < count; i++)
		expect_equal_hits(&before[i], &after[i]);
	expect_all_lines(&packed.scan, again);
	held_hits_free(again);
	unpack_release(&packed);
}

/* Exactly as many bytes as there are, so that a sanitizer sees the first one behind them. */
static int unpack_copy(const struct packed *packed, const uint8_t *data, size_t length,
		       struct held_hits **out)
{
	uint8_t *copy = malloc(length ? length : 1);
	struct error err;
	int ret;

	assert_non_null(copy);
	memcpy(copy, data, length);
	ret = held_hits_unpack(out, packed->scan.ruleset, (struct bytes){ copy, length }, &err);
	free(copy);
	return ret;
}

static void packed_bytes_that_were_cut_are_refused(void **state)
{
	struct packed packed;

	(void)state;
	pack(&packed);
	for (size_t length = 0; length < packed.length; length++) {
		struct held_hits *again;

		assert_int_equal(unpack_copy(&packed, packed.data, length, &again), ERROR_MEMORY);
	}
	unpack_release(&packed);
}

static void no_spoiled_byte_breaks_anything(void **state)
{
	struct packed packed;
	size_t refused = 0;

	(void)state;
	pack(&packed);
	for (size_t i = 0; i < packed.length; i++) {
		struct held_hits *again;

		packed.data[i] ^= 0x81;
		if (unpack_copy(&packed, packed.data, packed.length, &again))
			refused++;
		else
			held_hits_free(again);
		packed.data[i] ^= 0x81;
	}
	/* Eight bytes of each rule's number and of each count at least. */
	assert_true(refused >= 3 * 16);
	unpack_release(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_as_many_matches_as_it_may),
		cmocka_unit_test(matches_are_copies_in_order_of_string_and_address),
		cmocka_unit_test(private_strings_are_neither_counted_nor_shown),
		cmocka_unit_test(holds_the_rules_that_are_to_be_reported),
		cmocka_unit_test(holds_what_all_rules_logged_whatever_is_reported),
		cmocka_unit_test(what_was_packed_comes_back_equal),
		cmocka_unit_test(packed_bytes_that_were_cut_are_refused),
		cmocka_unit_test(no_spoiled_byte_breaks_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
