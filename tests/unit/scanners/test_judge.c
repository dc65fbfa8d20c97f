#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/judge.h"
#include "small_scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT UINT64_C(0x100000)

static int judge(struct small_scan *scan, struct match_table *matches)
{
	const struct judge judge = { scan->rules, &scan->options, scan->files, scan->warnings };

	struct error err;

	return judge_target(&judge, &scan->targets->targets[0], matches, &err);
}

/* Names of the rules that are hits, each with a blank behind it. */
static void hits_text(const struct target *target, char *out, size_t size)
{
	size_t count, length = 0;
	const struct held_hit *hits = held_hits_list(target->hits, &count);

	*out = 0;
	for (size_t i = 0; i < count; i++) {
		assert_true(length + strlen(hits[i].rule->name) + 2 < size);
		length += (size_t)snprintf(out + length, size - length, "%s ", hits[i].rule->name);
	}
}

static void expect_hits(const struct small_scan *scan, const char *names)
{
	const struct target *target = &scan->targets->targets[0];
	char text[128];

	assert_int_equal(target->state, TARGET_JUDGED);
	hits_text(target, text, sizeof(text));
	assert_string_equal(text, names);
}

static const struct {
	const char *name, *rules, *hits;
	bool negate;
} cases[] = {
	{ "a match makes a rule true",
	  "rule a { strings: $s = \"hit\" condition: $s } rule b { condition: false }", "a ",
	  false },
	{ "with negate the others are reported",
	  "rule a { strings: $s = \"hit\" condition: $s } rule b { condition: false }", "b ",
	  true },
	{ "a private rule is no hit",
	  "private rule p { strings: $s = \"hit\" condition: $s } rule b { condition: p }", "b ",
	  false },
	{ "addresses are the process's",
	  "rule a { strings: $s = \"hit\" condition: @s == 0x100010 }", "a ", false },
	{ "bytes come from its page",
	  "rule a { strings: $s = \"hit\" condition: $s and uint16(0x100000) == 0x6262 }", "a ",
	  false },
	{ "a range of addresses is asked as the process saw it",
	  "rule a { strings: $s = \"hit\" condition: $s in (0x100000..0x100fff) }", "a ", false },
	{ "there is no file size",
	  "rule a { strings: $s = \"hit\" condition: $s and not defined "
	  "filesize }",
	  "a ", false },
};

static void rules_see_the_process_as_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct small_matches found = { "s", AT + 16, 1, 0 };
		struct small_scan scan;
		size_t warnings;

		print_message("%s\n", cases[i].name);
		small_scan_make(&scan, cases[i].rules, 1, BYTES_HERE);
		scan.options.negate = cases[i].negate;
		assert_int_equal(judge(&scan, small_scan_matches(&scan, &found, 1)), 0);
		expect_hits(&scan, cases[i].hits);
		small_scan_warnings(&scan, &warnings);
		assert_int_equal(warnings, 0);
		small_scan_release(&scan);
	}
}

/* Thirteen bytes that lie together, or in more than one place. */
static const char content[] = "hit\0hit\0\x41\x42\x43\x44z";
#define CONTENT_BYTES (sizeof(content) - 1)

static uint32_t add_content(struct small_scan *scan, bool kept)
{
	struct bytes bytes = { (const uint8_t *)content, CONTENT_BYTES };
	uint32_t file;

	if (!kept) {
		uint8_t *copy = malloc(CONTENT_BYTES);

		assert_non_null(copy);
		memcpy(copy, content, CONTENT_BYTES);
		assert_int_equal(
			file_table_add_memory(scan->files, copy, CONTENT_BYTES, "f", &file, NULL),
			0);
		return file;
	}
	assert_int_equal(file_table_add_passing(scan->files, CONTENT_BYTES, "f", &file, NULL), 0);
	assert_int_equal(file_table_keep(scan->files, file, 0, bytes, NULL), 0);
	return file;
}

static void judge_file(struct small_scan *scan, bool kept, const struct small_matches *found,
		       size_t count)
{
	const struct piece piece = { .length = CONTENT_BYTES, .file = add_content(scan, kept) };
	const struct captured file = { .kind = TARGET_FILE,
				       .origin = ORIGIN_OPERAND,
				       .path = "/f",
				       .content = { CONTENT_BYTES, &piece, 1 } };

	target_list_free(scan->targets);
	assert_int_equal(target_list_of_file(&scan->targets, &file, NULL), 0);
	assert_int_equal(judge(scan, small_scan_matches(scan, found, count)), 0);
}

static void rules_see_a_file_from_its_first_byte(void **state)
{
	static const char rules[] =
		"rule size { condition: filesize == 13 }\n"
		"rule bytes { condition: uint32be(8) == 0x41424344 and uint8(12) == 0x7a }\n"
		"rule behind { condition: not defined uint8(13) and not defined uint16(12) }\n"
		"rule placed { strings: $s = \"hit\" condition: $s at 0 and @s[2] == 4 and #s == 2 "
		"}\n"
		"rule ranged { strings: $t = \"hit\" wide condition: $t in (0..filesize) }\n";
	static const struct small_matches found[] = { { "s", 0, 2, 4 }, { "t", 4, 1, 0 } };

	(void)state;
	for (int kept = 0; kept < 2; kept++) {
		struct small_scan scan;
		size_t warnings;

		small_scan_make(&scan, rules, 1, BYTES_HERE);
		judge_file(&scan, kept, found, COUNT(found));
		expect_hits(&scan, "size bytes behind placed ranged ");
		small_scan_warnings(&scan, &warnings);
		assert_int_equal(warnings, 0);
		small_scan_release(&scan);
	}
}

static void what_a_warning_is_about_is_the_file(void **state)
{
	const struct warning *warnings;
	struct small_scan scan;
	size_t count;

	(void)state;
	small_scan_make(
		&scan, "rule slow { condition: for all i in (1..0x4000000000000000) : (i != 0) }\n",
		1, BYTES_HERE);
	scan.options.rule_seconds = 0.01;
	judge_file(&scan, false, NULL, 0);
	warnings = small_scan_warnings(&scan, &count);
	assert_int_equal(count, 1);
	assert_string_equal(warnings[0].file, "/f");
	assert_false(warnings[0].has_memory);
	assert_string_equal(warnings[0].message,
			    "rule default:slow took too long on the file and is undecided");
	small_scan_release(&scan);
}

static void a_rule_past_its_time_is_told_and_the_others_stand(void **state)
{
	struct small_scan scan;
	const struct warning *warnings;
	size_t count;

	(void)state;
	small_scan_make(&scan,
			"rule before { condition: true }\n"
			"rule slow { condition: for all i in (1..0x4000000000000000) : (i != 0) }\n"
			"rule after { condition: true }\n",
			1, BYTES_HERE);
	scan.options.rule_seconds = 0.01;
	assert_int_equal(judge(&scan, small_scan_matches(&scan, NULL, 0)), 0);
	expect_hits(&scan, "before after ");
	warnings = small_scan_warnings(&scan, &count);
	assert_int_equal(count, 1);
	assert_int_equal(warnings[0].code, WARNING_TIMEOUT);
	assert_int_equal(warnings[0].pid, 1);
	assert_non_null(strstr(warnings[0].message, "default:slow"));
	small_scan_release(&scan);
}

/* All that are judged at that moment end, and the search says once what ended it. */
static void a_target_told_to_stop_has_failed_and_leaves_the_telling_to_the_caller(void **state)
{
	const struct small_matches found = { "s", AT + 16, 1, 0 };
	const _Atomic int stop = 15;
	struct small_scan scan;
	size_t count;

	(void)state;
	small_scan_make(&scan, "rule a { strings: $s = \"hit\" condition: $s }", 1, BYTES_HERE);
	scan.options.stop = &stop;
	assert_int_equal(judge(&scan, small_scan_matches(&scan, &found, 1)), ERROR_INTERRUPTED);
	assert_int_equal(scan.targets->targets[0].state, TARGET_FAILED);
	small_scan_warnings(&scan, &count);
	assert_int_equal(count, 0);
	small_scan_release(&scan);
}

/* Counting stops at a million: it matters to a rule only if it asks how many there are. */
static void a_count_that_stopped_is_incomplete_only_where_it_is_used(void **state)
{
	const struct small_matches found[] = {
		{ "used", AT, MATCH_COUNT_LIMIT + 1, 1 },
		{ "idle", AT, MATCH_COUNT_LIMIT + 1, 1 },
		{ "below", AT, MATCH_COUNT_LIMIT - 1, 1 },
	};
	struct small_scan scan;
	const struct warning *warnings;
	size_t count;

	(void)state;
	small_scan_make(&scan,
			"rule counts { strings: $used = \"hit1\" condition: #used > 5 }\n"
			"rule exists { strings: $idle = \"hit2\" condition: $idle }\n"
			"rule fewer { strings: $below = \"hit3\" condition: #below > 5 }\n",
			1, BYTES_HERE);
	assert_int_equal(judge(&scan, small_scan_matches(&scan, found, COUNT(found))), 0);
	expect_hits(&scan, "counts exists fewer ");
	warnings = small_scan_warnings(&scan, &count);
	assert_int_equal(count, 2);
	assert_int_equal(warnings[0].code, WARNING_TOO_MANY_MATCHES_USED);
	assert_non_null(strstr(warnings[0].message, "$used of rule default:counts in process 1"));
	assert_int_equal(warnings[1].code, WARNING_TOO_MANY_MATCHES);
	assert_non_null(strstr(warnings[1].message, "$idle of rule default:exists in process 1"));
	assert_true(warning_list_incomplete(scan.warnings, CAUSE_INPUT));
	small_scan_release(&scan);
}

/* What is only counted needs no room. */
static void matches_without_room_are_told_by_string_rule_and_process(void **state)
{
	const struct small_matches found[] = { { "kept", AT, 50, 1 }, { "counted", AT, 50, 1 } };
	struct small_scan scan;
	const struct warning *warnings;
	size_t count;

	(void)state;
	small_scan_make(&scan,
			"rule shown { strings: $kept = \"hit1\" condition: #kept == 50 }\n"
			"rule private_one { strings: $counted = \"hit2\" private condition: "
			"#counted == 50 }\n",
			1, BYTES_HERE);
	scan.match_bytes = 1;
	assert_int_equal(judge(&scan, small_scan_matches(&scan, found, COUNT(found))), 0);
	expect_hits(&scan, "shown private_one ");
	warnings = small_scan_warnings(&scan, &count);
	assert_int_equal(count, 1);
	assert_int_equal(warnings[0].code, WARNING_LIMIT);
	assert_true(warnings[0].has_memory);
	assert_int_equal(warnings[0].pid, 1);
	assert_non_null(strstr(warnings[0].message, "$kept of rule default:shown in process 1"));
	small_scan_release(&scan);
}

static void a_target_waits_with_its_matches_for_bytes_that_have_passed(void **state)
{
	const struct small_matches found = { "s", AT + 16, 1, 0 };
	struct small_scan scan;
	struct match_table *matches;
	const struct target *target;
	size_t count;

	(void)state;
	small_scan_make(
		&scan, "rule a { strings: $s = \"hit\" condition: $s and uint8(0x100000) == 0x62 }",
		1, BYTES_PASSED);
	target = &scan.targets->targets[0];
	matches = small_scan_matches(&scan, &found, 1);
	assert_int_equal(judge(&scan, matches), 0);
	assert_int_equal(target->state, TARGET_ASIDE);
	assert_ptr_equal(target->matches, matches);
	assert_null(target->hits);
	small_scan_warnings(&scan, &count);
	assert_int_equal(count, 0);

	/* The bytes come a second time. */
	uint8_t page[SMALL_PAGE];

	memset(page, 'b', sizeof(page));
	assert_int_equal(file_table_keep(scan.files, scan.image.file, 0,
					 (struct bytes){ page, sizeof(page) }, NULL),
			 0);
	scan.targets->targets[0].matches = NULL;
	assert_int_equal(judge(&scan, matches), 0);
	expect_hits(&scan, "a ");
	small_scan_release(&scan);
}

static void bytes_that_nobody_asks_for_may_have_passed(void **state)
{
	const struct small_matches found = { "s", AT + 16, 1, 0 };
	struct small_scan scan;

	(void)state;
	small_scan_make(&scan,
			"rule a { strings: $s = \"hit\" condition: $s or uint8(0x100000) == 0x62 }",
			1, BYTES_PASSED);
	assert_int_equal(judge(&scan, small_scan_matches(&scan, &found, 1)), 0);
	expect_hits(&scan, "a ");
	small_scan_release(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_see_the_process_as_it_was),
		cmocka_unit_test(rules_see_a_file_from_its_first_byte),
		cmocka_unit_test(what_a_warning_is_about_is_the_file),
		cmocka_unit_test(a_rule_past_its_time_is_told_and_the_others_stand),
		cmocka_unit_test(
			a_target_told_to_stop_has_failed_and_leaves_the_telling_to_the_caller),
		cmocka_unit_test(a_count_that_stopped_is_incomplete_only_where_it_is_used),
		cmocka_unit_test(matches_without_room_are_told_by_string_rule_and_process),
		cmocka_unit_test(a_target_waits_with_its_matches_for_bytes_that_have_passed),
		cmocka_unit_test(bytes_that_nobody_asks_for_may_have_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
