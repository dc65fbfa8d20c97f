#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "engine/matches/credit.h"

static uint64_t left(struct match_budget *budget)
{
	return atomic_load(&budget->bytes_left);
}

static void what_is_used_never_exceeds_the_budget(void **state)
{
	struct match_budget budget = { 10000 };
	struct match_credit first = { .budget = &budget }, second = { .budget = &budget };
	uint64_t used = 0;

	(void)state;
	while (match_credit_use(used % 200 ? &first : &second, 100))
		used += 100;
	assert_in_range(used, 7000, 10000);
	match_credit_release(&first);
	match_credit_release(&second);
	assert_int_equal(left(&budget), 10000);
}

static void the_last_byte_can_be_had(void **state)
{
	struct match_budget budget = { 5000 };
	struct match_credit credit = { .budget = &budget };

	(void)state;
	assert_false(match_credit_use(&credit, 5001));
	assert_true(match_credit_use(&credit, 5000));
	assert_false(match_credit_use(&credit, 1));
	assert_int_equal(left(&budget), 0);
	match_credit_release(&credit);
	assert_int_equal(left(&budget), 5000);
}

static void a_little_use_keeps_little_from_the_others(void **state)
{
	struct match_budget budget = { 1 << 20 };
	struct match_credit credit = { .budget = &budget };

	(void)state;
	assert_true(match_credit_use(&credit, 10));
	assert_true(left(&budget) > (1 << 20) - 4096);
	match_credit_release(&credit);
}

static void what_is_returned_can_be_used_by_others(void **state)
{
	struct match_budget budget = { 1 << 20 };
	struct match_credit first = { .budget = &budget }, second = { .budget = &budget };

	(void)state;
	assert_true(match_credit_use(&first, 1000000));
	assert_false(match_credit_use(&second, 500000));
	match_credit_return(&first, 990000);
	assert_true(match_credit_use(&second, 500000));
	match_credit_release(&first);
	match_credit_release(&second);
	assert_int_equal(left(&budget), 1 << 20);
}

static void *use_and_return(void *context)
{
	struct match_credit credit = { .budget = context };
	uint64_t used = 0;

	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t bytes = 1 + i * 7919 % 500;

		if (used >= bytes && i % 3 == 0) {
			match_credit_return(&credit, bytes);
			used -= bytes;
		} else if (match_credit_use(&credit, bytes)) {
			used += bytes;
		}
	}
	match_credit_release(&credit);
	return NULL;
}

static void threads_lose_nothing(void **state)
{
	enum { THREADS = 4, BYTES = 300000 };
	struct match_budget budget = { BYTES };
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_and_return, &budget), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(left(&budget), BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_used_never_exceeds_the_budget),
		cmocka_unit_test(the_last_byte_can_be_had),
		cmocka_unit_test(a_little_use_keeps_little_from_the_others),
		cmocka_unit_test(what_is_returned_can_be_used_by_others),
		cmocka_unit_test(threads_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
