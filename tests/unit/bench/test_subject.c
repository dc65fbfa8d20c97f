#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/made_files.h"
#include "bench/subject.h"

/* The steps of a scan of a small made checkpoint, one by one. */

static const char rule_text[] = "rule needle { strings: $a = \"MADE~\" condition: #a > 1 }\n"
				"rule nowhere { strings: $b = \"MADEX\" condition: $b }\n";

static struct made_files *files;
static struct compiled_rules *rules;
static struct workers *pools[3]; /* by count of threads */

static int make_world(void **state)
{
	const struct rule_text texts[] = { { .name = "test.yar",
					     .namespace_name = "default",
					     .text = { (const uint8_t *)rule_text,
						       sizeof(rule_text) - 1 } } };
	const struct compile_options options = { 0 };
	struct diagnostics *notes;
	struct ruleset *ruleset;

	(void)state;
	if (made_files_new(&files, NULL, 7, (uint64_t)6 << 20, NULL, NULL) ||
	    workers_new(&pools[1], 1, NULL) || workers_new(&pools[2], 2, NULL) ||
	    diagnostics_new(&notes, NULL) ||
	    ruleset_compile(&ruleset, texts, 1, &options, notes, NULL) ||
	    compiled_rules_new(&rules, ruleset, NEED_LISTED, notes, NULL))
		return -1;
	diagnostics_free(notes);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	compiled_rules_release(rules);
	workers_free(pools[1]);
	workers_free(pools[2]);
	made_files_free(files);
	return 0;
}

static struct subject *open_made(int which, const struct scan_options *options)
{
	struct subject *subject;
	struct error err;

	if (subject_open(&subject, made_files_path(files, which), options, &err))
		fail_msg("%s", err.message);
	return subject;
}

static uint64_t search_with(struct subject *subject, size_t threads, struct search_measure *measure)
{
	uint64_t bytes = 0;
	struct error err;

	if (subject_search(subject, pools[threads], rules, measure, &bytes, &err))
		fail_msg("%s", err.message);
	return bytes;
}

/* Of all targets. */
static uint64_t count_matches(const struct subject *subject, uint32_t pattern)
{
	const struct subject_part *part = &subject->parts[0];
	uint64_t sum = 0;

	for (size_t i = 0; part->matches && i < part->targets->count; i++) {
		size_t kept;
		uint64_t count = 0;

		if (part->matches[i])
			match_table_get(part->matches[i], pattern, &kept, &count);
		sum += count;
	}
	return sum;
}

static void reading_looks_at_all_bytes_and_finds_nothing(void **state)
{
	static const enum read_mode modes[] = { READ_AUTO, READ_MMAP };
	uint64_t sum = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct scan_options options = { .memory = { .memory_bytes = 64 << 20 },
						.read_mode = modes[i / 2] };
		struct subject *subject = open_made(MADE_TAR, &options);
		struct search_measure measure = { .step = STEP_READ };

		assert_int_equal(search_with(subject, 1 + i % 2, &measure), subject->bytes);
		assert_true(measure.sum != 0);
		/* The same bytes, whoever reads them. */
		assert_true(i == 0 || measure.sum == sum);
		sum = measure.sum;
		assert_int_equal(count_matches(subject, 0), 0);
		subject_close(subject);
	}
}

static void candidates_are_counted_and_none_is_a_match(void **state)
{
	struct scan_options options = { .memory = { .memory_bytes = 64 << 20 } };
	struct subject *subject = open_made(MADE_TAR, &options);
	struct search_measure measure = { .step = STEP_CANDIDATES };

	(void)state;
	assert_int_equal(search_with(subject, 2, &measure), subject->bytes);
	assert_true(measure.candidates > 0);
	assert_int_equal(measure.confirm_ns, 0);
	assert_int_equal(count_matches(subject, 0), 0);
	subject_close(subject);
}

static void confirming_finds_what_a_search_finds(void **state)
{
	struct scan_options options = { .memory = { .memory_bytes = 64 << 20 } };
	uint64_t found = 0;

	(void)state;
	for (int which = 0; which < MADE_FILES; which++) {
		struct subject *subject = open_made(which, &options);
		struct search_measure measure = { .step = STEP_CONFIRM };

		assert_int_equal(search_with(subject, 2, &measure), subject->bytes);
		assert_true(measure.confirm_ns > 0);
		assert_true(count_matches(subject, 0) > 10);
		assert_int_equal(count_matches(subject, 1), 0);
		assert_true(which == 0 || count_matches(subject, 0) == found);
		found = count_matches(subject, 0);
		assert_int_equal(subject->in_place, which == MADE_TAR);
		assert_true(subject->mapping_ns > 0);
		subject_close(subject);
	}
}

static void conditions_can_be_judged_again_and_again(void **state)
{
	struct scan_options options = { .memory = { .memory_bytes = 64 << 20 } };
	struct subject *subject = open_made(MADE_TAR, &options);
	struct search_measure measure = { .step = STEP_CONFIRM };

	(void)state;
	search_with(subject, 1, &measure);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(subject_judge(subject, pools[1 + i % 2], rules, NULL), 0);
	assert_true(count_matches(subject, 0) > 10);
	subject_close(subject);
}

static void all_of_it_ends_when_it_is_told_to(void **state)
{
	_Atomic int stop = 0;
	struct scan_options options = { .memory = { .memory_bytes = 64 << 20 }, .stop = &stop };
	struct subject *subject = open_made(MADE_TAR, &options), *other;
	struct search_measure measure = { .step = STEP_CONFIRM };
	uint64_t bytes;

	(void)state;
	search_with(subject, 2, &measure);
	atomic_store(&stop, 2);
	assert_int_equal(subject_search(subject, pools[2], rules, &measure, &bytes, NULL),
			 ERROR_INTERRUPTED);
	assert_int_equal(subject_judge(subject, pools[2], rules, NULL), ERROR_INTERRUPTED);
	assert_int_equal(subject_open(&other, made_files_path(files, MADE_ZSTD), &options, NULL),
			 ERROR_INTERRUPTED);
	subject_close(subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_looks_at_all_bytes_and_finds_nothing),
		cmocka_unit_test(candidates_are_counted_and_none_is_a_match),
		cmocka_unit_test(confirming_finds_what_a_search_finds),
		cmocka_unit_test(conditions_can_be_judged_again_and_again),
		cmocka_unit_test(all_of_it_ends_when_it_is_told_to),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
