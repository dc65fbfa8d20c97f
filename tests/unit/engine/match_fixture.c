#include "tests/unit/engine/match_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

int match_fixture_set_up(void **state)
{
	struct match_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->needs[PRESENT] = NEED_PRESENCE;
	fixture->needs[COUNTED] = NEED_COUNT;
	fixture->needs[SHORT] = NEED_LISTED;
	fixture->needs[LONG] = NEED_ALL;
	fixture->policy = (struct match_policy){
		.needs = fixture->needs,
		.pattern_count = PATTERNS,
		.max_listed = LISTED,
		.data_bytes = 4,
		.context_bytes = 2,
	};
	atomic_init(&fixture->budget.bytes_left, BUDGET);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(match_store_new(&fixture->stores[i], &fixture->policy,
						 &fixture->budget, &fixture->err),
				 0);
	*state = fixture;
	return 0;
}

int match_fixture_tear_down(void **state)
{
	struct match_fixture *fixture = *state;

	for (size_t i = 0; i < 3; i++)
		match_store_free(fixture->stores[i]);
	match_table_free(fixture->table);
	assert_int_equal(atomic_load(&fixture->budget.bytes_left), BUDGET);
	free(fixture);
	return 0;
}

void add_length(struct match_fixture *fixture, size_t store, uint32_t pattern, uint64_t address,
		uint64_t length)
{
	struct match match = { .address = address, .length = length };

	if (!match_store_wants(fixture->stores[store], pattern, address))
		return;
	assert_int_equal(match_store_add(fixture->stores[store], pattern, &match, &fixture->err),
			 0);
}

void add(struct match_fixture *fixture, size_t store, uint32_t pattern, uint64_t address)
{
	add_length(fixture, store, pattern, address, 5);
}

void merge(struct match_fixture *fixture)
{
	match_table_free(fixture->table);
	fixture->table = NULL;
	assert_int_equal(match_table_merge(&fixture->table, fixture->stores, 3, &fixture->policy,
					   &fixture->err),
			 0);
}

const struct match *get(struct match_fixture *fixture, uint32_t pattern, size_t kept,
			uint64_t count)
{
	size_t really_kept;
	uint64_t really_counted;
	const struct match *matches =
		match_table_get(fixture->table, pattern, &really_kept, &really_counted);

	assert_int_equal(really_kept, kept);
	assert_int_equal(really_counted, count);
	assert_int_equal(match_table_has(fixture->table, pattern), count > 0);
	assert_int_equal(matches != NULL, count > 0);
	return matches;
}
