#include "rules/modules/elf/elf_state.h"

#include "rules/modules/elf/elf_walk.h"

int elf_state_load(struct module_context *context, struct error *err)
{
	struct elf_state *state = arena_alloc(context->arena, sizeof(*state));
	int ret;

	if (!state)
		return error_no_memory(err, "what is known of an ELF file");
	ret = elf_image_find(&state->image, context, &state->found, err);
	if (ret < 0)
		return ret;
	if (state->found) {
		state->sections = elf_image_sections(&state->image);
		state->segments = elf_image_segments(&state->image);
	}
	context->state = state;
	return 0;
}

int elf_state_section_names(struct elf_state *state, struct module_context *context,
			    struct error *err)
{
	const struct elf_image *image = &state->image;
	uint8_t record[ELF_RECORD_BYTES];
	uint64_t offset;
	bool there;
	int ret;

	if (state->has_section_names)
		return 0;
	ret = elf_image_record(image, context->view, &state->sections,
			       elf_image_header(image, ELF_HEADER_SH_NAMES), record, &there, err);
	if (ret < 0)
		return ret;
	state->has_section_names = true;
	if (!there)
		return 0;
	offset = elf_field_get(&image->format, ELF_SECTION_OFFSET, record);
	/* Such names end with the file, not with their section. */
	if (offset > 0 && offset < image->size)
		state->section_names =
			(struct elf_strings){ .offset = offset, .length = image->size - offset };
	return 0;
}

/* Notes the table that section @record describes; the last one counts. */
static int note_symbols(struct elf_symbols *symbols, const struct elf_state *state,
			struct module_context *context, const uint8_t *record, struct error *err)
{
	const struct elf_format *format = &state->image.format;
	uint8_t linked[ELF_RECORD_BYTES];
	uint64_t size = elf_field_get(format, ELF_SECTION_SIZE, record);
	bool there;
	int ret = elf_image_record(&state->image, context->view, &state->sections,
				   elf_field_get(format, ELF_SECTION_LINK, record), linked, &there,
				   err);

	if (ret < 0 || !there ||
	    elf_field_get(format, ELF_SECTION_TYPE, linked) != ELF_SECTION_IS_STRINGS)
		return ret;
	*symbols = (struct elf_symbols){
		.known = true,
		.table = { .record = ELF_SYMBOL,
			   .offset = elf_field_get(format, ELF_SECTION_OFFSET, record),
			   .count = size / elf_record_bytes(format, ELF_SYMBOL) },
		.strings = { .offset = elf_field_get(format, ELF_SECTION_OFFSET, linked),
			     .length = elf_field_get(format, ELF_SECTION_SIZE, linked) },
	};
	if (!elf_image_holds(&state->image, symbols->table.offset, size) ||
	    !elf_image_holds(&state->image, symbols->strings.offset, symbols->strings.length))
		*symbols = (struct elf_symbols){ 0 };
	return 0;
}

/* Which of the two tables a section of this type describes; NULL: none. */
static struct elf_symbols *symbols_of(struct elf_state *state, uint64_t section_type)
{
	if (section_type == ELF_SECTION_IS_SYMBOLS)
		return &state->symbols;
	if (section_type == ELF_SECTION_IS_DYNAMIC_SYMBOLS)
		return &state->dynamic_symbols;
	return NULL;
}

int elf_state_symbols(struct elf_state *state, struct module_context *context, struct error *err)
{
	struct elf_walk walk = { &state->image, context, &state->sections, 0 };
	uint8_t record[ELF_RECORD_BYTES];
	bool more = true;
	int ret = 0;

	if (state->has_symbols)
		return 0;
	while (ret == 0 && more) {
		struct elf_symbols *symbols = NULL;

		ret = elf_walk_next(&walk, record, &more, err);
		if (ret == 0 && more)
			symbols = symbols_of(state, elf_field_get(&state->image.format,
								  ELF_SECTION_TYPE, record));
		if (symbols)
			ret = note_symbols(symbols, state, context, record, err);
	}
	state->has_symbols = ret == 0;
	return ret;
}

/* Entries up to the first that is all an end, which counts; or as many as the image has. */
static int count_dynamic(const struct elf_state *state, struct module_context *context,
			 uint64_t offset, struct elf_table *out, struct error *err)
{
	const struct elf_format *format = &state->image.format;
	uint64_t bytes = elf_record_bytes(format, ELF_DYNAMIC);
	struct elf_table table = { .record = ELF_DYNAMIC, .offset = offset };
	struct elf_walk walk = { &state->image, context, &table, 0 };
	uint8_t record[ELF_RECORD_BYTES];
	bool more = true;
	int ret = 0;

	if (offset < state->image.size)
		table.count = (state->image.size - offset) / bytes;
	while (ret == 0 && more) {
		ret = elf_walk_next(&walk, record, &more, err);
		if (more && elf_field_get(format, ELF_DYNAMIC_TAG, record) == 0)
			break;
	}
	table.count = walk.next;
	*out = table;
	return ret;
}

/* The offset that the last such segment gives; *@known false: there is none. */
static int find_dynamic(const struct elf_state *state, struct module_context *context, bool *known,
			uint64_t *offset, struct error *err)
{
	struct elf_walk walk = { &state->image, context, &state->segments, 0 };
	const struct elf_format *format = &state->image.format;
	uint8_t record[ELF_RECORD_BYTES];
	bool more = true;
	int ret = 0;

	*known = false;
	while (ret == 0 && more) {
		ret = elf_walk_next(&walk, record, &more, err);
		if (ret == 0 && more &&
		    elf_field_get(format, ELF_SEGMENT_TYPE, record) == ELF_SEGMENT_IS_DYNAMIC) {
			*known = true;
			*offset = elf_field_get(format, ELF_SEGMENT_OFFSET, record);
		}
	}
	return ret;
}

int elf_state_dynamic(struct elf_state *state, struct module_context *context, struct error *err)
{
	uint64_t offset = 0;
	int ret;

	if (state->has_dynamic)
		return 0;
	ret = find_dynamic(state, context, &state->dynamic_known, &offset, err);
	if (ret == 0 && state->dynamic_known)
		ret = count_dynamic(state, context, offset, &state->dynamic, err);
	state->has_dynamic = ret == 0;
	return ret;
}

int elf_state_number(const struct elf_state *state, struct module_context *context,
		     const struct elf_table *table, uint64_t index, enum elf_field field,
		     struct value *out, struct error *err)
{
	uint8_t record[ELF_RECORD_BYTES];
	bool there;
	int ret = elf_image_record(&state->image, context->view, table, index, record, &there, err);

	if (ret == 0 && there)
		*out = value_integer((int64_t)elf_field_get(&state->image.format, field, record));
	return ret;
}
