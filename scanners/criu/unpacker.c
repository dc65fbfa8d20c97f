#include "scanners/criu/unpacker.h"

#include <errno.h>
#include <lz4.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/bytes.h"

#define SMALLEST_PAGE 4096u

/* What cannot be kept is no failure of the scan: the blocks are lost and say why. */
static int stop(struct unpacker *unpacker, int ret, const struct error *why, struct error *err)
{
	if (ret == ERROR_MEMORY)
		return error_set(err, ERROR_MEMORY, 0, "%s", why->message);
	unpacker->end = ret == ERROR_LIMIT ? UNPACK_LIMIT : UNPACK_NO_SPACE;
	return 0;
}

int unpacker_open(struct unpacker *unpacker, uint64_t length, const char *name, struct error *err)
{
	struct error why;
	int ret = file_table_add_sparse(unpacker->files, length, name, &unpacker->file, &why);

	if (ret)
		return stop(unpacker, ret, &why, err);
	unpacker->opened = true;
	return 0;
}

int unpacker_place(struct unpacker *unpacker, const struct unpack_block *block, struct error *err)
{
	const struct packed_pages *last =
		unpacker->count ? &unpacker->map[unpacker->count - 1] : NULL;
	struct packed_pages *grown;

	/* Zeros lie where the zeros before them do: a byte of the map may stand for megabytes of them. */
	if (!last || last->stored != block->stored_offset) {
		grown = array_grow(unpacker->map, &unpacker->capacity, unpacker->count + 1,
				   sizeof(*grown));
		if (!grown)
			return error_no_memory(err, "packed pages");
		unpacker->map = grown;
		grown[unpacker->count++] = (struct packed_pages){
			.offset = unpacker->length,
			.stored = block->stored_offset,
		};
	}
	unpacker->length += block->length;
	return 0;
}

static int make_room(struct unpacker *unpacker, size_t bytes, struct error *err)
{
	uint8_t *grown;

	if (bytes <= unpacker->buffer_bytes)
		return 0;
	grown = realloc(unpacker->buffer, bytes);
	if (!grown)
		return error_no_memory(err, "unpacked pages");
	unpacker->buffer = grown;
	unpacker->buffer_bytes = bytes;
	return 0;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	return !bytes[0] && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static size_t piece_at(struct bytes bytes, size_t at)
{
	return bytes.length - at < SMALLEST_PAGE ? bytes.length - at : SMALLEST_PAGE;
}

/* Keeps pages that are not zero; as few calls as can be. */
static int keep(struct unpacker *unpacker, uint64_t offset, struct bytes bytes, struct error *err)
{
	size_t from = 0, at = 0;
	int ret = 0;

	while (at < bytes.length && !ret) {
		size_t piece = piece_at(bytes, at);
		bool zero = is_zero(bytes.data + at, piece), last = at + piece == bytes.length;
		size_t end = zero ? at : at + piece;

		if ((zero || last) && end > from)
			ret = file_table_keep(unpacker->files, unpacker->file, offset + from,
					      (struct bytes){ bytes.data + from, end - from }, err);
		at += piece;
		if (zero)
			from = at;
	}
	return ret;
}

/* The block's stored bytes at the buffer's start; false: they cannot be read. */
static bool read_stored(struct unpacker *unpacker, const struct unpack_block *block)
{
	size_t length = (size_t)block->stored_length, got;

	return file_table_read(unpacker->files, unpacker->source,
			       unpacker->source_offset + block->stored_offset, unpacker->buffer,
			       length, &got, NULL) == 0 &&
	       got == length;
}

/* NULL: the stored bytes are no such block. */
static const uint8_t *unpack(const struct unpacker *unpacker, const struct unpack_block *block)
{
	uint8_t *to = unpacker->buffer + block->stored_length;
	int made;

	if (block->stored_length == block->length)
		return unpacker->buffer;
	made = LZ4_decompress_safe((const char *)unpacker->buffer, (char *)to,
				   (int)block->stored_length, (int)block->length);
	return made >= 0 && (uint64_t)made == block->length ? to : NULL;
}

static bool spend(struct unpacker *unpacker, uint64_t bytes)
{
	if (bytes > *unpacker->budget)
		return false;
	*unpacker->budget -= bytes;
	return true;
}

static enum unpack_result result_of(const struct unpacker *unpacker)
{
	if (unpacker->end == UNPACK_NO_SPACE)
		return UNPACKED_NO_SPACE;
	return unpacker->end == UNPACK_LIMIT ? UNPACKED_LIMIT : UNPACKED;
}

static int unpack_bytes(struct unpacker *unpacker, const struct unpack_block *block,
			uint64_t offset, enum unpack_result *result, struct error *err)
{
	const uint8_t *pages;
	struct error why;
	int ret = make_room(unpacker, (size_t)(block->stored_length + block->length), err);

	if (ret)
		return ret;
	if (!read_stored(unpacker, block)) {
		*result = UNPACKED_UNREADABLE;
		return 0;
	}
	pages = unpack(unpacker, block);
	if (!pages) {
		*result = UNPACKED_SPOILED;
		return 0;
	}
	ret = keep(unpacker, offset, (struct bytes){ pages, (size_t)block->length }, &why);
	if (ret)
		ret = stop(unpacker, ret, &why, err);
	*result = result_of(unpacker);
	return ret;
}

int unpacker_unpack(struct unpacker *unpacker, const struct unpack_block *block, uint64_t offset,
		    enum unpack_result *result, struct error *err)
{
	*result = result_of(unpacker);
	if (*result == UNPACKED && unpacker->stop && atomic_load(unpacker->stop))
		*result = UNPACKED_STOPPED;
	if (*result != UNPACKED || !block->stored_length)
		return 0;
	if (!spend(unpacker, block->length)) {
		*result = UNPACKED_LIMIT;
		return 0;
	}
	return unpack_bytes(unpacker, block, offset, result, err);
}

void unpacker_release(struct unpacker *unpacker)
{
	free(unpacker->map);
	free(unpacker->buffer);
	*unpacker = (struct unpacker){ 0 };
}
