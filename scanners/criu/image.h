#ifndef CKPT_SCANNERS_CRIU_IMAGE_H
#define CKPT_SCANNERS_CRIU_IMAGE_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/criu/image_name.h"

/*
 * The frame around CRIU's messages:
 *
 *	u32 0x54564319 | u32 type | u32 length | message | u32 length | message ...	since v1.1
 *	u32 type | u32 length | message ...						v1.0, and inventory.img
 *
 * Nothing counts the entries: an image ends where its file does. The words, and raw words in what follows an entry, have
 * the order of bytes of the machine that was frozen: little-endian, but on s390x.
 */
struct image {
	const char *name; /* for warnings */
	struct bytes bytes;
	struct warning_list *warnings;
	uint32_t pid; /* with has_pid: whose memory it describes */
	bool has_pid;
};

/* What the first words say; IMAGE_KINDS: nothing known. Needs no more than the bytes there are. */
enum image_kind image_kind_of_bytes(struct bytes bytes);

/* Whether its words are big-endian: its magic says so. */
bool image_is_swapped(struct bytes bytes);
/* A word of such an image; false: not so many bytes are left. */
bool image_take_word(struct bytes_reader *reader, bool swapped, uint32_t *out);

/* Gets one entry; index counts from 0. */
typedef int image_entry_fn(void *context, const ProtobufCMessage *message, size_t index,
			   struct error *err);

/*
 * Calls @each for every entry: @first describes entry 0, @rest the others. An entry that is no such message is
 * skipped with a warning, and an image that is cut ends with one. Fails without memory or with what @each says.
 */
int image_entries(const struct image *image, const ProtobufCMessageDescriptor *first,
		  const ProtobufCMessageDescriptor *rest, image_entry_fn *each, void *context,
		  struct error *err);

/* Adds a warning about a range of this image; 0 length: about all of it. */
int image_warn(const struct image *image, enum warning_code code, uint64_t offset, uint64_t length,
	       const char *what, struct error *err);

#endif
