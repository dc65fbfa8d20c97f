#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "engine/base/deadline.h"

static void the_clock_never_goes_back(void **state)
{
	uint64_t last = clock_now_ns();

	(void)state;
	assert_true(last > 0);
	for (size_t i = 0; i < 1000; i++) {
		uint64_t now = clock_now_ns();

		assert_true(now >= last);
		last = now;
	}
}

static void without_seconds_it_never_passes(void **state)
{
	static const double never[] = { 0, -1, -INFINITY, INFINITY, NAN, 1e30 };

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++) {
		struct deadline deadline = deadline_in_seconds(never[i]);

		assert_true(deadline.at_ns == 0);
		assert_false(deadline_passed(deadline));
	}
}

static void passes_when_its_time_has_come(void **state)
{
	struct deadline soon = deadline_in_seconds(0.002), later = deadline_in_seconds(3600);
	uint64_t begin = clock_now_ns();

	(void)state;
	while (!deadline_passed(soon))
		assert_true(clock_now_ns() - begin < 60000000000u);
	assert_true(clock_now_ns() >= soon.at_ns);
	assert_false(deadline_passed(later));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_never_goes_back),
		cmocka_unit_test(without_seconds_it_never_passes),
		cmocka_unit_test(passes_when_its_time_has_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
