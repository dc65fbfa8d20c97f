#ifndef CKPT_TESTS_REGEX_FIXTURE_H
#define CKPT_TESTS_REGEX_FIXTURE_H

#include "tests/unit/engine/regex_trees.h"

/* One program at a time, and what its tests ask of it. */
struct regex_fixture {
	struct builder builder;
	struct regex_scratch *scratch;
	struct regex_program *program;
	struct error err;
};

int regex_fixture_set_up(void **state);
int regex_fixture_tear_down(void **state);

/* Makes fixture->program of @tree; fails the test where that fails. */
void compile(struct regex_fixture *fixture, const struct regex_node *tree, uint32_t flags);

/* Between two real edges. */
struct regex_text text_at(const void *data, size_t length);

#define NONE SIZE_MAX

/* Length of the match at @start, or NONE. */
size_t match_at(struct regex_fixture *fixture, const struct regex_text *text, size_t start);
bool starts_at(struct regex_fixture *fixture, const struct regex_text *text, size_t start);
/* Bits, to be freed. */
uint64_t *all_starts(struct regex_fixture *fixture, const struct regex_text *text, size_t low,
		     size_t high);
size_t count_starts(struct regex_fixture *fixture, const struct regex_text *text);

#define REGEX_TEST(name)                                                                           \
	cmocka_unit_test_setup_teardown(name, regex_fixture_set_up, regex_fixture_tear_down)

#endif
