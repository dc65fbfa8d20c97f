#ifndef CKPT_TESTS_MADE_ARCHIVE_H
#define CKPT_TESTS_MADE_ARCHIVE_H

#include <archive.h>
#include <stddef.h>
#include <stdint.h>

/* Archives written by libarchive, for tests to read. Failures end the test. */
struct made_archive {
	uint8_t *data;
	size_t length;
};

typedef void fill_archive(struct archive *archive);

struct packing {
	int filter;
	const char *name; /* source_compression_name() */
};

/* All that a source reads: compressions (the first is none), and forms of tar. */
#define PACKING_COUNT 6
#define FORMAT_COUNT 4
extern const struct packing made_packings[PACKING_COUNT];
extern const int made_formats[FORMAT_COUNT];

/* @format: ARCHIVE_FORMAT_TAR_*; @filter: ARCHIVE_FILTER_*. */
struct made_archive made_archive_new(int format, int filter, fill_archive *fill);
/* These bytes packed by @filter, as they are. */
struct made_archive pack_bytes(const struct made_archive *plain, int filter);
void made_archive_release(struct made_archive *made);
/* Where the second block of zeros ends: nothing behind it is missed. */
size_t made_end_of_tar(const struct made_archive *made);
/* Into a new file below /tmp, the first @length bytes; the caller unlinks and frees the path. */
char *made_archive_file(const struct made_archive *made, size_t length);

void add_file(struct archive *archive, const char *name, const void *data, size_t length);
/* A file of bytes that a seed decides. */
void add_bytes(struct archive *archive, const char *name, size_t length, uint32_t seed);
/* @type: AE_IFDIR, AE_IFLNK (to @link), AE_IFIFO... */
void add_special(struct archive *archive, const char *name, unsigned type, const char *link);
void add_hard_link(struct archive *archive, const char *name, const char *target);
/* @length bytes in all, of which [at, at + bytes) is no hole. */
void add_sparse(struct archive *archive, const char *name, uint64_t length, uint64_t at,
		size_t bytes);

/* Members of all kinds, as a checkpoint has them; and a few small files. */
void made_checkpoint(struct archive *archive);
void made_small(struct archive *archive);

uint8_t made_byte(uint64_t offset, uint32_t seed);

#endif
