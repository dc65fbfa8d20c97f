#include <stdlib.h>
#include <string.h>

#include "scanners/criu/capture.h"
#include "scanners/criu/message.h"
#include "scanners/criu/proto/payload.pb-c.h"
#include "scanners/criu/queue_parts.h"
#include "scanners/criu/segments.h"

/* An image of queues while its entries are gone through. */
struct gathering {
	struct capture *capture;
	struct payload_reader reader;
	struct queue_parts parts;
};

/* Takes what follows one entry. */
typedef int gather_fn(struct gathering *gathering, const ProtobufCMessage *message,
		      struct error *err);
/* Sets what the kind of queue has beside its bytes. */
typedef int describe_fn(struct gathering *gathering, uint64_t queue, struct captured *out,
			struct held *held, struct held *other, struct error *err);

struct queue_ops {
	enum payload_kind payload;
	const ProtobufCMessageDescriptor *descriptor;
	gather_fn *gather;
	describe_fn *describe;
};

static int warn_cut(struct payload_reader *reader, uint64_t missing, struct error *err)
{
	reader->damaged = true;
	return payload_warn(reader->warnings, reader->payload, WARNING_TRUNCATED, reader->position,
			    missing, "ends within the bytes of a queue", err);
}

static int take_part(struct gathering *gathering, uint64_t queue, uint64_t length, bool apart,
		     struct error *err)
{
	struct payload_reader *reader = &gathering->reader;
	struct queue_part part = { .queue = queue, .apart = apart };
	int ret;

	part.bytes = payload_reader_take(reader, length, &part.missing);
	ret = queue_parts_add(&gathering->parts, &part, err);
	return ret || !part.missing ? ret : warn_cut(reader, part.missing, err);
}

static int gather_pipe(struct gathering *gathering, const ProtobufCMessage *message,
		       struct error *err)
{
	const Criu__PipeData *entry = (const Criu__PipeData *)message;

	return take_part(gathering, entry->pipe_id, entry->bytes, false, err);
}

static int describe_pipe(struct gathering *gathering, uint64_t queue, struct captured *out,
			 struct held *held, struct held *other, struct error *err)
{
	out->kind = TARGET_PIPE;
	*held = *other = (struct held){ HELD_PIPE, queue };
	return capture_object(gathering->capture, queue, &out->object, err);
}

/* Its path is part of what it is: numbers of named pipes are those of their file system. */
static int describe_fifo(struct gathering *gathering, uint64_t queue, struct captured *out,
			 struct held *held, struct held *other, struct error *err)
{
	const struct open_file *file;

	out->kind = TARGET_PIPE;
	*held = *other = (struct held){ HELD_FIFO, queue };
	file = holder_index_file(&gathering->capture->holders, *held);
	out->path = file ? file->path : NULL;
	return capture_object(gathering->capture, queue, &out->object, err);
}

static const struct file_socket *find_socket(const struct capture *capture, uint32_t id)
{
	const struct file_entry *entry = facts_file(&capture->facts, id);

	if ((!entry || !entry->socket) && capture->facts.old_unix)
		entry = files_find(capture->facts.old_unix, id);
	return entry ? entry->socket : NULL;
}

/*
 * A queue is named by its socket, or by the file's id where nothing describes it; then the bytes of a stream and
 * datagrams cannot be told apart and are taken for a stream's.
 */
static int gather_socket(struct gathering *gathering, const ProtobufCMessage *message,
			 struct error *err)
{
	const Criu__SocketQueue *entry = (const Criu__SocketQueue *)message;
	const struct file_socket *socket = find_socket(gathering->capture, entry->id_for);
	bool apart = socket && socket->type != SOCKET_STREAM;

	return take_part(gathering, socket ? socket->inode : entry->id_for, entry->length, apart,
			 err);
}

static void describe_ends(const struct open_file *file, struct captured *out)
{
	if (!file)
		return;
	out->protocol = file->protocol ? file->protocol : out->protocol;
	out->state = file->state;
	out->local = file->local;
	out->remote = file->remote;
}

static int describe_socket(struct gathering *gathering, uint64_t queue, struct captured *out,
			   struct held *held, struct held *other, struct error *err)
{
	const struct open_file *file;

	out->kind = TARGET_SOCKET;
	out->direction = "received";
	out->protocol = "unix";
	*held = (struct held){ HELD_SOCKET, queue };
	file = holder_index_file(&gathering->capture->holders, *held);
	describe_ends(file, out);
	*other = file && file->peer ? (struct held){ HELD_SOCKET, file->peer } : *held;
	return capture_object(gathering->capture, queue, &out->object, err);
}

static int gather_terminal(struct gathering *gathering, const ProtobufCMessage *message,
			   struct error *err)
{
	enum { FIELD_DATA = 2 };
	const Criu__TerminalData *entry = (const Criu__TerminalData *)message;
	const struct queue_part part = {
		.queue = entry->tty_id,
		.bytes = payload_reader_field(&gathering->reader, FIELD_DATA),
	};

	return queue_parts_add(&gathering->parts, &part, err);
}

static int describe_terminal(struct gathering *gathering, uint64_t queue, struct captured *out,
			     struct held *held, struct held *other, struct error *err)
{
	/* The two ends of a pseudo terminal differ in the lowest bit; of a real one nobody has the other number. */
	out->kind = TARGET_TERMINAL;
	*held = (struct held){ HELD_TERMINAL, queue };
	*other = (struct held){ HELD_TERMINAL, queue ^ 1 };
	return capture_object(gathering->capture, queue, &out->object, err);
}

static int gather_bpf_map(struct gathering *gathering, const ProtobufCMessage *message,
			  struct error *err)
{
	const Criu__BpfMapData *entry = (const Criu__BpfMapData *)message;
	int ret = take_part(gathering, entry->map_id, entry->keys_bytes, true, err);

	return ret ? ret : take_part(gathering, entry->map_id, entry->values_bytes, true, err);
}

static int describe_bpf_map(struct gathering *gathering, uint64_t queue, struct captured *out,
			    struct held *held, struct held *other, struct error *err)
{
	const char *name = gathering->reader.payload->name;
	const struct open_file *file;

	out->kind = TARGET_FILE;
	out->origin = ORIGIN_BPF;
	*held = *other = (struct held){ HELD_BPF_MAP, queue };
	file = holder_index_file(&gathering->capture->holders, *held);
	if (file && file->path)
		name = file->path;
	out->path = arena_copy_string(gathering->capture->out->arena, name, strlen(name));
	if (!out->path)
		return error_no_memory(err, "captured files");
	return capture_object(gathering->capture, queue, &out->object, err);
}

/* A message, then its bytes with zeros up to a whole word. */
static int gather_message(struct gathering *gathering, uint64_t queue, bool *more,
			  struct error *err)
{
	struct payload_reader *reader = &gathering->reader;
	ProtobufCMessage *message;
	uint64_t length, unused;
	int ret = payload_reader_next(reader, &criu__ipc_message__descriptor, &message, err);

	*more = !ret && message;
	if (!*more)
		return ret;
	length = ((const Criu__IpcMessage *)message)->msize;
	message_free(message);
	ret = take_part(gathering, queue, length, true, err);
	payload_reader_take(reader, -length & 7, &unused);
	return ret;
}

static int gather_messages(struct gathering *gathering, const ProtobufCMessage *message,
			   struct error *err)
{
	const Criu__IpcQueue *entry = (const Criu__IpcQueue *)message;
	struct payload_reader *reader = &gathering->reader;
	uint64_t queue = entry->desc ? entry->desc->id : 0;
	bool more = true;
	int ret = 0;

	for (uint32_t i = 0; i < entry->qnum && more && !ret; i++)
		ret = gather_message(gathering, queue, &more, err);
	if (ret || more || reader->damaged)
		return ret;
	reader->damaged = true;
	return payload_warn(reader->warnings, reader->payload, WARNING_TRUNCATED, reader->position,
			    0, "ends before the last message of a queue", err);
}

static int compare_object(const void *id_item, const void *object_item)
{
	const uint64_t *id = id_item;
	const struct shared_object *object = object_item;

	return (*id > object->id) - (*id < object->id);
}

/* Whether processes show all of a segment: then it is memory of theirs, and no file. */
static bool is_shown(const struct gathering *gathering, const struct segment *segment)
{
	const struct checkpoint *checkpoint = gathering->capture->checkpoint;
	const struct payload *payload = gathering->reader.payload;
	const struct shared_object *object = NULL;

	if (checkpoint->object_count)
		object = bsearch(&segment->id, checkpoint->objects, checkpoint->object_count,
				 sizeof(*object), compare_object);
	if (!object || !object->segment || object->runs[0].lost ||
	    object->runs[0].offset != segment->bytes.offset - payload->bytes.offset ||
	    strcmp(checkpoint->images[object->runs[0].image].name, payload->name) != 0)
		return false;
	return !gathering->capture->unshown[object - checkpoint->objects];
}

static int gather_segment(struct gathering *gathering, const ProtobufCMessage *message,
			  struct error *err)
{
	struct payload_reader *reader = &gathering->reader;
	struct queue_part part = { .apart = true };
	struct segment segment;
	int ret = 0;

	if (!segment_take(reader, message, &segment, &part.missing))
		return 0;
	part.queue = segment.id;
	part.bytes = segment.bytes;
	if (!is_shown(gathering, &segment))
		ret = queue_parts_add(&gathering->parts, &part, err);
	return ret || !part.missing ? ret : warn_cut(reader, part.missing, err);
}

static int describe_segment(struct gathering *gathering, uint64_t queue, struct captured *out,
			    struct held *held, struct held *other, struct error *err)
{
	const char *name = gathering->reader.payload->name;

	out->kind = TARGET_FILE;
	out->origin = ORIGIN_IMAGE;
	*held = *other = (struct held){ HELD_NOTHING, 0 };
	out->path = arena_copy_string(gathering->capture->out->arena, name, strlen(name));
	if (!out->path)
		return error_no_memory(err, "captured files");
	return capture_object(gathering->capture, queue, &out->object, err);
}

/* Numbers of queues are those of their namespace. */
static int describe_messages(struct gathering *gathering, uint64_t queue, struct captured *out,
			     struct held *held, struct held *other, struct error *err)
{
	struct capture *capture = gathering->capture;
	size_t spaces;

	out->kind = TARGET_MESSAGE;
	*held = *other = (struct held){ HELD_MESSAGES, queue };
	payload_table_kind(capture->payloads, PAYLOAD_MESSAGES, &spaces);
	if (spaces > 1)
		return capture_object_in(capture, gathering->reader.payload->number, queue,
					 &out->object, err);
	return capture_object(capture, queue, &out->object, err);
}

static const struct queue_ops queues[] = {
	{ PAYLOAD_PIPES, &criu__pipe_data__descriptor, gather_pipe, describe_pipe },
	{ PAYLOAD_FIFOS, &criu__pipe_data__descriptor, gather_pipe, describe_fifo },
	{ PAYLOAD_SOCKETS, &criu__socket_queue__descriptor, gather_socket, describe_socket },
	{ PAYLOAD_TERMINALS, &criu__terminal_data__descriptor, gather_terminal, describe_terminal },
	{ PAYLOAD_MESSAGES, &criu__ipc_queue__descriptor, gather_messages, describe_messages },
	{ PAYLOAD_SEGMENTS, &criu__ipc_segment__descriptor, gather_segment, describe_segment },
	{ PAYLOAD_BPF_MAPS, &criu__bpf_map_data__descriptor, gather_bpf_map, describe_bpf_map },
};

static int gather(struct gathering *gathering, const struct queue_ops *ops, struct error *err)
{
	ProtobufCMessage *message;
	int ret;

	do {
		ret = payload_reader_next(&gathering->reader, ops->descriptor, &message, err);
		if (ret || !message)
			return ret;
		ret = ops->gather(gathering, message, err);
		message_free(message);
	} while (!ret && !gathering->reader.damaged);
	return ret;
}

static int add_queue(struct gathering *gathering, const struct queue_ops *ops, size_t first,
		     size_t *next, struct error *err)
{
	struct content_writer writer = { 0 };
	struct captured captured = { 0 };
	struct held held, other;
	int ret;

	*next = queue_parts_write(&gathering->parts, first, &writer);
	ret = content_writer_end(&writer, gathering->capture->out->arena, &captured.content, err);
	if (!ret)
		ret = ops->describe(gathering, gathering->parts.items[first].queue, &captured,
				    &held, &other, err);
	return ret ? ret : capture_add(gathering->capture, &captured, held, other, err);
}

static int capture_image(struct capture *capture, const struct payload *payload,
			 const struct queue_ops *ops, struct error *err)
{
	struct gathering gathering = { .capture = capture };
	bool good;
	int ret = payload_reader_open(&gathering.reader, payload, capture->files, capture->warnings,
				      &good, err);

	if (!ret && good)
		ret = gather(&gathering, ops, err);
	queue_parts_sort(&gathering.parts);
	for (size_t i = 0; i < gathering.parts.count && !ret;)
		ret = add_queue(&gathering, ops, i, &i, err);
	queue_parts_release(&gathering.parts);
	payload_reader_close(&gathering.reader);
	return ret;
}

/* One of the two queues of a TCP connection. */
static int add_direction(struct capture *capture, struct payload_reader *reader, uint64_t length,
			 const char *direction, struct error *err)
{
	struct held held = { HELD_SOCKET, reader->payload->number };
	struct captured captured = { .kind = TARGET_SOCKET,
				     .direction = direction,
				     .protocol = "tcp" };
	struct content_writer writer = { 0 };
	uint64_t missing;
	int ret;

	content_writer_add_stored(&writer, payload_reader_take(reader, length, &missing));
	content_writer_add(&writer, PIECE_LOST, missing);
	if (!length) {
		content_writer_release(&writer);
		return 0;
	}
	ret = content_writer_end(&writer, capture->out->arena, &captured.content, err);
	if (!ret)
		ret = capture_object(capture, held.object, &captured.object, err);
	describe_ends(holder_index_file(&capture->holders, held), &captured);
	if (!ret)
		ret = capture_add(capture, &captured, held, held, err);
	if (ret || !missing)
		return ret;
	return payload_warn(reader->warnings, reader->payload, WARNING_TRUNCATED, reader->position,
			    missing, "ends within the bytes of a queue", err);
}

/* The sizes stand before both queues. */
static int add_connection(struct capture *capture, struct payload_reader *reader,
			  const ProtobufCMessage *message, struct error *err)
{
	const Criu__TcpStream *stream = (const Criu__TcpStream *)message;
	int ret = add_direction(capture, reader, stream->inq_len, "received", err);
	uint64_t left;

	if (!ret)
		ret = add_direction(capture, reader, stream->outq_len, "sent", err);
	left = payload_reader_left(reader);
	return ret || !left
		       ? ret
		       : payload_warn(reader->warnings, reader->payload,
				      WARNING_LONGER_THAN_DESCRIBED, reader->position, left,
				      "has bytes behind both queues, which are not searched", err);
}

int capture_queues(struct capture *capture, struct error *err)
{
	size_t count;
	const struct payload *found;
	int ret = 0;

	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		found = payload_table_kind(capture->payloads, queues[i].payload, &count);
		for (size_t j = 0; j < count && !ret; j++)
			ret = capture_image(capture, &found[j], &queues[i], err);
	}
	found = payload_table_kind(capture->payloads, PAYLOAD_TCP, &count);
	for (size_t i = 0; i < count && !ret; i++)
		ret = capture_only_entry(capture, &found[i], &criu__tcp_stream__descriptor,
					 add_connection, err);
	return ret;
}
