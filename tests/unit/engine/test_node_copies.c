#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "engine/database/parts.h"
#include "scan_fixture.h"

#define PATTERNS 3
#define THREADS 6

struct fixture {
	struct arena *arena;
	struct pattern patterns[PATTERNS];
	struct database *database;
};

static int set_up(void **state)
{
	static const enum match_need needs[PATTERNS] = { NEED_ALL, NEED_NOTHING, NEED_PRESENCE };
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	size_t culprit;

	assert_non_null(fixture);
	fixture->arena = arena_new(0);
	fixture->patterns[0] = fixture_literal(fixture->arena, "first", 5, PATTERN_ASCII);
	fixture->patterns[1] = fixture_literal(fixture->arena, "never", 5, PATTERN_ASCII);
	fixture->patterns[2] = fixture_regex(fixture->arena, "[0-9]{3,7}", PATTERN_WIDE);
	assert_int_equal(database_compile(&fixture->database, fixture->patterns, needs, PATTERNS,
					  &culprit, NULL),
			 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	database_free(fixture->database);
	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

static void each_node_has_one_of_its_own(void **state)
{
	const struct fixture *fixture = *state;
	const struct database *copies[8], *again;

	assert_int_equal(database_copy_count(fixture->database), 0);
	for (size_t i = 0; i < 8; i++) {
		/* In no order. */
		assert_int_equal(
			database_on_node(fixture->database, (i * 3 + 5) % 8, &copies[i], NULL), 0);
		assert_int_equal(database_copy_count(fixture->database), i + 1);
		assert_ptr_not_equal(copies[i], fixture->database);
		for (size_t j = 0; j < i; j++)
			assert_ptr_not_equal(copies[i], copies[j]);
	}
	assert_int_equal(database_on_node(fixture->database, 5, &again, NULL), 0);
	assert_ptr_equal(again, copies[0]);
	assert_int_equal(database_copy_count(fixture->database), 8);
}

static void a_copy_has_the_same_numbers_for_everything(void **state)
{
	const struct fixture *fixture = *state;
	const struct database *original = fixture->database, *copy;

	assert_int_equal(database_on_node(original, 1, &copy, NULL), 0);
	assert_ptr_equal(database_patterns(copy), fixture->patterns);
	assert_int_equal(copy->pattern_count, original->pattern_count);
	assert_int_equal(copy->subject_count, original->subject_count);
	assert_int_equal(copy->atom_count, original->atom_count);
	assert_int_equal(copy->reach, original->reach);
	assert_ptr_not_equal(copy->atoms, original->atoms);
	for (size_t i = 0; i < original->subject_count; i++) {
		assert_int_equal(copy->subjects[i].number, original->subjects[i].number);
		assert_int_equal(copy->subjects[i].part, original->subjects[i].part);
	}
}

struct asker {
	const struct database *original, *copy;
	pthread_t thread;
};

static void *ask(void *context)
{
	struct asker *asker = context;

	return (void *)(intptr_t)database_on_node(asker->original, 2, &asker->copy, NULL);
}

static void workers_that_ask_at_a_time_get_the_same(void **state)
{
	const struct fixture *fixture = *state;
	struct asker askers[THREADS];

	for (size_t i = 0; i < THREADS; i++) {
		askers[i].original = fixture->database;
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(askers[i].thread, &result);
		assert_null(result);
		assert_ptr_equal(askers[i].copy, askers[0].copy);
	}
	assert_int_equal(database_copy_count(fixture->database), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_node_has_one_of_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_copy_has_the_same_numbers_for_everything, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(workers_that_ask_at_a_time_get_the_same, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
