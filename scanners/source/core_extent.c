#include "scanners/source/core_extent.h"

/* Behind 16 bytes of identification; each number has the size and the order of bytes that those tell. */
enum { CLASS_AT = 4, ORDER_AT = 5, CLASS_64 = 2, BIG_ENDIAN_ORDER = 2 };

/* The number of program headers where there are more: then it stands in the first section header. */
#define NUMBER_ELSEWHERE 0xffff

/* Where the numbers lie in the headers of each class. */
struct layout {
	size_t word; /* bytes of an offset or a size */
	size_t header_bytes;
	size_t segments_at, sections_at; /* offsets of the tables */
	size_t segment_bytes_at, segment_count_at, section_bytes_at, section_count_at;
	size_t offset_at, size_at; /* in a program header: of the segment's bytes in the file */
	size_t least_segment_bytes;
};

static const struct layout layout_32 = { 4, 52, 28, 32, 42, 44, 46, 48, 4, 16, 32 };
static const struct layout layout_64 = { 8, 64, 32, 40, 54, 56, 58, 60, 8, 32, 56 };

static const struct layout *layout_of(struct bytes start)
{
	return start.data[CLASS_AT] == CLASS_64 ? &layout_64 : &layout_32;
}

/* 0 where it lies beyond what is there. */
static uint64_t number(struct bytes bytes, bool big, uint64_t at, size_t size)
{
	uint64_t value = 0;

	if (at > bytes.length || size > bytes.length - at)
		return 0;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes.data[at + (big ? i : size - 1 - i)];
	return value;
}

/* The tables of the header. */
struct tables {
	const struct layout *layout;
	bool big;
	uint64_t segments, segment_bytes, segment_count;
	uint64_t sections, section_bytes, section_count;
};

static struct tables tables_of(struct bytes start)
{
	const struct layout *layout = layout_of(start);
	bool big = start.data[ORDER_AT] == BIG_ENDIAN_ORDER;

	return (struct tables){
		.layout = layout,
		.big = big,
		.segments = number(start, big, layout->segments_at, layout->word),
		.segment_bytes = number(start, big, layout->segment_bytes_at, 2),
		.segment_count = number(start, big, layout->segment_count_at, 2),
		.sections = number(start, big, layout->sections_at, layout->word),
		.section_bytes = number(start, big, layout->section_bytes_at, 2),
		.section_count = number(start, big, layout->section_count_at, 2),
	};
}

/* Where a table ends; 0: beyond @limit. */
static uint64_t end_of(uint64_t start, uint64_t length, uint64_t limit)
{
	return start <= limit && length <= limit - start ? start + length : 0;
}

size_t core_headers_length(struct bytes start)
{
	if (start.length < CORE_START_BYTES)
		return start.length;

	struct tables tables = tables_of(start);
	uint64_t end;

	if (tables.segment_count == 0 || tables.segment_count == NUMBER_ELSEWHERE)
		return tables.layout->header_bytes;
	end = end_of(tables.segments, tables.segment_bytes * tables.segment_count,
		     CORE_HEADERS_BYTES);
	return end && end < tables.layout->header_bytes ? tables.layout->header_bytes : (size_t)end;
}

static uint64_t later(uint64_t left, uint64_t right)
{
	return left > right ? left : right;
}

static uint64_t last_segment_end(const struct tables *tables, struct bytes headers, uint64_t limit)
{
	uint64_t last =
		end_of(tables->segments, tables->segment_bytes * tables->segment_count, limit);

	if (tables->segments > headers.length ||
	    tables->segment_bytes < tables->layout->least_segment_bytes)
		return last;
	for (uint64_t i = 0; i < tables->segment_count; i++) {
		uint64_t at = tables->segments + i * tables->segment_bytes;
		uint64_t offset = number(headers, tables->big, at + tables->layout->offset_at,
					 tables->layout->word);
		uint64_t size = number(headers, tables->big, at + tables->layout->size_at,
				       tables->layout->word);

		if (size > 0)
			last = later(last, end_of(offset, size, limit));
	}
	return last;
}

uint64_t core_described_length(struct bytes headers, uint64_t limit)
{
	if (headers.length < CORE_START_BYTES)
		return headers.length;

	struct tables tables = tables_of(headers);
	/* The kernel and gcore both put section headers behind everything else. */
	uint64_t length =
		end_of(tables.sections, tables.section_bytes * tables.section_count, limit);

	if (tables.segment_count != NUMBER_ELSEWHERE)
		length = later(length, last_segment_end(&tables, headers, limit));
	return later(length, tables.layout->header_bytes);
}
