#include "tests/unit/engine/regex_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/base/bitmap.h"

int regex_fixture_set_up(void **state)
{
	struct regex_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->builder.arena = arena_new(0);
	fixture->builder.state = 20241101;
	assert_int_equal(regex_scratch_new(&fixture->scratch, &fixture->err), 0);
	*state = fixture;
	return 0;
}

int regex_fixture_tear_down(void **state)
{
	struct regex_fixture *fixture = *state;

	regex_program_free(fixture->program);
	regex_scratch_free(fixture->scratch);
	arena_free(fixture->builder.arena);
	free(fixture);
	return 0;
}

void compile(struct regex_fixture *fixture, const struct regex_node *tree, uint32_t flags)
{
	regex_program_free(fixture->program);
	fixture->program = NULL;
	if (regex_program_new(&fixture->program, tree, flags, &fixture->err))
		fail_msg("%s", fixture->err.message);
}

struct regex_text text_at(const void *data, size_t length)
{
	return (struct regex_text){ data, length, EDGE_REAL, EDGE_REAL };
}

size_t match_at(struct regex_fixture *fixture, const struct regex_text *text, size_t start)
{
	bool matched;
	size_t length;

	assert_int_equal(regex_match_at(fixture->program, fixture->scratch, text, start, &matched,
					&length, &fixture->err),
			 0);
	return matched ? length : NONE;
}

bool starts_at(struct regex_fixture *fixture, const struct regex_text *text, size_t start)
{
	bool known, matched;
	uint64_t budget = 1u << 30;

	assert_int_equal(regex_starts_at(fixture->program, fixture->scratch, text, start, &budget,
					 &known, &matched, &fixture->err),
			 0);
	assert_true(known);
	return matched;
}

uint64_t *all_starts(struct regex_fixture *fixture, const struct regex_text *text, size_t low,
		     size_t high)
{
	uint64_t *starts = calloc(BITMAP_WORDS(high - low) + 1, sizeof(*starts));

	assert_non_null(starts);
	assert_int_equal(regex_all_starts(fixture->program, fixture->scratch, text, low, high,
					  starts, &fixture->err),
			 0);
	return starts;
}

size_t count_starts(struct regex_fixture *fixture, const struct regex_text *text)
{
	uint64_t *starts = all_starts(fixture, text, 0, text->length + 1);
	size_t count = 0;

	for (size_t i = 0; i <= text->length; i++)
		count += bitmap_test(starts, i);
	free(starts);
	return count;
}
