#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/regex.h"
#include "engine/regex/attempt.h"
#include "tests/unit/engine/tiny_regex.h"

#define ALL_STEPS 100000u

struct attempt_case {
	const char *name;
	const char *regex;
	const char *memory;
	size_t length; /* 0: up to its end */
	uint32_t flags;
	size_t start;
	uint64_t steps; /* 0: enough for anything */
	enum regex_attempt result;
};

static const struct attempt_case cases[] = {
	{ .name = "what does not begin is known at once",
	  .regex = "needle",
	  .memory = "haystack",
	  .steps = 1,
	  .result = REGEX_ATTEMPT_NO_MATCH },
	{ .name = "a gap ends where what follows it stands",
	  .regex = "a.{2,9}z",
	  .memory = "--a1z3z",
	  .start = 2,
	  .result = REGEX_ATTEMPT_MATCH },
	{ .name = "a gap shorter than its least is none",
	  .regex = "a.{2,9}z",
	  .memory = "--a1z3",
	  .start = 2,
	  .result = REGEX_ATTEMPT_NO_MATCH },
	{ .name = "a gap ends after its most",
	  .regex = "a.{1,3}z",
	  .memory = "a1234z",
	  .result = REGEX_ATTEMPT_NO_MATCH },
	{ .name = "a gap that was left too early is tried again",
	  .regex = "a.{1,9}zy",
	  .memory = "a1zzzxzy",
	  .result = REGEX_ATTEMPT_MATCH },
	{ .name = "each branch is tried",
	  .regex = "(ab|ac|ad)e",
	  .memory = "ade",
	  .result = REGEX_ATTEMPT_MATCH },
	{ .name = "no branch fits",
	  .regex = "(ab|ac|ad)e",
	  .memory = "aff",
	  .result = REGEX_ATTEMPT_NO_MATCH },
	{ .name = "the text may end before the match does",
	  .regex = "abc",
	  .memory = "ab",
	  .result = REGEX_ATTEMPT_NO_MATCH },
	{ .name = "wide characters have their zero byte",
	  .regex = "a.{0,3}c",
	  .memory = "a\0b\0c\0",
	  .length = 6,
	  .flags = REGEX_WIDE,
	  .result = REGEX_ATTEMPT_MATCH },
	{ .name = "wide characters without their zero byte are none",
	  .regex = "a.{0,3}c",
	  .memory = "a\0bxc\0",
	  .length = 6,
	  .flags = REGEX_WIDE,
	  .result = REGEX_ATTEMPT_NO_MATCH },
	{ .name = "spent steps leave the question open",
	  .regex = "a.{0,9}z",
	  .memory = "a12345678",
	  .steps = 4,
	  .result = REGEX_ATTEMPT_OPEN },
	{ .name = "more ways than can be kept leave the question open",
	  .regex = "(a|b)*c",
	  .memory = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad",
	  .result = REGEX_ATTEMPT_OPEN },
};

static bool row_holds(struct arena *arena, const struct attempt_case *row)
{
	const struct regex_text text = { (const uint8_t *)row->memory,
					 row->length ? row->length : strlen(row->memory), EDGE_CUT,
					 EDGE_CUT };
	uint64_t given = row->steps ? row->steps : ALL_STEPS, steps = given;
	struct regex_program *program = NULL;
	struct error err = { 0 };
	enum regex_attempt result;

	if (regex_program_new(&program, tiny_regex_parse(arena, row->regex), row->flags, &err) < 0)
		fail_msg("%s: %s", row->name, err.message);
	result = regex_attempt(program, &text, row->start, &steps);
	regex_program_free(program);
	if (result != row->result)
		print_error("%s: got %d\n", row->name, (int)result);
	if (steps > given)
		print_error("%s: steps were added\n", row->name);
	return result == row->result && steps <= given;
}

static void each_row_gives_its_result(void **state)
{
	struct arena *arena = arena_new(0);
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		failures += !row_holds(arena, &cases[i]);
	arena_free(arena);
	assert_int_equal(failures, 0);
}

static void only_what_the_first_set_holds_may_begin(void **state)
{
	static const struct {
		const char *regex;
		uint8_t byte;
		bool may;
	} rows[] = {
		{ "abc", 'a', true },	      { "abc", 'b', false },
		{ "[0-9]{2,5}x", '7', true }, { "[0-9]{2,5}x", 'x', false },
		{ "(ab|cd)", 'c', true },
	};
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct regex_program *program = NULL;
		struct error err = { 0 };

		assert_int_equal(regex_program_new(&program, tiny_regex_parse(arena, rows[i].regex),
						   0, &err),
				 0);
		assert_int_equal(regex_may_begin_with(program, rows[i].byte), rows[i].may);
		regex_program_free(program);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_gives_its_result),
		cmocka_unit_test(only_what_the_first_set_holds_may_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
