#ifndef TESTS_UNIT_RULES_SAMPLE_MODULE_H
#define TESTS_UNIT_RULES_SAMPLE_MODULE_H

#include "rules/module.h"

/* How often the module was asked; a target's view->place may point to one. */
struct sample_asked {
	unsigned loads, gets, calls;
	size_t most_text_bytes; /* in use for texts when a function was called */
	int load_error; /* what load() fails with; 0: it does not */
};

/* `sample` has something of each kind, `bare` is declared but has no values. Ended by NULL. */
extern const struct module *const sample_modules[];

#endif
