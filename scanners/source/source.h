#ifndef CKPT_SCANNERS_SOURCE_SOURCE_H
#define CKPT_SCANNERS_SOURCE_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "engine/read/lease.h"

/*
 * The thing a checkpoint came in, as named members with their bytes. What it is is told by content, never by
 * name (kinds.c has the table). A directory and an uncompressed tar lie in place; what is compressed, and
 * standard input, comes once, inflated by a thread of its own.
 */
struct source;
struct stored_bytes;

enum source_form {
	FORM_DIRECTORY,
	FORM_TAR,
	FORM_CORE, /* an ELF core dump, which is its own and only member */
	FORM_UNKNOWN,
};
enum source_compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_XZ,
	COMPRESSION_LZ4,
	COMPRESSION_BZIP2,
};
/* The words of the report: "directory", "tar", "core", "unknown"; "gzip"... (NULL for none). */
const char *source_form_name(enum source_form form);
const char *source_compression_name(enum source_compression compression);

struct source_options {
	uint64_t member_bytes; /* a longer member is refused with a warning; 0: 16 TiB */
	uint64_t member_count; /* more are refused with a warning; 0: 4,000,000 */
	/* What comes behind so many bytes of a compressed source is cut off, with a warning (limit); 0: any. */
	uint64_t inflated_bytes;
	/* Hard links whose bytes are not at hand come too (MEMBER_OTHER, with a link); else they are skipped, with a warning. */
	bool links;
	/* Non-zero: a source that passes ends (a warning, interrupted), also one that waits; may be NULL. */
	const _Atomic int *stop;
};

/*
 * @path: "-" is standard input; a FIFO is read likewise. Files are added to @files, what is odd goes to
 * @warnings; both outlive the source. Fails with ERROR_SYSTEM (cannot open), ERROR_NOT_FOUND (empty, text, no
 * known form), ERROR_UNSUPPORTED (encrypted), ERROR_FORMAT (damaged), ERROR_TRUNCATED or ERROR_LIMIT (a
 * compressed stream of which not even the start can be had), ERROR_INTERRUPTED. The message starts with the
 * path.
 */
int source_open(struct source **out, const char *path, struct file_table *files,
		struct warning_list *warnings, const struct source_options *options,
		struct error *err);
/*
 * The archive, or core dump, that lies in a file of @files which can be read at any time: plain or compressed, told by
 * content. @name stands for it in messages, and in warnings before the names of its members; copied. The file must not
 * be dropped before the source is closed. Otherwise as source_open(). What is plain lies in place, its members in that same file, unless its bytes were kept in more than
 * one place: then they pass, as those of an archive from a pipe.
 */
int source_open_part(struct source **out, const struct stored_bytes *part, const char *name,
		     struct file_table *files, struct warning_list *warnings,
		     const struct source_options *options, struct error *err);
/*
 * Opens what @source was opened from once more, from its start and with the same limits; only where
 * source_can_repeat(), else ERROR_USAGE. Both may be open at a time.
 */
int source_open_again(struct source **out, const struct source *source,
		      struct warning_list *warnings, struct error *err);
void source_close(struct source *source);
/* What a failure to open is called in the report; @unknown: what was opened is of no known form. */
enum warning_code source_opening_code(int error, enum warning_code unknown);

enum source_form source_form(const struct source *source);
enum source_compression source_compression(const struct source *source);
/* Bytes of the file as it lies (directory: of its regular files); 0: unknown (standard input). */
uint64_t source_size(const struct source *source);
/* Compressed bytes consumed so far, for progress; any thread. In place: 0. */
uint64_t source_consumed(const struct source *source);
/* Bytes that came out of the compression so far; any thread. In place: 0. */
uint64_t source_inflated(const struct source *source);
/* Whether members pass; false: all of them lie in place. */
bool source_passes(const struct source *source);
/* Whether it can be opened a second time (a file, not standard input). */
bool source_can_repeat(const struct source *source);

enum member_kind { MEMBER_FILE, MEMBER_DIRECTORY, MEMBER_SYMLINK, MEMBER_OTHER };

struct member {
	/*
	 * Cleaned for look-up ("checkpoint/pages-1.img": no leading ./ or /, "a/.." is nothing), never a path to
	 * write; lent until the next member. The same name may come twice.
	 */
	const char *name;
	/* MEMBER_SYMLINK: target as stored; of a hard link without bytes the cleaned name; else NULL. */
	const char *link;
	enum member_kind kind;
	/*
	 * Bytes, holes included; not in place beyond the end of a cut file. Of a core dump that passes: what its
	 * headers describe, and how much comes is known when it has passed.
	 */
	uint64_t length;
	uint64_t missing; /* bytes behind @length that a cut file should have; in place */
	uint64_t offset; /* of its first byte in @file */
	uint32_t file; /* in the file table; a passing member is a file of its own, offset 0 */
	bool passing; /* comes once; false: readable at any time, as a whole and in place */
	time_t time; /* of last change; 0: unknown */
};

/*
 * Steps to the next member in stored order, skipping what is left of this one; *@out is NULL at the end. A
 * source that ends early gives a warning (truncated, with the member's name and what is missing) and ends;
 * source_truncated() then tells. That a core dump is shorter than its headers say is left to who reads those.
 *
 * Not delivered, with a warning: a name that leads out of the source, a member beyond the limits, the rest of a file
 * that an earlier volume began, a hard link whose target did not come before it, or has passed (but see source_options.links). A hard link to a member
 * in place, or to one that was kept as a whole and not dropped, comes as a file with that member's bytes; one to what
 * has no bytes as MEMBER_OTHER. A sparse member of a tar in place comes in place too, from the spill.
 */
int source_next(struct source *source, const struct member **out, struct error *err);
bool source_truncated(const struct source *source);
/*
 * Lends the next bytes of the current passing member, 1 byte to 1 MiB at a time (mostly 1 MiB); length 0 at its
 * end (also where the archive was cut: compare with member.length). Any thread may lease_release() it once.
 * Waits for the inflating thread, and that thread waits while all its buffers are lent (at least four).
 */
int source_lend(struct source *source, struct lease *out, struct error *err);
/*
 * Before the first source_lend(): these ranges (any order; NULL: all) go to the file table as they pass, so
 * that from the member's end until file_table_drop() they are read like a file in place, lent or not. What
 * cannot be kept (limit, no space) is told by a warning, and passes all the same. Of a member in place: nothing
 * to do.
 */
int source_keep(struct source *source, const struct member *member,
		const struct address_range *ranges, size_t range_count, struct error *err);
/*
 * Keeps the whole current member, which passes. *@kept: bytes from its start that can be read from now on, also on
 * failure; fewer than came where the rest could not be kept, which is told by a warning.
 */
int source_keep_whole(struct source *source, const struct member *member, uint64_t *kept,
		      struct error *err);
/* Whether something of the current member was to be kept and could not be. */
bool source_keep_failed(const struct source *source);
/*
 * The whole current member in new memory (malloc'd, one terminating zero byte more); for small ones.
 * ERROR_LIMIT above @limit. ERROR_TRUNCATED: cut; then *@out has what there is.
 */
int source_read(struct source *source, const struct member *member, size_t limit, uint8_t **out,
		size_t *length, struct error *err);

#endif
