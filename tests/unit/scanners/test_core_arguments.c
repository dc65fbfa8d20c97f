#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/core_dump/core_dump.h"
#include "tests/unit/scanners/made_core.h"

#define STACK UINT64_C(0x7f000000)
#define STACK_BYTES 0x4000u

/* A stack as the kernel makes it, its strings from @strings on. */
struct made_stack {
	struct made_core core;
	uint64_t executed, random, arguments, environment, vector_at;
	const char *argument_list[4], *environment_list[4];
	uint64_t argument_word; /* where the number of arguments stands */
};

static uint8_t *at(struct made_stack *stack, uint64_t address)
{
	return stack->core.bytes + MADE_DATA + (address - STACK);
}

static uint64_t put_string(struct made_stack *stack, uint64_t *top, const char *text)
{
	*top -= strlen(text) + 1;
	memcpy(at(stack, *top), text, strlen(text) + 1);
	return *top;
}

static size_t put_strings(struct made_stack *stack, uint64_t *top, const char *const *list,
			  uint64_t *out)
{
	size_t count = 0;

	while (list[count])
		count++;
	for (size_t i = count; i > 0; i--)
		out[i - 1] = put_string(stack, top, list[i - 1]);
	return count;
}

static void put_words(struct made_stack *stack, uint64_t *address, const uint64_t *words,
		      size_t count)
{
	size_t word = made_word(&stack->core);

	for (size_t i = 0; i < count; i++, *address += word)
		made_number(&stack->core, at(stack, *address), words[i], word);
}

static void make_stack(struct made_stack *stack)
{
	struct made_core *core = &stack->core;
	uint64_t top = STACK + STACK_BYTES - 8, arguments[4] = { 0 }, environment[4] = { 0 };
	size_t word = made_word(core), argument_count, environment_count;
	uint64_t pairs[] = { 6, 4096, 25, 0, 31, 0, 0, 0 }, address;
	const uint64_t zero = 0;

	made_segment(core, STACK, STACK_BYTES, STACK_BYTES, 6);
	core->note_length = 0;
	made_finish(core);
	memset(at(stack, STACK), 0, STACK_BYTES);
	stack->executed = put_string(stack, &top, "/bin/program");
	environment_count = put_strings(stack, &top, stack->environment_list, environment);
	argument_count = put_strings(stack, &top, stack->argument_list, arguments);
	stack->arguments = arguments[0];
	stack->environment = environment[0];
	stack->random = (top - 64) & ~UINT64_C(15);
	pairs[3] = stack->random;
	pairs[5] = stack->executed;
	address = stack->random - 32 - 8 * word - (argument_count + environment_count + 3) * word;
	stack->argument_word = address;
	put_words(stack, &address, (const uint64_t[]){ argument_count }, 1);
	put_words(stack, &address, arguments, argument_count);
	put_words(stack, &address, &zero, 1);
	put_words(stack, &address, environment, environment_count);
	put_words(stack, &address, &zero, 1);
	stack->vector_at = address;
	put_words(stack, &address, pairs, 8);
	made_vector(core, pairs);
	memcpy(core->bytes + MADE_NOTES, core->notes, core->note_length);
	made_number(core, core->bytes + (core->wide ? 64 + 32 : 52 + 16), core->note_length, word);
}

static void find(const struct made_stack *stack, struct process *out)
{
	struct file_table *files;
	struct checkpoint *checkpoint;
	const struct stored_bytes bytes = made_store(&stack->core, &files);

	assert_int_equal(core_dump_checkpoint(&checkpoint, files, &bytes, "core", NULL, NULL), 0);
	*out = checkpoint->processes[0];
	checkpoint_free(checkpoint);
	file_table_free(files);
}

static void arguments_and_environment_are_found_on_the_stack(void **state)
{
	(void)state;
	for (int shape = 0; shape < 4; shape++) {
		struct made_stack stack = {
			.core = { .wide = shape & 1, .big = shape & 2 },
			.argument_list = { "program", "--secret=x", "" },
			.environment_list = { "A=1", "HOME=/root" },
		};
		struct process process;

		make_stack(&stack);
		find(&stack, &process);
		assert_true(process.argument_start == stack.arguments);
		assert_true(process.argument_end == stack.environment);
		assert_true(process.environment_start == stack.environment);
		assert_true(process.environment_end == stack.executed);
	}
}

/* Of the made stack no more than the last page is there. */
static void a_stack_that_begins_near_the_vector_will_do(void **state)
{
	struct made_stack stack = { .core = { .wide = true },
				    .argument_list = { "program" },
				    .environment_list = { "A=1" } };
	struct process process;
	uint8_t *entry = stack.core.bytes + 64 + 56;
	const uint64_t cut = STACK_BYTES - 4096;

	(void)state;
	make_stack(&stack);
	made_number(&stack.core, entry + 8, MADE_DATA + cut, 8);
	made_number(&stack.core, entry + 16, STACK + cut, 8);
	made_number(&stack.core, entry + 32, 4096, 8);
	made_number(&stack.core, entry + 40, 4096, 8);
	find(&stack, &process);
	assert_true(process.argument_start == stack.arguments);
	assert_true(process.environment_start == stack.environment);
}

static void without_an_environment_arguments_end_at_the_path(void **state)
{
	struct made_stack stack = { .core = { .wide = true }, .argument_list = { "program" } };
	struct process process;

	(void)state;
	make_stack(&stack);
	find(&stack, &process);
	assert_true(process.argument_start == stack.arguments);
	assert_true(process.argument_end == stack.executed);
	assert_true(process.environment_start == process.environment_end);
}

static void without_arguments_there_is_only_an_environment(void **state)
{
	struct made_stack stack = { .core = { .wide = true }, .environment_list = { "A=1" } };
	struct process process;

	(void)state;
	make_stack(&stack);
	find(&stack, &process);
	assert_true(process.argument_start == process.argument_end);
	assert_true(process.environment_start == stack.environment);
}

static void a_count_that_is_not_theirs_gives_none(void **state)
{
	struct made_stack stack = { .core = { .wide = true }, .argument_list = { "program" } };
	struct process process;

	(void)state;
	make_stack(&stack);
	made_number(&stack.core, at(&stack, stack.argument_word), 7, 8);
	find(&stack, &process);
	assert_true(process.argument_start == process.argument_end);
}

static void a_vector_that_was_overwritten_gives_none(void **state)
{
	struct made_stack stack = { .core = { .wide = true }, .argument_list = { "program" } };
	struct process process;

	(void)state;
	make_stack(&stack);
	*at(&stack, stack.vector_at + 8) ^= 1;
	find(&stack, &process);
	assert_true(process.argument_start == process.argument_end);
}

static void pointers_out_of_memory_give_none(void **state)
{
	struct made_stack stack = { .core = { .wide = true },
				    .argument_list = { "program" },
				    .environment_list = { "A=1" } };
	struct process process;

	(void)state;
	make_stack(&stack);
	/* The environment's only pointer. */
	made_number(&stack.core, at(&stack, stack.vector_at - 16), STACK + STACK_BYTES + 99, 8);
	find(&stack, &process);
	assert_true(process.argument_start == process.argument_end);
	assert_true(process.environment_start == process.environment_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_and_environment_are_found_on_the_stack),
		cmocka_unit_test(a_stack_that_begins_near_the_vector_will_do),
		cmocka_unit_test(without_an_environment_arguments_end_at_the_path),
		cmocka_unit_test(without_arguments_there_is_only_an_environment),
		cmocka_unit_test(a_count_that_is_not_theirs_gives_none),
		cmocka_unit_test(a_vector_that_was_overwritten_gives_none),
		cmocka_unit_test(pointers_out_of_memory_give_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
