#ifndef CKPT_SCANNERS_CONTENT_H
#define CKPT_SCANNERS_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* Bytes in the file table that lie together and can be read at any time. */
struct stored_bytes {
	uint64_t offset, length;
	uint32_t file;
};

/*
 * The bytes of a file or a queue, wherever their pieces lie:
 *
 *	content   |..stored..|...zero...|..stored..|..lost..|..stored..|     from offset 0 up to length
 *
 * Pieces follow one another without a gap. Immutable once made; any thread.
 */
enum piece_kind {
	PIECE_STORED,
	PIECE_ZERO, /* never written: zeros, nothing to read */
	PIECE_LOST, /* described, but not to be had: a warning says so */
};

struct piece {
	uint64_t start; /* in the content */
	uint64_t length; /* bytes; never 0 */
	uint64_t offset; /* PIECE_STORED: in @file */
	uint32_t file; /* PIECE_STORED: in the file table */
	enum piece_kind kind;
	bool apart; /* nothing reaches across its start: another datagram, another message */
};

struct content {
	uint64_t length;
	const struct piece *pieces;
	size_t piece_count; /* 0 with length 0 */
};

/* The piece that holds @offset; NULL: past the end. */
const struct piece *content_piece(const struct content *content, uint64_t offset);
/* Bytes of pieces of this kind. */
uint64_t content_bytes(const struct content *content, enum piece_kind kind);

/*
 * A content written from its start to its end; what can be one piece becomes one. Zeroed is empty. Without memory it
 * stays failed, so that only the end need be checked. One thread.
 */
struct content_writer {
	struct piece *pieces;
	size_t count, capacity;
	uint64_t length;
	bool failed, part; /* part: the next piece stands apart */
};

void content_writer_add_stored(struct content_writer *writer, struct stored_bytes bytes);
/* PIECE_ZERO or PIECE_LOST. */
void content_writer_add(struct content_writer *writer, enum piece_kind kind, uint64_t length);
/* Nothing reaches across this place. */
void content_writer_part(struct content_writer *writer);
/* Copies the pieces into @arena and empties the writer, also on failure. */
int content_writer_end(struct content_writer *writer, struct arena *arena, struct content *out,
		       struct error *err);
void content_writer_release(struct content_writer *writer);

#endif
