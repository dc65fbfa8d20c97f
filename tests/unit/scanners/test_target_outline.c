#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "scanners/target_outline.h"
#include "small_scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct piece pieces[] = { { .length = 100 },
				       { .start = 100, .length = 30, .kind = PIECE_LOST } };
static struct holder holders[20];
static struct captured items[] = {
	{ .kind = TARGET_FILE,
	  .origin = ORIGIN_DELETED,
	  .path = "/f",
	  .object = "1",
	  .archive = "a.tar",
	  .content = { 130, pieces, 2 },
	  .holders = holders,
	  .holder_count = COUNT(holders) },
	{ .kind = TARGET_FILE, .origin = ORIGIN_MEMFD, .path = "", .object = "2" },
	{ .kind = TARGET_SOCKET,
	  .object = "7",
	  .direction = "sent",
	  .protocol = "tcp",
	  .state = "established",
	  .local = "a",
	  .remote = "b",
	  .holders = holders,
	  .holder_count = 2 },
};
static const struct captured_list captured = { .items = items, .count = 3 };

/* Targets 0 to 2 are processes 1 to 3, then the file, the memory file and the socket. */
struct fixture {
	struct small_scan scan;
	struct container container;
	struct arena *arena;
	struct target_outline outline;
};

static void make(struct fixture *fixture)
{
	*fixture = (struct fixture){ 0 };
	small_scan_make(&fixture->scan, "rule a { condition: true }", 3, BYTES_HERE);
	assert_int_equal(target_list_add_captured(fixture->scan.targets, &fixture->scan.checkpoint,
						  &captured, &fixture->scan.options, NULL),
			 0);
	fixture->arena = arena_new(0);
	assert_non_null(fixture->arena);
}

static void release(struct fixture *fixture)
{
	arena_free(fixture->arena);
	small_scan_release(&fixture->scan);
}

static void outline_of(struct fixture *fixture, size_t number)
{
	const struct target *target = &fixture->scan.targets->targets[number];

	assert_int_equal(target_outline_make(&fixture->outline, target, target_facts(target, NULL),
					     fixture->scan.files, &fixture->container,
					     fixture->arena, NULL),
			 0);
}

static void shows_what_is_captured(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	fixture.scan.targets->targets[3].bytes_lost = 5;
	outline_of(&fixture, 3);
	assert_int_equal(fixture.outline.kind, TARGET_FILE);
	assert_string_equal(fixture.outline.path, "/f");
	assert_string_equal(fixture.outline.origin, "deleted");
	assert_string_equal(fixture.outline.object, "1");
	assert_string_equal(fixture.outline.archive, "a.tar");
	assert_int_equal(fixture.outline.size, 130);
	assert_int_equal(fixture.outline.bytes_unseen, 35);
	assert_int_equal(fixture.outline.held_by_count, 16);
	assert_int_equal(fixture.outline.held_by_total, 20);
	outline_of(&fixture, 5);
	assert_null(fixture.outline.origin);
	assert_string_equal(fixture.outline.direction, "sent");
	assert_string_equal(fixture.outline.protocol, "tcp");
	assert_string_equal(fixture.outline.state, "established");
	assert_string_equal(fixture.outline.local, "a");
	assert_string_equal(fixture.outline.remote, "b");
	assert_int_equal(fixture.outline.held_by_count, 2);
	release(&fixture);
}

static void an_empty_name_is_none(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	outline_of(&fixture, 4);
	assert_null(fixture.outline.path);
	release(&fixture);
}

static const struct {
	const char *name;
	struct warning warning;
	int expected; /* pid, or number of the target below 0; 0: none */
} warnings[] = {
	{ "memory of a process", { .has_memory = true, .pid = 2 }, 2 },
	{ "memory of one that is no target", { .has_memory = true, .pid = 9 }, 0 },
	{ "memory of one below all targets", { .has_memory = true, .pid = 0 }, 0 },
	{ "a target by its number", { .has_target = true, .target = 3 }, -3 },
	{ "a process by its number", { .has_target = true, .target = 2, .has_memory = true }, 3 },
	{ "a number that no target has", { .has_target = true, .target = 6 }, 0 },
	{ "nothing but a file", { .file = "/f" }, 0 },
};

static void a_warning_shows_the_target_that_it_concerns(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture);
	for (size_t i = 0; i < COUNT(warnings); i++) {
		const struct target_outlines outlines = { .targets = fixture.scan.targets,
							  .files = fixture.scan.files,
							  .container = &fixture.container };
		const struct target_outlines none = { 0 };
		bool found;

		print_message("%s\n", warnings[i].name);
		assert_int_equal(target_outline_of_warning(&fixture.outline, &found, &outlines,
							   &warnings[i].warning, fixture.arena,
							   NULL),
				 0);
		assert_int_equal(found, warnings[i].expected != 0);
		if (warnings[i].expected > 0)
			assert_int_equal(fixture.outline.pid, warnings[i].expected);
		if (warnings[i].expected < 0)
			assert_string_equal(fixture.outline.path, "/f");
		assert_int_equal(target_outline_of_warning(&fixture.outline, &found, &none,
							   &warnings[i].warning, fixture.arena,
							   NULL),
				 0);
		assert_false(found);
	}
	release(&fixture);
}

static void facts_come_from_the_other_model(void **state)
{
	static struct process others[] = { { .pid = 2, .name = "renamed" } };
	const struct checkpoint facts = { .processes = others, .process_count = 1 };
	struct fixture fixture;
	const struct target *targets;

	(void)state;
	make(&fixture);
	targets = fixture.scan.targets->targets;
	assert_ptr_equal(target_facts(&targets[1], &facts), &others[0]);
	assert_ptr_equal(target_facts(&targets[0], &facts), targets[0].process);
	assert_ptr_equal(target_facts(&targets[1], NULL), targets[1].process);
	assert_null(target_facts(&targets[3], &facts));
	release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_is_captured),
		cmocka_unit_test(an_empty_name_is_none),
		cmocka_unit_test(a_warning_shows_the_target_that_it_concerns),
		cmocka_unit_test(facts_come_from_the_other_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
