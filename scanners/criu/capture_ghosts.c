#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "scanners/criu/capture.h"
#include "scanners/criu/message.h"
#include "scanners/criu/proto/payload.pb-c.h"

/*
 *	ghost-file-1f.img	| magics | u32 length | entry | content up to the end
 *	ghost-file-1f.img	| magics | u32 length | entry | u32 length | chunk | its bytes | u32 length | ...
 */

/* A stretch of a deleted file that was not a hole. */
struct chunk {
	uint64_t start; /* in the file */
	uint64_t length; /* as it says */
	struct stored_bytes bytes; /* as far as they are there */
	size_t order;
};

struct chunks {
	struct chunk *items;
	size_t count, capacity;
};

static int compare_chunks(const void *left_item, const void *right_item)
{
	const struct chunk *left = left_item, *right = right_item;
	int order = (left->start > right->start) - (left->start < right->start);

	return order ? order : (left->order > right->order) - (left->order < right->order);
}

static int warn_short(struct payload_reader *reader, uint64_t missing, struct error *err)
{
	reader->damaged = true;
	return payload_warn(reader->warnings, reader->payload, WARNING_TRUNCATED, reader->position,
			    missing, "ends within the bytes of a file", err);
}

static int take_chunk(struct payload_reader *reader, const Criu__GhostChunk *entry,
		      struct chunks *out, struct error *err)
{
	struct chunk *grown =
		array_grow(out->items, &out->capacity, out->count + 1, sizeof(*grown));
	struct chunk chunk = { .start = entry->off, .order = out->count };
	uint64_t missing;

	if (!grown)
		return error_no_memory(err, "a deleted file");
	out->items = grown;
	chunk.bytes = payload_reader_take(reader, entry->len, &missing);
	/* What a file cannot hold is not there: its end would wrap. */
	chunk.length = entry->len > UINT64_MAX - entry->off ? chunk.bytes.length : entry->len;
	if (chunk.bytes.length > UINT64_MAX - chunk.start)
		return payload_warn(reader->warnings, reader->payload, WARNING_CORRUPT,
				    reader->position - chunk.bytes.length, chunk.bytes.length,
				    "a piece of a file lies past what a file can hold", err);
	out->items[out->count++] = chunk;
	return missing ? warn_short(reader, missing, err) : 0;
}

static int read_chunks(struct payload_reader *reader, struct chunks *out, struct error *err)
{
	ProtobufCMessage *message;
	int ret;

	for (;;) {
		ret = payload_reader_next(reader, &criu__ghost_chunk__descriptor, &message, err);
		if (ret || !message)
			break;
		ret = take_chunk(reader, (const Criu__GhostChunk *)message, out, err);
		message_free(message);
		if (ret)
			break;
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_chunks);
	return ret;
}

/* The end of what is there, for an image that does not say how long the file was. */
static uint64_t end_of_chunks(const struct chunks *chunks)
{
	uint64_t end = 0;

	for (size_t i = 0; i < chunks->count; i++) {
		uint64_t last = chunks->items[i].start + chunks->items[i].bytes.length;

		end = last > end ? last : end;
	}
	return end;
}

static uint64_t least(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

/* What of @chunk lies behind all that is written, and before @size. *@skipped: what another has written before. */
static void write_chunk(struct content_writer *writer, const struct chunk *chunk, uint64_t size,
			uint64_t *skipped)
{
	uint64_t start = chunk->start, end = least(size, chunk->start + chunk->length);
	struct stored_bytes bytes = chunk->bytes;

	if (start >= end)
		return;
	if (start < writer->length) {
		uint64_t behind = least(writer->length, end) - start;

		*skipped += least(behind, bytes.length);
		bytes.offset += least(behind, bytes.length);
		bytes.length -= least(behind, bytes.length);
		start += behind;
	}
	if (start > writer->length)
		content_writer_add(writer, PIECE_ZERO, start - writer->length);
	bytes.length = least(bytes.length, end - start);
	content_writer_add_stored(writer, bytes);
	content_writer_add(writer, PIECE_LOST, end - start - bytes.length);
}

static int write_chunks(struct payload_reader *reader, const struct chunks *chunks, uint64_t size,
			struct content_writer *writer, struct error *err)
{
	uint64_t skipped = 0;

	for (size_t i = 0; i < chunks->count; i++)
		write_chunk(writer, &chunks->items[i], size, &skipped);
	/* Behind damage nobody knows what was a hole. */
	if (size > writer->length)
		content_writer_add(writer, reader->damaged ? PIECE_LOST : PIECE_ZERO,
				   size - writer->length);
	if (!skipped)
		return 0;
	return payload_warn(reader->warnings, reader->payload, WARNING_CORRUPT, 0, skipped,
			    "pieces of a file lie over one another", err);
}

static int read_in_chunks(struct payload_reader *reader, const Criu__GhostFile *ghost,
			  struct content_writer *writer, struct error *err)
{
	struct chunks chunks = { 0 };
	int ret = read_chunks(reader, &chunks, err);

	if (!ret)
		ret = write_chunks(reader, &chunks,
				   ghost->has_size ? ghost->size : end_of_chunks(&chunks), writer,
				   err);
	free(chunks.items);
	return ret;
}

static int read_whole(struct payload_reader *reader, const Criu__GhostFile *ghost,
		      struct content_writer *writer, struct error *err)
{
	uint64_t left = payload_reader_left(reader), missing;
	struct stored_bytes bytes = payload_reader_take(reader, left, &missing);

	content_writer_add_stored(writer, bytes);
	if (!ghost->has_size || ghost->size <= left)
		return 0;
	content_writer_add(writer, PIECE_LOST, ghost->size - left);
	return warn_short(reader, ghost->size - left, err);
}

static bool is_regular(const Criu__GhostFile *ghost)
{
	return !(ghost->mode & S_IFMT) || S_ISREG(ghost->mode);
}

/* "1f" of "ghost-file-1f.img". */
static int name_object(struct capture *capture, const char *name, const char **out,
		       struct error *err)
{
	const char *start = name + strlen("ghost-file-");

	*out = arena_copy_string(capture->out->arena, start, strlen(start) - strlen(".img"));
	return *out ? 0 : error_no_memory(err, "captured files");
}

static int add_ghost(struct capture *capture, const struct payload *payload,
		     struct content_writer *writer, struct error *err)
{
	struct held held = { HELD_GHOST, payload->number };
	const struct open_file *file = holder_index_file(&capture->holders, held);
	struct captured captured = { .kind = TARGET_FILE, .origin = ORIGIN_DELETED };
	struct arena *arena = capture->out->arena;
	const char *path = file && file->path ? file->path : payload->name;
	int ret = name_object(capture, payload->name, &captured.object, err);

	captured.path = arena_copy_string(arena, path, strlen(path));
	if (!ret && !captured.path)
		ret = error_no_memory(err, "captured files");
	if (!ret)
		ret = content_writer_end(writer, arena, &captured.content, err);
	return ret ? ret : capture_add(capture, &captured, held, held, err);
}

static int read_ghost(struct capture *capture, struct payload_reader *reader,
		      const ProtobufCMessage *message, struct error *err)
{
	const Criu__GhostFile *ghost = (const Criu__GhostFile *)message;
	struct content_writer writer = { 0 };
	int ret;

	if (!is_regular(ghost))
		return payload_reader_left(reader)
			       ? payload_warn(capture->warnings, reader->payload,
					      WARNING_LONGER_THAN_DESCRIBED, reader->position,
					      payload_reader_left(reader),
					      "what is no regular file has content", err)
			       : 0;
	ret = ghost->chunks ? read_in_chunks(reader, ghost, &writer, err)
			    : read_whole(reader, ghost, &writer, err);
	if (!ret)
		ret = add_ghost(capture, reader->payload, &writer, err);
	content_writer_release(&writer);
	return ret;
}

int capture_ghosts(struct capture *capture, struct error *err)
{
	size_t count;
	const struct payload *ghosts = payload_table_kind(capture->payloads, PAYLOAD_GHOST, &count);
	int ret = 0;

	for (size_t i = 0; i < count && !ret; i++)
		ret = capture_only_entry(capture, &ghosts[i], &criu__ghost_file__descriptor,
					 read_ghost, err);
	return ret;
}
