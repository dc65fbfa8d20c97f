#include "scanners/criu/image.h"

#include "scanners/criu/message.h"

#define COMMON_MAGIC 0x54564319u
#define LONGEST_ENTRY 0x7fffffffu /* CRIU reads the length as a signed word */

static bool is_magic(uint32_t magic)
{
	return magic == COMMON_MAGIC || image_kind_of_magic(magic) != IMAGE_KINDS;
}

bool image_is_swapped(struct bytes bytes)
{
	struct bytes_reader reader = bytes_reader_at(bytes.data, bytes.length);
	uint32_t magic;

	return bytes_take_u32(&reader, &magic) && !is_magic(magic) &&
	       is_magic(__builtin_bswap32(magic));
}

bool image_take_word(struct bytes_reader *reader, bool swapped, uint32_t *out)
{
	uint32_t word;

	if (!bytes_take_u32(reader, &word))
		return false;
	*out = swapped ? __builtin_bswap32(word) : word;
	return true;
}

enum image_kind image_kind_of_bytes(struct bytes bytes)
{
	struct bytes_reader reader = bytes_reader_at(bytes.data, bytes.length);
	bool swapped = image_is_swapped(bytes);
	uint32_t magic;

	if (!image_take_word(&reader, swapped, &magic))
		return IMAGE_KINDS;
	if (magic == COMMON_MAGIC && !image_take_word(&reader, swapped, &magic))
		return IMAGE_KINDS;
	return image_kind_of_magic(magic);
}

int image_warn(const struct image *image, enum warning_code code, uint64_t offset, uint64_t length,
	       const char *what, struct error *err)
{
	struct warning warning = {
		.code = code,
		.file = image->name,
		.has_range = length > 0,
		.offset = offset,
		.length = length,
	};

	if (warning_list_add(image->warnings, &warning, "%s: %s", image->name, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int warn_cut(const struct image *image, const struct bytes_reader *reader, const char *what,
		    struct error *err)
{
	return image_warn(image, WARNING_TRUNCATED, reader->position, reader->rest.length, what,
			  err);
}

static bool skip_magic(struct bytes_reader *reader, bool swapped)
{
	uint32_t magic;

	return image_take_word(reader, swapped, &magic) &&
	       (magic != COMMON_MAGIC || image_take_word(reader, swapped, &magic));
}

/* Stores the next entry; *@more is false at the end, and after damage that hides where the next one starts. */
static int next_entry(const struct image *image, struct bytes_reader *reader, bool swapped,
		      struct bytes *out, bool *more, struct error *err)
{
	struct bytes_reader at = *reader;
	uint32_t length;

	*more = false;
	if (!reader->rest.length)
		return 0;
	if (!image_take_word(reader, swapped, &length))
		return warn_cut(image, &at, "ends within the length of an entry", err);
	if (length > LONGEST_ENTRY)
		return image_warn(image, WARNING_CORRUPT, at.position, at.rest.length,
				  "an entry has a negative length", err);
	if (!bytes_take(reader, length, out))
		return warn_cut(image, &at, "ends within an entry", err);
	*more = true;
	return 0;
}

static int visit(const struct image *image, const ProtobufCMessageDescriptor *descriptor,
		 struct bytes entry, size_t position, size_t index, image_entry_fn *each,
		 void *context, struct error *err)
{
	ProtobufCMessage *message;
	int ret = message_unpack(descriptor, entry, &message, err);

	if (ret < 0)
		return ret;
	if (!message)
		return image_warn(image, WARNING_CORRUPT, position, entry.length,
				  "an entry cannot be decoded", err);
	ret = each(context, message, index, err);
	message_free(message);
	return ret;
}

int image_entries(const struct image *image, const ProtobufCMessageDescriptor *first,
		  const ProtobufCMessageDescriptor *rest, image_entry_fn *each, void *context,
		  struct error *err)
{
	struct bytes_reader reader = bytes_reader_at(image->bytes.data, image->bytes.length);

	bool swapped = image_is_swapped(image->bytes);

	if (!skip_magic(&reader, swapped))
		return image_warn(image, WARNING_TRUNCATED, 0, image->bytes.length,
				  "ends before its first entry", err);
	for (size_t index = 0;; index++) {
		struct bytes entry;
		bool more;
		int ret = next_entry(image, &reader, swapped, &entry, &more, err);

		if (ret < 0)
			return ret;
		if (!more)
			return 0;
		ret = visit(image, index ? rest : first, entry, reader.position - entry.length,
			    index, each, context, err);
		if (ret < 0)
			return ret;
	}
}
