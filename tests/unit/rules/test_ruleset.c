#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/digest.h"
#include "judged_target.h"

static void shows_rules_as_they_were_written(void **state)
{
	struct ruleset *rules = compile_good("private rule a : t1 t2 { meta: author = \"x\" score "
					     "= -75 ok = true author = \"y\" "
					     "condition: true } global rule b { condition: true }");
	size_t count;
	const struct rule *const *faces = ruleset_rules(rules, &count);

	(void)state;
	assert_int_equal(count, 2);
	assert_string_equal(faces[0]->name, "a");
	assert_string_equal(faces[0]->namespace_name, "default");
	assert_true(faces[0]->is_private && !faces[0]->is_global);
	assert_true(!faces[1]->is_private && faces[1]->is_global);
	assert_int_equal(faces[0]->tag_count, 2);
	assert_string_equal(faces[0]->tags[1], "t2");
	assert_int_equal(faces[0]->meta_count, 4);
	assert_string_equal(faces[0]->meta[0].name, "author");
	assert_int_equal(faces[0]->meta[0].kind, RULE_META_TEXT);
	assert_int_equal(faces[0]->meta[1].integer, -75);
	assert_int_equal(faces[0]->meta[2].kind, RULE_META_BOOLEAN);
	assert_int_equal(faces[0]->meta[2].integer, 1);
	assert_memory_equal(faces[0]->meta[3].text.data, "y", 1);
	ruleset_free(rules);
}

/* What a condition asks of $a, and $b where it names it. */
struct need_case {
	const char *condition;
	enum match_need a, b;
};

static const struct need_case needs_of[] = {
	{ "$a and $b", NEED_PRESENCE, NEED_PRESENCE },
	{ "all of them", NEED_PRESENCE, NEED_PRESENCE },
	{ "#a > 3 and $b", NEED_COUNT, NEED_PRESENCE },
	{ "#a > 3 and $a and @b == 1", NEED_COUNT, NEED_PRESENCE },
	{ "@a[1] > 2 and @b[2] > 2", NEED_PRESENCE, NEED_ALL },
	{ "for any i in (1..2) : (@a[i] > 2) and @b[3] > 2", NEED_ALL, NEED_ALL },
	{ "!a[1] > 2 and @b > 2", NEED_ALL, NEED_PRESENCE },
	{ "$a at 7 and !b == 1", NEED_ALL, NEED_ALL },
	{ "$a in (1..7) and #b in (1..7) == 1", NEED_ALL, NEED_ALL },
	{ "any of ($a) at 7 and any of ($b) in (1..7)", NEED_ALL, NEED_ALL },
	{ "for any of ($a) : (# > 1) and $b", NEED_COUNT, NEED_PRESENCE },
	{ "for any of them : (@ > 1)", NEED_PRESENCE, NEED_PRESENCE },
	{ "for any of them : (@[2] > 1)", NEED_ALL, NEED_ALL },
	{ "for any of ($a) : (true) and $b", NEED_NOTHING, NEED_PRESENCE },
};

static void needs_are_what_conditions_ask(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(needs_of) / sizeof(*needs_of); i++) {
		char text[256];
		struct target_facts facts = { .is_process = true, .has_low_memory = true };
		enum match_need needs[2];

		snprintf(text, sizeof(text),
			 "rule r { strings: $a = \"x\" $b = \"y\" condition: %s }",
			 needs_of[i].condition);

		struct ruleset *rules = compile_good(text);

		assert_false(ruleset_needs(rules, &facts, NEED_NOTHING, needs));
		if (needs[0] != needs_of[i].a || needs[1] != needs_of[i].b) {
			print_error("%s: %d %d\n", needs_of[i].condition, needs[0], needs[1]);
			failures++;
		}
		assert_int_equal(ruleset_rule_counts(rules, 0, 0), needs_of[i].a >= NEED_COUNT);
		assert_false(ruleset_rule_counts(rules, 0, 2));
		ruleset_free(rules);
	}
	assert_int_equal(failures, 0);
}

static void outputs_raise_the_needs_of_what_is_reported(void **state)
{
	struct ruleset *rules = compile_good("private rule p { strings: $a = \"x\" condition: $a } "
					     "rule r { strings: $a = \"x\" private $b = \"y\" $_c "
					     "= \"z\" condition: $a and #b > 1 } ");
	struct target_facts facts = { 0 };
	enum match_need needs[4];

	(void)state;
	ruleset_needs(rules, &facts, NEED_LISTED, needs);
	assert_int_equal(needs[0], NEED_PRESENCE);
	assert_int_equal(needs[1], NEED_PRESENCE);
	assert_int_equal(needs[2], NEED_LISTED);
	assert_int_equal(needs[3], NEED_LISTED);
	ruleset_free(rules);
}

static void knows_whether_a_condition_reads_bytes(void **state)
{
	struct ruleset *rules =
		compile_good("rule a { condition: true } rule b { condition: uint8(7) == 1 }");
	struct target_facts facts = { 0 };

	(void)state;
	assert_true(ruleset_needs(rules, &facts, NEED_NOTHING, NULL));
	ruleset_free(rules);
}

static bool judged_true(const struct ruleset *rules, size_t index)
{
	struct judged_target target;
	enum verdict verdict;

	judged_target_init(&target, rules, NULL, 0);
	verdict = judge_rule_at(rules, &target, index);
	judged_target_release(&target);
	return verdict == VERDICT_TRUE;
}

static void externals_are_constants_of_conditions(void **state)
{
	struct external externals[4];
	struct compile_options options = { .externals = externals, .external_count = 4 };
	struct diagnostics *notes;
	struct error err;

	(void)state;
	assert_int_equal(external_parse(&externals[0], "number=7", &err), 0);
	assert_int_equal(external_parse(&externals[1], "yes=true", &err), 0);
	assert_int_equal(external_parse(&externals[2], "half=0.5", &err), 0);
	assert_int_equal(external_parse(&externals[3], "word=foo=bar", &err), 0);

	struct ruleset *rules = compile_text("rule a { condition: number == 7 and yes }\n"
					     "rule b { condition: half + half == 1.0 }\n"
					     "rule c { condition: word == \"foo=bar\" }\n",
					     &options, &notes);

	assert_non_null(rules);
	assert_true(judged_true(rules, 0) && judged_true(rules, 1) && judged_true(rules, 2));
	ruleset_free(rules);
	diagnostics_free(notes);

	assert_null(compile_text("rule number { condition: true }", &options, &notes));
	diagnostics_free(notes);
}

/* As in YARA, where the value may still change: what would be an error of a constant is undefined or never. */
static void rules_are_right_whatever_an_external_is(void **state)
{
	const struct external zero = { .name = "zero", .kind = EXTERNAL_INTEGER, .integer = 0 };
	const struct compile_options options = { .externals = &zero, .external_count = 1 };
	struct diagnostics *notes;
	struct ruleset *rules =
		compile_text("rule a { condition: not defined (7 \\ zero) }\n"
			     "rule b { condition: not defined (1 << (zero - 1)) }\n"
			     "rule c { condition: 9223372036854775807 + (zero + 1) < 0 }\n"
			     "rule d { strings: $a = \"x\" condition: not $a in (5..zero) }\n"
			     "rule e { strings: $a = \"x\" condition: zero of them }\n",
			     &options, &notes);

	(void)state;
	assert_non_null(rules);
	assert_int_equal(diagnostics_count(notes, SEVERITY_WARNING), 0);
	for (size_t i = 0; i < 5; i++)
		assert_true(judged_true(rules, i));
	ruleset_free(rules);
	diagnostics_free(notes);
}

static int compile_with(const struct compile_options *options)
{
	struct rule_text text = { "a", "default", { NULL, 0 } };
	struct ruleset *rules = NULL;
	struct diagnostics *notes;
	struct error err;

	assert_int_equal(diagnostics_new(&notes, &err), 0);

	int ret = ruleset_compile(&rules, &text, 1, options, notes, &err);

	ruleset_free(rules);
	diagnostics_free(notes);
	return ret;
}

static void refuses_externals_that_clash_or_have_no_proper_name(void **state)
{
	const struct external twice[] = { { .name = "a" }, { .name = "a=7" } };
	const struct external bad = { .name = "a b=7" };

	(void)state;
	assert_int_equal(
		compile_with(&(struct compile_options){ .externals = twice, .external_count = 2 }),
		ERROR_USAGE);
	assert_int_equal(
		compile_with(&(struct compile_options){ .externals = &bad, .external_count = 1 }),
		ERROR_USAGE);
}

static struct bytes text_of(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void patterns_become_rules_of_their_own(void **state)
{
	const struct search_pattern patterns[] = {
		{ .text = text_of("a/b\"c"), .nocase = true },
		{ .text = text_of("x[0-9]+"), .is_regex = true, .wide = true },
	};
	struct compile_options options = { .patterns = patterns, .pattern_count = 2 };
	struct diagnostics *notes;
	struct ruleset *rules = compile_text("rule first { condition: true }", &options, &notes);
	size_t count;

	(void)state;
	assert_non_null(rules);

	const struct rule *const *faces = ruleset_rules(rules, &count);
	const struct pattern *compiled = ruleset_patterns(rules, &(size_t){ 0 });

	assert_int_equal(count, 3);
	assert_string_equal(faces[1]->name, "pattern_1");
	assert_string_equal(faces[2]->name, "pattern_2");
	assert_string_equal(faces[1]->namespace_name, "command_line");
	assert_string_equal(faces[1]->strings[0].name, "p");
	assert_string_equal(faces[1]->meta[0].name, "pattern");
	assert_memory_equal(faces[1]->meta[0].text.data, "a/b\"c", 5);
	assert_memory_not_equal(faces[1]->hash, faces[2]->hash, 32);
	assert_int_equal(compiled[0].flags, PATTERN_ASCII | PATTERN_NOCASE);
	assert_int_equal(compiled[0].parts[0].literal.length, 5);
	assert_int_equal(compiled[1].flags, PATTERN_ASCII | PATTERN_WIDE);
	assert_non_null(compiled[1].parts[0].regex);
	ruleset_free(rules);
	diagnostics_free(notes);
}

static void patterns_have_the_hash_of_such_a_rule_in_a_file(void **state)
{
	static const struct {
		struct search_pattern pattern;
		const char *rule;
	} rows[] = {
		{ { { (const uint8_t *)"abc", 3 }, false, false, false },
		  "rule pattern_1 { strings: $p = \"abc\" condition: $p }" },
		{ { { (const uint8_t *)"abc", 3 }, false, true, true },
		  "rule pattern_1 { strings: $p = \"abc\" nocase ascii wide condition: $p }" },
		{ { { (const uint8_t *)"a+c", 3 }, true, true, false },
		  "rule pattern_1 { meta: pattern = \"a+c\" strings: $p = /a+c/i condition: $p }" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct compile_options options = { .patterns = &rows[i].pattern,
						   .pattern_count = 1 };
		struct diagnostics *notes;
		struct ruleset *rules = compile_text(rows[i].rule, &options, &notes);

		assert_non_null(rules);

		const struct rule *const *faces = ruleset_rules(rules, &(size_t){ 0 });

		assert_memory_equal(faces[0]->hash, faces[1]->hash, sizeof(faces[0]->hash));
		ruleset_free(rules);
		diagnostics_free(notes);
	}
}

static void errors_in_patterns_are_diagnostics_of_their_own_file(void **state)
{
	const struct search_pattern patterns[] = {
		{ .text = text_of("a(b"), .is_regex = true },
		{ .text = { NULL, 0 } },
		{ .text = text_of("ab*?c+d"), .is_regex = true },
	};
	struct compile_options options = { .patterns = patterns, .pattern_count = 3 };
	struct diagnostics *notes;
	size_t count;

	(void)state;
	assert_null(compile_text("", &options, &notes));
	assert_int_equal(diagnostics_count(notes, SEVERITY_ERROR), 3);

	const struct diagnostic *list = diagnostics_list(notes, &count);
	const struct diagnostic *first = &list[0];

	assert_string_equal(diagnostics_file_name(notes, first->span.file), "pattern_1");
	assert_string_equal(diagnostics_file_name(notes, list[2].span.file), "pattern_3");
	assert_int_equal(first->span.line, 1);
	diagnostics_free(notes);
}

static void compile_digest(const char *text, const struct compile_options *options,
			   uint8_t out[DIGEST_BYTES])
{
	struct diagnostics *notes;
	struct ruleset *rules = compile_text(text, options, &notes);

	assert_non_null(rules);
	memcpy(out, ruleset_digest(rules), DIGEST_BYTES);
	ruleset_free(rules);
	diagnostics_free(notes);
}

static void the_digest_tells_different_rules_apart(void **state)
{
	const char *text = "rule a { meta: x = 1 condition: true }";
	const struct external external = { .name = "n", .kind = EXTERNAL_INTEGER, .integer = 1 };
	const struct search_pattern pattern = { .text = text_of("abc") };
	struct compile_options options = { 0 };
	uint8_t sums[6][DIGEST_BYTES];

	(void)state;
	compile_digest(text, NULL, sums[0]);
	compile_digest(text, NULL, sums[1]);
	compile_digest("rule a { meta: x = 2 condition: true }", NULL, sums[2]);
	options.externals = &external;
	options.external_count = 1;
	compile_digest(text, &options, sums[3]);
	options.patterns = &pattern;
	options.pattern_count = 1;
	compile_digest(text, &options, sums[4]);
	compile_digest("", NULL, sums[5]);
	assert_memory_equal(sums[0], sums[1], DIGEST_BYTES);
	for (size_t i = 1; i < 6; i++) {
		for (size_t j = i + 1; j < 6; j++)
			assert_memory_not_equal(sums[i], sums[j], DIGEST_BYTES);
	}
}

static void an_error_in_the_only_pattern_names_its_option(void **state)
{
	const struct search_pattern pattern = { .text = text_of("(b"), .is_regex = true };
	const struct compile_options options = { .patterns = &pattern, .pattern_count = 1 };
	struct diagnostics *notes;
	size_t count;

	(void)state;
	assert_null(compile_text("", &options, &notes));

	const struct diagnostic *first = &diagnostics_list(notes, &count)[0];

	assert_int_equal(count, 1);
	assert_string_equal(diagnostics_file_name(notes, first->span.file), "-e");
	diagnostics_free(notes);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The rules are the same, down to their hashes; the comment is not. */
static void the_digest_covers_what_is_included(void **state)
{
	char path[] = "/tmp/ckpt-included-XXXXXX", text[128];
	int descriptor = mkstemp(path);
	uint8_t sums[3][DIGEST_BYTES];

	(void)state;
	assert_true(descriptor >= 0);
	close(descriptor);
	snprintf(text, sizeof(text), "include \"%s\"", path);
	write_file(path, "rule a { condition: true } // one");
	compile_digest(text, NULL, sums[0]);
	compile_digest(text, NULL, sums[1]);
	write_file(path, "rule a { condition: true } // two");
	compile_digest(text, NULL, sums[2]);
	unlink(path);
	assert_memory_equal(sums[0], sums[1], DIGEST_BYTES);
	assert_memory_not_equal(sums[0], sums[2], DIGEST_BYTES);
}

static void namespaces_keep_rules_apart(void **state)
{
	const struct rule_text texts[] = {
		{ "a.yar", "one",
		  text_of("rule a { condition: true } global rule g { condition: false }") },
		{ "b.yar", "two", text_of("rule a { condition: true } rule b { condition: a }") },
	};
	struct compile_options options = { 0 };
	struct ruleset *rules = NULL;
	struct diagnostics *notes;
	struct error err;

	(void)state;
	assert_int_equal(diagnostics_new(&notes, &err), 0);
	assert_int_equal(ruleset_compile(&rules, texts, 2, &options, notes, &err), 0);
	assert_false(judged_true(rules, 0));
	assert_true(judged_true(rules, 2));
	assert_true(judged_true(rules, 3));
	ruleset_free(rules);
	diagnostics_free(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_rules_as_they_were_written),
		cmocka_unit_test(needs_are_what_conditions_ask),
		cmocka_unit_test(outputs_raise_the_needs_of_what_is_reported),
		cmocka_unit_test(knows_whether_a_condition_reads_bytes),
		cmocka_unit_test(externals_are_constants_of_conditions),
		cmocka_unit_test(rules_are_right_whatever_an_external_is),
		cmocka_unit_test(refuses_externals_that_clash_or_have_no_proper_name),
		cmocka_unit_test(patterns_become_rules_of_their_own),
		cmocka_unit_test(patterns_have_the_hash_of_such_a_rule_in_a_file),
		cmocka_unit_test(errors_in_patterns_are_diagnostics_of_their_own_file),
		cmocka_unit_test(the_digest_tells_different_rules_apart),
		cmocka_unit_test(an_error_in_the_only_pattern_names_its_option),
		cmocka_unit_test(the_digest_covers_what_is_included),
		cmocka_unit_test(namespaces_keep_rules_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
