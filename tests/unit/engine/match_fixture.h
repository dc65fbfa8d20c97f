#ifndef CKPT_TESTS_MATCH_FIXTURE_H
#define CKPT_TESTS_MATCH_FIXTURE_H

#include "engine/match_store.h"
#include "engine/match_table.h"

/* Two workers' stores (and one worker that has none) over a policy with a pattern of each need. */
enum { PATTERNS = 1000, LISTED = 3, BUDGET = 256 << 20 };
enum { PRESENT = 1, COUNTED = 300, SHORT = 301, LONG = 999, UNUSED = 500 };

struct match_fixture {
	enum match_need needs[PATTERNS];
	struct match_policy policy;
	struct match_budget budget;
	struct match_store *stores[3];
	struct match_table *table;
	struct error err;
};

int match_fixture_set_up(void **state);
/* Also checks that the whole budget has come back. */
int match_fixture_tear_down(void **state);

/* As a scanner does: only what is wanted is added. */
void add_length(struct match_fixture *fixture, size_t store, uint32_t pattern, uint64_t address,
		uint64_t length);
void add(struct match_fixture *fixture, size_t store, uint32_t pattern, uint64_t address);

/* Makes fixture->table of the stores. */
void merge(struct match_fixture *fixture);
/* What the table has of @pattern, after checking how many. */
const struct match *get(struct match_fixture *fixture, uint32_t pattern, size_t kept,
			uint64_t count);

#define MATCH_TEST(name)                                                                           \
	cmocka_unit_test_setup_teardown(name, match_fixture_set_up, match_fixture_tear_down)

#endif
