#include "scanners/source/volume.h"

#include <stdint.h>
#include <string.h>

#define BLOCK 512
#define SIZE_AT 124
#define SIZE_DIGITS 12
#define TYPE_AT 156

static uint64_t size_of(const uint8_t *header)
{
	uint64_t size = 0;

	for (size_t i = SIZE_AT; i < SIZE_AT + SIZE_DIGITS; i++)
		if (header[i] >= '0' && header[i] <= '7')
			size = size << 3 | (uint64_t)(header[i] - '0');
	return size;
}

static bool has_offset(struct bytes records)
{
	static const char key[] = "GNU.volume.offset=";

	return memmem(records.data, records.length, key, sizeof(key) - 1) != NULL;
}

/* Labels and extended headers stand in front of the first member; one more that is longer than this is not ours. */
bool volume_continues(struct bytes start)
{
	struct bytes_reader reader = bytes_reader_at(start.data, start.length);
	struct bytes header, records;

	while (bytes_take(&reader, BLOCK, &header)) {
		uint8_t type = header.data[TYPE_AT];
		uint64_t size = size_of(header.data), padded = (size + BLOCK - 1) / BLOCK * BLOCK;

		if (type == 'M')
			return true;
		if (type != 'V' && type != 'g' && type != 'x')
			return false;
		if (type == 'V')
			continue;
		if (padded > reader.rest.length || !bytes_take(&reader, (size_t)padded, &records))
			return false;
		if (has_offset(records))
			return true;
	}
	return false;
}
