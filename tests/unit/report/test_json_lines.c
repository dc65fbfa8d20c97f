#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/report/sample_hit.h"

/* Objects of the golden lines; RUN is left open, for a summary has more in it. */
#define RUN                                                                                        \
	"\"run\":{\"id\":\"5b0c\",\"time\":\"2026-11-24T13:02:11Z\",\"schema\":1,"                 \
	"\"version\":\"0.1.0\",\"host\":\"ir-1\""
#define CHECKPOINT_HEAD                                                                            \
	"\"checkpoint\":{\"id\":\"77aa\",\"path\":\"checkpoint.tar\",\"member\":\"checkpoint\","   \
	"\"form\":\"tar\",\"compression\":\"zstd\","
#define CHECKPOINT_TAIL "\"time\":\"2026-11-24T12:58:40Z\",\"time_source\":\"config\"},"
#define CHECKPOINT CHECKPOINT_HEAD CHECKPOINT_TAIL
#define CONTAINER                                                                                  \
	"\"container\":{\"id\":\"f11d0c2ab3e45566\",\"name\":\"api\","                             \
	"\"image\":\"registry/api:1.4\",\"pod\":\"payments-7d4b9\",\"pod_uid\":\"0b1f\","          \
	"\"namespace\":\"shop\",\"engine\":\"cri-o\",\"created\":\"2026-11-20T08:00:01Z\"},"
#define TARGET                                                                                     \
	"\"target\":{\"kind\":\"process\",\"pid\":4,\"ppid\":1,\"name\":\"plant\","                \
	"\"executable\":\"/plant\",\"executable_state\":\"deleted\","                              \
	"\"command_line\":[\"/plant\",\"-d\"],\"uid\":0,\"thread_count\":1},"
#define ZEROS "000000000000000000000000000000000000000000000000000000000000"

static const char hit_line[] =
	RUN "}," CHECKPOINT CONTAINER TARGET
	    "\"rule\":\"R\",\"namespace\":\"default\",\"rule_hash\":\"01cd" ZEROS "\","
	    "\"tags\":[\"apt\",\"miner\"],"
	    "\"meta\":{\"author\":[\"x\\\"\\u001b\"],\"hash\":[\"1\",true],\"score\":[75]},"
	    "\"match_count\":3,\"matches_listed\":2,\"matches\":["
	    "{\"string\":\"$a\",\"address\":\"0x7f48c082500a\",\"length\":5,"
	    "\"data\":\"SUMbfiE=\",\"before\":\"PDw=\",\"after\":\"Pj4=\","
	    "\"vma\":{\"start\":\"0x7f48c0825000\",\"end\":\"0x7f48c0829000\","
	    "\"protection\":\"rw-p\",\"kind\":\"anonymous\"},"
	    "\"image\":{\"file\":\"pages-3.img\",\"offset\":4096}},"
	    "{\"string\":\"$\",\"address\":\"0xffffffffff600010\",\"length\":100,"
	    "\"data\":\"//4=\",\"before\":\"\",\"after\":\"\",\"xor_key\":3,"
	    "\"vma\":{\"start\":\"0xffffffffff600000\",\"end\":\"0x10000000000000000\","
	    "\"protection\":\"r-xp\",\"kind\":\"file\",\"path\":\"/lib/\xef\xbf\xbd\","
	    "\"path_b64\":\"L2xpYi//\",\"offset\":8192,\"deleted\":true}}]}\n";

static const char bare_hit_line[] =
	RUN "},\"checkpoint\":{\"path\":\"-\",\"form\":\"unknown\"},"
	    "\"target\":{\"kind\":\"process\",\"pid\":7,\"bytes_unseen\":9},"
	    "\"rule\":\"r\",\"namespace\":\"default\",\"rule_hash\":\"0000" ZEROS "\","
	    "\"tags\":[],\"meta\":{},\"match_count\":1000000,\"match_count_limited\":true,"
	    "\"matches_listed\":0,\"matches\":[]}\n";

static const char file_hit_line[] = RUN
	"},\"checkpoint\":{\"path\":\"/srv/\xef\xbf\xbd.bin\",\"path_b64\":\"L3Nydi//LmJpbg==\","
	"\"form\":\"raw\"},\"target\":{\"kind\":\"file\","
	"\"path\":\"/srv/\xef\xbf\xbd.bin\",\"path_b64\":\"L3Nydi//LmJpbg==\","
	"\"origin\":\"operand\",\"size\":90000},"
	"\"rule\":\"R\",\"namespace\":\"default\",\"rule_hash\":\"01cd" ZEROS "\","
	"\"tags\":[\"apt\",\"miner\"],"
	"\"meta\":{\"author\":[\"x\\\"\\u001b\"],\"hash\":[\"1\",true],\"score\":[75]},"
	"\"match_count\":1,\"matches_listed\":1,\"matches\":["
	"{\"string\":\"$a\",\"offset\":20496,\"length\":5,\"data\":\"SUMbfiE=\"}]}\n";

static const char log_line[] =
	"{\"type\":\"log\"," RUN "}," CHECKPOINT CONTAINER TARGET
	"\"namespace\":\"default\",\"rule\":\"R\","
	"\"message\":\"pool\\\\ "
	"\\u001b\\u000a\\u0000\xef\xbf\xbd\",\"message_b64\":\"cG9vbFwgGwoA/w==\"}\n";

static const char warning_line[] =
	"{\"type\":\"warning\"," RUN "}," CHECKPOINT TARGET
	"\"code\":\"missing-parent\",\"effect\":\"incomplete\",\"cause\":\"input\","
	"\"message\":\"pages lie in a parent\",\"file\":\"pagemap-4.img\",\"pid\":4,"
	"\"start\":\"0x1000\",\"end\":\"0x2000\",\"offset\":8,\"length\":16,"
	"\"bytes\":4096,\"count\":2}\n";

static const char warning_of_run_line[] =
	"{\"type\":\"warning\"," RUN
	"},\"code\":\"rule-warning\",\"effect\":\"note\",\"cause\":\"rules\","
	"\"message\":\"slow\"}\n";

static const char last_lines[] =
	RUN ",\"seconds\":0.500,\"bytes_per_second\":7483980512,\"threads\":2}," CHECKPOINT_HEAD
	    "\"size\":3741990400," CHECKPOINT_TAIL CONTAINER
	    "\"complete\":false,\"whole\":false,\"narrowed\":true,\"hits\":1,\"warnings\":1,"
	    "\"incomplete\":[\"missing-parent\"],\"targets\":{\"process\":3,\"file\":0,\"pipe\":0,"
	    "\"socket\":0,\"terminal\":0,\"message\":0},\"bytes_scanned\":3741990256,"
	    "\"bytes_lost\":4096,\"bytes_not_selected\":0,\"bytes_not_dumped\":243269632,"
	    "\"files_not_dumped\":[{\"path\":\"/usr/lib/libc.so.6\",\"bytes\":1900544}],"
	    "\"rules\":{\"sha256\":\"3e1f" ZEROS "\",\"count\":957,\"strings\":2199,"
	    "\"not_evaluated\":4,\"modules_not_evaluated\":[\"dotnet\",\"pe\"]}}\n"
	    "{\"type\":\"end\"," RUN ",\"seconds\":0.430},\"checkpoints\":1,\"complete\":0,"
	    "\"incomplete\":1,\"skipped\":0,\"hits\":1,\"exit\":3}\n";

struct lines {
	char *written;
	size_t length;
	FILE *stream;
	struct report *report;
	const struct hit_sink *sink;
};

static void lines_open(struct lines *lines, const struct report_options *options)
{
	struct error err;

	lines->stream = open_memstream(&lines->written, &lines->length);
	assert_non_null(lines->stream);
	assert_int_equal(
		report_json.open(&lines->report, lines->stream, &sample_run, options, &err), 0);
	lines->sink = report_json.sink(lines->report);
	assert_int_equal(lines->sink->begin(lines->sink->context, &sample_checkpoint, &err), 0);
}

/* The moment of the scan, and the id, are checked elsewhere: here they take the example's values. */
static void fix_value(char *line, const char *name, const char *value)
{
	char *place = strstr(line, name);

	if (place)
		memcpy(place + strlen(name), value, strlen(value));
}

static const char *lines_text(struct lines *lines)
{
	fflush(lines->stream);
	fix_value(lines->written, "\"run\":{\"id\":\"5b0c\",\"time\":\"", sample_run.time);
	return lines->written;
}

static void lines_close(struct lines *lines)
{
	report_json.close(lines->report);
	fclose(lines->stream);
	free(lines->written);
}

static void skip_id(const char **line)
{
	const char *end = strstr(*line, "\"run\"");

	assert_non_null(end);
	*line = end;
}

static void writes_a_hit_field_by_field(void **state)
{
	const struct report_options options = { .context_bytes = 2 };
	struct lines lines;
	struct error err;

	(void)state;
	lines_open(&lines, &options);
	assert_int_equal(lines.sink->hit(lines.sink->context, &sample_hit, &err), 0);

	const char *line = lines_text(&lines);

	assert_memory_equal(line, "{\"type\":\"hit\",\"id\":\"", 20);
	skip_id(&line);
	assert_string_equal(line, hit_line);
	lines_close(&lines);
}

static void writes_a_hit_in_a_plain_file_with_offsets(void **state)
{
	const struct report_options options = { 0 };
	struct lines lines;
	struct error err;

	(void)state;
	lines_open(&lines, &options);
	assert_int_equal(lines.sink->hit(lines.sink->context, &sample_file_hit, &err), 0);

	const char *line = lines_text(&lines);

	skip_id(&line);
	assert_string_equal(line, file_hit_line);
	lines_close(&lines);
}

static void writes_what_a_rule_logged_with_its_bytes(void **state)
{
	struct lines lines;
	struct error err;

	(void)state;
	for (int count_only = 0; count_only < 2; count_only++) {
		const struct report_options options = { .count_only = count_only };

		lines_open(&lines, &options);
		assert_int_equal(lines.sink->log(lines.sink->context, &sample_message, &err), 0);
		assert_string_equal(lines_text(&lines), count_only ? "" : log_line);
		lines_close(&lines);
	}
}

static void leaves_out_what_is_not_known(void **state)
{
	const struct checkpoint_outline bare = { .path = "-", .form = "unknown" };
	const struct target_outline target = { .kind = TARGET_PROCESS,
					       .pid = 7,
					       .bytes_unseen = 9 };
	const struct rule rule = { .name = "r", .namespace_name = "default" };
	const struct hit hit = { .checkpoint = &bare,
				 .target = &target,
				 .rule = &rule,
				 .match_count = 1000000,
				 .match_count_limited = true };
	const struct report_options options = { 0 };
	struct lines lines;
	struct error err;

	(void)state;
	lines_open(&lines, &options);
	assert_int_equal(lines.sink->hit(lines.sink->context, &hit, &err), 0);

	const char *line = lines_text(&lines);

	skip_id(&line);
	assert_string_equal(line, bare_hit_line);
	lines_close(&lines);
}

static void writes_a_warning_with_its_place(void **state)
{
	const struct warning warning = { .code = WARNING_MISSING_PARENT,
					 .message = "pages lie in a parent",
					 .file = "pagemap-4.img",
					 .has_memory = true,
					 .pid = 4,
					 .start = 0x1000,
					 .end = 0x2000,
					 .has_range = true,
					 .offset = 8,
					 .length = 16,
					 .bytes = 4096,
					 .count = 2 };
	const struct report_options options = { 0 };
	struct lines lines;
	struct error err;

	(void)state;
	lines_open(&lines, &options);
	assert_int_equal(lines.sink->warning(lines.sink->context, &sample_checkpoint,
					     &sample_target, &warning, &err),
			 0);
	assert_string_equal(lines_text(&lines), warning_line);
	lines_close(&lines);
}

static void writes_a_warning_of_the_whole_run(void **state)
{
	const struct warning warning = { .code = WARNING_RULE_WARNING, .message = "slow" };
	const struct report_options options = { 0 };
	struct lines lines;
	struct error err;

	(void)state;
	lines_open(&lines, &options);
	assert_int_equal(lines.sink->warning(lines.sink->context, NULL, NULL, &warning, &err), 0);
	assert_string_equal(lines_text(&lines), warning_of_run_line);
	lines_close(&lines);
}

static void writes_a_summary_and_an_end(void **state)
{
	const struct report_options options = { .count_only = true };
	const struct run_summary run = {
		.checkpoints = 1, .incomplete = 1, .hits = 1, .exit_code = 3, .seconds = 0.43
	};
	struct lines lines;
	struct error err;

	(void)state;
	lines_open(&lines, &options);
	assert_int_equal(lines.sink->hit(lines.sink->context, &sample_hit, &err), 0);
	assert_int_equal(lines.sink->end(lines.sink->context, &sample_summary, &err), 0);
	assert_int_equal(report_json.end_run(lines.report, &run, &err), 0);

	const char *line = lines_text(&lines);

	assert_memory_equal(line, "{\"type\":\"summary\",\"id\":\"", 24);
	skip_id(&line);
	assert_string_equal(line, last_lines);
	lines_close(&lines);
}

static void writes_how_the_work_went_where_that_was_asked_for(void **state)
{
	static const char expected[] = "\"threads\":2,\"stats\":{\"bytes_by_node\":[4096,0,9],"
				       "\"steals\":3,\"waits\":70}},";
	const struct report_options options = { .count_only = true };
	uint64_t bytes[] = { 4096, 0, 9 };
	const struct work_stats stats = { bytes, 3, 3, 70 };
	struct scan_summary summary = sample_summary;
	struct lines lines;
	struct error err;

	(void)state;
	summary.stats = &stats;
	lines_open(&lines, &options);
	assert_int_equal(lines.sink->end(lines.sink->context, &summary, &err), 0);
	assert_non_null(strstr(lines_text(&lines), expected));
	lines_close(&lines);
}

#define HOSTILE_BYTES 20000
#define MANY_MATCHES 1000

/* The longest line of a hit that a hostile checkpoint can ask for. */
static size_t hostile_line(const struct report_options *options, unsigned *listed)
{
	static char hostile[HOSTILE_BYTES + 1];
	static struct hit_match matches[MANY_MATCHES];
	struct checkpoint_outline checkpoint = { .form = "tar" };
	struct target_outline target = sample_target;
	struct hit hit = sample_hit;
	struct lines lines;
	struct error err;

	memset(hostile, 1, HOSTILE_BYTES);
	hostile[7] = '\xff';
	checkpoint.id = sample_checkpoint.id;
	checkpoint.path = checkpoint.member = hostile;
	checkpoint.container_id = checkpoint.container_name = checkpoint.image = hostile;
	checkpoint.image_digest = checkpoint.pod = checkpoint.pod_id = hostile;
	checkpoint.pod_uid = checkpoint.name_space = checkpoint.engine = hostile;
	checkpoint.runtime = checkpoint.created = hostile;
	target.name = target.executable = hostile;
	for (size_t i = 0; i < MANY_MATCHES; i++) {
		matches[i] = sample_matches[1];
		matches[i].vma.path = hostile;
		matches[i].image_file = "pages-1.img";
	}
	hit.checkpoint = &checkpoint;
	hit.target = &target;
	hit.matches = matches;
	hit.match_count = hit.match_count_listed = MANY_MATCHES;
	lines_open(&lines, options);
	assert_int_equal(lines.sink->hit(lines.sink->context, &hit, &err), 0);

	size_t length = strlen(lines_text(&lines));
	const char *place = strstr(lines.written, "\"matches_listed\":");

	assert_non_null(place);
	*listed = (unsigned)strtoul(strchr(place, ':') + 1, NULL, 10);
	assert_non_null(strstr(lines.written, "\"executable_cut\":true"));
	lines_close(&lines);
	return length;
}

static void keeps_a_line_below_one_mebibyte(void **state)
{
	const struct report_options bounded = { .default_limits = true };
	const struct report_options asked = { .default_limits = false };
	unsigned listed;

	(void)state;
	assert_in_range(hostile_line(&bounded, &listed), 1 << 19, 1 << 20);
	assert_in_range(listed, 1, MANY_MATCHES - 1);
	assert_true(hostile_line(&asked, &listed) > 1 << 20);
	assert_int_equal(listed, MANY_MATCHES);
}

static void says_that_writing_failed(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	const struct report_options options = { 0 };
	struct report *report;
	struct error err;

	(void)state;
	assert_non_null(full);
	assert_int_equal(report_json.open(&report, full, &sample_run, &options, &err), 0);

	const struct hit_sink *sink = report_json.sink(report);

	assert_int_equal(sink->end(sink->context, &sample_summary, &err), ERROR_SYSTEM);
	report_json.close(report);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_hit_field_by_field),
		cmocka_unit_test(writes_a_hit_in_a_plain_file_with_offsets),
		cmocka_unit_test(writes_what_a_rule_logged_with_its_bytes),
		cmocka_unit_test(leaves_out_what_is_not_known),
		cmocka_unit_test(writes_a_warning_with_its_place),
		cmocka_unit_test(writes_a_warning_of_the_whole_run),
		cmocka_unit_test(writes_a_summary_and_an_end),
		cmocka_unit_test(writes_how_the_work_went_where_that_was_asked_for),
		cmocka_unit_test(keeps_a_line_below_one_mebibyte),
		cmocka_unit_test(says_that_writing_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
