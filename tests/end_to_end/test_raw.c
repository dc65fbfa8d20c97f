#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/scan_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Plain files as targets, and what rules log: what rules see of them, what is reported, and what becomes of files that change. */

#define LENGTH ((size_t)3 << 20)

static char directory[256];

static void make_path(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", directory, name);
}

/* The word at every odd place of its length, so that no cut of the file into shards keeps all of them whole. */
static void make_file(const char *path, size_t length, const char *word)
{
	FILE *file = fopen(path, "w");
	size_t step = 4093, size = strlen(word);
	char *content = calloc(1, length + 1);

	assert_non_null(file);
	assert_non_null(content);
	memset(content, '.', length);
	for (size_t at = 0; size && at + size <= length; at += step)
		memcpy(content + at, word, size);
	assert_int_equal(fwrite(content, 1, length, file), length);
	fclose(file);
	free(content);
}

static size_t lines_of_type(const struct scan_run *run, const char *type)
{
	size_t index, count = 0;
	json_t *line;

	json_array_foreach(run->lines, index, line) count +=
		strcmp(json_string_value(json_object_get(line, "type")), type) == 0;
	return count;
}

static int64_t number_of(const struct scan_run *run, const char *name)
{
	return json_integer_value(json_object_get(scan_run_summary(run), name));
}

static const struct {
	const char *name, *rule;
	size_t length, hits;
} cases[] = {
	{ "an empty file is a file", "rule r { condition: filesize == 0 }", 0, 1 },
	{ "nothing is found in an empty file",
	  "rule r { strings: $a = \"x\" condition: $a } rule s { strings: $a = \"x\" condition: "
	  "not "
	  "$a }",
	  0, 1 },
	{ "its size is known", "rule r { condition: filesize == 3MB }", LENGTH, 1 },
	{ "places are offsets",
	  "rule r { strings: $a = \"needle\" condition: $a at 0 and @a[3] == 8186 }", LENGTH, 1 },
	{ "the ends are real",
	  "rule r { strings: $a = /^needle/ $b = /\\.$/ condition: #a == 1 and #b == 1 }", LENGTH,
	  1 },
	{ "bytes are read anywhere",
	  "rule r { condition: uint16be(0) == 0x6e65 and uint8(filesize - 1) == 0x2e and not "
	  "defined uint8(filesize) }",
	  LENGTH, 1 },
	{ "words at its start and end stand alone",
	  "rule r { strings: $a = \"needle\" fullword condition: $a }", 6, 1 },
	{ "a file of one byte", "rule r { strings: $a = \"n\" condition: $a at 0 }", 1, 0 },
};

static void rules_see_a_file_as_yara_shows_it(void **state)
{
	char path[300];

	(void)state;
	make_path(path, sizeof(path), "file");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct scan_setup setup = { .path = path,
						  .rules = cases[i].rule,
						  .options = { .raw = true } };
		struct scan_run run;

		print_message("%s\n", cases[i].name);
		make_file(path, cases[i].length, "needle");
		scan_run(&setup, &run);
		assert_int_equal(lines_of_type(&run, "hit"), cases[i].hits);
		assert_true(run.result.complete && run.result.is_checkpoint);
		assert_int_equal(number_of(&run, "bytes_scanned"), cases[i].length);
		assert_int_equal(number_of(&run, "bytes_lost"), 0);
		assert_int_equal(number_of(&run, "bytes_not_selected"), 0);
		assert_true(json_is_true(json_object_get(scan_run_summary(&run), "whole")));
		assert_true(json_is_false(json_object_get(scan_run_summary(&run), "narrowed")));
		scan_run_release(&run);
	}
	unlink(path);
}

static const char many_rules[] =
	"rule text { strings: $a = \"needle\" $w = \"needle\" fullword condition: any of them }\n"
	"rule regex { strings: $a = /needle\\.{100,}/ condition: $a and #a > 700 }\n"
	"rule reads { condition: for any i in (0..700) : (uint32be(i * 4093) == 0x6e656564) }\n";

static void the_report_is_the_same_however_a_file_is_cut_into_shards(void **state)
{
	static const size_t shards[] = { 0, 65536, 100003, 1 << 20 };
	char path[300], *expected = NULL;

	(void)state;
	make_path(path, sizeof(path), "file");
	make_file(path, LENGTH, "needle");
	for (size_t i = 0; i < COUNT(shards); i++) {
		const struct scan_setup setup = {
			.path = path,
			.rules = many_rules,
			.options = { .raw = true, .shard_bytes = shards[i], .max_listed = 2000 },
			.threads = 1 + i,
		};
		struct scan_run run;
		char *text;

		scan_run(&setup, &run);
		text = scan_run_normalized(&run);
		assert_int_equal(lines_of_type(&run, "hit"), 3);
		if (expected)
			assert_string_equal(text, expected);
		else
			expected = strdup(text);
		free(text);
		scan_run_release(&run);
	}
	free(expected);
	unlink(path);
}

/* A sink through which the file changes when it is open and nothing of it was searched. */
struct changing {
	const char *path;
	off_t length;
	bool complete;
	uint64_t scanned, lost;
	enum warning_code code;
	size_t warnings;
};

static int on_begin(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	const struct changing *changing = context;

	(void)outline;
	(void)err;
	return truncate(changing->path, changing->length);
}

static int on_hit(void *context, const struct hit *hit, struct error *err)
{
	(void)context;
	(void)hit;
	(void)err;
	return 0;
}

static int on_warning(void *context, const struct checkpoint_outline *outline,
		      const struct target_outline *target, const struct warning *warning,
		      struct error *err)
{
	struct changing *changing = context;

	(void)outline;
	(void)target;
	(void)err;
	changing->code = warning->code;
	changing->warnings++;
	return 0;
}

static int on_end(void *context, const struct scan_summary *summary, struct error *err)
{
	struct changing *changing = context;

	(void)err;
	changing->complete = summary->complete;
	changing->scanned = summary->bytes_scanned;
	changing->lost = summary->bytes_lost;
	return 0;
}

static const struct {
	const char *name;
	size_t length, then;
	bool complete;
	enum warning_code code;
	uint64_t scanned;
} changes[] = {
	{ "a file that grows is scanned as it was", LENGTH, LENGTH + 4096, true,
	  WARNING_LONGER_THAN_DESCRIBED, LENGTH },
	{ "of a file that is cut the rest is lost", LENGTH, LENGTH / 2, false,
	  WARNING_CHANGED_WHILE_READ, LENGTH / 2 },
	{ "of a file that is emptied all is lost", LENGTH, 0, false, WARNING_CHANGED_WHILE_READ,
	  0 },
	{ "a file that was read already is told to have been cut", 100, 50, false,
	  WARNING_CHANGED_WHILE_READ, 100 },
};

static void a_file_that_changes_is_told(void **state)
{
	char path[300];

	(void)state;
	make_path(path, sizeof(path), "file");
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct changing changing = { .path = path, .length = (off_t)changes[i].then };
		const struct hit_sink sink = { .context = &changing,
					       .begin = on_begin,
					       .hit = on_hit,
					       .warning = on_warning,
					       .end = on_end };
		const struct scan_setup setup = { .path = path,
						  .rules = many_rules,
						  .options = { .raw = true } };
		struct scan_result result;
		struct error err;

		print_message("%s\n", changes[i].name);
		make_file(path, changes[i].length, "needle");
		assert_int_equal(scan_run_into(&setup, &sink, &result, &err), 0);
		assert_int_equal(changing.warnings, 1);
		assert_int_equal(changing.code, changes[i].code);
		assert_int_equal(changing.complete, changes[i].complete);
		assert_int_equal(result.complete, changes[i].complete);
		assert_false(result.machine);
		assert_int_equal(changing.scanned, changes[i].scanned);
		assert_int_equal(changing.scanned + changing.lost, changes[i].length);
	}
	unlink(path);
}

static const struct {
	const char *path; /* NULL: the test's directory */
	const char *code;
	bool machine;
} refusals[] = {
	{ NULL, "unsupported", false },
	{ "/dev/null", "unsupported", false },
	{ "/nonexistent/file", "cannot-open", true },
};

static void what_is_no_file_makes_the_scan_incomplete(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct scan_setup setup = {
			.path = refusals[i].path ? refusals[i].path : directory,
			.rules = "rule r { condition: true }",
			.options = { .raw = true },
		};
		struct scan_run run;

		scan_run(&setup, &run);
		assert_int_equal(lines_of_type(&run, "hit"), 0);
		assert_true(scan_run_warns(&run, refusals[i].code));
		assert_false(run.result.complete || run.result.is_checkpoint);
		assert_int_equal(run.result.machine, refusals[i].machine);
		assert_int_equal(
			json_integer_value(json_object_get(
				json_object_get(scan_run_summary(&run), "targets"), "file")),
			0);
		scan_run_release(&run);
	}
}

static void a_target_is_named_by_its_path_and_has_no_checkpoint(void **state)
{
	const struct scan_setup setup = { .path = "/proc/self/status",
					  .rules =
						  "rule r { strings: $a = \"Pid:\" condition: $a }",
					  .options = { .raw = true } };
	const json_t *hit, *target, *checkpoint, *match;
	struct scan_run run;

	(void)state;
	scan_run(&setup, &run);
	hit = json_array_get(run.lines, 0);
	target = json_object_get(hit, "target");
	checkpoint = json_object_get(hit, "checkpoint");
	match = json_array_get(json_object_get(hit, "matches"), 0);
	assert_string_equal(json_string_value(json_object_get(target, "kind")), "file");
	assert_string_equal(json_string_value(json_object_get(target, "path")), setup.path);
	assert_string_equal(json_string_value(json_object_get(target, "origin")), "operand");
	assert_int_equal(json_integer_value(json_object_get(target, "size")),
			 number_of(&run, "bytes_scanned"));
	assert_string_equal(json_string_value(json_object_get(checkpoint, "form")), "raw");
	assert_null(json_object_get(checkpoint, "id"));
	assert_non_null(json_object_get(match, "offset"));
	assert_null(json_object_get(match, "address"));
	assert_null(json_object_get(match, "vma"));
	assert_null(json_object_get(match, "image"));
	scan_run_release(&run);
}

/* Messages, and names of rules that are hits, in the report's order, each with a blank behind it. */
static void expect_messages(const struct scan_run *run, const char *expected)
{
	char text[256] = "";
	size_t index;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		const char *type = json_string_value(json_object_get(line, "type"));
		const char *name = strcmp(type, "log") == 0 ? "message" : "rule";
		const char *value = json_string_value(json_object_get(line, name));

		if (value && strlen(text) + strlen(value) + 2 < sizeof(text))
			strcat(strcat(text, value), " ");
	}
	assert_string_equal(text, expected);
}

static void what_rules_log_stands_before_their_hit(void **state)
{
	const struct scan_setup setup = {
		.path = "/proc/self/status",
		.rules = "import \"console\"\n"
			 "rule one { condition: console.log(\"a\") and console.log(\"b\") }\n"
			 "private rule two { condition: console.log(\"c\") }\n"
			 "rule three { condition: console.log(\"d\") and false }\n"
			 "rule four { condition: two and console.log(\"e\") }\n",
		.options = { .raw = true },
	};
	struct scan_run run;

	(void)state;
	scan_run(&setup, &run);
	expect_messages(&run, "a b one c d e four ");
	scan_run_release(&run);
}

/* A condition that asks for bytes which have passed is judged again, and heard once. */
static void a_rule_that_is_judged_twice_is_heard_once(void **state)
{
	const struct scan_setup setup = {
		.path = TEST_DATA_DIR "/redis-zstd.tar",
		.rules = "import \"console\"\n"
			 "rule r { condition: console.log(\"before\") and "
			 "console.log(\"\", uint8(0x7f9c68cc4243)) }\n",
		.options = { .target_kinds = 1 << TARGET_PROCESS },
	};
	struct scan_run run;

	(void)state;
	scan_run(&setup, &run);
	expect_messages(&run, "before 65 r ");
	scan_run_release(&run);
}

static void lines_beyond_the_limit_are_counted(void **state)
{
	const struct scan_setup setup = {
		.path = "/proc/self/status",
		.rules = "import \"console\"\n"
			 "rule flood { condition: for all i in (1..100000) : "
			 "(console.log(\"more than ten bytes \", i)) }\n",
		.options = { .raw = true },
	};
	struct scan_run run;

	(void)state;
	scan_run(&setup, &run);
	assert_int_equal(lines_of_type(&run, "hit"), 1);
	assert_in_range(lines_of_type(&run, "log"), 1000, 99999);
	assert_true(scan_run_warns(&run, "limit"));
	assert_false(run.result.complete || run.result.machine);
	scan_run_release(&run);
}

static void a_run_that_is_stopped_is_incomplete(void **state)
{
	const _Atomic int stop = 15;
	const struct scan_setup setup = { .path = "/proc/self/exe",
					  .rules = many_rules,
					  .options = { .raw = true, .stop = &stop } };
	struct scan_run run;

	(void)state;
	scan_run(&setup, &run);
	assert_true(scan_run_warns(&run, "interrupted"));
	assert_true(!run.result.complete && run.result.machine);
	assert_int_equal(number_of(&run, "bytes_scanned"), 0);
	scan_run_release(&run);
}

static int make_directory(void **state)
{
	(void)state;
	temporary_directory(directory, sizeof(directory));
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	temporary_remove(directory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_see_a_file_as_yara_shows_it),
		cmocka_unit_test(the_report_is_the_same_however_a_file_is_cut_into_shards),
		cmocka_unit_test(a_file_that_changes_is_told),
		cmocka_unit_test(what_is_no_file_makes_the_scan_incomplete),
		cmocka_unit_test(a_target_is_named_by_its_path_and_has_no_checkpoint),
		cmocka_unit_test(what_rules_log_stands_before_their_hit),
		cmocka_unit_test(a_rule_that_is_judged_twice_is_heard_once),
		cmocka_unit_test(lines_beyond_the_limit_are_counted),
		cmocka_unit_test(a_run_that_is_stopped_is_incomplete),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
