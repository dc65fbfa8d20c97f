#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/made_patterns.h"

static void a_seed_gives_the_same_rules_and_another_seed_others(void **state)
{
	struct text first = { 0 }, again = { 0 }, other = { 0 };

	(void)state;
	made_patterns_add(&first, 1);
	made_patterns_add(&again, 1);
	made_patterns_add(&other, 2);
	assert_false(first.failed);
	assert_string_equal(first.data, again.data);
	assert_string_not_equal(first.data, other.data);
	text_release(&first);
	text_release(&again);
	text_release(&other);
}

static void every_seed_compiles(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct compiled_rules *rules;
		struct error err;
		size_t count;

		if (made_patterns_compile(&rules, seed, &err))
			fail_msg("seed %u: %s", (unsigned int)seed, err.message);
		ruleset_patterns(compiled_rules_ruleset(rules), &count);
		assert_int_equal(count, MADE_PATTERNS);
		compiled_rules_release(rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_gives_the_same_rules_and_another_seed_others),
		cmocka_unit_test(every_seed_compiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
