#ifndef CKPT_ENGINE_BASE_BYTES_H
#define CKPT_ENGINE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns. */
struct bytes {
	const uint8_t *data; /* may be NULL when length is 0 */
	size_t length;
};

/* A range of addresses or offsets; @end is excluded, and 0 with a start above it where it touches 2^64. */
struct address_range {
	uint64_t start, end;
};

/*
 * The one way to read from input that is not trusted: a cursor that never
 * leaves its bytes. A read past the end returns false and moves nothing.
 */
struct bytes_reader {
	struct bytes rest;
	size_t position; /* bytes taken so far, for messages */
};

static inline struct bytes_reader bytes_reader_at(const void *data, size_t length)
{
	return (struct bytes_reader){ { (const uint8_t *)data, length }, 0 };
}

/* Lends the next @length bytes. */
static inline bool bytes_take(struct bytes_reader *reader, size_t length, struct bytes *out)
{
	if (length > reader->rest.length)
		return false;
	*out = (struct bytes){ reader->rest.data, length };
	if (length)
		reader->rest.data += length;
	reader->rest.length -= length;
	reader->position += length;
	return true;
}

/* Little-endian integers. */
bool bytes_take_u8(struct bytes_reader *reader, uint8_t *out);
bool bytes_take_u16(struct bytes_reader *reader, uint16_t *out);
bool bytes_take_u32(struct bytes_reader *reader, uint32_t *out);
bool bytes_take_u64(struct bytes_reader *reader, uint64_t *out);

/* A number as protobuf writes it: seven bits a byte, the lowest first, at most ten bytes. */
bool bytes_take_varint(struct bytes_reader *reader, uint64_t *out);

bool bytes_equal(struct bytes left, struct bytes right);

#endif
