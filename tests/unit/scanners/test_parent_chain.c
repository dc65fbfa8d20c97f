#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "scanners/criu/image_set.h"
#include "tests/unit/scanners/image_builder.h"

#define SOURCES 4
#define DIRECTORIES 6

/* Directories of one source: their paths and links; NULL path ends. */
struct folder {
	const char *path, *link;
	bool needs; /* leaves pages to a parent */
};

static const struct {
	const char *name;
	struct folder sources[SOURCES][DIRECTORIES];
	size_t directory; /* of source 0, to start from */
	const char *chain[DIRECTORIES]; /* "source:path" */
	enum chain_end end;
	const char *missing;
	const char *opened_as[SOURCES];
} cases[] = {
	{ "a checkpoint without parent",
	  { { { "", NULL, false } } },
	  0,
	  { NULL },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "links are followed to the end",
	  { { { "final", "../pre2", true },
	      { "pre2", "../pre1", true },
	      { "pre1", NULL, false } } },
	  0,
	  { "0:pre2", "0:pre1" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "a link is followed though no page is left to it",
	  { { { "final", "../pre", false }, { "pre", NULL, false } } },
	  0,
	  { "0:pre" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "dots and slashes are cleaned",
	  { { { "a/final", ".././//../b/./pre/", true }, { "b/pre", NULL, false } } },
	  0,
	  { "0:b/pre" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "the top may be a parent",
	  { { { "", NULL, false }, { "final", "..", true } } },
	  1,
	  { "0:" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "a parent may stand below the top",
	  { { { "", "pre", true }, { "pre", NULL, false } } },
	  0,
	  { "0:pre" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "a plain directory of the link's name is the parent",
	  { { { "final", NULL, true }, { "final/parent", NULL, false } } },
	  0,
	  { "0:final/parent" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "a dangling link",
	  { { { "final", "../pre", true } } },
	  0,
	  { NULL },
	  CHAIN_MISSING,
	  "../pre",
	  { NULL } },
	{ "a link out of the source",
	  { { { "final", "../../../pre", true }, { "pre", NULL, false } } },
	  0,
	  { NULL },
	  CHAIN_MISSING,
	  "../../../pre",
	  { NULL } },
	{ "an absolute link leads out of the source",
	  { { { "final", "/pre", true }, { "pre", NULL, false } } },
	  0,
	  { NULL },
	  CHAIN_MISSING,
	  "/pre",
	  { NULL } },
	{ "pages left to a parent that nothing names",
	  { { { "final", NULL, true } } },
	  0,
	  { NULL },
	  CHAIN_MISSING,
	  NULL,
	  { NULL } },
	{ "a link to itself",
	  { { { "final", ".", true } } },
	  0,
	  { NULL },
	  CHAIN_LOOP,
	  NULL,
	  { NULL } },
	{ "a loop of three",
	  { { { "a", "../b", true }, { "b", "../c", true }, { "c", "../a", true } } },
	  0,
	  { "0:b", "0:c" },
	  CHAIN_LOOP,
	  NULL,
	  { NULL } },
	{ "a loop that does not come back to the start",
	  { { { "a", "../b", true }, { "b", "../c", true }, { "c", "../b", true } } },
	  0,
	  { "0:b", "0:c" },
	  CHAIN_LOOP,
	  NULL,
	  { NULL } },
	{ "what is not there is in the next source under its path",
	  { { { "checkpoint", "../pre-checkpoint", true } },
	    { { "other", NULL, false }, { "pre-checkpoint", NULL, false } } },
	  0,
	  { "1:pre-checkpoint" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "what is in the source itself comes first",
	  { { { "final", "../pre", true }, { "pre", NULL, false } }, { { "pre", NULL, false } } },
	  0,
	  { "0:pre" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "what is not there is the only directory of the next source",
	  { { { "final", "../pre", true } }, { { "", NULL, false } } },
	  0,
	  { "1:" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "the newest of a chain is the one that no other names",
	  { { { "final", "/mnt/pre2", true } },
	    { { "pre1", NULL, false }, { "pre2", "../pre1", true } } },
	  0,
	  { "1:pre2", "1:pre1" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "of two that no other names none is guessed",
	  { { { "final", "/mnt/pre", true } }, { { "one", NULL, false }, { "two", NULL, false } } },
	  0,
	  { NULL },
	  CHAIN_MISSING,
	  "/mnt/pre",
	  { NULL } },
	{ "each further source is a layer",
	  { { { "final", "../pre2", true } },
	    { { "", "../pre1", true } },
	    { { "", NULL, true } },
	    { { "", NULL, false } } },
	  0,
	  { "1:", "2:", "3:" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "sources may be named in any order where paths tell them apart",
	  { { { "final", "../pre2", true } },
	    { { "pre1", NULL, false } },
	    { { "pre2", "../pre1", true } } },
	  0,
	  { "2:pre2", "1:pre1" },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
	{ "sources without paths are told apart by what they were opened as",
	  { { { "", "../pre2", true } }, { { "", NULL, false } }, { { "", "../pre1", true } } },
	  0,
	  { "2:", "1:" },
	  CHAIN_WHOLE,
	  NULL,
	  { "/mnt/final", "/mnt/pre1", "/mnt/pre2//" } },
	{ "a path within a source comes before what it was opened as",
	  { { { "final", "../pre", true } }, { { "", NULL, false } }, { { "pre", NULL, false } } },
	  0,
	  { "2:pre" },
	  CHAIN_WHOLE,
	  NULL,
	  { "chain", "pre", "later" } },
	{ "names that end alike are not the same",
	  { { { "", "../pre", true } }, { { "", NULL, false } }, { { "", NULL, false } } },
	  0,
	  { "1:" },
	  CHAIN_WHOLE,
	  NULL,
	  { "final", "older", "no-pre" } },
	{ "a source without images ends the chain",
	  { { { "final", NULL, true } }, { { NULL, NULL, false } }, { { "", NULL, false } } },
	  0,
	  { NULL },
	  CHAIN_MISSING,
	  NULL,
	  { NULL } },
	{ "sources that nobody asks for are left alone",
	  { { { "final", NULL, false } }, { { "pre", NULL, false } } },
	  0,
	  { NULL },
	  CHAIN_WHOLE,
	  NULL,
	  { NULL } },
};

static struct image_set *make_set(const char *link, bool needs, struct warning_list *warnings)
{
	static const struct item left[] = { { 0x1000, 1, PARENT } };
	struct builder builder = { .length = 0 };
	struct image_set *set;

	assert_int_equal(image_set_new(&set, warnings, NULL), 0);
	put_pagemap(&builder, 1, left, needs ? 1 : 0);
	assert_int_equal(
		image_set_add(set, "pagemap-1.img", builder_copy(&builder), builder.length, NULL),
		0);
	if (link)
		assert_int_equal(image_set_add_parent(set, link, NULL), 0);
	return set;
}

static void assert_chain(const struct parent_chain *chain, const char *const *expected,
			 struct chain_directory directories[SOURCES][DIRECTORIES])
{
	bool used[SOURCES] = { true };
	size_t count = 0;

	while (count < DIRECTORIES && expected[count])
		count++;
	assert_int_equal(chain->count, count);
	for (size_t i = 0; i < count; i++) {
		size_t source = (size_t)(expected[i][0] - '0'), at = 0;

		while (strcmp(directories[source][at].path, expected[i] + 2) != 0)
			at++;
		assert_ptr_equal(chain->sets[i], directories[source][at].images);
		used[source] = true;
	}
	assert_memory_equal(chain->used, used, sizeof(used));
}

static void run_case(size_t index)
{
	struct chain_directory directories[SOURCES][DIRECTORIES] = { 0 };
	struct chain_source sources[SOURCES];
	struct arena *arena = arena_new(0);
	struct warning_list *warnings;
	struct parent_chain chain;

	print_message("%s\n", cases[index].name);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	for (size_t i = 0; i < SOURCES; i++) {
		size_t count = 0;

		for (const struct folder *folder = cases[index].sources[i]; folder->path; folder++)
			directories[i][count++] = (struct chain_directory){
				folder->path, make_set(folder->link, folder->needs, warnings)
			};
		sources[i] =
			(struct chain_source){ directories[i], count, cases[index].opened_as[i] };
	}
	assert_int_equal(
		parent_chain_make(&chain, sources, SOURCES, cases[index].directory, arena, NULL),
		0);
	assert_chain(&chain, cases[index].chain, directories);
	assert_int_equal(chain.end, cases[index].end);
	assert_int_equal(!chain.missing, !cases[index].missing);
	if (chain.missing)
		assert_string_equal(chain.missing, cases[index].missing);
	for (size_t i = 0; i < SOURCES; i++) {
		for (size_t j = 0; j < sources[i].count; j++)
			image_set_free(directories[i][j].images);
	}
	warning_list_free(warnings);
	arena_free(arena);
}

static void links_become_a_chain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
}

static void a_chain_of_ten_thousand_ends_at_a_limit(void **state)
{
	enum { COUNT = 10000 };
	static struct chain_directory directories[COUNT];
	static char paths[COUNT][16];
	const struct chain_source source = { directories, COUNT, NULL };
	struct arena *arena = arena_new(0);
	struct warning_list *warnings;
	struct parent_chain chain;
	char link[32];

	(void)state;
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%zu", i);
		snprintf(link, sizeof(link), "../%zu", i + 1);
		directories[i] =
			(struct chain_directory){ paths[i], make_set(i + 1 < COUNT ? link : NULL,
								     false, warnings) };
	}
	assert_int_equal(parent_chain_make(&chain, &source, 1, 0, arena, NULL), 0);
	assert_int_equal(chain.count, PARENT_CHAIN_MOST);
	assert_int_equal(chain.end, CHAIN_LIMIT);
	assert_ptr_equal(chain.sets[4000], directories[4001].images);
	assert_int_equal(parent_chain_make(&chain, &source, 1, COUNT - 3, arena, NULL), 0);
	assert_int_equal(chain.count, 2);
	assert_int_equal(chain.end, CHAIN_WHOLE);
	for (size_t i = 0; i < COUNT; i++)
		image_set_free(directories[i].images);
	warning_list_free(warnings);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_become_a_chain),
		cmocka_unit_test(a_chain_of_ten_thousand_ends_at_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
