#include "scanners/criu/inventory.h"

#include "scanners/criu/proto/inventory.pb-c.h"
#include "scanners/criu/message.h"

#define NEWEST_VERSION 3 /* "v1.2" in CRIU's own words */

struct parse {
	struct inventory *out;
	const struct image *image;
	bool decoded;
};

static int take_entry(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct parse *parse = context;
	const Criu__Inventory *entry = (const Criu__Inventory *)message;

	if (index > 0)
		return 0;
	parse->decoded = true;
	parse->out->descriptors_by_process = !entry->fdinfo_per_id;
	parse->out->version = entry->img_version;
	parse->out->pre_dump = entry->has_img_version && entry->img_version == 0;
	if (entry->img_version > NEWEST_VERSION)
		return image_warn(
			parse->image, WARNING_UNSUPPORTED, 0, 0,
			"of a newer version of CRIU's format; what is new in it is not read", err);
	return 0;
}

/* The frame is whole and the message is none: so looks the one known way of encrypting images. */
static bool looks_encrypted(const struct image *image)
{
	struct bytes_reader reader = bytes_reader_at(image->bytes.data, image->bytes.length);
	bool swapped = image_is_swapped(image->bytes);
	uint32_t magic, length;

	return image_take_word(&reader, swapped, &magic) &&
	       image_take_word(&reader, swapped, &length) && length > 0 &&
	       length <= reader.rest.length;
}

int inventory_parse(struct inventory *out, const struct image *image, struct error *err)
{
	struct parse parse = { .out = out, .image = image };
	int ret = image_entries(image, &criu__inventory__descriptor, &criu__inventory__descriptor,
				take_entry, &parse, err);

	if (ret < 0 || parse.decoded || !looks_encrypted(image))
		return ret;
	return image_warn(image, WARNING_ENCRYPTED, 0, 0,
			  "no inventory in it: the checkpoint may be encrypted", err);
}
