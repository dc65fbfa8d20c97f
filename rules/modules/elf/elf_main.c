#include "rules/modules/elf/elf_main.h"

#define TAG_END 0
#define TAG_LIBRARY_NAME 14 /* DT_SONAME */
#define TAG_FLAGS_1 0x6ffffffb
#define FLAG_PIE 0x08000000
/* Dynamic sections have some thirty entries. */
#define MOST_ENTRIES 1024u

/* What the program headers say. */
struct outline {
	bool has_interpreter, has_load, has_dynamic;
	uint64_t slide; /* what is added to an address in the file to have one in the process */
	uint64_t dynamic_address, dynamic_bytes; /* as in the file */
};

struct identity {
	bool is_pie, is_library;
};

static void note_segment(struct outline *outline, const struct elf_image *image,
			 const uint8_t *segment)
{
	const struct elf_format *format = &image->format;
	uint64_t address = elf_field_get(format, ELF_SEGMENT_VIRTUAL_ADDRESS, segment);

	switch (elf_field_get(format, ELF_SEGMENT_TYPE, segment)) {
	case ELF_SEGMENT_IS_INTERPRETER:
		outline->has_interpreter = true;
		break;
	case ELF_SEGMENT_IS_LOADED:
		if (!outline->has_load)
			outline->slide = image->base +
					 elf_field_get(format, ELF_SEGMENT_OFFSET, segment) -
					 address;
		outline->has_load = true;
		break;
	case ELF_SEGMENT_IS_DYNAMIC:
		outline->has_dynamic = true;
		outline->dynamic_address = address;
		outline->dynamic_bytes = elf_field_get(format, ELF_SEGMENT_MEMORY_SIZE, segment);
		break;
	default:
		break;
	}
}

static int read_outline(struct outline *out, const struct elf_image *image,
			struct target_view *view, struct error *err)
{
	struct elf_table segments = elf_image_segments(image);
	uint8_t record[ELF_RECORD_BYTES];

	*out = (struct outline){ 0 };
	for (uint64_t i = 0; i < segments.count; i++) {
		bool there;
		int ret = elf_image_record(image, view, &segments, i, record, &there, err);

		if (ret < 0)
			return ret;
		if (there)
			note_segment(out, image, record);
	}
	return 0;
}

/* False: it was the last. */
static bool note_entry(struct identity *identity, const struct elf_format *format,
		       const uint8_t *entry)
{
	uint64_t tag = elf_field_get(format, ELF_DYNAMIC_TAG, entry);

	if (tag == TAG_LIBRARY_NAME)
		identity->is_library = true;
	if (tag == TAG_FLAGS_1 && elf_field_get(format, ELF_DYNAMIC_VALUE, entry) & FLAG_PIE)
		identity->is_pie = true;
	return tag != TAG_END;
}

static int read_identity(struct identity *out, const struct elf_image *image,
			 const struct outline *outline, struct target_view *view, struct error *err)
{
	/* The block that has the dynamic section, seen as if the file lay there. */
	struct elf_image there = {
		.format = image->format,
		.base = outline->slide + outline->dynamic_address,
		.size = outline->dynamic_bytes,
	};
	struct elf_table table = {
		.record = ELF_DYNAMIC,
		.count = there.size / elf_record_bytes(&image->format, ELF_DYNAMIC),
	};
	uint8_t record[ELF_RECORD_BYTES];
	bool more = true;

	*out = (struct identity){ 0 };
	for (uint64_t i = 0; more && i < table.count && i < MOST_ENTRIES; i++) {
		int ret = elf_image_record(&there, view, &table, i, record, &more, err);

		if (ret < 0)
			return ret;
		if (more)
			more = note_entry(out, &image->format, record);
	}
	return 0;
}

int elf_main_is(const struct elf_image *image, struct target_view *view, bool *is_main,
		struct error *err)
{
	struct identity identity = { 0 };
	struct outline outline;
	int ret = read_outline(&outline, image, view, err);

	if (ret == 0 && outline.has_load && outline.has_dynamic)
		ret = read_identity(&identity, image, &outline, view, err);
	if (ret == 0)
		*is_main = identity.is_pie || (outline.has_interpreter && !identity.is_library);
	return ret;
}
