#ifndef CKPT_ENGINE_BASE_BYTE_WRITER_H
#define CKPT_ENGINE_BASE_BYTE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/*
 * Bytes that grow: what bytes_reader reads. After memory ran out it stays failed and adds nothing, so that only
 * the end need be checked. Zeroed: empty.
 */
struct byte_writer {
	uint8_t *data; /* malloc'd */
	size_t length, capacity;
	bool failed;
};

void byte_writer_release(struct byte_writer *writer);
void byte_writer_add(struct byte_writer *writer, const void *data, size_t length);
/* Little-endian. */
void byte_writer_add_u8(struct byte_writer *writer, uint8_t value);
void byte_writer_add_u32(struct byte_writer *writer, uint32_t value);
void byte_writer_add_u64(struct byte_writer *writer, uint64_t value);
/* A length of 64 bits, then the bytes. */
void byte_writer_add_sized(struct byte_writer *writer, struct bytes bytes);

#endif
