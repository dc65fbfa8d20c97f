#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/report/sample_hit.h"

/* What the report writes for one checkpoint with one hit. */
static char *report_of(const struct report_options *options, const struct hit *hit)
{
	char *written = NULL;
	size_t length;
	FILE *stream = open_memstream(&written, &length);
	struct report *report;
	struct error err;

	assert_non_null(stream);
	assert_int_equal(report_text.open(&report, stream, &sample_run, options, &err), 0);

	const struct hit_sink *sink = report_text.sink(report);
	const struct run_summary run = { .checkpoints = 1 };

	assert_int_equal(sink->begin(sink->context, hit->checkpoint, &err), 0);
	assert_int_equal(sink->hit(sink->context, hit, &err), 0);
	assert_int_equal(sink->end(sink->context, &sample_summary, &err), 0);
	assert_int_equal(report_text.end_run(report, &run, &err), 0);
	report_text.close(report);
	fclose(stream);
	return written;
}

#define HEADING                                                                                    \
	"checkpoint.tar: container api (f11d0c2ab3e4), image registry/api:1.4, "                   \
	"pod shop/payments-7d4b9, engine cri-o\n"

static const struct {
	const char *name;
	struct report_options options;
	const char *expected;
} cases[] = {
	{ "a line for the container and one for the hit",
	  { .max_listed = 100 },
	  HEADING "R pid 4 (plant) /plant (deleted)\n" },
	{ "tags and meta when asked for",
	  { .print_tags = true, .print_meta = true },
	  HEADING "R [apt,miner] [author=\"x\\\"\\x1b\",hash=\"1\",score=75,hash=true] "
		  "pid 4 (plant) /plant (deleted)\n" },
	{ "a line for each match, in columns, and how many are not listed",
	  { .print_strings = true },
	  HEADING
	  "R pid 4 (plant) /plant (deleted)\n"
	  "  0x7f48c082500a      rw-p anonymous                 $a    5  IC\\x1b~!\n"
	  "  0xffffffffff600010  r-xp file /lib/\\xff (deleted)  $   100  xor 0x03  \\xff\\xfe...\n"
	  "  2 of 3 matches\n" },
	{ "a dump of the neighbourhood, cut where a long match is",
	  { .context_bytes = 2 },
	  HEADING
	  "R pid 4 (plant) /plant (deleted)\n"
	  "  0x7f48c082500a      rw-p anonymous                 $a    5  IC\\x1b~!\n"
	  "    7f48c0825000:                     3c3c 4943 1b7e 213e          <<IC.~!>\n"
	  "    7f48c0825010: 3e                                       >\n"
	  "  0xffffffffff600010  r-xp file /lib/\\xff (deleted)  $   100  xor 0x03  \\xff\\xfe...\n"
	  "    ffffffffff600010: fffe                                     ..\n"
	  "    ... 98 bytes of the match\n"
	  "  2 of 3 matches\n" },
	{ "only the number", { .count_only = true }, "checkpoint.tar:1\n" },
};

static void writes_what_was_asked_for(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *written = report_of(&cases[i].options, &sample_hit);

		if (strcmp(written, cases[i].expected) != 0) {
			print_error("%s: got\n%s", cases[i].name, written);
			failures++;
		}
		free(written);
	}
	assert_int_equal(failures, 0);
}

static void lets_no_control_byte_through(void **state)
{
	static const char hostile[] = "\x1b]0;x\x07\xc2\x9b\xe2\x80\xae\n\xff";
	struct checkpoint_outline checkpoint = sample_checkpoint;
	struct target_outline target = sample_target;
	struct hit hit = sample_hit;
	const struct report_options options = { .print_strings = true,
						.print_meta = true,
						.context_bytes = 2 };

	(void)state;
	checkpoint.path = checkpoint.container_name = checkpoint.image = hostile;
	checkpoint.container_id = checkpoint.pod = checkpoint.name_space = hostile;
	checkpoint.engine = hostile;
	target.name = target.executable = hostile;
	hit.checkpoint = &checkpoint;
	hit.target = &target;

	char *written = report_of(&options, &hit);

	for (const char *byte = written; *byte; byte++)
		assert_true(*byte == '\n' || (*byte >= 0x20 && *byte < 0x7f));
	assert_non_null(strstr(written, "(\\x1b]0;x\\x07\\u009b\\u202e\\n\\xff)"));
	free(written);
}

static void shows_a_namespace_that_is_not_default(void **state)
{
	struct rule rule = sample_rule;
	struct hit hit = sample_hit;
	const struct report_options options = { 0 };

	(void)state;
	rule.namespace_name = "command_line";
	hit.rule = &rule;

	char *written = report_of(&options, &hit);

	assert_string_equal(written, HEADING "command_line:R pid 4 (plant) /plant (deleted)\n");
	free(written);
}

/* As users of yara know it: RULE FILE, and where in the file. */
static void a_plain_file_stands_behind_the_rule_without_a_heading(void **state)
{
	const struct report_options options = { .print_strings = true };

	(void)state;
	char *written = report_of(&options, &sample_file_hit);

	assert_string_equal(written, "R /srv/\\xff.bin\n"
				     "  0x5010  $a  5  IC\\x1b~!\n");
	free(written);
}

static void keeps_columns_straight_whatever_the_script(void **state)
{
	struct hit_match matches[] = { sample_matches[0], sample_matches[0] };
	struct hit hit = sample_hit;
	const struct report_options options = { .print_strings = true };

	(void)state;
	matches[0].vma.path = "/\xe6\xbc\xa2\xe5\xad\x97";
	matches[1].vma.path = "/abcdef";
	hit.matches = matches;

	char *written = report_of(&options, &hit);

	assert_non_null(strstr(written, "rw-p anonymous /\xe6\xbc\xa2\xe5\xad\x97    $a"));
	assert_non_null(strstr(written, "rw-p anonymous /abcdef  $a"));
	free(written);
}

static void shows_the_beginning_of_a_name_longer_than_any_path(void **state)
{
	static char endless[100000];
	struct target_outline target = sample_target;
	struct hit hit = sample_hit;
	const struct report_options options = { 0 };

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	target.executable = endless;
	hit.target = &target;

	char *written = report_of(&options, &hit);

	assert_in_range(strlen(written), 4096, 4400);
	assert_non_null(strstr(written, "xxx... (deleted)\n"));
	free(written);
}

static void marks_a_match_that_is_not_from_the_dump(void **state)
{
	static const char line[] =
		"  0x7f48c082500a  rw-p anonymous (from the file)  $a  5  IC\\x1b~!\n";
	const struct report_options options = { .print_strings = true };
	struct hit_match match = sample_matches[0];
	struct hit hit = sample_hit;
	char *written;

	(void)state;
	match.from_file = true;
	hit.matches = &match;
	hit.match_count_listed = 1;
	written = report_of(&options, &hit);
	assert_non_null(strstr(written, line));
	free(written);
}

static void shows_captured_targets_below_the_heading(void **state)
{
	static const struct target_outline pipe = { .kind = TARGET_PIPE, .object = "7", .size = 9 };
	const struct report_options options = { .print_strings = true };
	struct console_message message = sample_message;
	struct hit hit = sample_file_hit;
	struct text text = { 0 };
	char *written;

	(void)state;
	hit.checkpoint = &sample_checkpoint;
	hit.target = &pipe;
	written = report_of(&options, &hit);
	assert_string_equal(written, HEADING "R pipe 7\n  0x5010  $a  5  IC\\x1b~!\n");
	free(written);
	message.target = &pipe;
	report_add_log(&text, &message, false);
	assert_string_equal(text.data, "ckpt-scan: log: checkpoint.tar: pipe 7: R: pool\\ "
				       "\\x1b\\n\\x00\\xff\n");
	text_release(&text);
}

static void colours_only_when_told_to(void **state)
{
	const struct report_options options = { .color = true, .print_strings = true };

	(void)state;
	char *written = report_of(&options, &sample_hit);

	assert_non_null(strstr(written, "\x1b[35mcheckpoint.tar\x1b[0m"));
	assert_non_null(strstr(written, "\x1b[1;31mR\x1b[0m \x1b[32mpid 4\x1b[0m"));
	assert_non_null(strstr(written, "\x1b[1;31mIC\\x1b~!\x1b[0m\n"));
	free(written);
}

static void says_that_writing_failed(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	const struct report_options options = { .count_only = true };
	struct report *report;
	struct error err;

	(void)state;
	assert_non_null(full);
	assert_int_equal(report_text.open(&report, full, &sample_run, &options, &err), 0);

	const struct hit_sink *sink = report_text.sink(report);

	assert_int_equal(sink->end(sink->context, &sample_summary, &err), ERROR_SYSTEM);
	assert_string_equal(err.message, "write the report: No space left on device");
	report_text.close(report);
	fclose(full);
}

static const struct {
	struct warning warning;
	const char *expected;
} warnings[] = {
	{ { .code = WARNING_TRUNCATED, .message = "ends early", .file = "pages-1.img" },
	  "ckpt-scan: warning: checkpoint.tar: pages-1.img: ends early [truncated]\n" },
	{ { .code = WARNING_CORRUPT, .message = "pages-1.img: bad", .file = "pages-1.img" },
	  "ckpt-scan: warning: checkpoint.tar: pages-1.img: bad [corrupt]\n" },
	{ { .code = WARNING_CANNOT_OPEN, .message = "checkpoint.tar: no such file" },
	  "ckpt-scan: warning: checkpoint.tar: no such file [cannot-open]\n" },
	{ { .code = WARNING_CHANGED_WHILE_READ,
	    .message = "checkpoint.tar became shorter",
	    .file = "checkpoint.tar" },
	  "ckpt-scan: warning: checkpoint.tar became shorter [changed-while-read]\n" },
	{ { .code = WARNING_NOTHING_SELECTED, .message = "no process" },
	  "ckpt-scan: note: checkpoint.tar: no process [nothing-selected]\n" },
	{ { .code = WARNING_CORRUPT,
	    .message = "a\n\x1b",
	    .has_memory = true,
	    .pid = 4,
	    .start = 0xfffffffffffff000,
	    .has_range = true,
	    .offset = 1,
	    .length = 2,
	    .bytes = 3,
	    .count = 4 },
	  "ckpt-scan: warning: checkpoint.tar: a\\n\\x1b [corrupt] (pid 4, addresses "
	  "0xfffffffffffff000-0x10000000000000000, offset 1, length 2, 3 bytes not seen, 4 "
	  "times)\n" },
};

static void writes_a_warning_on_one_line_with_file_and_range(void **state)
{
	struct text text = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		text_clear(&text);
		report_add_warning(&text, &sample_checkpoint, &warnings[i].warning, false);
		assert_string_equal(text.data, warnings[i].expected);
	}
	text_release(&text);
}

static void writes_what_a_rule_logged_on_one_line(void **state)
{
	static const char of_a_process[] =
		"ckpt-scan: log: checkpoint.tar: pid 4: R: pool\\ \\x1b\\n\\x00\\xff\n";
	static const char of_a_file[] = "ckpt-scan: log: /srv/\\xff.bin: ns:R: pool\\ "
					"\\x1b\\n\\x00\\xff\n";
	struct console_message message = sample_message;
	struct rule rule = sample_rule;
	struct text text = { 0 };

	(void)state;
	report_add_log(&text, &message, false);
	assert_string_equal(text.data, of_a_process);
	text_clear(&text);
	rule.namespace_name = "ns";
	message.rule = &rule;
	message.checkpoint = &sample_file_outline;
	message.target = &sample_file_target;
	report_add_log(&text, &message, false);
	assert_string_equal(text.data, of_a_file);
	text_release(&text);
}

static void writes_how_the_work_went_on_one_line(void **state)
{
	uint64_t bytes[] = { 4096, 0, 9 };
	const struct work_stats two = { bytes, 3, 3, 70 }, one = { bytes, 1, 0, 1 };
	struct scan_summary summary = sample_summary;
	struct text text = { 0 };

	(void)state;
	summary.stats = &two;
	report_add_stats(&text, &summary, false);
	summary.stats = &one;
	report_add_stats(&text, &summary, false);
	assert_string_equal(text.data, "ckpt-scan: stats: checkpoint.tar: bytes by node 4096, 0, "
				       "9; 3 steals, 70 waits\n"
				       "ckpt-scan: stats: checkpoint.tar: bytes by node 4096; 0 "
				       "steals, 1 waits\n");
	text_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_was_asked_for),
		cmocka_unit_test(lets_no_control_byte_through),
		cmocka_unit_test(shows_a_namespace_that_is_not_default),
		cmocka_unit_test(a_plain_file_stands_behind_the_rule_without_a_heading),
		cmocka_unit_test(writes_what_a_rule_logged_on_one_line),
		cmocka_unit_test(keeps_columns_straight_whatever_the_script),
		cmocka_unit_test(shows_the_beginning_of_a_name_longer_than_any_path),
		cmocka_unit_test(marks_a_match_that_is_not_from_the_dump),
		cmocka_unit_test(writes_how_the_work_went_on_one_line),
		cmocka_unit_test(shows_captured_targets_below_the_heading),
		cmocka_unit_test(colours_only_when_told_to),
		cmocka_unit_test(says_that_writing_failed),
		cmocka_unit_test(writes_a_warning_on_one_line_with_file_and_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
