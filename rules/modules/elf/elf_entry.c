#include "rules/modules/elf/elf_entry.h"

/* Records that say which addresses stand at which offset. */
struct mapping {
	enum elf_record record;
	enum elf_field table_offset, table_count;
	enum elf_field address, size, offset;
};

static const struct mapping by_section = {
	ELF_SECTION,	     ELF_HEADER_SH_OFFSET, ELF_HEADER_SH_COUNT,
	ELF_SECTION_ADDRESS, ELF_SECTION_SIZE,	   ELF_SECTION_OFFSET,
};

static const struct mapping by_segment = {
	ELF_SEGMENT,
	ELF_HEADER_PH_OFFSET,
	ELF_HEADER_PH_COUNT,
	ELF_SEGMENT_VIRTUAL_ADDRESS,
	ELF_SEGMENT_MEMORY_SIZE,
	ELF_SEGMENT_OFFSET,
};

/* Unlike elf_image_sections() and elf_image_segments() this has no limit for counts, as in YARA. */
static struct elf_table table_of(const struct elf_image *image, const struct mapping *mapping)
{
	struct elf_table table = {
		.record = mapping->record,
		.offset = elf_image_header(image, mapping->table_offset),
		.count = elf_image_header(image, mapping->table_count),
	};
	uint64_t bytes = table.count * elf_record_bytes(&image->format, table.record);

	if (!table.offset || !elf_image_holds(image, table.offset, bytes))
		table.count = 0;
	return table;
}

static bool has_bytes(const struct elf_format *format, const struct mapping *mapping,
		      const uint8_t *record)
{
	uint64_t type;

	if (mapping->record != ELF_SECTION)
		return true;
	type = elf_field_get(format, ELF_SECTION_TYPE, record);
	return type != ELF_SECTION_IS_NULL && type != ELF_SECTION_IS_EMPTY;
}

static bool maps(const struct elf_format *format, const struct mapping *mapping,
		 const uint8_t *record, uint64_t address, uint64_t *offset)
{
	uint64_t start = elf_field_get(format, mapping->address, record);
	uint64_t end = start + elf_field_get(format, mapping->size, record);

	if (!format->is_64)
		end = (uint32_t)end; /* a sum is as wide as the file's numbers */
	*offset = elf_field_get(format, mapping->offset, record) + (address - start);
	return has_bytes(format, mapping, record) && address >= start && address < end;
}

int elf_entry_offset(const struct elf_image *image, struct target_view *view, bool *found,
		     uint64_t *offset, struct error *err)
{
	bool is_executable = elf_image_header(image, ELF_HEADER_TYPE) == ELF_TYPE_EXECUTABLE;
	const struct mapping *mapping = is_executable ? &by_segment : &by_section;
	uint64_t entry = elf_image_header(image, ELF_HEADER_ENTRY);
	struct elf_table table = table_of(image, mapping);
	uint8_t record[ELF_RECORD_BYTES];

	*found = false;
	for (uint64_t i = 0; i < table.count && !*found; i++) {
		bool there;
		int ret = elf_image_record(image, view, &table, i, record, &there, err);

		if (ret < 0)
			return ret;
		*found = there && maps(&image->format, mapping, record, entry, offset);
	}
	return 0;
}
