#include "rules/modules/elf/elf_format.h"

#include <string.h>

struct place {
	uint8_t offset, bytes;
};

/* [0]: 32 bits, [1]: 64 bits. */
static const struct place places[][2] = {
	[ELF_HEADER_TYPE] = { { 16, 2 }, { 16, 2 } },
	[ELF_HEADER_MACHINE] = { { 18, 2 }, { 18, 2 } },
	[ELF_HEADER_ENTRY] = { { 24, 4 }, { 24, 8 } },
	[ELF_HEADER_PH_OFFSET] = { { 28, 4 }, { 32, 8 } },
	[ELF_HEADER_SH_OFFSET] = { { 32, 4 }, { 40, 8 } },
	[ELF_HEADER_PH_ENTRY_SIZE] = { { 42, 2 }, { 54, 2 } },
	[ELF_HEADER_PH_COUNT] = { { 44, 2 }, { 56, 2 } },
	[ELF_HEADER_SH_ENTRY_SIZE] = { { 46, 2 }, { 58, 2 } },
	[ELF_HEADER_SH_COUNT] = { { 48, 2 }, { 60, 2 } },
	[ELF_HEADER_SH_NAMES] = { { 50, 2 }, { 62, 2 } },
	[ELF_SECTION_NAME] = { { 0, 4 }, { 0, 4 } },
	[ELF_SECTION_TYPE] = { { 4, 4 }, { 4, 4 } },
	[ELF_SECTION_FLAGS] = { { 8, 4 }, { 8, 8 } },
	[ELF_SECTION_ADDRESS] = { { 12, 4 }, { 16, 8 } },
	[ELF_SECTION_OFFSET] = { { 16, 4 }, { 24, 8 } },
	[ELF_SECTION_SIZE] = { { 20, 4 }, { 32, 8 } },
	[ELF_SECTION_LINK] = { { 24, 4 }, { 40, 4 } },
	[ELF_SEGMENT_TYPE] = { { 0, 4 }, { 0, 4 } },
	[ELF_SEGMENT_FLAGS] = { { 24, 4 }, { 4, 4 } },
	[ELF_SEGMENT_OFFSET] = { { 4, 4 }, { 8, 8 } },
	[ELF_SEGMENT_VIRTUAL_ADDRESS] = { { 8, 4 }, { 16, 8 } },
	[ELF_SEGMENT_PHYSICAL_ADDRESS] = { { 12, 4 }, { 24, 8 } },
	[ELF_SEGMENT_FILE_SIZE] = { { 16, 4 }, { 32, 8 } },
	[ELF_SEGMENT_MEMORY_SIZE] = { { 20, 4 }, { 40, 8 } },
	[ELF_SEGMENT_ALIGNMENT] = { { 28, 4 }, { 48, 8 } },
	[ELF_DYNAMIC_TAG] = { { 0, 4 }, { 0, 8 } },
	[ELF_DYNAMIC_VALUE] = { { 4, 4 }, { 8, 8 } },
	[ELF_SYMBOL_NAME] = { { 0, 4 }, { 0, 4 } },
	[ELF_SYMBOL_INFO] = { { 12, 1 }, { 4, 1 } },
	[ELF_SYMBOL_OTHER] = { { 13, 1 }, { 5, 1 } },
	[ELF_SYMBOL_SECTION] = { { 14, 2 }, { 6, 2 } },
	[ELF_SYMBOL_VALUE] = { { 4, 4 }, { 8, 8 } },
	[ELF_SYMBOL_SIZE] = { { 8, 4 }, { 16, 8 } },
};

static const uint8_t record_bytes[ELF_RECORDS][2] = {
	[ELF_HEADER] = { 52, 64 }, [ELF_SECTION] = { 40, 64 }, [ELF_SEGMENT] = { 32, 56 },
	[ELF_DYNAMIC] = { 8, 16 }, [ELF_SYMBOL] = { 16, 24 },
};

bool elf_format_read(struct elf_format *out, const uint8_t *ident)
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };
	uint8_t class = ident[ELF_IDENT_CLASS], order = ident[ELF_IDENT_ORDER];

	if (memcmp(ident, magic, sizeof(magic)) != 0 || class < 1 || class > 2)
		return false;
	if (order != ELF_LITTLE_ENDIAN && order != ELF_BIG_ENDIAN)
		return false;
	*out = (struct elf_format){ .is_64 = class == 2, .is_big_endian = order == ELF_BIG_ENDIAN };
	return true;
}

size_t elf_record_bytes(const struct elf_format *format, enum elf_record record)
{
	return record_bytes[record][format->is_64];
}

uint64_t elf_field_get(const struct elf_format *format, enum elf_field field, const uint8_t *record)
{
	const struct place *place = &places[field][format->is_64];
	uint64_t number = 0;

	for (unsigned i = 0; i < place->bytes; i++) {
		unsigned shift = format->is_big_endian ? place->bytes - 1u - i : i;

		number |= (uint64_t)record[place->offset + i] << (8 * shift);
	}
	return number;
}
