#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "parsed_rules.h"
#include "show_tree.h"

struct condition_row {
	const char *name, *condition, *tree;
};

static const struct condition_row conditions[] = {
	{ "truth values", "true", "true" },
	{ "decimal numbers with units", "10 + 1KB + 2MB", "(+ (+ 10 1024) 2097152)" },
	{ "hex and octal numbers", "0x1F | 0o17", "(| 31 15)" },
	{ "the largest integer", "9223372036854775807", "9223372036854775807" },
	{ "floats", "1.5 < 0.1", "(< 1.5 0.10000000000000001)" },
	{ "escapes in texts", "\"\\x41\\t\\\"\\\\\\n\\r\\x00\" == \"\"",
	  "(== \"A\\t\"\\\\\\n\\r\\x00\" \"\")" },
	{ "regexes with flags", "\"x\" matches /a\\/b/is", "(matches \"x\" /a\\\\/b/is)" },
	{ "regexes alone", "/x/", "/x/" },
	{ "sizes", "filesize > entrypoint", "(> filesize entrypoint)" },
	{ "integer reads", "uint8(0) == int32be(1 + 2)", "(== (uint8 0) (int32be (+ 1 2)))" },
	{ "strings", "$a and $_b1", "(and $a $_b1)" },
	{ "the sigil may stand before a digit", "$1 at 5", "(at $1 5)" },
	{ "at takes a sum", "$a at 1 + 2", "(at $a (+ 1 2))" },
	{ "in takes a range", "$a in (0..filesize)", "(in $a 0 filesize)" },
	{ "counts", "#a > 1 and #a in (1..2) == 3", "(and (> #a 1) (== (#a 1 2) 3))" },
	{ "places and lengths", "@a < @a[2] and !a > !a[1]", "(and (< @a (@a 2)) (> !a (!a 1)))" },
	{ "not equal wins over a length", "1!=2", "(!= 1 2)" },
	{ "a length may stand without space", "!a==2", "(== !a 2)" },
	{ "or and and are flat", "$a or $b or $c and $d and $e", "(or $a $b (and $c $d $e))" },
	{ "parentheses keep a level", "($a and $b) and $c", "(and (and $a $b) $c)" },
	{ "not binds tighter than and", "not $a and $b", "(and (not $a) $b)" },
	{ "not takes a whole comparison", "not 1 == 2", "(not (== 1 2))" },
	{ "defined takes one too", "not defined 1 == 2", "(not (defined (== 1 2)))" },
	{ "products before sums", "1 + 2 * 3 \\ 4 % 5 - 6", "(- (+ 1 (% (\\ (* 2 3) 4) 5)) 6)" },
	{ "sums before shifts", "1 << 2 + 3 >> 1", "(>> (<< 1 (+ 2 3)) 1)" },
	{ "shifts, and, xor, or of bits", "1 | 2 ^ 3 & 4 << 5", "(| 1 (^ 2 (& 3 (<< 4 5))))" },
	{ "bits before comparisons", "1 | 2 == 3", "(== (| 1 2) 3)" },
	{ "signs first", "-1 + ~2 * - -3", "(+ (neg 1) (* (~ 2) (neg (neg 3))))" },
	{ "parentheses of numbers", "((1)) + (2 * (3 - 4)) == 5", "(== (+ 1 (* 2 (- 3 4))) 5)" },
	{ "operators of texts",
	  "\"a\" contains \"b\" or \"a\" icontains \"b\" or \"a\" startswith \"b\" or \"a\" "
	  "istartswith \"b\" or "
	  "\"a\" endswith \"b\" or \"a\" iendswith \"b\" or \"a\" iequals \"b\"",
	  "(or (contains \"a\" \"b\") (icontains \"a\" \"b\") (startswith \"a\" \"b\") "
	  "(istartswith \"a\" \"b\") "
	  "(endswith \"a\" \"b\") (iendswith \"a\" \"b\") (iequals \"a\" \"b\"))" },
	{ "all comparisons", "1 < 2 or 1 <= 2 or 1 > 2 or 1 >= 2",
	  "(or (< 1 2) (<= 1 2) (> 1 2) (>= 1 2))" },
	{ "fields, indexes and calls", "pe.sections[#a].f(1, \"x\", /y/i, true).z",
	  "(.z (call (.f ([] (.sections pe) #a)) 1 \"x\" /y/i true))" },
	{ "a call without arguments", "time.now() > 1", "(> (call (.now time)) 1)" },
	{ "`with` is a name", "with", "with" },
	{ "all of them", "all of them", "(of all them)" },
	{ "any of a list", "any of ($a, $b*, $)", "(of any $a $b* $)" },
	{ "a wildcard of all", "none of ($*)", "(of none $*)" },
	{ "a number of them", "2 of them", "(of 2 them)" },
	{ "a computed number of them", "#a + 1 of them", "(of (+ #a 1) them)" },
	{ "a percentage", "50% of them", "(of %50 them)" },
	{ "a percentage in parentheses", "(20 + 30)% of ($a*)", "(of %(+ 20 30) $a*)" },
	{ "rules", "1 of (r1, r2*)", "(of 1 r1 r2*)" },
	{ "a percentage of rules", "1% of (r*)", "(of %1 r*)" },
	{ "of in a range", "any of them in (1..2)", "(of any them : 1 2)" },
	{ "of at a place", "all of ($a) at 5 + 1", "(of all $a : (+ 5 1))" },
	{ "for of", "for all of them : ( # > 1 and @ < 2 and $ at 3 )",
	  "(for all them : (and (> # 1) (< @ 2) (at $ 3)))" },
	{ "for in a range", "for any i in (1..#a) : ( @a[i] > 5 )",
	  "(for any i (range 1 #a) : (> (@a i) 5))" },
	{ "for in a list", "for 2 i in (1, 2 + 3) : ( i == 1 )",
	  "(for 2 i (list 1 (+ 2 3)) : (== i 1))" },
	{ "for in a list of one", "for all s in (\"a\") : ( s == \"b\" )",
	  "(for all s (list \"a\") : (== s \"b\"))" },
	{ "for in a dictionary", "for any k, v in pe.version_info : ( true )",
	  "(for any k v (items (.version_info pe)) : true)" },
	{ "for in what a call gives", "for any x in a.b(1) : ( true )",
	  "(for any x (items (call (.b a) 1)) : true)" },
	{ "comments everywhere", "1 /* a\n* b **/ + // c\n2", "(+ 1 2)" },
};

static void conditions_become_trees(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		struct parsed_rules parsed;
		struct text source = { 0 }, got = { 0 };

		text_add_format(&source, "rule r { condition: %s }", conditions[i].condition);
		parsed_rules_init(&parsed, "t", string_bytes(source.data));
		if (parsed.tree.rule_count == 1)
			show_expression(&got, parsed.tree.rules[0]->condition);
		else
			parsed_rules_errors(&parsed, &got);
		if (strcmp(got.data, conditions[i].tree) != 0) {
			print_error("%s: got %s\n", conditions[i].name, got.data);
			failures++;
		}
		text_release(&source);
		text_release(&got);
		parsed_rules_release(&parsed);
	}
	assert_int_equal(failures, 0);
}

struct error_row {
	const char *name, *source, *errors;
};

static const struct error_row errors[] = {
	{ "an empty file", "", "" },
	{ "only comments", "// x\n/* y */", "" },
	{ "no rule", "garbage",
	  "1:1 syntax error, unexpected identifier, expecting <rule> or <private> or <global>" },
	{ "a brace too many", "rule a { condition: true } }",
	  "1:28 syntax error, unexpected '}', expecting <rule> or <private> or <global>" },
	{ "the end within a rule", "rule a { condition: true\n",
	  "2:1 syntax error, unexpected end of file, expecting '}'" },
	{ "a rule in a rule", "rule a rule b { condition: true }",
	  "1:8 syntax error, unexpected <rule>, expecting '{'" },
	{ "a keyword for a name", "rule all { condition: true }",
	  "1:6 syntax error, unexpected <all>, expecting identifier" },
	{ "no condition", "rule a { }",
	  "1:10 syntax error, unexpected '}', expecting <condition>" },
	{ "no strings", "rule a { strings: condition: true }",
	  "1:19 syntax error, unexpected <condition>, expecting string identifier" },
	{ "a comparison of a truth value", "rule a { condition: 1 < 2 == true }",
	  "1:27 syntax error, unexpected ==, expecting '}'" },
	{ "a text where a regex belongs", "rule a { condition: \"a\" matches \"b\" }",
	  "1:33 syntax error, unexpected text string, expecting regular expression" },
	{ "a percentage in a loop", "rule a { condition: for 5% of them : ($) }",
	  "1:28 syntax error, unexpected <of>" },
	{ "a modifier of texts on a regex", "rule a { strings: $a = /x/ xor condition: $a }",
	  "1:28 syntax error, unexpected <xor>, expecting <condition>" },
	{ "a modifier of texts on a hex string",
	  "rule a { strings: $a = { 41 } wide condition: $a }",
	  "1:31 syntax error, unexpected <wide>, expecting <condition>" },
	{ "flags of a regex in another order", "rule a { condition: \"a\" matches /x/si }",
	  "1:37 syntax error, unexpected identifier, expecting '}'" },
	{ "an unknown modifier", "rule a { strings: $a = \"x\" widde condition: $a }",
	  "1:28 syntax error, unexpected identifier, expecting <condition>" },
	{ "a modifier twice", "rule a { strings: $a = \"x\" wide wide condition: $a }",
	  "1:33 duplicated modifier" },
	{ "a key beyond a byte", "rule a { strings: $a = \"x\" xor(300) condition: $a }",
	  "1:28 invalid xor range" },
	{ "keys that run backwards", "rule a { strings: $a = \"x\" xor(2-1) condition: $a }",
	  "1:28 xor lower bound exceeds upper bound" },
	{ "a short alphabet", "rule a { strings: $a = \"x\" base64(\"abc\") condition: $a }",
	  "1:35 length of base64 alphabet must be 64" },
	{ "two alphabets",
	  "rule a { strings: $a = \"x\" base64 "
	  "base64wide(\"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ,.\") "
	  "condition: $a }",
	  "1:46 can not specify multiple alphabets" },
	{ "an integer beyond 63 bits", "rule a { condition: 9223372036854775808 > 0 }",
	  "1:21 integer overflow in \"9223372036854775808\"" },
	{ "a unit that leads beyond 63 bits", "rule a { condition: 8796093022208MB > 0 }",
	  "1:21 integer overflow in \"8796093022208MB\"" },
	{ "a hex number beyond 63 bits", "rule a { condition: 0x8000000000000000 > 0 }",
	  "1:21 integer overflow in \"0x8000000000000000\"" },
	{ "an octal number beyond 63 bits", "rule a { condition: 0o1000000000000000000000 > 0 }",
	  "1:21 integer overflow in \"0o1000000000000000000000\"" },
	{ "a hex number beyond 63 bits", "rule a { condition: 0xFFFFFFFFFFFFFFFF == -1 }",
	  "1:21 integer overflow in \"0xFFFFFFFFFFFFFFFF\"" },
	{ "a flag given twice", "global global private private rule a { condition: true }", "" },
	{ "a unit behind a hex number", "rule a { condition: 0x10KB > 1 }",
	  "1:25 syntax error, unexpected identifier, expecting '}'" },
	{ "a text that does not end", "rule a { strings: $a = \"abc\n condition: $a }",
	  "1:24 unterminated string" },
	{ "a text at the end", "rule a { strings: $a = \"abc",
	  "1:24 unterminated string\n1:28 syntax error, unexpected end of file, expecting "
	  "<condition>" },
	{ "an unknown escape", "rule a { strings: $a = \"a\\qb\" condition: $a }",
	  "1:26 illegal escape sequence" },
	{ "half an escape", "rule a { condition: \"\\x4\" == \"\" }",
	  "1:22 illegal escape sequence" },
	{ "a regex that does not end", "rule a { strings: $a = /abc\n condition: $a }",
	  "1:24 unterminated regular expression" },
	{ "a comment that does not end", "rule a { condition: /* true }",
	  "1:30 syntax error, unexpected end of file" },
	{ "a comment that does not end behind all rules", "rule a { condition: true } /* b", "" },
	{ "an xor key that is no byte", "rule a { strings: $a = \"x\" xor(256) condition: $a }",
	  "1:28 invalid xor range" },
	{ "an xor range that ends beyond",
	  "rule a { strings: $a = \"x\" xor(1-256) condition: $a }",
	  "1:28 upper bound for xor range exceeded (max: 255)" },
	{ "an xor range that is turned round",
	  "rule a { strings: $a = \"x\" xor(300-2) condition: $a }",
	  "1:28 xor lower bound exceeds upper bound" },
	{ "a hex string that does not end", "rule a { strings: $a = { 41 ",
	  "1:24 unterminated hex string" },
	{ "a letter in a hex string", "rule a { strings: $ab = { 41 4g } condition: $ab }",
	  "1:31 invalid hex string \"$ab\": invalid character in hex string" },
	{ "a missing end of a hex string", "rule a { strings: $a = { 41\n condition: $a }",
	  "2:3 invalid hex string \"$a\": invalid character in hex string\n2:17 syntax error, "
	  "unexpected end of file, expecting <condition>" },
	{ "an error within a hex string", "rule a { strings: $a = { 41\n [0] 42 } condition: $a }",
	  "2:2 invalid hex string \"$a\": invalid jump length" },
	{ "an error within a regex", "rule a { strings: $a = /a\\/[z-a]/ condition: $a }",
	  "1:29 invalid regular expression \"$a\": bad character range" },
	{ "an error within a regex of a condition", "rule a { condition: \"x\" matches /a)/ }",
	  "1:35 syntax error, no group is open here" },
	{ "letters that are no ASCII", "rule a { condition: \xc3\xa9 }",
	  "1:21 non-ascii character" },
	{ "they are fine in comments and texts",
	  "/* \xc3\xa9 */ rule a { condition: \"\xc3\xa9\" == \"\" } // \xff", "" },
	{ "a character of no meaning", "rule a { condition: ? }",
	  "1:21 syntax error, unexpected character '?'" },
	{ "a control byte", "rule a { condition: \x01 }",
	  "1:21 syntax error, unexpected byte 0x01" },
	{ "all errors of a file in one run",
	  "rule a { condition: }\nrule b { strings: $a = \"\\q\" $b = /(/ condition: x y }\nrule c "
	  "{ condition: true }\n"
	  "private rule d : { condition: 1 + }",
	  "1:21 syntax error, unexpected '}'\n2:25 illegal escape sequence\n"
	  "2:36 invalid regular expression \"$b\": syntax error, an expression is missing here\n"
	  "2:51 syntax error, unexpected identifier, expecting '}'\n"
	  "4:18 syntax error, unexpected '{', expecting identifier" },
	{ "what is skipped has no errors of its own",
	  "x \"\\q\" 99999999999999999999 ? /a\nrule c { condition: }",
	  "1:1 syntax error, unexpected identifier, expecting <rule> or <private> or <global>\n"
	  "2:21 syntax error, unexpected '}'" },
	{ "the word rule in a skipped text begins none",
	  "x \"rule\" /rule/ // rule\n$a = { /* rule */ }",
	  "1:1 syntax error, unexpected identifier, expecting <rule> or <private> or <global>" },
	{ "an empty module name", "import \"\"", "1:8 invalid module name \"\"" },
	{ "an empty include", "include \"\"", "1:9 can't open include file: the name is empty" },
	{ "an include of a device", "include \"/dev/zero\"",
	  "1:9 can't open include file: /dev/zero: no regular file" },
};

static void errors_stand_at_their_place(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct parsed_rules parsed;
		struct text got = { 0 };

		parsed_rules_init(&parsed, "t", string_bytes(errors[i].source));
		parsed_rules_errors(&parsed, &got);
		if (parsed.result != 0 || strcmp(got.data, errors[i].errors) != 0) {
			print_error("%s: got %s\n", errors[i].name, got.data);
			failures++;
		}
		text_release(&got);
		parsed_rules_release(&parsed);
	}
	assert_int_equal(failures, 0);
}

static void a_rule_has_all_that_is_written(void **state)
{
	static const char source[] = "import \"pe\"\n"
				     "private global rule r : t1 t2 {\n"
				     "  meta: a = \"x\" b = -5 c = true d = 7\n"
				     "  strings:\n"
				     "    $a = \"te\\x00xt\" wide xor(1-3) private\n"
				     "    $ = /re+/is nocase\n"
				     "    $h = { 41 [300] 42 }\n"
				     "  condition: any of them\n"
				     "}\n";
	struct parsed_rules parsed;
	const struct rule_definition *rule;

	(void)state;
	parsed_rules_init(&parsed, "t", string_bytes(source));
	assert_int_equal(diagnostics_count(parsed.notes, SEVERITY_ERROR), 0);
	assert_int_equal(parsed.tree.import_count, 1);
	assert_string_equal(parsed.tree.imports[0].module, "pe");
	assert_int_equal(parsed.tree.rule_count, 1);
	rule = parsed.tree.rules[0];
	assert_string_equal(rule->name, "r");
	assert_string_equal(rule->namespace_name, "default");
	assert_true(rule->is_private && rule->is_global);
	assert_int_equal(rule->span.line, 2);
	assert_int_equal(rule->span.column, 21);
	assert_int_equal(rule->tag_count, 2);
	assert_string_equal(rule->tags[1].name, "t2");
	assert_int_equal(rule->meta_count, 4);
	assert_int_equal(rule->meta[1].integer, -5);
	assert_int_equal(rule->meta[2].kind, META_BOOLEAN);
	assert_int_equal(rule->string_count, 3);

	const struct string_definition *strings = rule->strings;

	assert_int_equal(strings[0].text.length, 5);
	assert_int_equal(strings[0].modifiers, MODIFIER_WIDE | MODIFIER_XOR | MODIFIER_PRIVATE);
	assert_int_equal(strings[0].xor_min, 1);
	assert_int_equal(strings[0].xor_max, 3);
	assert_int_equal(strings[0].value_span.column, 10);
	assert_int_equal(strings[0].value_span.length, 10);
	assert_int_equal(strings[0].modifier_span.column, 21);
	assert_int_equal(strings[0].modifier_span.length, 21);
	assert_string_equal(strings[1].name, "");
	assert_true(strings[1].regex->nocase && strings[1].regex->dot_all &&
		    strings[1].regex->greedy);
	assert_int_equal(strings[1].modifiers, MODIFIER_NOCASE);
	assert_int_equal(strings[2].hex_part_count, 2);
	assert_int_equal(strings[2].hex_gaps[0].max, 300);
	assert_true(bytes_equal(strings[2].text, string_bytes(" 41 [300] 42 ")));
	parsed_rules_release(&parsed);
}

static void a_rule_with_a_syntax_error_keeps_its_name(void **state)
{
	struct parsed_rules parsed;

	(void)state;
	parsed_rules_init(&parsed, "t",
			  string_bytes("rule a { x } rule { } rule c { condition: a }"));
	assert_int_equal(diagnostics_count(parsed.notes, SEVERITY_ERROR), 2);
	assert_int_equal(parsed.tree.rule_count, 2);
	assert_string_equal(parsed.tree.rules[0]->name, "a");
	assert_int_equal(parsed.tree.rules[0]->condition->kind, EXPRESSION_FALSE);
	assert_string_equal(parsed.tree.rules[1]->name, "c");
	parsed_rules_release(&parsed);
}

static void xor_alone_is_all_keys(void **state)
{
	struct parsed_rules parsed;

	(void)state;
	parsed_rules_init(
		&parsed, "t",
		string_bytes("rule r { strings: $a = \"x\" xor $b = \"y\" xor(7) condition: $a }"));
	assert_int_equal(parsed.tree.rules[0]->strings[0].xor_min, 0);
	assert_int_equal(parsed.tree.rules[0]->strings[0].xor_max, 255);
	assert_int_equal(parsed.tree.rules[0]->strings[1].xor_min, 7);
	assert_int_equal(parsed.tree.rules[0]->strings[1].xor_max, 7);
	parsed_rules_release(&parsed);
}

static void a_span_covers_its_node_on_the_first_line(void **state)
{
	struct parsed_rules parsed;
	const struct expression *condition;

	(void)state;
	parsed_rules_init(&parsed, "t",
			  string_bytes("rule r { condition:\n 1 + 2 * 3 == 4\n and true }"));
	condition = parsed.tree.rules[0]->condition;
	assert_int_equal(condition->span.line, 2);
	assert_int_equal(condition->span.column, 2);
	assert_int_equal(condition->span.length, 14);
	condition = condition->children[0]->children[0]->children[1];
	assert_int_equal(condition->span.column, 6);
	assert_int_equal(condition->span.length, 5);
	parsed_rules_release(&parsed);
}

static void parse_one(uint8_t hash[32], const char *source)
{
	struct parsed_rules parsed;

	parsed_rules_init(&parsed, "t", string_bytes(source));
	assert_int_equal(parsed.tree.rule_count, 1);
	memcpy(hash, parsed.tree.rules[0]->hash, 32);
	parsed_rules_release(&parsed);
}

struct hash_row {
	const char *name, *source;
	bool equal;
};

static const struct hash_row hashes[] = {
	{ "layout and comments",
	  "// x\nrule  r:t{strings:$a=\"A\"$h={41 4a}condition:$a  /* y */ and\n#h>1}", true },
	{ "meta",
	  "rule r : t { meta: x = 1 strings: $a = \"A\" $h = { 41 4a } condition: $a and #h > 1 }",
	  true },
	{ "spelling of values",
	  "rule r : t { strings: $a = \"\\x41\" $h = { 41/**/4A } condition: $a and #h > 0x1 }",
	  true },
	{ "what stands before the rule",
	  "import \"pe\" rule r : t { strings: $a = \"A\" $h = { 41 4a } condition: $a and #h > 1 "
	  "}",
	  true },
	{ "another name",
	  "rule q : t { strings: $a = \"A\" $h = { 41 4a } condition: $a and #h > 1 }", false },
	{ "another tag",
	  "rule r : u { strings: $a = \"A\" $h = { 41 4a } condition: $a and #h > 1 }", false },
	{ "private",
	  "private rule r : t { strings: $a = \"A\" $h = { 41 4a } condition: $a and #h > 1 }",
	  false },
	{ "another text",
	  "rule r : t { strings: $a = \"a\" $h = { 41 4a } condition: $a and #h > 1 }", false },
	{ "a regex for a text",
	  "rule r : t { strings: $a = /A/ $h = { 41 4a } condition: $a and #h > 1 }", false },
	{ "other bytes",
	  "rule r : t { strings: $a = \"A\" $h = { 41 4b } condition: $a and #h > 1 }", false },
	{ "another number",
	  "rule r : t { strings: $a = \"A\" $h = { 41 4a } condition: $a and #h > 2 }", false },
	{ "another operator",
	  "rule r : t { strings: $a = \"A\" $h = { 41 4a } condition: $a or #h > 1 }", false },
};

static void the_hash_is_of_tokens_alone(void **state)
{
	uint8_t first[32], other[32];
	int failures = 0;

	(void)state;
	parse_one(first,
		  "rule r : t { strings: $a = \"A\" $h = { 41 4a } condition: $a and #h > 1 }");
	for (size_t i = 0; i < sizeof(hashes) / sizeof(*hashes); i++) {
		parse_one(other, hashes[i].source);
		if (!memcmp(first, other, sizeof(first)) != hashes[i].equal) {
			print_error("%s: the hash is wrong\n", hashes[i].name);
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

static void the_hash_does_not_depend_on_rules_before(void **state)
{
	struct parsed_rules parsed;
	uint8_t alone[32];

	(void)state;
	parse_one(alone, "rule r { condition: true }");
	parsed_rules_init(
		&parsed, "t",
		string_bytes(
			"rule a { condition: false } rule b { x } rule r { condition: true }"));
	assert_int_equal(parsed.tree.rule_count, 3);
	assert_memory_equal(parsed.tree.rules[2]->hash, alone, sizeof(alone));
	parsed_rules_release(&parsed);
}

/* @count times @piece between @before and @after. */
static void parse_repeated(struct parsed_rules *parsed, const char *before, const char *piece,
			   size_t count, const char *after)
{
	struct text source = { 0 };

	text_add(&source, before);
	while (count--)
		text_add(&source, piece);
	text_add(&source, after);
	parsed_rules_init(parsed, "t",
			  (struct bytes){ (const uint8_t *)source.data, source.length });
	text_release(&source);
}

struct size_row {
	const char *name, *before, *piece, *after, *errors;
	size_t count;
};

static const struct size_row sizes[] = {
	{ "operands without an end are flat", "rule a { condition: true", " or true", "}", "",
	  60000 },
	{ "sums are as long as memory", "rule a { condition: 1", "+1", "}", "", 60000 },
	{ "strings too", "rule a { strings: ", "$a = { 41 [4-5] 42 } ", "condition: true }", "",
	  20000 },
	{ "parentheses have a limit", "rule a { condition: ", "(", "",
	  "1:10010 condition is nested too deeply", 60000 },
	{ "not has one", "rule a { condition: ", "not ", "",
	  "1:39977 condition is nested too deeply", 60000 },
	{ "the longest name", "rule ", "a", " { condition: true }", "", 128 },
	{ "a longer name", "rule ", "a", " { condition: true }", "1:6 identifier too long", 129 },
	{ "the longest text", "rule a { strings: $a = \"", "a", "\" condition: $a }", "", 8190 },
	{ "a longer text", "rule a { strings: $a = \"", "a", "\" condition: $a }",
	  "1:24 text string is too long (limit: 8190 bytes)", 8191 },
	{ "a longer regex", "rule a { strings: $a = /", "a", "/ condition: $a }",
	  "1:24 regular expression is too long (limit: 8190 bytes)", 8191 },
	{ "a comment of stars is read once", "/*", "*", "", "", 500000 },
	{ "an escaped slash is one byte", "rule a { strings: $a = /", "\\/", "/ condition: $a }",
	  "", 8190 },
	{ "but no two", "rule a { strings: $a = /", "\\/", "/ condition: $a }",
	  "1:24 regular expression is too long (limit: 8190 bytes)", 8191 },
	{ "so are escapes of a regex", "rule a { strings: $a = /", "\\/", "\n condition: $a }",
	  "1:24 unterminated regular expression", 200000 },
};

static void sizes_have_limits_or_none(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct parsed_rules parsed;
		struct text got = { 0 };

		parse_repeated(&parsed, sizes[i].before, sizes[i].piece, sizes[i].count,
			       sizes[i].after);
		parsed_rules_errors(&parsed, &got);
		if (strcmp(got.data, sizes[i].errors) != 0) {
			print_error("%s: got %s\n", sizes[i].name, got.data);
			failures++;
		}
		text_release(&got);
		parsed_rules_release(&parsed);
	}
	assert_int_equal(failures, 0);
}

static void after_a_hundred_errors_a_file_is_left(void **state)
{
	struct parsed_rules parsed;
	const struct diagnostic *list;
	size_t count;

	(void)state;
	parse_repeated(&parsed, "", "rule a { condition: x y }\n", 1000, "");
	list = diagnostics_list(parsed.notes, &count);
	assert_int_equal(count, 101);
	assert_string_equal(list[100].code, "too-many-errors");
	parsed_rules_release(&parsed);
}

static void rubbish_is_refused_without_harm(void **state)
{
	uint8_t rubbish[4096];
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct parsed_rules parsed;

		for (size_t i = 0; i < sizeof(rubbish); i++) {
			seed = seed * 1664525 + 1013904223;
			rubbish[i] = (uint8_t)(seed >> 24);
		}
		parsed_rules_init(&parsed, "t", (struct bytes){ rubbish, sizeof(rubbish) });
		assert_int_equal(parsed.result, 0);
		assert_int_not_equal(diagnostics_count(parsed.notes, SEVERITY_ERROR), 0);
		parsed_rules_release(&parsed);
	}
}

static void zero_bytes_end_nothing(void **state)
{
	static const char source[] =
		"rule a { condition: \"x\0y\" == \"\" } // \0 \nrule b { condition: true }";
	struct parsed_rules parsed;

	(void)state;
	parsed_rules_init(&parsed, "t",
			  (struct bytes){ (const uint8_t *)source, sizeof(source) - 1 });
	assert_int_equal(diagnostics_count(parsed.notes, SEVERITY_ERROR), 0);
	assert_int_equal(parsed.tree.rule_count, 2);
	assert_int_equal(parsed.tree.rules[0]->condition->children[0]->text.length, 3);
	parsed_rules_release(&parsed);
}

static void a_file_that_is_too_large_is_an_error(void **state)
{
	const struct parse_options options = { .file_bytes = 10 };
	struct rules_tree tree = { 0 };
	struct arena *arena = arena_new(0);
	struct diagnostics *notes;
	const struct diagnostic *list;
	size_t count;

	(void)state;
	assert_int_equal(diagnostics_new(&notes, NULL), 0);
	/* A length beyond the limit is refused without a look at the bytes. */
	assert_int_equal(rules_parse(&tree, arena, "big.yar", "n",
				     (struct bytes){ NULL, (size_t)1 << 30 }, &options, notes,
				     NULL),
			 0);
	list = diagnostics_list(notes, &count);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].code, "file-too-large");
	assert_int_equal(list[0].span.line, 0);
	diagnostics_free(notes);
	arena_free(arena);
}

static void without_memory_the_parser_fails(void **state)
{
	static const char source[] =
		"rule a : t { meta: x = 1 strings: $a = { 41 [300] 42 } $b = /x(a|b)/ "
		"condition: any of them and for all i in (1,2) : (i == f.a[1](2)) }";
	const struct parse_options options = { .allow_includes = true };

	(void)state;
	for (size_t limit = 16; limit < 16384; limit += 16) {
		struct arena *arena = arena_new(limit);
		struct rules_tree tree = { 0 };
		struct diagnostics *notes;
		struct error err;

		assert_int_equal(diagnostics_new(&notes, NULL), 0);

		int ret = rules_parse(&tree, arena, "t", "n", string_bytes(source), &options, notes,
				      &err);

		assert_true(ret == ERROR_MEMORY || (ret == 0 && tree.rule_count == 1));
		assert_int_equal(diagnostics_count(notes, SEVERITY_ERROR), 0);
		diagnostics_free(notes);
		arena_free(arena);
	}
}

/* A directory with files that include one another. */
struct include_folder {
	char path[64];
};

static void write_file(const struct include_folder *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_folder(void **state)
{
	static struct include_folder folder;
	char path[256], name[32], text[64];

	strcpy(folder.path, "/tmp/test_parser.XXXXXX");
	assert_non_null(mkdtemp(folder.path));
	snprintf(path, sizeof(path), "%s/sub", folder.path);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(&folder, "plain.yar", "rule plain { condition: true }");
	write_file(&folder, "broken.yar", "\nrule broken { condition: }");
	write_file(&folder, "sub/down.yar", "include \"beside.yar\" include \"../plain.yar\"");
	write_file(&folder, "sub/beside.yar", "rule beside { condition: true }");
	write_file(&folder, "self.yar", "rule s { condition: true } include \"self.yar\"");
	write_file(&folder, "circle.yar", "include \"sub/../circle2.yar\"");
	write_file(&folder, "circle2.yar", "include \"./circle.yar\"");
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "deep%d.yar", i);
		snprintf(text, sizeof(text), "include \"deep%d.yar\" include \"deep%d.yar\"", i + 1,
			 i + 1);
		write_file(&folder, name, text);
	}
	for (int i = 2; i < 17; i++) {
		snprintf(name, sizeof(name), "line%d.yar", i);
		snprintf(text, sizeof(text), "include \"line%d.yar\"", i + 1);
		write_file(&folder, name, text);
	}
	write_file(&folder, "line17.yar", "rule end { condition: true }");
	*state = &folder;
	return 0;
}

static int remove_folder(void **state)
{
	const struct include_folder *folder = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", folder->path);
	return system(command);
}

static void parse_in(const struct include_folder *folder, struct parsed_rules *parsed,
		     const char *text)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/main.yar", folder->path);
	parsed_rules_init(parsed, name, string_bytes(text));
}

static void included_rules_stand_where_they_are_included(void **state)
{
	struct parsed_rules parsed;

	parse_in(*state, &parsed,
		 "rule first { condition: true } include \"sub/down.yar\" rule last { condition: "
		 "true }");
	assert_int_equal(diagnostics_count(parsed.notes, SEVERITY_ERROR), 0);
	assert_int_equal(parsed.tree.rule_count, 4);
	assert_string_equal(parsed.tree.rules[0]->name, "first");
	assert_string_equal(parsed.tree.rules[1]->name, "beside");
	assert_string_equal(parsed.tree.rules[2]->name, "plain");
	assert_string_equal(parsed.tree.rules[3]->name, "last");
	assert_int_equal(parsed.tree.rules[3]->span.file, 0);
	assert_string_not_equal(
		diagnostics_file_name(parsed.notes, parsed.tree.rules[1]->span.file),
		diagnostics_file_name(parsed.notes, 0));
	parsed_rules_release(&parsed);
}

struct include_row {
	const char *name, *source, *message;
	const char *file; /* the end of the name of the file that has the error */
	uint32_t line, column;
	size_t rules;
};

static const struct include_row includes[] = {
	{ "a missing file does not end the parse", "include \"no.yar\"\nrule a { condition: true }",
	  "No such file or directory", "/main.yar", 1, 9, 1 },
	{ "a folder is no file", "include \"sub\"", "no regular file", "/main.yar", 1, 9, 0 },
	{ "an error stands in the included file",
	  "include \"broken.yar\" rule a { condition: true }", "syntax error, unexpected '}'",
	  "/broken.yar", 2, 26, 2 },
	{ "a file that includes itself", "include \"self.yar\"", "includes circular reference",
	  "/self.yar", 1, 36, 1 },
	{ "a longer circle, however it is spelled", "include \"circle.yar\"",
	  "includes circular reference", "/circle2.yar", 1, 9, 0 },
	{ "seventeen files, one in the other", "include \"line2.yar\"", "includes depth exceeded",
	  "/line16.yar", 1, 9, 0 },
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

static void bad_includes_are_errors_of_the_include(void **state)
{
	int failures = 0;

	for (size_t i = 0; i < sizeof(includes) / sizeof(*includes); i++) {
		const struct include_row *row = &includes[i];
		struct parsed_rules parsed;
		const struct diagnostic *list;
		size_t count;

		parse_in(*state, &parsed, row->source);
		list = diagnostics_list(parsed.notes, &count);
		if (count != 1 || !ends_with(list[0].message, row->message) ||
		    !ends_with(diagnostics_file_name(parsed.notes, list[0].span.file), row->file) ||
		    list[0].span.line != row->line || list[0].span.column != row->column ||
		    parsed.tree.rule_count != row->rules) {
			print_error("%s: %zu errors, %s\n", row->name, count,
				    count ? list[0].message : "");
			failures++;
		}
		parsed_rules_release(&parsed);
	}
	assert_int_equal(failures, 0);
}

static void sixteen_files_may_stand_one_in_the_other(void **state)
{
	struct parsed_rules parsed;

	parse_in(*state, &parsed, "include \"line3.yar\"");
	assert_int_equal(diagnostics_count(parsed.notes, SEVERITY_ERROR), 0);
	assert_int_equal(parsed.tree.rule_count, 1);
	parsed_rules_release(&parsed);
}

static void includes_that_double_come_to_an_end(void **state)
{
	struct parsed_rules parsed;
	const struct diagnostic *list;
	size_t count;

	parse_in(*state, &parsed, "include \"deep0.yar\"");
	list = diagnostics_list(parsed.notes, &count);
	assert_true(count >= 1000 && count < 1100);
	assert_int_equal(list[count - 1].severity, SEVERITY_ERROR);
	parsed_rules_release(&parsed);
}

static void includes_can_be_switched_off(void **state)
{
	const struct parse_options options = { .allow_includes = false };
	struct arena *arena = arena_new(0);
	struct rules_tree tree = { 0 };
	struct diagnostics *notes;
	size_t count;

	(void)state;
	assert_int_equal(diagnostics_new(&notes, NULL), 0);
	assert_int_equal(rules_parse(&tree, arena, "t", "n", string_bytes("include \"x\""),
				     &options, notes, NULL),
			 0);
	assert_string_equal(diagnostics_list(notes, &count)[0].message, "includes are disabled");
	diagnostics_free(notes);
	arena_free(arena);
}

static void texts_add_to_one_tree(void **state)
{
	const struct parse_options options = { .allow_includes = false };
	struct arena *arena = arena_new(0);
	struct rules_tree tree = { 0 };
	struct diagnostics *notes;

	(void)state;
	assert_int_equal(diagnostics_new(&notes, NULL), 0);
	for (int i = 0; i < 5; i++) {
		char name[] = { (char)('a' + i), 0 };

		assert_int_equal(rules_parse(&tree, arena, "t", name,
					     string_bytes("rule r { condition: true }"), &options,
					     notes, NULL),
				 0);
	}
	assert_int_equal(tree.rule_count, 5);
	assert_string_equal(tree.rules[4]->namespace_name, "e");
	assert_int_equal(tree.rules[4]->span.file, 4);
	diagnostics_free(notes);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_become_trees),
		cmocka_unit_test(errors_stand_at_their_place),
		cmocka_unit_test(a_rule_has_all_that_is_written),
		cmocka_unit_test(a_rule_with_a_syntax_error_keeps_its_name),
		cmocka_unit_test(xor_alone_is_all_keys),
		cmocka_unit_test(a_span_covers_its_node_on_the_first_line),
		cmocka_unit_test(the_hash_is_of_tokens_alone),
		cmocka_unit_test(the_hash_does_not_depend_on_rules_before),
		cmocka_unit_test(sizes_have_limits_or_none),
		cmocka_unit_test(after_a_hundred_errors_a_file_is_left),
		cmocka_unit_test(rubbish_is_refused_without_harm),
		cmocka_unit_test(zero_bytes_end_nothing),
		cmocka_unit_test(a_file_that_is_too_large_is_an_error),
		cmocka_unit_test(without_memory_the_parser_fails),
		cmocka_unit_test(included_rules_stand_where_they_are_included),
		cmocka_unit_test(bad_includes_are_errors_of_the_include),
		cmocka_unit_test(sixteen_files_may_stand_one_in_the_other),
		cmocka_unit_test(includes_that_double_come_to_an_end),
		cmocka_unit_test(includes_can_be_switched_off),
		cmocka_unit_test(texts_add_to_one_tree),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
