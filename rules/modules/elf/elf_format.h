#ifndef CKPT_RULES_MODULES_ELF_ELF_FORMAT_H
#define CKPT_RULES_MODULES_ELF_ELF_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where the numbers of an ELF file stand, as the System V ABI has it: four kinds of records, each in a form of 32
 * and in one of 64 bits, in either order of bytes.
 */
struct elf_format {
	bool is_64, is_big_endian;
};

enum elf_record {
	ELF_HEADER,
	ELF_SECTION,
	ELF_SEGMENT,
	ELF_DYNAMIC,
	ELF_SYMBOL,
	ELF_RECORDS,
};

/* The first bytes of the header say which form follows. */
#define ELF_IDENT_BYTES 16u
#define ELF_IDENT_CLASS 4 /* 1: 32 bits, 2: 64 bits */
#define ELF_IDENT_ORDER 5
#define ELF_LITTLE_ENDIAN 1
#define ELF_BIG_ENDIAN 2
/* Of the largest record. */
#define ELF_RECORD_BYTES 64u

enum elf_field {
	ELF_HEADER_TYPE,
	ELF_HEADER_MACHINE,
	ELF_HEADER_ENTRY,
	ELF_HEADER_PH_OFFSET,
	ELF_HEADER_SH_OFFSET,
	ELF_HEADER_PH_ENTRY_SIZE,
	ELF_HEADER_PH_COUNT,
	ELF_HEADER_SH_ENTRY_SIZE,
	ELF_HEADER_SH_COUNT,
	ELF_HEADER_SH_NAMES,
	ELF_SECTION_NAME,
	ELF_SECTION_TYPE,
	ELF_SECTION_FLAGS,
	ELF_SECTION_ADDRESS,
	ELF_SECTION_OFFSET,
	ELF_SECTION_SIZE,
	ELF_SECTION_LINK,
	ELF_SEGMENT_TYPE,
	ELF_SEGMENT_FLAGS,
	ELF_SEGMENT_OFFSET,
	ELF_SEGMENT_VIRTUAL_ADDRESS,
	ELF_SEGMENT_PHYSICAL_ADDRESS,
	ELF_SEGMENT_FILE_SIZE,
	ELF_SEGMENT_MEMORY_SIZE,
	ELF_SEGMENT_ALIGNMENT,
	ELF_DYNAMIC_TAG,
	ELF_DYNAMIC_VALUE,
	ELF_SYMBOL_NAME,
	ELF_SYMBOL_INFO,
	ELF_SYMBOL_OTHER,
	ELF_SYMBOL_SECTION,
	ELF_SYMBOL_VALUE,
	ELF_SYMBOL_SIZE,
};

enum {
	ELF_TYPE_EXECUTABLE = 2,
	ELF_TYPE_DYNAMIC = 3,
	ELF_SECTION_IS_NULL = 0,
	ELF_SECTION_IS_SYMBOLS = 2,
	ELF_SECTION_IS_STRINGS = 3,
	ELF_SECTION_IS_EMPTY = 8, /* SHT_NOBITS */
	ELF_SECTION_IS_DYNAMIC_SYMBOLS = 11,
	ELF_SEGMENT_IS_LOADED = 1,
	ELF_SEGMENT_IS_DYNAMIC = 2,
	ELF_SEGMENT_IS_INTERPRETER = 3,
	/* From these counts on the real one stands elsewhere, and YARA does not look there. */
	ELF_SECTIONS_END = 0xff00,
	ELF_SEGMENTS_END = 0xffff,
};

/* Which form @ident begins; false: none. @ident: ELF_IDENT_BYTES. */
bool elf_format_read(struct elf_format *out, const uint8_t *ident);
size_t elf_record_bytes(const struct elf_format *format, enum elf_record record);
/* @record: all bytes of one. Signed numbers are not told from others. */
uint64_t elf_field_get(const struct elf_format *format, enum elf_field field,
		       const uint8_t *record);

#endif
