#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/read/inflater.h"
#include "scanners/source/archive.h"
#include "scanners/source/form.h"
#include "scanners/source/kinds.h"
#include "scanners/source/tail.h"

/* An archive that comes once: compressed, or from a pipe. */
struct stream {
	struct archive_reader reader;
	struct inflater *inflater;
	int descriptor;
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
			inflater_next(stream->inflater, &stream->current, &reader->input_error);
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

/* Until the stream ends, fails, or @tail (NULL: never) has enough. */
static int pass_rest(struct stream *stream, struct tail *tail, bool *ended, struct error *err)
{
	bool more = true;

	while (more && !*ended) {
		struct lease lease;
		int ret = inflater_next(stream->inflater, &lease, err);

		if (ret)
			return ret;
		*ended = lease.length == 0;
		if (tail)
			more = tail_look(tail, (struct bytes){ lease.data, lease.length });
		lease_release(&lease);
	}
	return 0;
}

/* What no decoder takes for a part of the stream, behind its end. */
static void tell_left(struct source *source, const struct stream *stream)
{
	uint64_t end = inflater_consumed(stream->inflater);
	struct warning warning = {
		.code = WARNING_LONGER_THAN_DESCRIBED,
		.file = source->path,
		.has_range = true,
	};

	if (!inflater_left(stream->inflater, &warning.offset))
		return;
	warning.length = (source->size > end ? source->size : end) - warning.offset;
	warning_list_add(source->warnings, &warning,
			 "more follows behind the end of the compressed stream, and is not read");
}

static void read_rest(struct source *source, struct stream *stream, struct tail *tail)
{
	struct error error = { 0 };
	bool ended = false;

	lease_release(&stream->current);
	if (pass_rest(stream, tail, &ended, &error)) {
		source->truncated = true;
		source_warn(source, source_warning_code(&error), NULL, "behind the last member: %s",
			    error.message);
	} else if (ended) {
		tell_left(source, stream);
	}
}

/* So that a damaged stream is told whose members were all complete, and a writer in a pipe can finish. */
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

static bool is_kept(const struct source *source, const struct link_target *target)
{
	struct bytes last;

	return target->length == 0 || file_table_lend(source->files, target->file,
						      target->length - 1, 1, &last, NULL) == 0;
}

static bool place_link(struct source *source, const char *name)
{
	struct link_target target;

	if (!source->links || !link_index_find(source->links, name, &target) ||
	    !is_kept(source, &target)) {
		source_warn(source, WARNING_UNSUPPORTED, source->member_name,
			    "a hard link to %s, whose bytes have passed", name);
		return false;
	}
	source->member.file = target.file;
	source->member.length = target.length;
	return true;
}

static int place(struct source *source, struct stream *stream, struct error *err)
{
	struct member *member = &source->member;

	if (member->kind != MEMBER_FILE)
		return 0;
	member->passing = true;
	stream->piece = (struct bytes){ NULL, 0 };
	stream->piece_offset = 0;
	stream->piece_is_last = false;
	return file_table_add_passing(source->files, member->length, source->member_name,
				      &member->file, err);
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
			*found = place_link(source, hard_link);
		else
			*found = (ret = place(source, stream, err)) == 0;
		free(hard_link);
	}
	return ret;
}

static uint64_t stream_consumed(const struct source *source)
{
	const struct stream *stream = source->state;

	return inflater_consumed(stream->inflater);
}

static void stream_close(struct source *source)
{
	struct stream *stream = source->state;

	archive_reader_close(&stream->reader);
	lease_release(&stream->current);
	inflater_stop(stream->inflater);
	if (stream->descriptor >= 0)
		close(stream->descriptor);
	free(stream);
}

static const struct form_ops stream_ops = {
	.next = stream_next,
	.lend = stream_lend,
	.consumed = stream_consumed,
	.close = stream_close,
};

/* Whether what comes out is a tar is known only when something has come out. */
static int begin(struct source *source, struct stream *stream, const struct kind *outer,
		 struct error *err)
{
	int ret = inflater_next(stream->inflater, &stream->current, err);

	if (ret) {
		memset(&stream->current, 0, sizeof(stream->current));
		return ret;
	}

	struct bytes start = { stream->current.data, stream->current.length };
	const struct kind *inner = kind_of(start);

	if (inner->use != KIND_TAR)
		return error_set(err, ERROR_NOT_FOUND, 0, "%s, but not of a tar archive: %s",
				 outer->name, start.length ? inner->name : "nothing");
	stream->current_is_new = true;
	source->form = FORM_TAR;
	return archive_reader_open(&stream->reader, give_buffer, stream, err);
}

int stream_open(struct source *source, int descriptor, const struct kind *kind, struct bytes start,
		struct error *err)
{
	const struct decoder *decoder = kind->decoder ? kind->decoder : &decoder_plain;
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return error_no_memory(err, "an archive");
	stream->descriptor = -1;

	struct inflater_options options = { descriptor, start, source->limits.stop };
	int ret = inflater_start(&stream->inflater, decoder, &options, err);

	if (!ret) {
		ret = begin(source, stream, kind, err);
		/* A failure leaves the descriptor to the caller, who may close it only after the thread. */
		if (ret)
			inflater_stop(stream->inflater);
	}
	if (ret) {
		lease_release(&stream->current);
		free(stream);
		return ret;
	}
	stream->descriptor = descriptor;
	source->ops = &stream_ops;
	source->state = stream;
	source->compression = kind->compression;
	source->passes = true;
	return 0;
}
