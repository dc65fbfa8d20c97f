#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "judged_target.h"
#include "rules/compiled/file_header.h"
#include "rules/compiled_rules.h"

/* Every kind of condition and of string stands in here once at least. */
static const char every_kind[] =
	"import \"math\"\nimport \"elf\"\nimport \"pe\"\nimport \"string\"\nimport \"console\"\n"
	"private rule base : tag1 tag2 { meta: a = \"x\\x00y\" b = -5 c = true "
	"strings: $a = \"needle\" condition: $a }\n"
	"global rule wide_open { condition: true or base }\n"
	"rule found { strings: $a = \"needle\" wide ascii nocase $b = \"thread\" xor(1-3) "
	"private "
	"$c = { 4e 65 [2-4] ( 61 | 62 63 ) ?5 } $d = /ne+dle[a-f]{5,20}/i $e = \"longer\" base64 "
	"$f = { 6e 65 65 64 [300-400] 74 68 72 65 } $ = \"anonymous\" $g = \"fullword\" fullword "
	"condition: $a and ($b at 5 or $c in (1..filesize)) and #d > 1 + ~2 and #e in (0..100) > 0 "
	"and @a[1] == 3 and !d[1] < 8 and any of them and 2 of ($a, $b*) and all of ($a*) at 7 and "
	"50% of them and 3 of them in (0..99) and none of ($f) and $g and for all of them : ($ and "
	"# > 0) }\n"
	"rule numbers { condition: uint32be(4) == 0x41424344 and int8(-(3)) < 2.5 * -1.5 and "
	"filesize + 1 + number + 2 > 0 and filesize * 1.5 * real * 2 > 0 and "
	"not defined (1 \\ filesize) and filesize % 3 << 2 | 1 & 6 ^ 9 != 0 and -1.5 < 3 }\n"
	"rule texts { condition: \"abc\" contains \"b\" and \"abc\" iequals \"ABC\" and "
	"\"abc\" < \"abd\" and text matches /x[0-9]+y/is and text startswith \"x\" }\n"
	"rule loops { condition: for any i in (1..5) : (for all s in (\"a\", \"b\") : (i > 1 and "
	"s != text)) and for 2 i in (1, number, 3) : (i == real) and flag }\n"
	"rule sets { condition: any of (base, number*) and 1 of (texts) }\n"
	"rule modules { condition: math.entropy(0, 100) > 5.5 and elf.number_of_sections > 2 and "
	"for any s in elf.sections : (s.name == \".text\") and elf.sections[1].size > 4 and "
	"pe.version_info[\"CompanyName\"] contains \"M\" and pe.imports(/kernel/i, /.*/) > 0 and "
	"for any k, v in pe.version_info : (k == v) and string.to_int(\"5\") == 5 and "
	"console.log(\"found\") and entrypoint > 5 and math.to_number(flag == 1) == 1 }\n";

static const struct external externals[] = {
	{ .name = "number", .kind = EXTERNAL_INTEGER, .integer = 42 },
	{ .name = "real", .kind = EXTERNAL_FLOAT, .real = 2.5 },
	{ .name = "flag", .kind = EXTERNAL_BOOLEAN, .integer = 1 },
	{ .name = "text", .kind = EXTERNAL_TEXT, .text = { (const uint8_t *)"x12y", 4 } },
};

static const struct compile_options with_externals = { .externals = externals,
						       .external_count = 4 };

struct fixture {
	struct diagnostics *notes;
	struct compiled_rules *compiled;
	struct byte_writer file;
	struct error err;
};

static void compile(struct fixture *fixture, const char *text,
		    const struct compile_options *options)
{
	const struct rule_text input = { "saved.yar",
					 "space",
					 { (const uint8_t *)text, strlen(text) } };
	struct ruleset *rules = NULL;

	assert_int_equal(diagnostics_new(&fixture->notes, &fixture->err), 0);
	if (ruleset_compile(&rules, &input, 1, options, fixture->notes, &fixture->err) < 0) {
		size_t count;
		const struct diagnostic *list = diagnostics_list(fixture->notes, &count);

		for (size_t i = 0; i < count; i++)
			print_error("%s\n", list[i].message);
		fail_msg("%s", fixture->err.message);
	}
	assert_int_equal(compiled_rules_new(&fixture->compiled, rules, NEED_LISTED, fixture->notes,
					    &fixture->err),
			 0);
	assert_int_equal(compiled_rules_save(fixture->compiled, fixture->notes, &fixture->file,
					     &fixture->err),
			 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	compiled_rules_release(fixture->compiled);
	diagnostics_free(fixture->notes);
	byte_writer_release(&fixture->file);
	free(fixture);
	return 0;
}

static int load(struct fixture *fixture, struct bytes file, const struct compile_options *options,
		struct compiled_rules **out, struct diagnostics **notes)
{
	int ret;

	*out = NULL;
	assert_int_equal(diagnostics_new(notes, &fixture->err), 0);
	ret = compiled_rules_load(out, file, options, NEED_LISTED, *notes, &fixture->err);
	if (ret < 0)
		assert_null(*out);
	return ret;
}

static struct bytes file_of(const struct fixture *fixture)
{
	return (struct bytes){ fixture->file.data, fixture->file.length };
}

static void every_kind_comes_back_as_it_was(void **state)
{
	static const struct compile_options none = { 0 };
	struct fixture *fixture = *state;
	struct compiled_rules *loaded;
	struct diagnostics *notes;
	struct byte_writer again = { 0 };

	compile(fixture, every_kind, &with_externals);
	if (load(fixture, file_of(fixture), &none, &loaded, &notes) < 0)
		fail_msg("%s", fixture->err.message);
	assert_int_equal(compiled_rules_save(loaded, notes, &again, &fixture->err), 0);
	assert_int_equal(again.length, fixture->file.length);
	assert_memory_equal(again.data, fixture->file.data, again.length);
	assert_memory_equal(ruleset_digest(compiled_rules_ruleset(loaded)),
			    ruleset_digest(compiled_rules_ruleset(fixture->compiled)),
			    DIGEST_BYTES);
	assert_int_equal(diagnostics_count(notes, SEVERITY_WARNING),
			 diagnostics_count(fixture->notes, SEVERITY_WARNING));
	compiled_rules_release(loaded);
	diagnostics_free(notes);
	byte_writer_release(&again);
}

static const char data[] = "a needle and a thread x12y needleabcdef Ne..a5 ABCD";

/* All verdicts, as letters. */
static void judge_all(const struct compiled_rules *compiled, char *out)
{
	const struct ruleset *rules = compiled_rules_ruleset(compiled);
	const struct judged_block blocks[] = { { 0, data, sizeof(data) - 1 } };
	const struct deadlines deadlines = { .rule_seconds = 0.05 };
	struct judged_target target;
	struct verdicts verdicts;
	struct error err;
	size_t count;

	ruleset_rules(rules, &count);
	judged_target_init(&target, rules, blocks, 1);
	target.facts.is_process = false;
	target.facts.filesize = sizeof(data) - 1;
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err), 0);
	for (size_t i = 0; i < count; i++)
		out[i] = verdicts.rules[i] == VERDICT_TRUE ? '1' : '0';
	out[count] = '\0';
	verdicts_release(&verdicts);
	judged_target_release(&target);
}

/* No regexes: matches are found by the target of the tests. */
static const char judged[] =
	"rule a { strings: $a = \"needle\" $b = \"thread\" condition: #a == 2 and @a[2] == 27 and "
	"$b }\n"
	"rule b { condition: for any i in (1..5) : (uint8(i) == 0x65) and number == 42 }\n"
	"rule c { condition: text matches /^x[0-9]{2}y$/ }\n"
	"rule d { condition: a and not c }\n"
	"rule e { strings: $a = \"needle\" condition: for all of them : (# > 1) and real == 2.5 }\n"
	"rule f { condition: any of (d, e) and flag }\n";

static void loaded_rules_judge_as_before(void **state)
{
	static const struct compile_options none = { 0 };
	struct fixture *fixture = *state;
	struct compiled_rules *loaded;
	struct diagnostics *notes;
	char before[16], after[16];

	compile(fixture, judged, &with_externals);
	assert_int_equal(load(fixture, file_of(fixture), &none, &loaded, &notes), 0);
	judge_all(fixture->compiled, before);
	judge_all(loaded, after);
	assert_string_equal(before, "111011");
	assert_string_equal(after, before);
	compiled_rules_release(loaded);
	diagnostics_free(notes);
}

static void what_is_odd_but_compiles_can_be_loaded(void **state)
{
	static const char *const conditions[] = {
		"@a[\"x\"] >= 0 or !a[1.5] >= 0 or @a[/x/] >= 0",
		"@a[before] == 0",
		"any of (r*) or any of (before, r) or r",
		"\"\" or /x/ or 1.5",
		"for before i in (1, 2) : (for any of them : (for any s in (\"\") : (@[i] > 0 or s "
		"== \"\")))",
		"for any i in (1..2) : (for any j in (i..3) : (for any k in (j..4) : (for any l in "
		"(k..5) : "
		"(l == i))))",
		"1 + 2 + filesize + 3 + 0.5 + 4 > 0",
		"1 - filesize - 2 - (3 - 4 - filesize - 5) == 0",
	};
	static const struct compile_options none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		struct fixture fixture = { 0 };
		struct compiled_rules *loaded;
		struct diagnostics *notes;
		char text[400], before[4], after[4];

		snprintf(text, sizeof(text),
			 "rule before { condition: true } "
			 "rule r { strings: $a = \"needle\" condition: (%s) or #a > 9 }",
			 conditions[i]);
		compile(&fixture, text, &none);
		if (load(&fixture, file_of(&fixture), &none, &loaded, &notes) < 0)
			fail_msg("%s: %s", conditions[i], fixture.err.message);
		judge_all(fixture.compiled, before);
		judge_all(loaded, after);
		assert_string_equal(after, before);
		compiled_rules_release(loaded);
		diagnostics_free(notes);
		compiled_rules_release(fixture.compiled);
		diagnostics_free(fixture.notes);
		byte_writer_release(&fixture.file);
	}
}

static void values_of_externals_may_be_given_anew(void **state)
{
	static const struct external given[] = {
		{ .name = "number=43", .kind = EXTERNAL_INTEGER, .integer = 43 },
		{ .name = "text=other",
		  .kind = EXTERNAL_TEXT,
		  .text = { (const uint8_t *)"other", 5 } },
	};
	static const struct compile_options anew = { .externals = given, .external_count = 2 };
	struct external all[4];
	const struct compile_options fresh = { .externals = all, .external_count = 4 };
	struct fixture *fixture = *state, other = { 0 };
	struct compiled_rules *loaded;
	struct diagnostics *notes;
	char verdicts[16];

	memcpy(all, externals, sizeof(all));
	all[0] = given[0];
	all[3] = given[1];
	compile(fixture, judged, &with_externals);
	compile(&other, judged, &fresh);
	assert_int_equal(load(fixture, file_of(fixture), &anew, &loaded, &notes), 0);
	judge_all(loaded, verdicts);
	assert_string_equal(verdicts, "100111");
	assert_memory_equal(ruleset_digest(compiled_rules_ruleset(loaded)),
			    ruleset_digest(compiled_rules_ruleset(other.compiled)), DIGEST_BYTES);
	compiled_rules_release(other.compiled);
	diagnostics_free(other.notes);
	byte_writer_release(&other.file);
	compiled_rules_release(loaded);
	diagnostics_free(notes);
}

static void externals_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		struct external given;
		const char *message;
	} cases[] = {
		{ { .name = "unknown", .kind = EXTERNAL_INTEGER },
		  "external variable \"unknown\" is not known to the compiled rules" },
		{ { .name = "number=1.5", .kind = EXTERNAL_FLOAT, .real = 1.5 },
		  "external variable \"number\" has another type in the compiled rules" },
	};
	struct fixture *fixture = *state;

	compile(fixture, judged, &with_externals);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct compile_options options = { .externals = &cases[i].given,
							 .external_count = 1 };
		struct compiled_rules *loaded;
		struct diagnostics *notes;

		assert_int_equal(load(fixture, file_of(fixture), &options, &loaded, &notes),
				 ERROR_USAGE);
		assert_string_equal(fixture->err.message, cases[i].message);
		diagnostics_free(notes);
	}
}

static void warnings_are_said_again_with_their_carets(void **state)
{
	static const struct compile_options none = { 0 };
	struct fixture *fixture = *state;
	struct compiled_rules *loaded;
	struct diagnostics *notes;
	const struct diagnostic *before, *after;
	size_t count, again;

	compile(fixture, "import \"pe\"\nrule r { condition: pe.is_dll() == 1 }", &none);
	assert_int_equal(load(fixture, file_of(fixture), &none, &loaded, &notes), 0);
	before = diagnostics_list(fixture->notes, &count);
	after = diagnostics_list(notes, &again);
	assert_true(count > 0);
	assert_int_equal(count, again);
	for (size_t i = 0; i < count; i++) {
		char *left = diagnostics_format(fixture->notes, &before[i]);
		char *right = diagnostics_format(notes, &after[i]);

		assert_string_equal(left, right);
		free(left);
		free(right);
	}
	compiled_rules_release(loaded);
	diagnostics_free(notes);
}

static int load_and_release(struct fixture *fixture, const uint8_t *bytes, size_t length, bool use)
{
	static const struct compile_options none = { 0 };
	struct compiled_rules *loaded;
	struct diagnostics *notes;
	char verdicts[16];
	int ret = load(fixture, (struct bytes){ bytes, length }, &none, &loaded, &notes);
	size_t count = 99;

	if (ret == 0)
		ruleset_rules(compiled_rules_ruleset(loaded), &count);
	if (use && count < sizeof(verdicts))
		judge_all(loaded, verdicts);
	compiled_rules_release(loaded);
	diagnostics_free(notes);
	return ret;
}

static const char small[] = "rule r { strings: $a = \"needle\" condition: $a }";

static void any_flipped_bit_is_refused(void **state)
{
	static const struct compile_options none = { 0 };
	struct fixture *fixture = *state;

	compile(fixture, small, &none);
	for (size_t i = 0; i < fixture->file.length; i++) {
		int ret;

		fixture->file.data[i] ^= (uint8_t)(1u << i % 8);
		ret = load_and_release(fixture, fixture->file.data, fixture->file.length, false);
		if (ret != ERROR_FORMAT && ret != ERROR_UNSUPPORTED)
			fail_msg("byte %zu: %d", i, ret);
		fixture->file.data[i] ^= (uint8_t)(1u << i % 8);
	}
	assert_int_equal(load_and_release(fixture, fixture->file.data, fixture->file.length, false),
			 0);
}

static void a_file_that_ends_early_is_refused(void **state)
{
	static const struct compile_options none = { 0 };
	struct fixture *fixture = *state;

	compile(fixture, small, &none);
	for (size_t length = 0; length < fixture->file.length; length++) {
		uint8_t *cut = malloc(length + 1);

		assert_non_null(cut);
		memcpy(cut, fixture->file.data, length);
		assert_int_equal(load_and_release(fixture, cut, length, false), ERROR_FORMAT);
		free(cut);
	}
}

static void messages_name_what_is_wrong(void **state)
{
	static const struct compile_options none = { 0 };
	static const struct {
		size_t at; /* counted from the end where it is not in the header */
		bool from_end;
		const char *message;
	} cases[] = {
		{ 0, false,
		  "the compiled rules are damaged: the header does not match its checksum" },
		{ 8, false,
		  "compiled rules of format 3, but this program reads format 2: compile them "
		  "again" },
		{ 50, false,
		  "the compiled rules are damaged: the header does not match its checksum" },
		{ FILE_HEADER_BYTES, false,
		  "the compiled rules are damaged: the source texts do not match their checksum" },
		{ 1, true,
		  "the compiled rules are damaged: the search databases do not match their "
		  "checksum" },
	};
	struct fixture *fixture = *state;

	compile(fixture, small, &none);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t at = cases[i].from_end ? fixture->file.length - cases[i].at : cases[i].at;

		fixture->file.data[at] ^= 1;
		assert_true(load_and_release(fixture, fixture->file.data, fixture->file.length,
					     false) < 0);
		assert_string_equal(fixture->err.message, cases[i].message);
		fixture->file.data[at] ^= 1;
	}
}

static void take_lengths(const struct fixture *fixture, uint64_t lengths[FILE_SECTIONS])
{
	struct bytes sections[FILE_SECTIONS];
	struct error err;

	assert_int_equal(file_header_open(file_of(fixture), false, sections, &err), 0);
	for (size_t i = 0; i < FILE_SECTIONS; i++)
		lengths[i] = sections[i].length;
}

static void another_version_or_processor_is_named(void **state)
{
	static const struct compile_options none = { 0 };
	struct fixture *fixture = *state;
	uint64_t lengths[FILE_SECTIONS];

	compile(fixture, small, &none);
	take_lengths(fixture, lengths);
	fixture->file.data[33] ^= 1;
	assert_int_equal(file_header_seal(fixture->file.data, lengths, &fixture->err), 0);
	assert_int_equal(load_and_release(fixture, fixture->file.data, fixture->file.length, false),
			 ERROR_UNSUPPORTED);
	assert_string_equal(fixture->err.message,
			    "compiled for another kind of CPU: compile again on this one");
	fixture->file.data[12] = '7';
	assert_int_equal(file_header_seal(fixture->file.data, lengths, &fixture->err), 0);
	assert_int_equal(load_and_release(fixture, fixture->file.data, fixture->file.length, false),
			 ERROR_UNSUPPORTED);
	assert_non_null(strstr(fixture->err.message, "compiled by version 7"));
}

static void rules_without_matches_are_not_asked_for_them(void **state)
{
	static const struct compile_options none = { 0 };
	struct fixture *fixture = *state;
	struct compiled_rules *loaded;
	struct diagnostics *notes;
	const struct rule_text text = { "saved.yar",
					"space",
					{ (const uint8_t *)small, strlen(small) } };
	struct ruleset *rules;

	assert_int_equal(diagnostics_new(&fixture->notes, &fixture->err), 0);
	assert_int_equal(ruleset_compile(&rules, &text, 1, &none, fixture->notes, &fixture->err),
			 0);
	assert_int_equal(compiled_rules_new(&fixture->compiled, rules, NEED_NOTHING, fixture->notes,
					    &fixture->err),
			 0);
	assert_int_equal(compiled_rules_save(fixture->compiled, fixture->notes, &fixture->file,
					     &fixture->err),
			 0);
	assert_int_equal(load(fixture, file_of(fixture), &none, &loaded, &notes),
			 ERROR_UNSUPPORTED);
	assert_string_equal(fixture->err.message,
			    "compiled for verdicts without matches: compile again");
	assert_int_equal(compiled_rules_load(&loaded, file_of(fixture), &none, NEED_NOTHING, notes,
					     &fixture->err),
			 0);
	compiled_rules_release(loaded);
	diagnostics_free(notes);
}

/* As by somebody who makes the checksums right again. What loads is evaluated; a sanitizer watches. */
static void changes_under_a_right_checksum_do_no_harm(void **state)
{
	static const uint8_t values[] = { 0, 1, 3, 40, 255 };
	struct fixture *fixture = *state;
	uint64_t lengths[FILE_SECTIONS];
	size_t end;

	compile(fixture, judged, &with_externals);
	take_lengths(fixture, lengths);
	end = FILE_HEADER_BYTES + (size_t)lengths[0] + (size_t)lengths[1];
	for (size_t at = FILE_HEADER_BYTES; at < end; at += 3) {
		uint8_t old = fixture->file.data[at];

		fixture->file.data[at] = values[at % sizeof(values)];
		assert_int_equal(file_header_seal(fixture->file.data, lengths, &fixture->err), 0);
		load_and_release(fixture, fixture->file.data, fixture->file.length, true);
		fixture->file.data[at] = old;
	}
}

static void texts_compile_again_together_with_others(void **state)
{
	struct fixture *fixture = *state;
	struct compiled_sources sources;
	struct ruleset *rules = NULL;
	struct diagnostics *notes;

	compile(fixture, judged, &with_externals);
	assert_int_equal(compiled_sources_read(&sources, file_of(fixture), &fixture->err), 0);
	assert_int_equal(sources.text_count, 1);
	assert_string_equal(sources.texts[0].name, "saved.yar");
	assert_string_equal(sources.texts[0].namespace_name, "space");
	assert_int_equal(sources.external_count, 4);

	const struct compile_options options = { .externals = sources.externals,
						 .external_count = sources.external_count };

	assert_int_equal(diagnostics_new(&notes, &fixture->err), 0);
	assert_int_equal(ruleset_compile(&rules, sources.texts, 1, &options, notes, &fixture->err),
			 0);
	assert_memory_equal(ruleset_digest(rules),
			    ruleset_digest(compiled_rules_ruleset(fixture->compiled)),
			    DIGEST_BYTES);
	ruleset_free(rules);
	diagnostics_free(notes);
	compiled_sources_release(&sources);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind_comes_back_as_it_was),
		TEST(loaded_rules_judge_as_before),
		TEST(what_is_odd_but_compiles_can_be_loaded),
		TEST(values_of_externals_may_be_given_anew),
		TEST(externals_that_do_not_fit_are_refused),
		TEST(warnings_are_said_again_with_their_carets),
		TEST(any_flipped_bit_is_refused),
		TEST(a_file_that_ends_early_is_refused),
		TEST(messages_name_what_is_wrong),
		TEST(another_version_or_processor_is_named),
		TEST(rules_without_matches_are_not_asked_for_them),
		TEST(changes_under_a_right_checksum_do_no_harm),
		TEST(texts_compile_again_together_with_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
