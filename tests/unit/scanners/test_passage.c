#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "engine/workers.h"
#include "scanners/passage.h"
#include "small_scan.h"

static const char rules[] = "rule a { strings: $s = \"hit\" condition: $s }";

/* Processes of one page each, in one image that has not come yet. */
struct fixture {
	struct small_scan scan;
	struct block_list *blocks;
	struct workers *workers;
	struct search_purpose purposes[PURPOSES];
	struct search_plan search_plan;
	struct search *search;
	struct passage_plan plan;
	struct passage *passage;
	_Atomic int stop;
	size_t done;
	uint64_t lost;
};

static int target_done(void *context, uint32_t target, struct match_table *matches,
		       uint64_t bytes_lost, struct error *err)
{
	struct fixture *fixture = context;

	(void)target;
	(void)err;
	fixture->done++;
	fixture->lost += bytes_lost;
	match_table_free(matches);
	return 0;
}

static void make(struct fixture *fixture)
{
	*fixture = (struct fixture){ 0 };
	small_scan_make(&fixture->scan, rules, SMALL_PROCESSES, BYTES_PASSED);
	assert_int_equal(block_list_new(&fixture->blocks, NULL), 0);
	assert_int_equal(target_list_blocks(fixture->scan.targets, &fixture->scan.checkpoint,
					    &fixture->scan.options, fixture->blocks,
					    fixture->scan.warnings, NULL),
			 0);
	assert_int_equal(workers_new(&fixture->workers, 1, NULL), 0);
	for (int purpose = 0; purpose < PURPOSES; purpose++)
		fixture->purposes[purpose] = (struct search_purpose){
			compiled_rules_database(fixture->scan.rules, (enum scan_purpose)purpose),
			compiled_rules_needs(fixture->scan.rules, (enum scan_purpose)purpose),
		};
	fixture->search_plan = (struct search_plan){
		.purposes = fixture->purposes,
		.purpose_count = PURPOSES,
		.files = fixture->scan.files,
		.max_listed = 100,
		.warnings = fixture->scan.warnings,
		.stop = &fixture->stop,
	};
	assert_int_equal(search_new(&fixture->search, fixture->workers, &fixture->search_plan,
				    target_done, fixture, NULL),
			 0);
	fixture->plan = (struct passage_plan){
		.checkpoint = &fixture->scan.checkpoint,
		.options = &fixture->scan.options,
		.targets = fixture->scan.targets,
		.blocks = fixture->blocks,
		.files = fixture->scan.files,
		.search = fixture->search,
		.warnings = fixture->scan.warnings,
	};
	assert_int_equal(passage_new(&fixture->passage, &fixture->plan, NULL), 0);
}

static int release(struct fixture *fixture)
{
	struct error ignored;
	int ret = search_finish(fixture->search, &ignored);

	passage_free(fixture->passage);
	workers_free(fixture->workers);
	block_list_free(fixture->blocks);
	small_scan_release(&fixture->scan);
	return ret;
}

/* The run may be stopped between the first page image and its blocks. */
static void stopped_while_it_begins_it_still_ends(void **state)
{
	struct fixture fixture;
	struct error err;

	(void)state;
	make(&fixture);
	fixture.stop = 1;
	assert_int_equal(passage_begin(fixture.passage, &err), ERROR_INTERRUPTED);
	assert_int_equal(passage_end(fixture.passage, fixture.scan.targets, fixture.blocks, &err),
			 ERROR_INTERRUPTED);
	assert_int_equal(release(&fixture), ERROR_INTERRUPTED);
}

static void an_image_that_never_comes_is_lost(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	assert_int_equal(passage_begin(fixture.passage, NULL), 0);
	assert_false(passage_has_taken(fixture.passage, "pages-1.img"));
	assert_int_equal(passage_end(fixture.passage, fixture.scan.targets, fixture.blocks, NULL),
			 0);
	for (uint32_t i = 0; i < SMALL_PROCESSES; i++)
		assert_int_equal(search_seal(fixture.search, i, NULL), 0);
	assert_int_equal(search_finish(fixture.search, NULL), 0);
	assert_int_equal(fixture.done, SMALL_PROCESSES);
	assert_int_equal(fixture.lost, SMALL_PROCESSES * SMALL_PAGE);
	passage_free(fixture.passage);
	workers_free(fixture.workers);
	block_list_free(fixture.blocks);
	small_scan_release(&fixture.scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stopped_while_it_begins_it_still_ends),
		cmocka_unit_test(an_image_that_never_comes_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
