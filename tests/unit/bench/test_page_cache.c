#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/page_cache.h"

#define FILE_BYTES ((size_t)4 << 20)
#define TMPFS 0x01021994

static char directory[64], one[96], two[128];

static void write_file(const char *path)
{
	FILE *file = fopen(path, "w");
	char *bytes = malloc(FILE_BYTES);

	assert_true(file && bytes);
	memset(bytes, 'x', FILE_BYTES);
	assert_int_equal(fwrite(bytes, 1, FILE_BYTES, file), FILE_BYTES);
	fclose(file);
	free(bytes);
}

static int make_files(void **state)
{
	char below[96];

	(void)state;
	strcpy(directory, "/tmp/test_page_cache_XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(below, sizeof(below), "%s/below", directory);
	snprintf(one, sizeof(one), "%s/one", directory);
	snprintf(two, sizeof(two), "%s/two", below);
	mkdir(below, 0700);
	write_file(one);
	write_file(two);
	return 0;
}

static int remove_files(void **state)
{
	char below[96];

	(void)state;
	snprintf(below, sizeof(below), "%s/below", directory);
	unlink(one);
	unlink(two);
	rmdir(below);
	return rmdir(directory);
}

/* Of the file's pages; all of them, and so no help, where the system does not tell. */
static size_t pages_there(const char *path)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 0;
	unsigned char seen[FILE_BYTES / 4096];
	FILE *file = fopen(path, "r");
	void *mapped = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fileno(file), 0);

	assert_true(mapped != MAP_FAILED);
	assert_int_equal(mincore(mapped, FILE_BYTES, seen), 0);
	for (size_t i = 0; i < FILE_BYTES / page; i++)
		count += seen[i] & 1;
	munmap(mapped, FILE_BYTES);
	fclose(file);
	return count;
}

static void need_a_disk(void)
{
	struct statfs info;

	if (statfs(directory, &info) || info.f_type == TMPFS) {
		print_message("/tmp lives in memory here\n");
		skip();
	}
}

static void all_files_below_a_directory_are_dropped_and_filled(void **state)
{
	struct page_cache *cache = NULL;
	bool all = false;

	(void)state;
	need_a_disk();
	assert_int_equal(page_cache_new(&cache, directory, NULL, NULL), 0);
	if (page_cache_drop(cache)) {
		assert_true(pages_there(one) + pages_there(two) < 100);
		assert_int_equal(page_cache_fill(cache, &all, NULL), 0);
		assert_true(all);
		assert_true(pages_there(one) >= 1000);
		assert_true(pages_there(two) >= 1000);
	}
	page_cache_free(cache);
}

static void one_file_is_dropped_alone(void **state)
{
	struct page_cache *whole = NULL, *cache = NULL;
	bool all;

	(void)state;
	need_a_disk();
	assert_int_equal(page_cache_new(&whole, directory, NULL, NULL), 0);
	assert_int_equal(page_cache_new(&cache, one, NULL, NULL), 0);
	assert_int_equal(page_cache_fill(whole, &all, NULL), 0);
	if (page_cache_drop(cache))
		assert_true(pages_there(two) >= 1000);
	page_cache_free(cache);
	page_cache_free(whole);
}

static void pages_that_somebody_uses_are_not_dropped_and_that_is_told(void **state)
{
	struct page_cache *cache = NULL;
	FILE *file = fopen(one, "r");
	volatile const char *mapped =
		mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED | MAP_POPULATE, fileno(file), 0);
	char sum = 0;

	(void)state;
	assert_true(mapped != MAP_FAILED);
	for (size_t i = 0; i < FILE_BYTES; i += 4096)
		sum = (char)(sum ^ mapped[i]);
	assert_int_equal(page_cache_new(&cache, one, NULL, NULL), 0);
	assert_false(page_cache_drop(cache));
	page_cache_free(cache);
	munmap((void *)(uintptr_t)mapped, FILE_BYTES);
	fclose(file);
	assert_true(sum == 0 || sum == 'x');
}

static void what_is_not_there_is_never_cold(void **state)
{
	struct page_cache *cache = NULL;
	bool all = false;

	(void)state;
	assert_int_equal(page_cache_new(&cache, "/nowhere/at/all", NULL, NULL), 0);
	assert_int_equal(page_cache_fill(cache, &all, NULL), 0);
	assert_true(all);
	assert_false(page_cache_drop(cache));
	page_cache_free(cache);
}

static void filling_ends_when_it_is_told_to(void **state)
{
	_Atomic int stop = 1;
	struct page_cache *cache = NULL;
	bool all;

	(void)state;
	assert_int_equal(page_cache_new(&cache, directory, &stop, NULL), 0);
	assert_int_equal(page_cache_fill(cache, &all, NULL), ERROR_INTERRUPTED);
	page_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_files_below_a_directory_are_dropped_and_filled),
		cmocka_unit_test(one_file_is_dropped_alone),
		cmocka_unit_test(pages_that_somebody_uses_are_not_dropped_and_that_is_told),
		cmocka_unit_test(what_is_not_there_is_never_cold),
		cmocka_unit_test(filling_ends_when_it_is_told_to),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
