#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "module_cases.h"

static void says_what_time_it_is(void **state)
{
	long long now = (long long)time(NULL);
	char condition[128];
	struct module_case row = { condition, true };

	(void)state;
	snprintf(condition, sizeof(condition), "time.now() >= %lld and time.now() < %lld", now,
		 now + 600);
	check_module_cases("time", &row, 1, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(says_what_time_it_is) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
