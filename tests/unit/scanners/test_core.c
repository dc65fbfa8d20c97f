#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/criu/core.h"
#include "tests/unit/scanners/image_builder.h"

static void parse(struct core *core, const struct builder *builder)
{
	struct warning_list *warnings;

	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = { .name = "core-1.img",
			       .bytes = { builder->bytes, builder->length },
			       .warnings = warnings };

	assert_int_equal(core_parse(core, &image, NULL), 0);
	warning_list_free(warnings);
}

static const struct {
	uint32_t number;
	enum process_state state;
} states[] = {
	{ 1, PROCESS_ALIVE }, { 2, PROCESS_DEAD },    { 3, PROCESS_STOPPED },
	{ 6, PROCESS_DEAD },  { 0, PROCESS_UNKNOWN }, { 4000000000, PROCESS_UNKNOWN },
};

static void the_state_is_read_as_criu_writes_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct builder builder = { .length = 0 };
		struct core core = { .decoded = false };

		put_core(&builder, states[i].number, "x");
		parse(&core, &builder);
		assert_true(core.decoded && core.leader && core.has_uid);
		assert_int_equal(core.uid, 1000);
		assert_int_equal(core.machine, 1);
		assert_int_equal(core.state, states[i].state);
	}
}

static void a_name_has_at_most_fifteen_bytes_of_any_kind(void **state)
{
	struct builder builder = { .length = 0 };
	struct core core = { .decoded = false };

	(void)state;
	put_core(&builder, 1, "\xff\033[31m-and-much-longer");
	parse(&core, &builder);
	assert_string_equal(core.name, "\xff\033[31m-and-much");
	assert_int_equal(strlen(core.name), 15);
}

static void a_thread_is_no_leader(void **state)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 }, thread = { .length = 0 };
	struct core core = { .decoded = false };

	(void)state;
	put_magic(&builder, IMAGE_CORE);
	put_number(&entry, 1, 3);
	put_text(&thread, 13, "worker");
	put_message(&entry, 5, &thread);
	put_entry(&builder, &entry);
	parse(&core, &builder);
	assert_true(core.decoded);
	assert_false(core.leader);
	assert_false(core.has_uid);
	assert_string_equal(core.name, "worker");
	assert_int_equal(core.machine, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_is_read_as_criu_writes_it),
		cmocka_unit_test(a_name_has_at_most_fifteen_bytes_of_any_kind),
		cmocka_unit_test(a_thread_is_no_leader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
