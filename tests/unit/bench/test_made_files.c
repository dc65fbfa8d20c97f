#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/made_files.h"
#include "scanners/source/source.h"

#define MEMORY_BYTES ((uint64_t)2 << 20)

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_made_files_XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

static size_t entries(void)
{
	DIR *list = opendir(directory);
	size_t count = 0;

	assert_non_null(list);
	while (readdir(list))
		count++;
	closedir(list);
	return count - 2;
}

struct opened {
	struct file_table *files;
	struct warning_list *warnings;
	struct source *source;
};

static void open_one(struct opened *opened, const char *path)
{
	const struct file_table_options memory = { .memory_bytes = 64 << 20 };
	const struct source_options options = { 0 };
	struct error err;

	assert_int_equal(file_table_new(&opened->files, &memory, NULL), 0);
	assert_int_equal(warning_list_new(&opened->warnings, NULL), 0);
	if (source_open(&opened->source, path, opened->files, opened->warnings, &options, &err))
		fail_msg("%s", err.message);
}

static void close_one(struct opened *opened)
{
	source_close(opened->source);
	file_table_free(opened->files);
	warning_list_free(opened->warnings);
}

/* Names and lengths of all members; malloc'd. */
static char *list_members(struct source *source)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	const struct member *member;

	assert_non_null(out);
	for (;;) {
		assert_int_equal(source_next(source, &member, NULL), 0);
		if (!member)
			break;
		fprintf(out, "%s %llu\n", member->name, (unsigned long long)member->length);
	}
	assert_false(source_truncated(source));
	fclose(out);
	return text;
}

static void the_three_hold_the_same_members_and_are_packed_as_they_say(void **state)
{
	static const enum source_compression packed[MADE_FILES] = { COMPRESSION_NONE,
								    COMPRESSION_ZSTD,
								    COMPRESSION_GZIP };
	struct made_files *files;
	char *members[MADE_FILES];
	struct error err;

	(void)state;
	if (made_files_new(&files, directory, 1, MEMORY_BYTES, NULL, &err))
		fail_msg("%s", err.message);
	for (int i = 0; i < MADE_FILES; i++) {
		struct opened opened;

		open_one(&opened, made_files_path(files, i));
		assert_int_equal(source_compression(opened.source), packed[i]);
		members[i] = list_members(opened.source);
		close_one(&opened);
	}
	assert_non_null(strstr(members[MADE_TAR], "checkpoint/pages-2.img"));
	assert_string_equal(members[MADE_ZSTD], members[MADE_TAR]);
	assert_string_equal(members[MADE_GZIP], members[MADE_TAR]);
	for (int i = 0; i < MADE_FILES; i++)
		free(members[i]);
	made_files_free(files);
}

static void the_files_have_no_names(void **state)
{
	struct made_files *files;

	(void)state;
	assert_int_equal(made_files_new(&files, directory, 1, MEMORY_BYTES, NULL, NULL), 0);
	assert_int_equal(entries(), 0);
	made_files_free(files);
	assert_int_equal(entries(), 0);
}

static void making_ends_when_it_is_told_to(void **state)
{
	_Atomic int stop = 1;
	struct made_files *files;

	(void)state;
	assert_int_equal(made_files_new(&files, directory, 1, MEMORY_BYTES, &stop, NULL),
			 ERROR_INTERRUPTED);
	assert_int_equal(entries(), 0);
}

static void a_directory_that_is_not_there_is_named(void **state)
{
	struct made_files *files;
	struct error err;

	(void)state;
	assert_int_equal(made_files_new(&files, "/nowhere/at/all", 1, MEMORY_BYTES, NULL, &err),
			 ERROR_SYSTEM);
	assert_non_null(strstr(err.message, "/nowhere/at/all"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_three_hold_the_same_members_and_are_packed_as_they_say),
		cmocka_unit_test(the_files_have_no_names),
		cmocka_unit_test(making_ends_when_it_is_told_to),
		cmocka_unit_test(a_directory_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
