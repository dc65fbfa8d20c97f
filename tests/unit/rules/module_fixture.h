#ifndef TESTS_UNIT_RULES_MODULE_FIXTURE_H
#define TESTS_UNIT_RULES_MODULE_FIXTURE_H

#include "rules/module.h"

/* A module and a target made of arrays, asked without any rule. */
struct fixture_block {
	uint64_t address;
	const void *data;
	size_t length;
};

struct module_fixture {
	struct module_context context;
	struct target_view view;
	struct target_facts facts;
	const struct fixture_block *blocks;
	size_t block_count;
	size_t lend_most; /* lends at most so many bytes at once; 0: as many as there are */
	int lend_error; /* what lend() fails with; 0: it lends */
	size_t looks;
};

/* Loads @module (NULL: none); ends the test when that fails. */
void module_fixture_init(struct module_fixture *fixture, const struct module *module,
			 bool is_process, const struct fixture_block *blocks, size_t block_count);
void module_fixture_release(struct module_fixture *fixture);

/* The value at a path as rules have it: `type`, `sections[2].name`, `telfhash()`; ends the test when there is none. */
struct value module_fixture_get(struct module_fixture *fixture, const char *path);
/* The same for a function with arguments, which also say which overload. */
struct value module_fixture_call(struct module_fixture *fixture, const char *name,
				 const char *kinds, const struct value *arguments);

/* Each says in words what was found instead. */
void assert_module_integer(struct module_fixture *fixture, const char *path, int64_t expected);
void assert_module_text(struct module_fixture *fixture, const char *path, const char *expected);
void assert_module_undefined(struct module_fixture *fixture, const char *path);

#endif
