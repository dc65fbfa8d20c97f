#include <stdlib.h>
#include <string.h>

#include "scanners/source/archive.h"
#include "scanners/source/form.h"
#include "scanners/source/inflated.h"

/* An archive that comes once: compressed, or from a pipe. */
struct stream {
	struct archive_reader reader;
	struct inflated *inflated;
	struct lease current; /* the buffer that libarchive reads in */
	bool current_is_new; /* it was not given to libarchive yet */
	bool over; /* no further member */

	/* Of the current member: a piece that was not lent yet, and where it or the end lies. */
	struct bytes piece;
	uint64_t piece_offset;
	bool piece_is_last; /* nothing but a hole up to piece_offset follows */
};

/* Lent where a sparse member has holes. */
static const uint8_t zeros[65536];

static struct bytes give_buffer(void *context)
{
	struct stream *stream = context;
	struct archive_reader *reader = &stream->reader;

	if (!stream->current_is_new) {
		lease_release(&stream->current);
		reader->input_code =
			inflated_next(stream->inflated, &stream->current, &reader->input_error);
		if (reader->input_code)
			memset(&stream->current, 0, sizeof(stream->current));
	}
	stream->current_is_new = false;
	return (struct bytes){ stream->current.data, stream->current.length };
}

/* Bytes that lie nowhere else, in the few cases where libarchive had to put two buffers together. */
struct copied_piece {
	struct lease_owner owner; /* first: a release is given only this */
	uint8_t data[];
};

static void free_copied_piece(struct lease_owner *owner)
{
	free(owner);
}

static int lend_copy(struct bytes piece, struct lease *out, struct error *err)
{
	struct copied_piece *copy = malloc(sizeof(*copy) + piece.length);

	if (!copy)
		return error_no_memory(err, "bytes of an archive");
	atomic_init(&copy->owner.holders, 1);
	copy->owner.release = free_copied_piece;
	memcpy(copy->data, piece.data, piece.length);
	*out = (struct lease){ copy->data, piece.length, &copy->owner };
	return 0;
}

static bool lies_in_current(const struct stream *stream, struct bytes piece)
{
	uintptr_t start = (uintptr_t)stream->current.data, at = (uintptr_t)piece.data;

	return stream->current.owner && at >= start && at - start <= stream->current.length &&
	       piece.length <= stream->current.length - (at - start);
}

static int lend_piece(struct stream *stream, struct lease *out, struct error *err)
{
	struct bytes piece = stream->piece;

	stream->piece = (struct bytes){ NULL, 0 };
	if (!lies_in_current(stream, piece))
		return lend_copy(piece, out, err);
	*out = (struct lease){ piece.data, piece.length, stream->current.owner };
	lease_hold(out);
	return 0;
}

static void end_member(struct source *source, struct stream *stream, uint64_t at)
{
	(void)source;
	stream->piece = (struct bytes){ NULL, 0 };
	stream->piece_offset = at;
	stream->piece_is_last = true;
}

static void next_piece(struct source *source, struct stream *stream)
{
	uint64_t length = source->member.length, position = source->position;
	enum archive_step step =
		archive_reader_block(&stream->reader, &stream->piece, &stream->piece_offset);

	if (step == STEP_END) {
		end_member(source, stream, length);
	} else if (step != STEP_FOUND) {
		archive_member_cut(&stream->reader, source, step, position);
		stream->over = true;
		end_member(source, stream, position);
	} else if (stream->piece_offset < position || stream->piece_offset > length ||
		   stream->piece.length > length - stream->piece_offset) {
		/* Only a sparse map can say this: its pieces overlap, or lie past the end. */
		archive_member_cut(&stream->reader, source, STEP_DAMAGED, position);
		end_member(source, stream, position);
	}
}

static int stream_lend(struct source *source, struct lease *out, struct error *err)
{
	struct stream *stream = source->state;

	while (stream->piece.length == 0 && !stream->piece_is_last)
		next_piece(source, stream);

	uint64_t hole = stream->piece_offset - source->position;

	if (hole > 0) {
		size_t length = hole < sizeof(zeros) ? (size_t)hole : sizeof(zeros);

		*out = (struct lease){ zeros, length, NULL };
		source->lent_hole = true;
		return 0;
	}
	if (stream->piece.length > 0)
		return lend_piece(stream, out, err);
	*out = (struct lease){ NULL, 0, NULL };
	return 0;
}

/* What libarchive was given and did not take. */
static struct bytes unread_bytes(const struct stream *stream)
{
	uint64_t unread = archive_reader_unread(&stream->reader);
	size_t length = stream->current.length;

	if (unread < length)
		length = (size_t)unread;
	return (struct bytes){ stream->current.data + (stream->current.length - length), length };
}

static void read_rest(struct source *source, struct stream *stream, struct tail *tail)
{
	lease_release(&stream->current);
	inflated_pass_rest(stream->inflated, source, tail);
}

static void read_behind_end(struct source *source, struct stream *stream)
{
	struct tail tail = { .looked = 0 };
	uint64_t end = stream->reader.fed_bytes - archive_reader_unread(&stream->reader);

	tail_look(&tail, unread_bytes(stream));
	read_rest(source, stream, &tail);
	tail_tell(&tail, source, end, tail.looked);
}

/* Where no tar is any more the check sum of the stream says whether it was one when it was compressed. */
static void read_behind_damage(struct source *source, struct stream *stream)
{
	if (!stream->reader.input_code)
		read_rest(source, stream, NULL);
}

static int place(struct source *source, struct stream *stream, struct error *err)
{
	struct member *member = &source->member;

	if (member->kind != MEMBER_FILE) {
		source_remember(source);
		return 0;
	}
	member->passing = true;
	stream->piece = (struct bytes){ NULL, 0 };
	stream->piece_offset = 0;
	stream->piece_is_last = false;

	int ret = file_table_add_passing(source->files, member->length, source->member_name,
					 &member->file, err);

	if (!ret)
		source_remember(source);
	return ret;
}

static int stream_next(struct source *source, bool *found, struct error *err)
{
	struct stream *stream = source->state;
	char *hard_link;
	int ret = 0;

	*found = false;
	while (!stream->over && !*found && !ret) {
		enum archive_step step = archive_reader_next(&stream->reader, source, &hard_link);

		if (step != STEP_FOUND) {
			stream->over = true;
			if (step == STEP_END)
				read_behind_end(source, stream);
			else if (step == STEP_DAMAGED)
				read_behind_damage(source, stream);
			return 0;
		}
		if (hard_link)
			*found = source_place_link(source, hard_link);
		else
			*found = (ret = place(source, stream, err)) == 0;
		free(hard_link);
	}
	return ret;
}

static const struct inflated *stream_inflated(const struct source *source)
{
	const struct stream *stream = source->state;

	return stream->inflated;
}

static void stream_free(struct stream *stream)
{
	archive_reader_close(&stream->reader);
	lease_release(&stream->current);
	inflated_close(stream->inflated);
	free(stream);
}

static void stream_close(struct source *source)
{
	stream_free(source->state);
}

static const struct form_ops stream_ops = {
	.next = stream_next,
	.lend = stream_lend,
	.inflated = stream_inflated,
	.close = stream_close,
};

int tar_stream_open(struct source *source, struct inflated *inflated, struct lease *first,
		    struct error *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream) {
		lease_release(first);
		inflated_close(inflated);
		return error_no_memory(err, "an archive");
	}
	stream->inflated = inflated;
	stream->current = *first;
	stream->current_is_new = true;
	ret = link_index_new(&source->links, err);
	if (!ret)
		ret = archive_reader_open(&stream->reader, give_buffer, stream, err);
	if (ret) {
		stream_free(stream);
		return ret;
	}
	source->ops = &stream_ops;
	source->state = stream;
	source->form = FORM_TAR;
	source->passes = true;
	return 0;
}
