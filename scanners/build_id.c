#include "scanners/build_id.h"

#include <string.h>

/*
 *	ELF header ─► program headers ─► PT_NOTE ─► note: name bytes, data bytes, type │ name │ data
 *
 * The fields' places differ between 32 and 64 bits (the System V ABI's chapters on object files).
 */
#define ELF_HEADER_BYTES 64
#define NOTE_HEADER_BYTES 12
#define PROGRAM_HEADER_BYTES 56
#define SEGMENT_NOTE 4
#define NOTE_BUILD_ID 3
/* Real files have a dozen of each. */
#define MOST_PROGRAM_HEADERS 1024
#define MOST_NOTES 4096

struct elf {
	const struct content *content;
	const struct file_table *files;
	bool wide, big_endian;
	uint32_t notes; /* looked at so far */
};

static bool read_piece(const struct elf *elf, const struct piece *piece, uint64_t into,
		       uint8_t *out, size_t length)
{
	struct error ignored;
	size_t got;

	if (piece->kind == PIECE_LOST)
		return false;
	if (piece->kind == PIECE_ZERO) {
		memset(out, 0, length);
		return true;
	}
	return file_table_read(elf->files, piece->file, piece->offset + into, out, length, &got,
			       &ignored) == 0 &&
	       got == length;
}

static bool read_at(const struct elf *elf, uint64_t offset, uint8_t *out, size_t length)
{
	while (length) {
		const struct piece *piece = content_piece(elf->content, offset);
		uint64_t rest = piece ? piece->length - (offset - piece->start) : 0;
		size_t step = rest < length ? (size_t)rest : length;

		if (!piece || !read_piece(elf, piece, offset - piece->start, out, step))
			return false;
		offset += step;
		out += step;
		length -= step;
	}
	return true;
}

static uint64_t number(const struct elf *elf, const uint8_t *bytes, size_t length)
{
	uint64_t value = 0;

	for (size_t i = 0; i < length; i++)
		value = value << 8 | bytes[elf->big_endian ? i : length - 1 - i];
	return value;
}

/* A word of the file's own size, at one place in files of 32 bits and another in those of 64. */
static uint64_t word(const struct elf *elf, const uint8_t *bytes, size_t narrow_at, size_t wide_at)
{
	return elf->wide ? number(elf, bytes + wide_at, 8) : number(elf, bytes + narrow_at, 4);
}

static bool is_build_id(const struct elf *elf, const uint8_t *header, uint64_t at)
{
	uint8_t name[4];

	return number(elf, header, 4) == sizeof(name) &&
	       number(elf, header + 8, 4) == NOTE_BUILD_ID &&
	       read_at(elf, at + NOTE_HEADER_BYTES, name, sizeof(name)) &&
	       memcmp(name, "GNU", sizeof(name)) == 0;
}

static uint64_t aligned(uint64_t length, uint64_t alignment)
{
	return (length + alignment - 1) / alignment * alignment;
}

/* Notes from @at on, in @left bytes. */
static bool look_through(struct elf *elf, uint64_t at, uint64_t left, uint64_t alignment,
			 struct build_id *out)
{
	while (left >= NOTE_HEADER_BYTES && elf->notes++ < MOST_NOTES) {
		uint8_t header[NOTE_HEADER_BYTES];
		uint64_t length, data_at, next;

		if (!read_at(elf, at, header, sizeof(header)))
			return false;
		length = number(elf, header + 4, 4);
		data_at = aligned(NOTE_HEADER_BYTES + number(elf, header, 4), alignment);
		next = aligned(data_at + length, alignment);
		if (is_build_id(elf, header, at) && length && length <= BUILD_ID_BYTES &&
		    read_at(elf, at + data_at, out->data, (size_t)length)) {
			out->length = (uint32_t)length;
			return true;
		}
		if (next > left)
			return false;
		at += next;
		left -= next;
	}
	return false;
}

static bool look_at_segment(struct elf *elf, uint64_t at, struct build_id *out)
{
	uint8_t header[PROGRAM_HEADER_BYTES] = { 0 };
	uint64_t offset, length;

	if (!read_at(elf, at, header, elf->wide ? PROGRAM_HEADER_BYTES : 32) ||
	    number(elf, header, 4) != SEGMENT_NOTE)
		return false;
	offset = word(elf, header, 4, 8);
	length = word(elf, header, 16, 32);
	if (offset >= elf->content->length)
		return false;
	if (length > elf->content->length - offset)
		length = elf->content->length - offset;
	return look_through(elf, offset, length, word(elf, header, 28, 48) == 8 ? 8 : 4, out);
}

static bool read_header(struct elf *elf, uint8_t header[ELF_HEADER_BYTES])
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };
	const size_t class_at = 4, order_at = 5, narrow_bytes = 52;

	if (!read_at(elf, 0, header, narrow_bytes) || memcmp(header, magic, sizeof(magic)) != 0)
		return false;
	elf->wide = header[class_at] == 2;
	elf->big_endian = header[order_at] == 2;
	return (header[class_at] == 1 || header[class_at] == 2) &&
	       (header[order_at] == 1 || header[order_at] == 2) &&
	       (!elf->wide || read_at(elf, 0, header, ELF_HEADER_BYTES));
}

bool build_id_read(struct build_id *out, const struct content *content,
		   const struct file_table *files)
{
	struct elf elf = { .content = content, .files = files };
	uint8_t header[ELF_HEADER_BYTES];
	uint64_t at, entry_bytes, count;

	if (!read_header(&elf, header))
		return false;
	at = word(&elf, header, 28, 32);
	entry_bytes = number(&elf, header + (elf.wide ? 54 : 42), 2);
	count = number(&elf, header + (elf.wide ? 56 : 44), 2);
	for (uint64_t i = 0; i < count && i < MOST_PROGRAM_HEADERS; i++) {
		if (at >= content->length)
			return false;
		if (look_at_segment(&elf, at, out))
			return true;
		at += entry_bytes;
	}
	return false;
}

bool build_id_equals(const struct build_id *id, struct bytes stored)
{
	const size_t word_bytes = 4;

	if (stored.length < id->length || stored.length - id->length >= word_bytes ||
	    memcmp(stored.data, id->data, id->length) != 0)
		return false;
	for (size_t i = id->length; i < stored.length; i++)
		if (stored.data[i] != 0)
			return false;
	return true;
}
