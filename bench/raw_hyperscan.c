/*
 * The yardsticks that a scan is measured against, over the page images of a directory, mapped:
 *
 *	raw_hyperscan read DIRECTORY THREADS
 *	raw_hyperscan scan DIRECTORY THREADS LITERAL...
 *
 * "read" touches every byte. "scan" is the naive use of Hyperscan: one expression per string, an empty
 * callback, hs_scan over the mapped bytes in pieces of 1 MiB. Prints bytes and seconds of wall time.
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

#include "engine/base/deadline.h"

#define PIECE_BYTES (1u << 20)

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

static char *escaped(const char *literal)
{
	char *text = malloc(4 * strlen(literal) + 1);
	char *end = text;

	if (!text)
		fail("expression");
	*text = '\0';
	for (const char *letter = literal; *letter; letter++)
		end += sprintf(end, "\\x%02x", (unsigned char)*letter);
	return text;
}

static hs_database_t *compile(char **literals, unsigned count)
{
	const char **expressions = calloc(count, sizeof(*expressions));
	unsigned *ids = calloc(count, sizeof(*ids)), *flags = calloc(count, sizeof(*flags));
	hs_database_t *database = NULL;
	hs_compile_error_t *problem = NULL;

	if (!expressions || !ids || !flags)
		fail("expressions");
	for (unsigned i = 0; i < count; i++) {
		expressions[i] = escaped(literals[i]);
		ids[i] = i;
		flags[i] = HS_FLAG_DOTALL;
	}
	if (hs_compile_multi(expressions, flags, ids, count, HS_MODE_BLOCK, NULL, &database,
			     &problem) != HS_SUCCESS) {
		fprintf(stderr, "raw_hyperscan: %s\n", problem->message);
		exit(2);
	}
	return database;
}

int main(int argc, char **argv)
{
	struct yardstick yardstick = { 0 };
	pthread_t threads[256];
	long count = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	uint64_t bytes, started;

	if (argc < 4 || count < 1 || count > 256 || (strcmp(argv[1], "scan") == 0) != (argc > 4)) {
		fputs("usage: raw_hyperscan read DIRECTORY THREADS\n"
		      "       raw_hyperscan scan DIRECTORY THREADS LITERAL...\n",
		      stderr);
		return 2;
	}
	started = clock_now_ns();
	if (argc > 4)
		yardstick.database = compile(argv + 4, (unsigned)(argc - 4));
	bytes = map_images(&yardstick, argv[2]);
	for (long i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work, &yardstick) != 0)
			fail("thread");
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("%llu bytes in %.6f seconds\n", (unsigned long long)bytes,
	       (double)(clock_now_ns() - started) / 1e9);
	return 0;
}
