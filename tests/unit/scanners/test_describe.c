#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/describe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct warning_list *warnings;
	struct container_reader *container;
	struct arena *arena;
	struct image_directory directory;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(warning_list_new(&fixture->warnings, NULL), 0);
	assert_int_equal(container_reader_new(&fixture->container, fixture->warnings, NULL), 0);
	assert_int_equal(image_set_new(&fixture->directory.images, fixture->warnings, NULL), 0);
	fixture->directory.path = "";
	fixture->arena = arena_new(0);
	assert_non_null(fixture->arena);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	image_set_free(fixture->directory.images);
	container_reader_free(fixture->container);
	warning_list_free(fixture->warnings);
	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

static struct checkpoint_outline describe(struct fixture *fixture, const char *path)
{
	struct checkpoint_outline outline;

	assert_int_equal(checkpoint_outline_make(&outline, path, NULL,
						 container_reader_result(fixture->container),
						 &fixture->directory, fixture->arena, NULL),
			 0);
	return outline;
}

static void the_kubelets_names_tell_the_time(void **state)
{
	static const struct {
		const char *path, *time; /* NULL: none */
	} names[] = {
		{ "/var/lib/checkpoint-web_shop-api-2026-11-24T12:58:40Z.tar",
		  "2026-11-24T12:58:40Z" },
		{ "checkpoint-web_shop-api-2026-11-24T12:58:40+01:00.tar", "2026-11-24T11:58:40Z" },
		{ "checkpoint-web_shop-api-2026-11-24T23:58:40-00:30.tar", "2026-11-25T00:28:40Z" },
		{ "checkpoint-web_shop-api-2026-13-24T12:58:40Z.tar", NULL },
		{ "checkpoint-web-2026-11-24T12:58:40Z.tar", NULL },
		{ "2026-11-24T12:58:40Z.tar", NULL },
		{ "-", NULL },
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct checkpoint_outline outline = describe(*state, names[i].path);

		if (!names[i].time) {
			assert_null(outline.time);
			assert_null(outline.time_source);
			continue;
		}
		assert_string_equal(outline.time, names[i].time);
		assert_string_equal(outline.time_source, "name");
	}
}

static void a_time_that_the_engine_wrote_comes_first(void **state)
{
	static const char config[] =
		"{\"id\":\"4711\",\"checkpointedTime\":\"2026-11-24T01:02:03Z\"}";
	struct fixture *fixture = *state;
	struct checkpoint_outline outline;

	fixture->directory.inventory_time = 86400;
	outline = describe(fixture, "checkpoint-a_b-c-2026-11-24T12:58:40Z.tar");
	assert_string_equal(outline.time, "1970-01-02T00:00:00Z");
	assert_string_equal(outline.time_source, "file");
	assert_int_equal(container_reader_add(fixture->container, "config.dump",
					      (const uint8_t *)config, sizeof(config) - 1, NULL),
			 0);
	outline = describe(fixture, "checkpoint-a_b-c-2026-11-24T12:58:40Z.tar");
	assert_string_equal(outline.time, "2026-11-24T01:02:03Z");
	assert_string_equal(outline.time_source, "config");
	assert_string_equal(outline.container_id, "4711");
}

static void the_directory_of_the_images_is_a_member(void **state)
{
	static char name[] = "checkpoint";
	struct fixture *fixture = *state;

	assert_null(describe(fixture, "a.tar").member);
	fixture->directory.path = name;
	assert_string_equal(describe(fixture, "a.tar").member, "checkpoint");
	assert_int_equal(strlen(describe(fixture, "a.tar").id), 64);
}

static void what_could_not_be_opened_has_a_path_alone(void **state)
{
	struct fixture *fixture = *state;
	struct checkpoint_outline outline;

	assert_int_equal(checkpoint_outline_make(&outline, "gone.tar", NULL, NULL, NULL,
						 fixture->arena, NULL),
			 0);
	assert_string_equal(outline.path, "gone.tar");
	assert_string_equal(outline.form, "unknown");
	assert_null(outline.id);
	assert_null(outline.time);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_kubelets_names_tell_the_time),
		TEST(a_time_that_the_engine_wrote_comes_first),
		TEST(the_directory_of_the_images_is_a_member),
		TEST(what_could_not_be_opened_has_a_path_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
