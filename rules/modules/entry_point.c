#include "rules/modules/entry_point.h"

#include <string.h>

#include "rules/modules/elf/elf_entry.h"

enum {
	DOS_HEADER_BYTES = 64,
	DOS_PE_OFFSET = 0x3c,
	/* From the signature on. */
	PE_MACHINE = 4,
	PE_SECTION_COUNT = 6,
	PE_OPTIONAL_BYTES = 20,
	PE_CHARACTERISTICS = 22,
	PE_OPTIONAL = 24, /* the optional header; of 32 bits it has 224 bytes */
	PE_ENTRY = 40,
	PE_BYTES = 248,
	PE_SECTION_BYTES = 40,
	PE_SECTION_ADDRESS = 12,
	PE_SECTION_OFFSET = 20,
	PE_MOST_SECTIONS = 60,
	PE_IS_DLL = 0x2000,
	MACHINE_I386 = 0x14c,
	MACHINE_AMD64 = 0x8664,
};

/* A block that may begin with an executable file. */
struct candidate {
	struct target_view *view;
	struct elf_image block; /* as if it began with an ELF file */
};

/* *@whole false: not all @length bytes at @offset can be had. */
static int read_at(const struct candidate *candidate, uint64_t offset, void *buffer, size_t length,
		   bool *whole, struct error *err)
{
	size_t got;
	int ret = elf_image_read(&candidate->block, candidate->view, offset, buffer, length, &got,
				 err);

	*whole = got == length;
	return ret;
}

static uint32_t u16(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t u32(const uint8_t *bytes)
{
	return u16(bytes) | u16(bytes + 2) << 16;
}

/* @header: PE_BYTES from the signature on. */
static int read_pe(const struct candidate *candidate, uint8_t *header, uint64_t *offset,
		   bool *is_pe, struct error *err)
{
	uint8_t dos[DOS_HEADER_BYTES];
	int ret = read_at(candidate, 0, dos, sizeof(dos), is_pe, err);

	if (ret < 0 || !*is_pe)
		return ret;
	*offset = u32(dos + DOS_PE_OFFSET);
	*is_pe = memcmp(dos, "MZ", 2) == 0 && *offset <= INT32_MAX &&
		 *offset + PE_BYTES < candidate->block.size;
	if (!*is_pe)
		return 0;
	ret = read_at(candidate, *offset, header, PE_BYTES, is_pe, err);
	if (ret == 0 && *is_pe)
		*is_pe = memcmp(header, "PE\0", 4) == 0 &&
			 (u16(header + PE_MACHINE) == MACHINE_I386 ||
			  u16(header + PE_MACHINE) == MACHINE_AMD64);
	return ret;
}

/* The section with the highest address that does not lie above the entry tells; 0 where their table is cut off. */
static int pe_file_offset(const struct candidate *candidate, const uint8_t *header, uint64_t pe,
			  uint64_t *out, struct error *err)
{
	uint32_t count = u16(header + PE_SECTION_COUNT), entry = u32(header + PE_ENTRY);
	uint64_t at = pe + PE_OPTIONAL + u16(header + PE_OPTIONAL_BYTES);
	uint32_t address = 0, offset = 0;

	*out = 0;
	if (count > PE_MOST_SECTIONS)
		count = PE_MOST_SECTIONS;
	for (uint32_t i = 0; i < count; i++, at += PE_SECTION_BYTES) {
		uint8_t section[PE_SECTION_BYTES];
		bool whole;
		int ret = read_at(candidate, at, section, sizeof(section), &whole, err);

		/* The last byte of the file does not count. */
		if (ret < 0 || !whole || at + sizeof(section) >= candidate->block.size)
			return ret;

		uint32_t start = u32(section + PE_SECTION_ADDRESS);

		if (entry >= start && address <= start) {
			address = start;
			offset = u32(section + PE_SECTION_OFFSET);
		}
	}
	*out = (uint64_t)offset + (entry - address);
	return 0;
}

static int try_pe(const struct candidate *candidate, bool *is_pe, bool *found, uint64_t *out,
		  struct error *err)
{
	uint8_t header[PE_BYTES];
	uint64_t pe;
	int ret = read_pe(candidate, header, &pe, is_pe, err);

	if (ret < 0 || !*is_pe)
		return ret;
	if (!candidate->view->facts->is_process) {
		*found = true;
		return pe_file_offset(candidate, header, pe, out, err);
	}
	*found = !(u16(header + PE_CHARACTERISTICS) & PE_IS_DLL);
	*out = candidate->block.base + u32(header + PE_ENTRY);
	return 0;
}

/* Only the class is looked at; the order of bytes is taken to be the usual one. */
static int read_elf(struct candidate *candidate, bool *is_elf, struct error *err)
{
	struct elf_image *image = &candidate->block;
	size_t got;
	int ret = elf_image_read(image, candidate->view, 0, image->header, sizeof(image->header),
				 &got, err);

	*is_elf = false;
	if (ret < 0 || got < ELF_IDENT_BYTES)
		return ret;
	image->header[ELF_IDENT_ORDER] = ELF_LITTLE_ENDIAN;
	*is_elf = elf_format_read(&image->format, image->header) &&
		  got >= elf_record_bytes(&image->format, ELF_HEADER);
	return 0;
}

static int try_elf(struct candidate *candidate, bool *found, uint64_t *out, struct error *err)
{
	const struct elf_image *image = &candidate->block;
	bool is_elf, known;
	int ret = read_elf(candidate, &is_elf, err);

	if (ret < 0 || !is_elf)
		return ret;
	if (candidate->view->facts->is_process) {
		*found = elf_image_header(image, ELF_HEADER_TYPE) == ELF_TYPE_EXECUTABLE;
		*out = elf_image_header(image, ELF_HEADER_ENTRY);
		return 0;
	}
	ret = elf_entry_offset(image, candidate->view, &known, out, err);
	if (!known)
		*out = 0;
	*found = true;
	return ret;
}

int entry_point_find(struct target_view *view, bool *found, uint64_t *out, struct error *err)
{
	struct address_range range;
	uint64_t at = 0;

	*found = false;
	while (!*found && view->next_block(view, at, &range)) {
		struct candidate candidate = {
			.view = view,
			.block = { .base = range.start, .size = range.end - range.start },
		};
		bool is_pe;
		int ret = try_pe(&candidate, &is_pe, found, out, err);

		if (ret == 0 && !is_pe)
			ret = try_elf(&candidate, found, out, err);
		if (ret < 0)
			return ret;
		at = range.end;
		if (!at)
			break;
	}
	return 0;
}
