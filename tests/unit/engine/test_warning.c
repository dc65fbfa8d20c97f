#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/warning.h"

static int set_up(void **state)
{
	struct error err;

	return warning_list_new((struct warning_list **)state, &err);
}

static int tear_down(void **state)
{
	warning_list_free(*state);
	return 0;
}

static void every_code_has_a_name(void **state)
{
	(void)state;
	for (enum warning_code code = 0; code < WARNING_CODES; code++) {
		const char *name = warning_code_name(code);

		assert_non_null(name);
		assert_true(name[0] != '\0');
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
	}
	assert_string_equal(warning_code_name(WARNING_TRUNCATED), "truncated");
	assert_int_equal(warning_code_effect(WARNING_DUPLICATE_MEMBER), EFFECT_NOTE);
	assert_int_equal(warning_code_cause(WARNING_READ_ERROR), CAUSE_MACHINE);
}

static void copies_what_it_is_given(void **state)
{
	struct warning_list *list = *state;
	char file[] = "pages-1.img";
	struct warning warning = { .code = WARNING_TRUNCATED,
				   .file = file,
				   .bytes = 4096,
				   .has_range = true,
				   .offset = 10,
				   .length = 20 };
	size_t count;

	assert_int_equal(warning_list_add(list, &warning, "ends after %d bytes", 7), 0);
	memset(file, 'x', sizeof(file) - 1);

	const struct warning *kept = warning_list_sorted(list, &count);

	assert_int_equal(count, 1);
	assert_string_equal(kept->file, "pages-1.img");
	assert_string_equal(kept->message, "ends after 7 bytes");
	assert_int_equal(kept->bytes, 4096);
	assert_int_equal(kept->length, 20);
}

static void an_empty_list_is_complete(void **state)
{
	size_t count = 7;

	warning_list_sorted(*state, &count);
	assert_int_equal(count, 0);
	assert_false(warning_list_incomplete(*state, CAUSE_INPUT));
	assert_false(warning_list_incomplete(*state, CAUSE_MACHINE));
}

static void incompleteness_is_told_by_cause(void **state)
{
	struct warning_list *list = *state;
	struct warning note = { .code = WARNING_DUPLICATE_MEMBER };
	struct warning machine = { .code = WARNING_NO_SPACE };

	warning_list_add(list, &note, "twice");
	assert_false(warning_list_incomplete(list, CAUSE_INPUT));
	warning_list_add(list, &machine, "full");
	assert_true(warning_list_incomplete(list, CAUSE_MACHINE));
	assert_false(warning_list_incomplete(list, CAUSE_INPUT));
}

static void comes_in_the_order_of_the_report(void **state)
{
	static const struct {
		const char *file;
		uint32_t pid;
		uint64_t start;
		enum warning_code code;
	} expected[] = {
		{ NULL, 0, 0, WARNING_LIMIT },	      { NULL, 4, 1, WARNING_LIMIT },
		{ NULL, 4, 9, WARNING_LIMIT },	      { NULL, 5, 0, WARNING_LIMIT },
		{ "a.img", 0, 0, WARNING_CORRUPT },   { "a.img", 0, 0, WARNING_LIMIT },
		{ "b.img", 0, 0, WARNING_TRUNCATED },
	};
	enum { COUNT = sizeof(expected) / sizeof(*expected) };
	struct warning_list *list = *state;
	size_t count;

	for (size_t i = 0; i < COUNT; i++) {
		size_t at = (i * 3 + 2) % COUNT;
		struct warning warning = { .code = expected[at].code,
					   .file = expected[at].file,
					   .has_memory = true,
					   .pid = expected[at].pid,
					   .start = expected[at].start };

		assert_int_equal(warning_list_add(list, &warning, "text"), 0);
	}

	const struct warning *sorted = warning_list_sorted(list, &count);

	assert_int_equal(count, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(sorted[i].code, expected[i].code);
		assert_int_equal(sorted[i].pid, expected[i].pid);
		assert_int_equal(sorted[i].start, expected[i].start);
	}
}

static void after_a_hundred_of_a_code_the_rest_become_one(void **state)
{
	struct warning_list *list = *state;
	struct warning warning = { .code = WARNING_CORRUPT, .file = "x", .bytes = 10 };
	struct warning other = { .code = WARNING_TRUNCATED, .file = "y" };
	size_t count, sums = 0;

	for (size_t i = 0; i < 150; i++)
		assert_int_equal(warning_list_add(list, &warning, "number %zu", i), 0);
	assert_int_equal(warning_list_add(list, &other, "alone"), 0);

	const struct warning *sorted = warning_list_sorted(list, &count);

	assert_int_equal(count, 102);
	for (size_t i = 0; i < count; i++) {
		if (sorted[i].count <= 1)
			continue;
		sums++;
		assert_int_equal(sorted[i].code, WARNING_CORRUPT);
		assert_int_equal(sorted[i].count, 50);
		assert_int_equal(sorted[i].bytes, 500);
	}
	assert_int_equal(sums, 1);
}

/* Each order of the same thousand: what is listed is the same. */
static void which_are_listed_does_not_depend_on_who_came_first(void **state)
{
	static const size_t steps[] = { 1, 7, 333, 999 };
	enum { COUNT = 1000 };

	(void)state;
	for (size_t step = 0; step < sizeof(steps) / sizeof(steps[0]); step++) {
		struct warning_list *list;
		size_t count;

		assert_int_equal(warning_list_new(&list, NULL), 0);
		for (size_t i = 0; i < COUNT; i++) {
			size_t number = i * steps[step] % COUNT;
			struct warning warning = { .code = WARNING_CORRUPT,
						   .has_memory = true,
						   .pid = 1,
						   .start = 4096 * (number + 1),
						   .bytes = number };

			assert_int_equal(warning_list_add(list, &warning, "at %zu", number), 0);
		}
		for (int again = 0; again < 2; again++) {
			const struct warning *sorted = warning_list_sorted(list, &count);

			assert_int_equal(count, 101);
			assert_int_equal(sorted[0].count, COUNT - 100);
			assert_int_equal(sorted[0].bytes, (COUNT - 1) * COUNT / 2 - 99 * 100 / 2);
			for (size_t i = 1; i < count; i++)
				assert_int_equal(sorted[i].start, 4096 * i);
		}
		warning_list_free(list);
	}
}

static void *add_some(void *list)
{
	struct warning warning = { .code = WARNING_READ_ERROR, .bytes = 1 };

	for (size_t i = 0; i < 500; i++)
		warning_list_add(list, &warning, "thread");
	return NULL;
}

static void any_thread_may_add(void **state)
{
	enum { THREADS = 4 };
	pthread_t threads[THREADS];
	uint64_t total = 0;
	size_t count;

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_some, *state), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	const struct warning *sorted = warning_list_sorted(*state, &count);

	for (size_t i = 0; i < count; i++)
		total += sorted[i].bytes;
	assert_int_equal(total, THREADS * 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_code_has_a_name),
		TEST(copies_what_it_is_given),
		TEST(an_empty_list_is_complete),
		TEST(incompleteness_is_told_by_cause),
		TEST(comes_in_the_order_of_the_report),
		TEST(after_a_hundred_of_a_code_the_rest_become_one),
		TEST(which_are_listed_does_not_depend_on_who_came_first),
		TEST(any_thread_may_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
