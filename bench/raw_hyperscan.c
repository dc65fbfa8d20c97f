/*
 * The yardsticks that a scan is measured against, over the page images of a directory, mapped:
 *
 *	raw_hyperscan read DIRECTORY THREADS
 *	raw_hyperscan scan DIRECTORY THREADS LITERAL...
 *	raw_hyperscan rules DIRECTORY THREADS RULES
 *	raw_hyperscan database DIRECTORY THREADS DATABASE
 *	raw_hyperscan compile RULES DATABASE
 *
 * "read" touches every byte. The others are the naive use of Hyperscan: one expression for each form of a string (ascii,
 * wide, xor keys), an empty callback, hs_scan over the mapped bytes in pieces of 1 MiB. Strings that Hyperscan refuses
 * are left out, and their number is told. Many take long to compile: "compile" writes what "database" then loads. Prints
 * bytes and seconds of wall time.
 */
#include <fcntl.h>
#include <glob.h>
#include <hs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/naive/naive_database.h"
#include "engine/base/deadline.h"

#define PIECE_BYTES (1u << 20)
#define MOST_THREADS 256

struct image {
	const uint8_t *data;
	size_t length;
};

struct yardstick {
	struct image *images;
	size_t image_count;
	size_t piece_count;
	const hs_database_t *database; /* NULL: only read */
	_Atomic size_t next;
	_Atomic uint64_t sum;
};

static void fail(const char *what)
{
	perror(what);
	exit(4);
}

static struct image map_image(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	void *data;

	if (descriptor < 0 || fstat(descriptor, &info) != 0)
		fail(path);
	data = info.st_size ? mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, descriptor, 0)
			    : NULL;
	if (data == MAP_FAILED)
		fail(path);
	close(descriptor);
	return (struct image){ data, (size_t)info.st_size };
}

static uint64_t map_images(struct yardstick *yardstick, const char *directory)
{
	char pattern[4096];
	uint64_t bytes = 0;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/pages-*.img", directory);
	if (glob(pattern, 0, NULL, &found) != 0)
		fail(pattern);
	yardstick->images = calloc(found.gl_pathc, sizeof(*yardstick->images));
	if (!yardstick->images)
		fail("images");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct image image = map_image(found.gl_pathv[i]);

		yardstick->images[yardstick->image_count++] = image;
		yardstick->piece_count += (image.length + PIECE_BYTES - 1) / PIECE_BYTES;
		bytes += image.length;
	}
	globfree(&found);
	return bytes;
}

static struct image piece_at(const struct yardstick *yardstick, size_t number)
{
	for (size_t i = 0; i < yardstick->image_count; i++) {
		const struct image *image = &yardstick->images[i];
		size_t pieces = (image->length + PIECE_BYTES - 1) / PIECE_BYTES;

		if (number < pieces) {
			size_t start = number * PIECE_BYTES, left = image->length - start;

			return (struct image){ image->data + start,
					       left < PIECE_BYTES ? left : PIECE_BYTES };
		}
		number -= pieces;
	}
	return (struct image){ NULL, 0 };
}

static int ignore_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
			void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	(void)context;
	return 0;
}

static uint64_t touch(const struct image *piece)
{
	uint64_t sum = 0, word;

	for (size_t i = 0; i + sizeof(word) <= piece->length; i += sizeof(word)) {
		memcpy(&word, piece->data + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static void *work(void *context)
{
	struct yardstick *yardstick = context;
	hs_scratch_t *scratch = NULL;
	uint64_t sum = 0;

	if (yardstick->database && hs_alloc_scratch(yardstick->database, &scratch) != HS_SUCCESS)
		fail("scratch");
	for (;;) {
		size_t number = atomic_fetch_add(&yardstick->next, 1);

		if (number >= yardstick->piece_count)
			break;

		struct image piece = piece_at(yardstick, number);

		if (!yardstick->database)
			sum += touch(&piece);
		else if (hs_scan(yardstick->database, (const char *)piece.data,
				 (unsigned)piece.length, 0, scratch, ignore_match,
				 NULL) != HS_SUCCESS)
			fail("hs_scan");
	}
	atomic_fetch_add(&yardstick->sum, sum);
	hs_free_scratch(scratch);
	return NULL;
}

static void check(int ret, const struct error *err)
{
	if (ret == 0)
		return;
	fprintf(stderr, "raw_hyperscan: %s\n", err->message);
	exit(ret == ERROR_RULES ? 2 : 4);
}

static hs_database_t *compile(struct expression_list *list)
{
	hs_database_t *database = NULL;
	size_t refused;
	struct error err;

	check(naive_database_compile(&database, list, &refused, &err), &err);
	if (refused)
		fprintf(stderr, "raw_hyperscan: %zu expressions, %zu more are refused\n",
			list->count, refused);
	expression_list_release(list);
	return database;
}

static hs_database_t *compile_literals(char **literals, size_t count)
{
	struct expression_list list = { 0 };
	struct error err;

	for (size_t i = 0; i < count; i++) {
		const struct pattern_part part = { .literal = { (const uint8_t *)literals[i],
								strlen(literals[i]) } };
		const struct pattern pattern = { .parts = &part,
						 .part_count = 1,
						 .flags = PATTERN_ASCII };

		check(expression_list_add(&list, &pattern, &err), &err);
	}
	return compile(&list);
}

static hs_database_t *compile_rules(const char *path)
{
	struct expression_list list = { 0 };
	struct error err;

	check(naive_rules_read(&list, path, &err), &err);
	return compile(&list);
}

static hs_database_t *load(const char *path)
{
	hs_database_t *database = NULL;
	struct error err;

	check(naive_database_load(&database, path, &err), &err);
	return database;
}

static void save_compiled(const char *rules, const char *path)
{
	hs_database_t *database = compile_rules(rules);
	struct error err;

	check(naive_database_save(database, path, &err), &err);
	hs_free_database(database);
}

static void run(struct yardstick *yardstick, const char *directory, size_t threads,
		uint64_t began_ns)
{
	pthread_t ids[MOST_THREADS];
	uint64_t bytes = map_images(yardstick, directory);

	for (size_t i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work, yardstick) != 0)
			fail("thread");
	for (size_t i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("%llu bytes in %.6f seconds\n", (unsigned long long)bytes,
	       (double)(clock_now_ns() - began_ns) / 1e9);
}

static void usage(void)
{
	fputs("usage: raw_hyperscan read DIRECTORY THREADS\n"
	      "       raw_hyperscan scan DIRECTORY THREADS LITERAL...\n"
	      "       raw_hyperscan rules DIRECTORY THREADS RULES\n"
	      "       raw_hyperscan database DIRECTORY THREADS DATABASE\n"
	      "       raw_hyperscan compile RULES DATABASE\n",
	      stderr);
	exit(2);
}

static hs_database_t *database_for(int argc, char **argv)
{
	if (strcmp(argv[1], "read") == 0 && argc == 4)
		return NULL;
	if (strcmp(argv[1], "scan") == 0 && argc > 4)
		return compile_literals(argv + 4, (size_t)argc - 4);
	if (strcmp(argv[1], "rules") == 0 && argc == 5)
		return compile_rules(argv[4]);
	if (strcmp(argv[1], "database") == 0 && argc == 5)
		return load(argv[4]);
	usage();
	return NULL;
}

int main(int argc, char **argv)
{
	uint64_t began_ns = clock_now_ns();
	struct yardstick yardstick = { 0 };
	hs_database_t *database;
	long threads;

	if (argc == 4 && strcmp(argv[1], "compile") == 0) {
		save_compiled(argv[2], argv[3]);
		return 0;
	}
	threads = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	if (threads < 1 || threads > MOST_THREADS)
		usage();
	database = database_for(argc, argv);
	yardstick.database = database;
	run(&yardstick, argv[2], (size_t)threads, began_ns);
	hs_free_database(database);
	return 0;
}
