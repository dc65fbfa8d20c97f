#ifndef CKPT_BENCH_MADE_IMAGE_BYTES_H
#define CKPT_BENCH_MADE_IMAGE_BYTES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes CRIU images byte by byte, sharing nothing with the code that reads them.
 *
 *	magic words | entry: u32 length, protobuf | entry | ...
 */
struct image_bytes {
	uint8_t *data;
	size_t length, capacity;
};

void image_release(struct image_bytes *image);
void image_add_bytes(struct image_bytes *image, const void *data, size_t length);
void image_add_u32(struct image_bytes *image, uint32_t value);
/* A field of a message; numbers of fields are those of CRIU's own. */
void image_add_number(struct image_bytes *message, uint32_t field, uint64_t value);
void image_add_field(struct image_bytes *message, uint32_t field, const void *data, size_t length);
void image_add_text(struct image_bytes *message, uint32_t field, const char *text);
void image_add_message(struct image_bytes *message, uint32_t field,
		       const struct image_bytes *inner);
/* Ends a message as an entry of an image and empties it. */
void image_add_entry(struct image_bytes *image, struct image_bytes *message);

#endif
