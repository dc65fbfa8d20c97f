#include "scanners/content.h"

#include <stdlib.h>

#include "engine/base/array.h"

const struct piece *content_piece(const struct content *content, uint64_t offset)
{
	size_t low = 0, high = content->piece_count;

	if (offset >= content->length)
		return NULL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (content->pieces[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return content->piece_count ? &content->pieces[low] : NULL;
}

uint64_t content_bytes(const struct content *content, enum piece_kind kind)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < content->piece_count; i++)
		if (content->pieces[i].kind == kind)
			bytes += content->pieces[i].length;
	return bytes;
}

/* Whether @piece only makes the last one longer. */
static bool continues(const struct content_writer *writer, const struct piece *piece)
{
	const struct piece *last = writer->count ? &writer->pieces[writer->count - 1] : NULL;

	if (!last || writer->part || last->kind != piece->kind)
		return false;
	return last->kind != PIECE_STORED ||
	       (last->file == piece->file && last->offset + last->length == piece->offset);
}

static void write_piece(struct content_writer *writer, struct piece piece)
{
	struct piece *grown;

	if (!piece.length || writer->failed)
		return;
	piece.start = writer->length;
	piece.apart = writer->part && writer->count;
	writer->failed = __builtin_add_overflow(writer->length, piece.length, &writer->length);
	if (continues(writer, &piece)) {
		writer->pieces[writer->count - 1].length += piece.length;
		return;
	}
	grown = array_grow(writer->pieces, &writer->capacity, writer->count + 1, sizeof(*grown));
	if (!grown) {
		writer->failed = true;
		return;
	}
	writer->pieces = grown;
	writer->pieces[writer->count++] = piece;
	writer->part = false;
}

void content_writer_add_stored(struct content_writer *writer, struct stored_bytes bytes)
{
	write_piece(writer, (struct piece){ .length = bytes.length,
					    .offset = bytes.offset,
					    .file = bytes.file,
					    .kind = PIECE_STORED });
}

void content_writer_add(struct content_writer *writer, enum piece_kind kind, uint64_t length)
{
	write_piece(writer, (struct piece){ .length = length, .kind = kind });
}

void content_writer_part(struct content_writer *writer)
{
	writer->part = true;
}

int content_writer_end(struct content_writer *writer, struct arena *arena, struct content *out,
		       struct error *err)
{
	const struct piece *copy = writer->failed
					   ? NULL
					   : arena_copy(arena, writer->pieces,
							writer->count * sizeof(*writer->pieces));

	if (copy)
		*out = (struct content){ writer->length, copy, writer->count };
	content_writer_release(writer);
	return copy ? 0 : error_no_memory(err, "the pieces of a file");
}

void content_writer_release(struct content_writer *writer)
{
	free(writer->pieces);
	*writer = (struct content_writer){ 0 };
}
