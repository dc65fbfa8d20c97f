#ifndef CKPT_ENGINE_READ_FILE_TABLE_H
#define CKPT_ENGINE_READ_FILE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/*
 * Files by number: whatever holds bytes of one checkpoint's scan. One thread adds; any thread reads what was
 * added before it was started or woken (also while more is added, and others are kept or dropped).
 *
 *	in place   a range of a real file, mapped (an uncompressed tar's member has its own offset within it)
 *	distant    a real file below a directory, opened for each read, where there are too many to be mapped
 *	memory     bytes that the table owns
 *	spill      some ranges of a passing file, kept in memory up to a limit, then in an unlinked file
 *	passing    bytes that come once; nothing to read here
 */
struct file_table;

struct file_table_options {
	uint64_t
		memory_bytes; /* what spills may keep in memory, together; beyond it an unlinked file, mode 0600 */
	bool no_spill; /* never on a disk: what would need it fails with ERROR_LIMIT */
	const char *directory; /* for that file; NULL: $TMPDIR, else /tmp */
	uint32_t most_mapped; /* files in place below a directory; the rest is distant; 0: 16,384 */
};

int file_table_new(struct file_table **out, const struct file_table_options *options,
		   struct error *err);
void file_table_free(struct file_table *table);

/*
 * Adds a file in place, mapped read-only as a whole (a small one is read at once); takes the
 * descriptor over on success (closed with the table or before). @name is for messages, copied. A page
 * that cannot be read later (the file was cut) reads as zeros and is told by file_table_damaged().
 */
int file_table_add_descriptor(struct file_table *table, int descriptor, const char *name,
			      uint32_t *out, struct error *err);
/* A directory whose files are added: @descriptor stays the caller's, a copy is kept. *@out: for the next call. */
int file_table_add_root(struct file_table *table, int descriptor, int *out, struct error *err);
/*
 * As file_table_add_descriptor(), of a file at @path below @root. The system allows only some ten thousands of mappings:
 * beyond most_mapped it can only be read, and a cut of it is a short read.
 */
int file_table_add_below(struct file_table *table, int root, int descriptor, const char *path,
			 uint32_t *out, struct error *err);
/* Takes @data (malloc'd) over. */
int file_table_add_memory(struct file_table *table, void *data, size_t length, const char *name,
			  uint32_t *out, struct error *err);
/* A file whose bytes come once. */
int file_table_add_passing(struct file_table *table, uint64_t length, const char *name,
			   uint32_t *out, struct error *err);
/*
 * A file with holes, told by what is not a hole: file_table_keep() gives the rest, what it never gives reads as
 * zeros and takes no space. Readable at once.
 */
int file_table_add_sparse(struct file_table *table, uint64_t length, const char *name,
			  uint32_t *out, struct error *err);
/*
 * Keeps bytes of a passing file (then also read like a file in place); ascending offsets. ERROR_LIMIT: beyond
 * the memory and no file is allowed; ERROR_SYSTEM: sys_errno says why, ENOSPC when the disk is full. What was
 * kept before a failure stays.
 */
int file_table_keep(struct file_table *table, uint32_t file, uint64_t offset, struct bytes bytes,
		    struct error *err);
/* The same for @length zeros, which take neither memory nor disk. */
int file_table_keep_zeros(struct file_table *table, uint32_t file, uint64_t offset, uint64_t length,
			  struct error *err);
/* Frees what was kept of a file; it can then no longer be read. */
void file_table_drop(struct file_table *table, uint32_t file);

const char *file_table_name(const struct file_table *table, uint32_t file);
uint64_t file_table_length(const struct file_table *table, uint32_t file);
/*
 * The descriptor of a file in place, for who reads it in another way: lent, valid as long as the table. -1 of any other
 * file, and of those beyond the first 256.
 */
int file_table_descriptor(const struct file_table *table, uint32_t file);

/*
 * Lends up to @wanted bytes at @offset where they lie contiguous in memory (mapped, memory, kept in memory),
 * valid as long as the table; fewer at the end of the file or of a kept range. ERROR_NOT_KEPT where they have
 * passed, are kept on disk in more than one place, or distant: then file_table_read().
 */
int file_table_lend(const struct file_table *table, uint32_t file, uint64_t offset, size_t wanted,
		    struct bytes *out, struct error *err);
/* Up to @length bytes of any file; short only at its end. ERROR_NOT_KEPT where they have passed. Any thread. */
int file_table_read(const struct file_table *table, uint32_t file, uint64_t offset, void *buffer,
		    size_t length, size_t *got, struct error *err);
/*
 * Whether a page within this range of a mapped file could not be read since it was added: the bytes that were
 * lent are then zeros, not the file's. *@out is the first such range within it.
 */
bool file_table_damaged(const struct file_table *table, uint32_t file, uint64_t offset,
			uint64_t length, struct address_range *out);

#endif
