#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scanners/part_index.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct part_link links[] = {
	{ "one/layer.tar", "../two/layer.tar" },
	{ "two/layer.tar", "../blob.tar" },
	{ "here", "./blob.tar" },
	{ "absolute", "/blob.tar" },
	{ "out", "../blob.tar" },
	{ "far/out", "../../blob.tar" },
	{ "loop", "loop" },
	{ "round", "about" },
	{ "about", "round" },
	{ "directory", ".." },
	{ "gone", "nowhere" },
	{ "shadowed", "nowhere" },
	{ "twice", "nowhere" },
	{ "twice", "blob.tar" },
};

static const struct {
	const char *name, *look_for;
	uint64_t offset; /* 0: it is not found */
} cases[] = {
	{ "a file", "blob.tar", 7 },
	{ "a file that came again", "again.tar", 9 },
	{ "a link to a link to a file", "one/layer.tar", 7 },
	{ "a link beside its file", "here", 7 },
	{ "a link from the top", "absolute", 7 },
	{ "a link that leads out", "out", 0 },
	{ "a link that leads out of a directory", "far/out", 0 },
	{ "a link to itself", "loop", 0 },
	{ "links in a circle", "round", 0 },
	{ "a link to a directory", "directory", 0 },
	{ "a link to nothing", "gone", 0 },
	{ "a file where also a link was", "shadowed", 8 },
	{ "the later of two links", "twice", 7 },
	{ "no name", "", 0 },
	{ "nothing of that name", "blob", 0 },
};

static void add(struct part_index *index, const char *name, uint64_t offset)
{
	const struct stored_bytes bytes = { offset, 100, 3 };

	assert_int_equal(part_index_add(index, name, &bytes, NULL), 0);
}

static void names_and_links_lead_to_bytes(void **state)
{
	struct arena *arena = arena_new(0);
	struct part_index index;
	struct stored_bytes bytes;

	(void)state;
	assert_int_equal(part_index_init(&index, arena, NULL), 0);
	add(&index, "blob.tar", 7);
	add(&index, "shadowed", 8);
	add(&index, "again.tar", 1);
	add(&index, "again.tar", 9);
	for (size_t i = 0; i < COUNT(links); i++)
		assert_int_equal(part_index_add_link(&index, links[i].name, links[i].target, NULL),
				 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool found = part_index_find(&index, cases[i].look_for, &bytes);

		print_message("%s\n", cases[i].name);
		assert_int_equal(found, cases[i].offset != 0);
		if (found)
			assert_true(bytes.offset == cases[i].offset && bytes.length == 100 &&
				    bytes.file == 3);
	}
	part_index_release(&index);
	arena_free(arena);
}

static void hostile_links_are_bounded(void **state)
{
	struct arena *arena = arena_new(0);
	struct part_index index;
	struct stored_bytes bytes;
	char name[32], target[8192];

	(void)state;
	assert_int_equal(part_index_init(&index, arena, NULL), 0);
	memset(target, 'x', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	assert_int_equal(part_index_add_link(&index, "long", target, NULL), 0);
	assert_false(part_index_find(&index, "long", &bytes));
	assert_false(part_index_find(&index, target, &bytes));
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(part_index_add_link(&index, name, "blob.tar", NULL), 0);
	}
	assert_true(index.link_count < 10000);
	part_index_release(&index);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_links_lead_to_bytes),
		cmocka_unit_test(hostile_links_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
