#include "scanners/criu/files.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/files.pb-c.h"

struct parse {
	struct files *files;
	const struct file_row *row; /* of an image of one type */
};

/* Fills @entry, of which id and kind are set, from the message of its type; may leave it a FILE_OTHER. */
typedef int take_fn(struct files *files, struct file_entry *entry, const ProtobufCMessage *message,
		    struct error *err);

static int copy_text(const struct files *files, ProtobufCBinaryData from, const char **out,
		     struct error *err)
{
	*out = arena_copy_string(files->strings, (const char *)from.data, from.len);
	return *out ? 0 : error_no_memory(err, "open files");
}

/* Words of four bytes each, as the program that wrote them read them out of memory. */
static int copy_build_id(const struct files *files, const Criu__FileRegular *regular,
			 struct bytes *out, struct error *err)
{
	size_t length = regular->n_build_id * sizeof(uint32_t);
	uint8_t *copy = length ? arena_alloc(files->strings, length) : NULL;

	if (length && !copy)
		return error_no_memory(err, "open files");
	for (size_t i = 0; i < length; i++)
		copy[i] = (uint8_t)(regular->build_id[i / 4] >> 8 * (i % 4));
	*out = (struct bytes){ copy, length };
	return 0;
}

static int take_regular(struct files *files, struct file_entry *entry,
			const ProtobufCMessage *message, struct error *err)
{
	const Criu__FileRegular *regular = (const Criu__FileRegular *)message;
	int ret = copy_text(files, regular->name, &entry->path, err);

	entry->type = FILE_REGULAR;
	entry->flags = regular->flags;
	entry->has_size = regular->has_size;
	entry->size = regular->size;
	return ret ? ret : copy_build_id(files, regular, &entry->build_id, err);
}

static int take_pipe(struct files *files, struct file_entry *entry, const ProtobufCMessage *message,
		     struct error *err)
{
	const Criu__FilePipe *pipe = (const Criu__FilePipe *)message;

	(void)files, (void)err;
	entry->type = FILE_PIPE;
	entry->number = pipe->pipe_id;
	entry->flags = pipe->flags;
	return 0;
}

static int take_fifo(struct files *files, struct file_entry *entry, const ProtobufCMessage *message,
		     struct error *err)
{
	const Criu__FileFifo *fifo = (const Criu__FileFifo *)message;

	(void)files, (void)err;
	entry->type = FILE_FIFO;
	entry->number = fifo->pipe_id;
	entry->place = fifo->regf_id;
	return 0;
}

static int take_terminal(struct files *files, struct file_entry *entry,
			 const ProtobufCMessage *message, struct error *err)
{
	const Criu__FileTerminal *terminal = (const Criu__FileTerminal *)message;

	(void)files, (void)err;
	entry->type = FILE_TERMINAL;
	entry->number = terminal->tty_info_id;
	entry->place = terminal->regf_id;
	entry->flags = terminal->flags;
	return 0;
}

static int take_memfd(struct files *files, struct file_entry *entry,
		      const ProtobufCMessage *message, struct error *err)
{
	const Criu__FileMemfd *memfd = (const Criu__FileMemfd *)message;

	(void)files, (void)err;
	entry->type = FILE_MEMFD;
	entry->inode_id = memfd->inode_id;
	entry->flags = memfd->flags;
	return 0;
}

static int take_bpf_map(struct files *files, struct file_entry *entry,
			const ProtobufCMessage *message, struct error *err)
{
	const Criu__FileBpfMap *map = (const Criu__FileBpfMap *)message;

	entry->type = FILE_BPF_MAP;
	entry->number = map->map_id;
	entry->flags = map->flags;
	return copy_text(files, map->map_name, &entry->path, err);
}

static int take_plain(struct files *files, struct file_entry *entry,
		      const ProtobufCMessage *message, struct error *err)
{
	(void)files, (void)entry, (void)message, (void)err;
	return 0;
}

static int add_socket(struct files *files, struct file_entry *entry,
		      const struct file_socket *socket, struct error *err)
{
	entry->type = FILE_SOCKET;
	entry->socket = arena_copy(files->strings, socket, sizeof(*socket));
	return entry->socket ? 0 : error_no_memory(err, "open files");
}

static uint32_t copy_words(uint32_t out[4], const uint32_t *words, size_t count)
{
	if (count != 1 && count != 4)
		return 0;
	memcpy(out, words, count * sizeof(*words));
	return (uint32_t)count;
}

static int take_inet(struct files *files, struct file_entry *entry, const ProtobufCMessage *message,
		     struct error *err)
{
	const Criu__SocketInet *from = (const Criu__SocketInet *)message;
	struct file_socket socket = {
		.inode = from->ino,
		.family = from->family,
		.type = from->type,
		.protocol = from->proto,
		.state = from->state,
		.local_port = from->src_port,
		.remote_port = from->dst_port,
	};

	socket.local_words = copy_words(socket.local, from->src_addr, from->n_src_addr);
	socket.remote_words = copy_words(socket.remote, from->dst_addr, from->n_dst_addr);
	entry->flags = from->flags;
	return add_socket(files, entry, &socket, err);
}

static int take_unix(struct files *files, struct file_entry *entry, const ProtobufCMessage *message,
		     struct error *err)
{
	const Criu__SocketUnix *from = (const Criu__SocketUnix *)message;
	const void *name = arena_copy(files->strings, from->name.data, from->name.len);
	const struct file_socket socket = {
		.inode = from->ino,
		.family = FAMILY_UNIX,
		.type = from->type,
		.state = from->state,
		.peer = from->peer,
		.name = { name, from->name.len },
	};

	if (!name)
		return error_no_memory(err, "open files");
	entry->flags = from->flags;
	return add_socket(files, entry, &socket, err);
}

static int take_netlink(struct files *files, struct file_entry *entry,
			const ProtobufCMessage *message, struct error *err)
{
	const Criu__SocketNetlink *from = (const Criu__SocketNetlink *)message;
	const struct file_socket socket = { .inode = from->ino, .family = FAMILY_NETLINK };

	entry->flags = from->flags;
	return add_socket(files, entry, &socket, err);
}

static int take_packet(struct files *files, struct file_entry *entry,
		       const ProtobufCMessage *message, struct error *err)
{
	const struct file_socket socket = { .family = FAMILY_PACKET };

	(void)message;
	return add_socket(files, entry, &socket, err);
}

/* Types by CRIU's number; the image that held only them before files.img, or IMAGE_KINDS. */
struct file_row {
	uint32_t type;
	enum open_file_kind kind;
	enum image_kind image;
	size_t field; /* in the message of files.img */
	const ProtobufCMessageDescriptor *descriptor;
	take_fn *take;
};

#define FIELD(name) offsetof(Criu__File, name)

static const struct file_row rows[] = {
	{ 1, OPEN_FILE_FILE, IMAGE_REG_FILES, FIELD(reg), &criu__file_regular__descriptor,
	  take_regular },
	{ 2, OPEN_FILE_PIPE, IMAGE_PIPES, FIELD(pipe), &criu__file_pipe__descriptor, take_pipe },
	{ 3, OPEN_FILE_FIFO, IMAGE_FIFO, FIELD(fifo), &criu__file_fifo__descriptor, take_fifo },
	{ 4, OPEN_FILE_SOCKET, IMAGE_INETSK, FIELD(isk), &criu__socket_inet__descriptor,
	  take_inet },
	{ 5, OPEN_FILE_SOCKET, IMAGE_UNIXSK, FIELD(usk), &criu__socket_unix__descriptor,
	  take_unix },
	{ 6, OPEN_FILE_EVENTFD, IMAGE_EVENTFD, FIELD(efd), &criu__file_plain__descriptor,
	  take_plain },
	{ 7, OPEN_FILE_EVENTPOLL, IMAGE_EVENTPOLL, FIELD(epfd), &criu__file_plain__descriptor,
	  take_plain },
	{ 8, OPEN_FILE_INOTIFY, IMAGE_INOTIFY, FIELD(ify), &criu__file_plain__descriptor,
	  take_plain },
	{ 9, OPEN_FILE_SIGNALFD, IMAGE_SIGNALFD, FIELD(sgfd), &criu__file_plain__descriptor,
	  take_plain },
	{ 10, OPEN_FILE_SOCKET, IMAGE_PACKETSK, FIELD(psk), &criu__file_plain__descriptor,
	  take_packet },
	{ 11, OPEN_FILE_TERMINAL, IMAGE_TTY_FILES, FIELD(tty), &criu__file_terminal__descriptor,
	  take_terminal },
	{ 12, OPEN_FILE_FANOTIFY, IMAGE_FANOTIFY, FIELD(ffy), &criu__file_plain__descriptor,
	  take_plain },
	{ 13, OPEN_FILE_SOCKET, IMAGE_NETLINKSK, FIELD(nlsk), &criu__socket_netlink__descriptor,
	  take_netlink },
	{ 14, OPEN_FILE_NAMESPACE, IMAGE_NS_FILES, FIELD(nsf), &criu__file_plain__descriptor,
	  take_plain },
	{ 15, OPEN_FILE_TUN, IMAGE_TUNFILE, FIELD(tunf), &criu__file_plain__descriptor,
	  take_plain },
	{ 16, OPEN_FILE_DEVICE, IMAGE_EXT_FILES, FIELD(ext), &criu__file_plain__descriptor,
	  take_plain },
	{ 17, OPEN_FILE_TIMERFD, IMAGE_TIMERFD, FIELD(tfd), &criu__file_plain__descriptor,
	  take_plain },
	{ 18, OPEN_FILE_MEMFD, IMAGE_KINDS, FIELD(memfd), &criu__file_memfd__descriptor,
	  take_memfd },
	{ 19, OPEN_FILE_BPF_MAP, IMAGE_KINDS, FIELD(bpf), &criu__file_bpf_map__descriptor,
	  take_bpf_map },
	{ 20, OPEN_FILE_PIDFD, IMAGE_KINDS, FIELD(pidfd), &criu__file_plain__descriptor,
	  take_plain },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum open_file_kind files_kind_of_type(uint32_t type)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].type == type)
			return rows[i].kind;
	}
	return OPEN_FILE_OTHER;
}

static int append(struct files *files, struct file_entry *entry, struct error *err)
{
	struct file_entry *grown =
		array_grow(files->items, &files->capacity, files->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "open files");
	files->items = grown;
	entry->order = files->count;
	files->items[files->count++] = *entry;
	return 0;
}

static const ProtobufCMessage *part_of(const Criu__File *file, const struct file_row *row)
{
	return *(const ProtobufCMessage *const *)(const void *)((const char *)file + row->field);
}

/* The message that is there says what it is, whatever the number of the type. */
static int take_file(void *context, const ProtobufCMessage *message, size_t index,
		     struct error *err)
{
	struct parse *parse = context;
	const Criu__File *file = (const Criu__File *)message;
	struct file_entry entry = { .id = file->id,
				    .type = FILE_OTHER,
				    .kind = files_kind_of_type(file->type) };

	(void)index;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const ProtobufCMessage *part = part_of(file, &rows[i]);

		if (!part)
			continue;
		entry.kind = rows[i].kind;

		int ret = rows[i].take(parse->files, &entry, part, err);

		if (ret)
			return ret;
		break;
	}
	return append(parse->files, &entry, err);
}

/* All these messages begin with their id. */
static uint32_t id_of(const ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field(message->descriptor, 1);

	return *(const uint32_t *)(const void *)((const char *)message + field->offset);
}

static int take_single(void *context, const ProtobufCMessage *message, size_t index,
		       struct error *err)
{
	struct parse *parse = context;
	struct file_entry entry = { .id = id_of(message),
				    .type = FILE_OTHER,
				    .kind = parse->row->kind };
	int ret = parse->row->take(parse->files, &entry, message, err);

	(void)index;
	return ret ? ret : append(parse->files, &entry, err);
}

static int compare_files(const void *left_item, const void *right_item)
{
	const struct file_entry *left = left_item, *right = right_item;
	int order = (left->id > right->id) - (left->id < right->id);

	return order ? order : (left->order > right->order) - (left->order < right->order);
}

static int drop_doubles(struct files *files, const struct image *image, struct error *err)
{
	size_t kept = 0, doubles = 0;

	for (size_t i = 0; i < files->count; i++) {
		if (kept && files->items[kept - 1].id == files->items[i].id)
			doubles++;
		else
			files->items[kept++] = files->items[i];
	}
	files->count = kept;
	return doubles ? image_warn(image, WARNING_CORRUPT, 0, 0, "a file is listed twice", err)
		       : 0;
}

static int parse(struct files *out, const struct image *image, const struct file_row *row,
		 const ProtobufCMessageDescriptor *descriptor, image_entry_fn *each,
		 struct error *err)
{
	struct parse parse = { out, row };
	int ret;

	out->strings = arena_new(0);
	if (!out->strings)
		return error_no_memory(err, "open files");
	ret = image_entries(image, descriptor, descriptor, each, &parse, err);
	if (ret || !out->count)
		return ret;
	qsort(out->items, out->count, sizeof(*out->items), compare_files);
	return drop_doubles(out, image, err);
}

int files_parse(struct files *out, const struct image *image, struct error *err)
{
	return parse(out, image, NULL, &criu__file__descriptor, take_file, err);
}

int files_parse_single(struct files *out, const struct image *image, enum image_kind kind,
		       struct error *err)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].image == kind)
			return parse(out, image, &rows[i], rows[i].descriptor, take_single, err);
	}
	return error_set(err, ERROR_USAGE, 0, "%s holds no files", image->name);
}

void files_release(struct files *files)
{
	free(files->items);
	arena_free(files->strings);
	*files = (struct files){ 0 };
}

static int compare_id(const void *id_item, const void *file_item)
{
	const uint64_t *id = id_item;
	const struct file_entry *file = file_item;

	return (*id > file->id) - (*id < file->id);
}

const struct file_entry *files_find(const struct files *files, uint64_t id)
{
	if (!files->count)
		return NULL;
	return bsearch(&id, files->items, files->count, sizeof(*files->items), compare_id);
}
