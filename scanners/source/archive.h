#ifndef CKPT_SCANNERS_SOURCE_ARCHIVE_H
#define CKPT_SCANNERS_SOURCE_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "scanners/source/form.h"

/* Lends the next bytes of the archive until the next call; length 0 at the end. */
typedef struct bytes archive_feed(void *context);

enum archive_step {
	STEP_FOUND, /* a member, or a piece of one */
	STEP_END, /* of the archive, by its end mark, or of the member */
	STEP_CUT, /* the bytes end before that */
	STEP_DAMAGED, /* what is there is no tar */
	STEP_REFUSED, /* further members are beyond the limits */
};

/* libarchive over a tar without compression. */
struct archive_reader {
	struct archive *archive;
	archive_feed *feed;
	void *context;
	locale_t locale; /* in which a name is the bytes that it is */
	uint64_t fed_bytes;
	bool input_ended;
	bool continues; /* the first member is the rest of a file of an earlier volume */
	bool in_member; /* what is left of a member comes before the next header */
	bool in_header; /* and a header may take only so many bytes: */
	uint64_t header_bytes; /* those it took so far */
	int input_code; /* set by the feed with @input_error when its end is a failure */
	struct error input_error;
};

int archive_reader_open(struct archive_reader *reader, archive_feed *feed, void *context,
			struct error *err);
/* Safe on a zeroed reader. */
void archive_reader_close(struct archive_reader *reader);

/*
 * The next member that is to be delivered, described in source->member but for its place; others are skipped,
 * with a warning where something is lost. *@hard_link: cleaned name of the member whose bytes it has, malloc'd;
 * NULL: its own. At any other step than STEP_FOUND the end was told.
 */
enum archive_step archive_reader_next(struct archive_reader *reader, struct source *source,
				      char **hard_link);
/* The next piece of the member, at @offset in it; lent until the next call. */
enum archive_step archive_reader_block(struct archive_reader *reader, struct bytes *out,
				       uint64_t *offset);

/* Bytes that were fed and not taken: at STEP_END those behind the end mark. */
uint64_t archive_reader_unread(const struct archive_reader *reader);

/* Warns that the current member ends after @there bytes, and marks the source. */
void archive_member_cut(const struct archive_reader *reader, struct source *source,
			enum archive_step step, uint64_t there);
/* Warns that the archive ends in another way than with its end mark, and marks the source. */
void archive_cut(const struct archive_reader *reader, struct source *source,
		 enum archive_step step);

#endif
