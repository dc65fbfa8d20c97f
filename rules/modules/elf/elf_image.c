#include "rules/modules/elf/elf_image.h"

#include <string.h>

#include "rules/modules/elf/elf_main.h"

uint64_t elf_image_header(const struct elf_image *image, enum elf_field field)
{
	return elf_field_get(&image->format, field, image->header);
}

bool elf_image_holds(const struct elf_image *image, uint64_t offset, uint64_t length)
{
	return offset <= image->size && length <= image->size - offset;
}

static struct elf_table table_at(const struct elf_image *image, enum elf_record record,
				 uint64_t offset, uint64_t count)
{
	uint64_t bytes = count * elf_record_bytes(&image->format, record);
	struct elf_table table = { .record = record };

	if (offset < image->size && elf_image_holds(image, offset, bytes)) {
		table.offset = offset;
		table.count = count;
	}
	return table;
}

struct elf_table elf_image_sections(const struct elf_image *image)
{
	uint64_t count = elf_image_header(image, ELF_HEADER_SH_COUNT);
	uint64_t names = elf_image_header(image, ELF_HEADER_SH_NAMES);

	if (count >= ELF_SECTIONS_END || names >= count)
		return (struct elf_table){ .record = ELF_SECTION };
	return table_at(image, ELF_SECTION, elf_image_header(image, ELF_HEADER_SH_OFFSET), count);
}

struct elf_table elf_image_segments(const struct elf_image *image)
{
	uint64_t count = elf_image_header(image, ELF_HEADER_PH_COUNT);

	if (count >= ELF_SEGMENTS_END)
		return (struct elf_table){ .record = ELF_SEGMENT };
	return table_at(image, ELF_SEGMENT, elf_image_header(image, ELF_HEADER_PH_OFFSET), count);
}

int elf_image_read(const struct elf_image *image, struct target_view *view, uint64_t offset,
		   void *buffer, size_t length, size_t *got, struct error *err)
{
	uint8_t *to = buffer;

	*got = 0;
	if (offset > image->size)
		return 0;
	if (length > image->size - offset)
		length = (size_t)(image->size - offset);
	while (*got < length) {
		struct bytes part = { 0 };
		int ret = view->lend(view, image->base + offset + *got, length - *got, &part, err);

		if (ret < 0)
			return ret;
		if (!part.length)
			return 0;
		memcpy(to + *got, part.data, part.length);
		*got += part.length;
	}
	return 0;
}

int elf_image_record(const struct elf_image *image, struct target_view *view,
		     const struct elf_table *table, uint64_t index, uint8_t *record, bool *there,
		     struct error *err)
{
	size_t bytes = elf_record_bytes(&image->format, table->record);
	size_t got = 0;
	int ret = 0;

	if (index < table->count)
		ret = elf_image_read(image, view, table->offset + index * bytes, record, bytes,
				     &got, err);
	*there = got == bytes;
	return ret;
}

/* *@found: the block begins with a whole header, and as in YARA something follows it. */
static int read_header(struct elf_image *image, struct target_view *view,
		       const struct address_range *block, bool *found, struct error *err)
{
	size_t got;
	int ret;

	*image = (struct elf_image){ .base = block->start, .size = block->end - block->start };
	*found = false;
	ret = elf_image_read(image, view, 0, image->header, sizeof(image->header), &got, err);
	if (ret < 0 || got < ELF_IDENT_BYTES || !elf_format_read(&image->format, image->header))
		return ret;

	size_t bytes = elf_record_bytes(&image->format, ELF_HEADER);

	*found = got >= bytes && image->size > bytes;
	return 0;
}

static int is_chosen(const struct elf_image *image, struct module_context *context, bool *chosen,
		     struct error *err)
{
	uint64_t type = elf_image_header(image, ELF_HEADER_TYPE);

	*chosen = !context->view->facts->is_process || type == ELF_TYPE_EXECUTABLE;
	if (*chosen || type != ELF_TYPE_DYNAMIC)
		return 0;
	return elf_main_is(image, context->view, chosen, err);
}

int elf_image_find(struct elf_image *out, struct module_context *context, bool *found,
		   struct error *err)
{
	struct target_view *view = context->view;
	struct address_range block;
	struct elf_image image;

	*found = false;
	for (uint64_t at = 0; view->next_block(view, at, &block); at = block.end) {
		bool chosen = false;
		int ret = context->look(context, err);

		if (ret == 0)
			ret = read_header(&image, view, &block, &chosen, err);
		if (ret == 0 && chosen)
			ret = is_chosen(&image, context, &chosen, err);
		if (ret < 0)
			return ret;
		if (chosen) {
			*out = image;
			*found = true;
			return 0;
		}
		if (!block.end)
			break;
	}
	return 0;
}
