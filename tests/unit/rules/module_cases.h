#ifndef TESTS_UNIT_RULES_MODULE_CASES_H
#define TESTS_UNIT_RULES_MODULE_CASES_H

#include <stdbool.h>

#include "judged_target.h"

/* Conditions that use one module, judged on the same blocks. */
struct module_case {
	const char *condition;
	bool holds;
};

/* Says each that comes out otherwise, then ends the test if there was one. */
void check_module_cases(const char *module, const struct module_case *cases, size_t count,
			const struct judged_block *blocks, size_t block_count);

#endif
