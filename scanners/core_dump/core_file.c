#include "scanners/core_dump/core_file.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

enum {
	CLASS_AT = 4, /* in the first 16 bytes: 1 for 32 bits, 2 for 64 */
	ORDER_AT = 5, /* 1 little-endian, 2 big-endian */
	IDENTITY_BYTES = 16,
	TYPE_AT = 16,
	MACHINE_AT = 18,
	TYPE_CORE = 4,
	LARGEST_HEADER = 64,
	LARGEST_ENTRY = 56,
};
/* So many segments or more: the true number stands in section header 0. */
#define COUNT_ELSEWHERE 0xffffu
/* A process has as many mappings as its machine allows, 65530 of them unless somebody said otherwise. */
#define MOST_SEGMENTS 1000000u

/* Where numbers stand in the headers, by class; a number without a width in its name is as wide as an address. */
static const struct layout {
	size_t header_bytes, segments_at, sections_at, entry_bytes_at, count_at;
	size_t section_info_at;
	size_t entry_bytes, flags_at, offset_at, address_at, file_bytes_at, memory_bytes_at;
} layouts[] = {
	{
		.header_bytes = 52,
		.segments_at = 28,
		.sections_at = 32,
		.entry_bytes_at = 42,
		.count_at = 44,
		.section_info_at = 28,
		.entry_bytes = 32,
		.offset_at = 4,
		.address_at = 8,
		.file_bytes_at = 16,
		.memory_bytes_at = 20,
		.flags_at = 24,
	},
	{
		.header_bytes = 64,
		.segments_at = 32,
		.sections_at = 40,
		.entry_bytes_at = 54,
		.count_at = 56,
		.section_info_at = 44,
		.entry_bytes = 56,
		.flags_at = 4,
		.offset_at = 8,
		.address_at = 16,
		.file_bytes_at = 32,
		.memory_bytes_at = 40,
	},
};

uint64_t core_file_clip(const struct core_file *file, uint64_t offset, uint64_t length)
{
	uint64_t rest = offset < file->bytes.length ? file->bytes.length - offset : 0;

	return length < rest ? length : rest;
}

bool core_file_read(const struct core_file *file, uint64_t offset, void *buffer, size_t length)
{
	uint8_t *out = buffer;

	if (core_file_clip(file, offset, length) < length)
		return false;
	while (length) {
		size_t got = 0;

		if (file_table_read(file->files, file->bytes.file, file->bytes.offset + offset, out,
				    length, &got, NULL) ||
		    !got)
			return false;
		out += got;
		offset += got;
		length -= got;
	}
	return true;
}

uint64_t core_file_number(const struct core_file *file, const void *bytes, size_t width)
{
	const uint8_t *digits = bytes;
	uint64_t number = 0;

	for (size_t i = 0; i < width; i++)
		number = number << 8 | digits[file->big ? i : width - 1 - i];
	return number;
}

static uint64_t word_at(const struct core_file *file, const uint8_t *bytes, size_t at)
{
	return core_file_number(file, bytes + at, core_file_word(file));
}

int core_file_warn(const struct core_file *file, enum warning_code code, uint64_t offset,
		   uint64_t length, const char *what, struct error *err)
{
	const struct warning warning = {
		.code = code,
		.file = file->name,
		.has_range = length > 0,
		.offset = offset,
		.length = length,
	};

	if (file->warnings &&
	    warning_list_add(file->warnings, &warning, "%s: %s", file->name, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* What it takes to call the bytes a core dump at all. */
static int read_identity(struct core_file *file, struct error *err)
{
	uint8_t bytes[MACHINE_AT + 2];

	if (!core_file_read(file, 0, bytes, sizeof(bytes)) || memcmp(bytes, "\177ELF", 4) != 0)
		return error_set(err, ERROR_FORMAT, 0, "%s: no ELF file", file->name);
	if (bytes[CLASS_AT] < 1 || bytes[CLASS_AT] > 2 || bytes[ORDER_AT] < 1 ||
	    bytes[ORDER_AT] > 2)
		return error_set(err, ERROR_FORMAT, 0, "%s: an ELF file of an unknown class",
				 file->name);
	file->wide = bytes[CLASS_AT] == 2;
	file->big = bytes[ORDER_AT] == 2;
	if (core_file_number(file, bytes + TYPE_AT, 2) != TYPE_CORE)
		return error_set(err, ERROR_FORMAT, 0, "%s: an ELF file, but no core dump",
				 file->name);
	file->machine = (uint16_t)core_file_number(file, bytes + MACHINE_AT, 2);
	return 0;
}

static int add_segment(struct core_file *file, const struct core_segment *segment,
		       struct error *err)
{
	struct core_segment *grown = array_grow(file->segments, &file->segment_capacity,
						file->segment_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "segments of a core dump");
	file->segments = grown;
	file->segments[file->segment_count++] = *segment;
	return 0;
}

static int take_entry(struct core_file *file, const struct layout *layout, const uint8_t *entry,
		      struct error *err)
{
	const struct core_segment segment = {
		.type = (uint32_t)core_file_number(file, entry, 4),
		.flags = (uint32_t)core_file_number(file, entry + layout->flags_at, 4),
		.address = word_at(file, entry, layout->address_at),
		.memory_bytes = word_at(file, entry, layout->memory_bytes_at),
		.offset = word_at(file, entry, layout->offset_at),
		.file_bytes = word_at(file, entry, layout->file_bytes_at),
	};

	if (segment.type != SEGMENT_LOAD && segment.type != SEGMENT_NOTE)
		return 0;
	return add_segment(file, &segment, err);
}

/* @entry_bytes is the file's own word for the distance between entries; they may be longer than what is known of them. */
static int read_entries(struct core_file *file, const struct layout *layout, uint64_t count,
			uint64_t entry_bytes, struct error *err)
{
	uint8_t entry[LARGEST_ENTRY];
	uint64_t known = count < MOST_SEGMENTS ? count : MOST_SEGMENTS;
	int ret = 0;

	for (uint64_t i = 0; i < known && !ret; i++) {
		uint64_t offset = file->table_offset + i * entry_bytes;

		if (!core_file_read(file, offset, entry, layout->entry_bytes))
			return core_file_warn(file, WARNING_TRUNCATED, offset,
					      (count - i) * entry_bytes,
					      "cut off within its program headers", err);
		file->table_bytes += layout->entry_bytes;
		ret = take_entry(file, layout, entry, err);
	}
	if (!ret && known < count)
		ret = core_file_warn(file, WARNING_LIMIT, file->table_offset + known * entry_bytes,
				     (count - known) * entry_bytes, "more than 1000000 segments",
				     err);
	return ret;
}

/* False: it stands where nothing can be read. */
static bool count_segments(const struct core_file *file, const struct layout *layout,
			   const uint8_t *header, uint64_t *out)
{
	uint64_t section = word_at(file, header, layout->sections_at), at;
	uint8_t info[4];

	*out = core_file_number(file, header + layout->count_at, 2);
	if (*out != COUNT_ELSEWHERE)
		return true;
	if (!section || __builtin_add_overflow(section, layout->section_info_at, &at) ||
	    !core_file_read(file, at, info, sizeof(info)))
		return false;
	*out = core_file_number(file, info, sizeof(info));
	return true;
}

static int read_table(struct core_file *file, const struct layout *layout, const uint8_t *header,
		      struct error *err)
{
	uint64_t entry_bytes = core_file_number(file, header + layout->entry_bytes_at, 2), count;
	int ret = 0;

	file->table_offset = word_at(file, header, layout->segments_at);
	if (!count_segments(file, layout, header, &count))
		ret = core_file_warn(file, WARNING_TRUNCATED, 0, 0,
				     "the number of its segments is cut off, at least 65535 are "
				     "read",
				     err);
	if (ret || !count)
		return ret;
	if (entry_bytes < layout->entry_bytes)
		return core_file_warn(file, WARNING_CORRUPT, 0, 0,
				      "its program headers are too short to be any", err);
	if (file->table_offset >= file->bytes.length)
		return core_file_warn(file, WARNING_TRUNCATED, file->table_offset,
				      count * entry_bytes, "its program headers are cut off", err);
	return read_entries(file, layout, count, entry_bytes, err);
}

int core_file_open(struct core_file *file, struct error *err)
{
	uint8_t header[LARGEST_HEADER];
	const struct layout *layout;
	int ret = read_identity(file, err);

	if (ret)
		return ret;
	layout = &layouts[file->wide];
	if (!core_file_read(file, 0, header, layout->header_bytes))
		return core_file_warn(file, WARNING_TRUNCATED, 0, layout->header_bytes,
				      "cut off within its header", err);
	file->header_bytes = layout->header_bytes;
	ret = read_table(file, layout, header, err);
	if (ret)
		core_file_release(file);
	return ret;
}

void core_file_release(struct core_file *file)
{
	free(file->segments);
	file->segments = NULL;
	file->segment_count = file->segment_capacity = 0;
}
