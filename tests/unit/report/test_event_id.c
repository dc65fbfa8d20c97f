#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "report/event_id.h"
#include "tests/unit/report/sample_hit.h"

static void hit_id(const struct hit *hit, char out[DIGEST_HEX_BYTES])
{
	struct error err;

	assert_int_equal(event_id_of_hit(hit, out, &err), 0);
}

/* Sums made by an independent program from the texts of the line. */
static void is_the_sum_of_the_texts_in_the_line(void **state)
{
	struct checkpoint_outline checkpoint = sample_checkpoint;
	struct hit hit = sample_hit;
	char id[DIGEST_HEX_BYTES];
	struct error err;

	(void)state;
	hit_id(&hit, id);
	assert_string_equal(id, "61df9f03f64c9ce02f3dfebe2682f1520b3727bbc4af5018c6eaec6760ad92e6");

	checkpoint.id = NULL;
	hit.checkpoint = &checkpoint;
	hit.has_first = false;
	hit_id(&hit, id);
	assert_string_equal(id, "b626f629bc39c1407ac19a455b30d583fc46b3538ab5bf22f9adf2a52fbbef9d");

	assert_int_equal(event_id_of_summary(&sample_summary, id, &err), 0);
	assert_string_equal(id, "52ab3d9eea498531adef9f91d7e5b6793f18c35056096e15257919dbe7278072");
}

/* Files have offsets, and their place in the texts is where pids are. */
static void a_file_is_told_by_origin_and_path(void **state)
{
	struct target_outline target = sample_file_target;
	struct hit hit = sample_file_hit;
	char id[DIGEST_HEX_BYTES], other[DIGEST_HEX_BYTES];

	(void)state;
	hit_id(&hit, id);
	assert_string_equal(id, "9ec9b67cfcc81a6aad3f5468151fca06e9060a3e904127186cd8ae1428a32124");
	hit.target = &target;
	target.object = "7";
	hit_id(&hit, other);
	assert_string_not_equal(id, other);
}

static void does_not_depend_on_where_the_checkpoint_lies(void **state)
{
	struct checkpoint_outline checkpoint = sample_checkpoint;
	struct rule rule = sample_rule;
	struct hit hit = sample_hit;
	char here[DIGEST_HEX_BYTES], there[DIGEST_HEX_BYTES];

	(void)state;
	hit_id(&hit, here);
	checkpoint.path = "/elsewhere/copy";
	checkpoint.form = "directory";
	checkpoint.size = 1;
	rule.meta_count = 0;
	rule.tag_count = 0;
	hit.checkpoint = &checkpoint;
	hit.rule = &rule;
	hit.match_count_listed = 0;
	hit_id(&hit, there);
	assert_string_equal(here, there);
}

static void tells_findings_apart(void **state)
{
	struct checkpoint_outline checkpoint = sample_checkpoint;
	struct target_outline target = sample_target;
	struct rule rule = sample_rule, other_name = sample_rule, other_place = sample_rule;
	struct hit hits[7];
	char ids[7][DIGEST_HEX_BYTES];

	(void)state;
	checkpoint.id = "77ab";
	target.pid = 5;
	rule.hash[31] = 1;
	other_name.name = "S";
	other_place.namespace_name = "other";
	for (size_t i = 0; i < 7; i++)
		hits[i] = sample_hit;
	hits[1].checkpoint = &checkpoint;
	hits[2].target = &target;
	hits[3].rule = &rule;
	hits[4].rule = &other_name;
	hits[5].rule = &other_place;
	hits[6].first_address++;
	for (size_t i = 0; i < 7; i++) {
		hit_id(&hits[i], ids[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
}

static void changes_with_the_completeness_and_filters_of_a_scan(void **state)
{
	struct scan_summary complete = sample_summary, filtered = sample_summary;
	char first[DIGEST_HEX_BYTES], second[DIGEST_HEX_BYTES], third[DIGEST_HEX_BYTES];
	struct error err;

	(void)state;
	complete.complete = true;
	filtered.filters = "pid=4";
	assert_int_equal(event_id_of_summary(&sample_summary, first, &err), 0);
	assert_int_equal(event_id_of_summary(&complete, second, &err), 0);
	assert_int_equal(event_id_of_summary(&filtered, third, &err), 0);
	assert_string_not_equal(first, second);
	assert_string_not_equal(first, third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_sum_of_the_texts_in_the_line),
		cmocka_unit_test(a_file_is_told_by_origin_and_path),
		cmocka_unit_test(does_not_depend_on_where_the_checkpoint_lies),
		cmocka_unit_test(tells_findings_apart),
		cmocka_unit_test(changes_with_the_completeness_and_filters_of_a_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
