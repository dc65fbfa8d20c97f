#include "scanners/criu/segments.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/criu/message.h"
#include "scanners/criu/proto/payload.pb-c.h"

bool segment_take(struct payload_reader *reader, const ProtobufCMessage *message,
		  struct segment *out, uint64_t *short_of)
{
	const Criu__IpcSegment *entry = (const Criu__IpcSegment *)message;
	uint64_t filling;

	if (entry->in_pagemaps)
		return false;
	*out = (struct segment){
		.id = entry->desc ? entry->desc->id : 0,
		.size = entry->size,
		.bytes = payload_reader_take(reader, entry->size, short_of),
	};
	payload_reader_take(reader, -entry->size & 3, &filling);
	return true;
}

static int add(struct segments *segments, const struct segment *segment, struct error *err)
{
	struct segment *grown = array_grow(segments->items, &segments->capacity,
					   segments->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "shared memory");
	segments->items = grown;
	grown[segments->count++] = *segment;
	return 0;
}

static int read_image(struct segments *out, const struct payload *payload, size_t image,
		      const struct file_table *files, struct error *err)
{
	struct payload_reader reader;
	ProtobufCMessage *message = NULL;
	uint64_t short_of = 0;
	bool more;
	int ret = payload_reader_open(&reader, payload, files, NULL, &more, err);

	while (!ret && more && !short_of) {
		struct segment segment;

		ret = payload_reader_next(&reader, &criu__ipc_segment__descriptor, &message, err);
		more = message;
		if (ret || !more)
			break;
		if (segment_take(&reader, message, &segment, &short_of) && segment.size) {
			segment.image = image;
			ret = add(out, &segment, err);
		}
		message_free(message);
	}
	payload_reader_close(&reader);
	return ret;
}

static int compare_segments(const void *left_item, const void *right_item)
{
	const struct segment *left = left_item, *right = right_item;

	if (left->id != right->id)
		return left->id > right->id ? 1 : -1;
	if (left->image != right->image)
		return left->image > right->image ? 1 : -1;
	return (left->bytes.offset > right->bytes.offset) -
	       (left->bytes.offset < right->bytes.offset);
}

static void keep_first(struct segments *segments)
{
	size_t kept = 0;

	if (segments->count)
		qsort(segments->items, segments->count, sizeof(*segments->items), compare_segments);
	for (size_t i = 0; i < segments->count; i++) {
		if (!kept || segments->items[kept - 1].id != segments->items[i].id)
			segments->items[kept++] = segments->items[i];
	}
	segments->count = kept;
}

int segments_read(struct segments *out, const struct payload_table *payloads,
		  const struct file_table *files, struct error *err)
{
	size_t count;
	const struct payload *images = payload_table_kind(payloads, PAYLOAD_SEGMENTS, &count);
	int ret = 0;

	for (size_t i = 0; i < count && !ret; i++)
		ret = read_image(out, &images[i], i, files, err);
	keep_first(out);
	return ret;
}

void segments_release(struct segments *segments)
{
	free(segments->items);
	*segments = (struct segments){ 0 };
}
