#include "module_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool case_holds(const char *module, const struct module_case *row,
		       const struct judged_block *blocks, size_t block_count)
{
	char text[1024];
	struct ruleset *rules;
	struct judged_target target;
	enum verdict verdict;

	snprintf(text, sizeof(text), "import \"%s\" rule r { condition: %s }", module,
		 row->condition);
	rules = compile_good(text);
	judged_target_init(&target, rules, blocks, block_count);
	verdict = judge_rule_at(rules, &target, 0);
	judged_target_release(&target);
	ruleset_free(rules);
	return verdict == (row->holds ? VERDICT_TRUE : VERDICT_FALSE);
}

void check_module_cases(const char *module, const struct module_case *cases, size_t count,
			const struct judged_block *blocks, size_t block_count)
{
	size_t failures = 0;

	for (size_t i = 0; i < count; i++) {
		if (case_holds(module, &cases[i], blocks, block_count))
			continue;
		print_error("%s\n", cases[i].condition);
		failures++;
	}
	assert_int_equal(failures, 0);
}
