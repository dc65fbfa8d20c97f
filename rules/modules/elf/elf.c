#include <stdlib.h>

#include "rules/modules/elf/elf_entry.h"
#include "rules/modules/elf/elf_names.h"
#include "rules/modules/elf/elf_state.h"
#include "rules/modules/registry.h"
#include "rules/modules/sum.h"
#include "rules/modules/tlsh.h"

static int get_header(struct module_context *context, enum elf_field field, struct value *out)
{
	const struct elf_state *state = context->state;

	if (state->found)
		*out = value_integer((int64_t)elf_image_header(&state->image, field));
	return 0;
}

#define HEADER_NUMBER(name, field)                                                                 \
	static int name(struct module_context *context, const uint32_t *indexes,                   \
			struct value *out, struct error *err)                                      \
	{                                                                                          \
		(void)indexes;                                                                     \
		(void)err;                                                                         \
		return get_header(context, field, out);                                            \
	}

HEADER_NUMBER(get_type, ELF_HEADER_TYPE)
HEADER_NUMBER(get_machine, ELF_HEADER_MACHINE)
HEADER_NUMBER(get_number_of_sections, ELF_HEADER_SH_COUNT)
HEADER_NUMBER(get_sh_offset, ELF_HEADER_SH_OFFSET)
HEADER_NUMBER(get_sh_entry_size, ELF_HEADER_SH_ENTRY_SIZE)
HEADER_NUMBER(get_number_of_segments, ELF_HEADER_PH_COUNT)
HEADER_NUMBER(get_ph_offset, ELF_HEADER_PH_OFFSET)
HEADER_NUMBER(get_ph_entry_size, ELF_HEADER_PH_ENTRY_SIZE)

static int find_entry_point(struct module_context *context, struct value *out, struct error *err)
{
	const struct elf_image *image = &((struct elf_state *)context->state)->image;
	uint64_t entry = elf_image_header(image, ELF_HEADER_ENTRY);
	uint64_t offset;
	bool found;
	int ret;

	if (!entry)
		return 0;
	if (context->view->facts->is_process) {
		*out = value_integer((int64_t)(image->base + entry));
		return 0;
	}
	ret = elf_entry_offset(image, context->view, &found, &offset, err);
	if (ret == 0 && found)
		*out = value_integer((int64_t)offset);
	return ret;
}

static int get_entry_point(struct module_context *context, const uint32_t *indexes,
			   struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = 0;

	(void)indexes;
	if (state->found && !state->has_entry_point) {
		ret = find_entry_point(context, &state->entry_point, err);
		state->has_entry_point = ret == 0;
	}
	*out = state->entry_point;
	return ret;
}

/* An array has at most as many elements as an index can tell apart. */
static int give_count(uint64_t count, struct value *out)
{
	*out = value_integer(count < UINT32_MAX ? (int64_t)count : UINT32_MAX);
	return 0;
}

static int count_sections(struct module_context *context, const uint32_t *indexes,
			  struct value *out, struct error *err)
{
	const struct elf_state *state = context->state;

	(void)indexes;
	(void)err;
	return give_count(state->sections.count, out);
}

static int count_segments(struct module_context *context, const uint32_t *indexes,
			  struct value *out, struct error *err)
{
	const struct elf_state *state = context->state;

	(void)indexes;
	(void)err;
	return give_count(state->segments.count, out);
}

static int count_dynamic(struct module_context *context, const uint32_t *indexes, struct value *out,
			 struct error *err)
{
	struct elf_state *state = context->state;
	int ret = elf_state_dynamic(state, context, err);

	(void)indexes;
	return ret < 0 ? ret : give_count(state->dynamic.count, out);
}

static int count_symbols(struct module_context *context, const uint32_t *indexes, struct value *out,
			 struct error *err)
{
	struct elf_state *state = context->state;
	int ret = elf_state_symbols(state, context, err);

	(void)indexes;
	return ret < 0 ? ret : give_count(state->symbols.table.count, out);
}

static int count_dynamic_symbols(struct module_context *context, const uint32_t *indexes,
				 struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = elf_state_symbols(state, context, err);

	(void)indexes;
	return ret < 0 ? ret : give_count(state->dynamic_symbols.table.count, out);
}

/* Unlike the counts of arrays, these are undefined where there is no such table. */
static int get_dynamic_entries(struct module_context *context, const uint32_t *indexes,
			       struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = elf_state_dynamic(state, context, err);

	(void)indexes;
	if (ret == 0 && state->dynamic_known)
		*out = value_integer((int64_t)state->dynamic.count);
	return ret;
}

static int give_entries(const struct elf_symbols *symbols, struct value *out)
{
	if (symbols->known)
		*out = value_integer((int64_t)symbols->table.count);
	return 0;
}

static int get_symbol_entries(struct module_context *context, const uint32_t *indexes,
			      struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = elf_state_symbols(state, context, err);

	(void)indexes;
	return ret < 0 ? ret : give_entries(&state->symbols, out);
}

static int get_dynamic_symbol_entries(struct module_context *context, const uint32_t *indexes,
				      struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = elf_state_symbols(state, context, err);

	(void)indexes;
	return ret < 0 ? ret : give_entries(&state->dynamic_symbols, out);
}

/* A number of one element; whoever asks has had the count first, which made sure that the table is known. */
#define ELEMENT_NUMBER(name, table, field)                                                         \
	static int name(struct module_context *context, const uint32_t *indexes,                   \
			struct value *out, struct error *err)                                      \
	{                                                                                          \
		const struct elf_state *state = context->state;                                    \
                                                                                                   \
		return elf_state_number(state, context, &state->table, indexes[0], field, out,     \
					err);                                                      \
	}

ELEMENT_NUMBER(get_section_type, sections, ELF_SECTION_TYPE)
ELEMENT_NUMBER(get_section_flags, sections, ELF_SECTION_FLAGS)
ELEMENT_NUMBER(get_section_address, sections, ELF_SECTION_ADDRESS)
ELEMENT_NUMBER(get_section_size, sections, ELF_SECTION_SIZE)
ELEMENT_NUMBER(get_section_offset, sections, ELF_SECTION_OFFSET)
ELEMENT_NUMBER(get_segment_type, segments, ELF_SEGMENT_TYPE)
ELEMENT_NUMBER(get_segment_flags, segments, ELF_SEGMENT_FLAGS)
ELEMENT_NUMBER(get_segment_offset, segments, ELF_SEGMENT_OFFSET)
ELEMENT_NUMBER(get_segment_virtual_address, segments, ELF_SEGMENT_VIRTUAL_ADDRESS)
ELEMENT_NUMBER(get_segment_physical_address, segments, ELF_SEGMENT_PHYSICAL_ADDRESS)
ELEMENT_NUMBER(get_segment_file_size, segments, ELF_SEGMENT_FILE_SIZE)
ELEMENT_NUMBER(get_segment_memory_size, segments, ELF_SEGMENT_MEMORY_SIZE)
ELEMENT_NUMBER(get_segment_alignment, segments, ELF_SEGMENT_ALIGNMENT)
ELEMENT_NUMBER(get_dynamic_type, dynamic, ELF_DYNAMIC_TAG)
ELEMENT_NUMBER(get_dynamic_value, dynamic, ELF_DYNAMIC_VALUE)
ELEMENT_NUMBER(get_symbol_section, symbols.table, ELF_SYMBOL_SECTION)
ELEMENT_NUMBER(get_symbol_value, symbols.table, ELF_SYMBOL_VALUE)
ELEMENT_NUMBER(get_symbol_size, symbols.table, ELF_SYMBOL_SIZE)
ELEMENT_NUMBER(get_dynamic_symbol_section, dynamic_symbols.table, ELF_SYMBOL_SECTION)
ELEMENT_NUMBER(get_dynamic_symbol_value, dynamic_symbols.table, ELF_SYMBOL_VALUE)
ELEMENT_NUMBER(get_dynamic_symbol_size, dynamic_symbols.table, ELF_SYMBOL_SIZE)

/* Type and bind are the two halves of one byte. */
#define ELEMENT_INFO(name, table, expression)                                                      \
	static int name(struct module_context *context, const uint32_t *indexes,                   \
			struct value *out, struct error *err)                                      \
	{                                                                                          \
		const struct elf_state *state = context->state;                                    \
		int ret = elf_state_number(state, context, &state->table, indexes[0],              \
					   ELF_SYMBOL_INFO, out, err);                             \
                                                                                                   \
		if (ret == 0 && out->kind == VALUE_INTEGER)                                        \
			out->integer = out->integer expression;                                    \
		return ret;                                                                        \
	}

ELEMENT_INFO(get_symbol_type, symbols.table, &0xf)
ELEMENT_INFO(get_symbol_bind, symbols.table, >> 4)
ELEMENT_INFO(get_dynamic_symbol_type, dynamic_symbols.table, &0xf)
ELEMENT_INFO(get_dynamic_symbol_bind, dynamic_symbols.table, >> 4)

/* The name that a record gives by its place in @strings. */
static int give_name(struct module_context *context, const struct elf_table *table, uint32_t index,
		     enum elf_field field, struct elf_strings *strings, struct value *out,
		     struct error *err)
{
	const struct elf_state *state = context->state;
	struct value place = value_undefined();
	struct bytes name;
	bool there = false;
	int ret = elf_state_number(state, context, table, index, field, &place, err);

	if (ret == 0 && place.kind == VALUE_INTEGER)
		ret = elf_strings_get(strings, &state->image, context, (uint64_t)place.integer,
				      &name, &there, err);
	if (ret == 0 && there)
		*out = value_text(name.data, name.length);
	return ret;
}

static int get_section_name(struct module_context *context, const uint32_t *indexes,
			    struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = elf_state_section_names(state, context, err);

	return ret < 0 ? ret
		       : give_name(context, &state->sections, indexes[0], ELF_SECTION_NAME,
				   &state->section_names, out, err);
}

static int get_symbol_name(struct module_context *context, const uint32_t *indexes,
			   struct value *out, struct error *err)
{
	struct elf_symbols *symbols = &((struct elf_state *)context->state)->symbols;

	return give_name(context, &symbols->table, indexes[0], ELF_SYMBOL_NAME, &symbols->strings,
			 out, err);
}

static int get_dynamic_symbol_name(struct module_context *context, const uint32_t *indexes,
				   struct value *out, struct error *err)
{
	struct elf_symbols *symbols = &((struct elf_state *)context->state)->dynamic_symbols;

	return give_name(context, &symbols->table, indexes[0], ELF_SYMBOL_NAME, &symbols->strings,
			 out, err);
}

static int give_telfhash(struct module_context *context, struct bytes names, struct value *out,
			 struct error *err)
{
	char *text = arena_alloc(context->arena, TLSH_TEXT_BYTES);

	if (!text)
		return error_no_memory(err, "a digest");
	/* Without a digest the text is empty, not undefined. */
	*out = value_text(text, tlsh_digest(names, text) ? TLSH_TEXT_BYTES - 1 : 0);
	return 0;
}

static int give_md5(struct module_context *context, struct bytes names, struct value *out,
		    struct error *err)
{
	struct sum sum;
	int ret = sum_begin(&sum, SUM_MD5, err);

	if (ret < 0)
		return ret;
	ret = sum_add(&sum, names, err);
	if (ret == 0)
		ret = sum_end(&sum, context->arena, out, err);
	sum_release(&sum);
	return ret;
}

typedef int give_digest(struct module_context *context, struct bytes names, struct value *out,
			struct error *err);

static int digest_names(struct module_context *context, elf_names_keep *keep, give_digest *give,
			struct value *out, struct error *err)
{
	char *names;
	size_t length;
	int ret = elf_names_join(context->state, context, keep, &names, &length, err);

	if (ret == 0 && names)
		ret = give(context, (struct bytes){ (const uint8_t *)names, length }, out, err);
	free(names);
	return ret;
}

static int call_telfhash(struct module_context *context, const struct value *arguments,
			 struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = 0;

	(void)arguments;
	if (state->found && !state->has_telfhash) {
		ret = digest_names(context, elf_names_keep_function, give_telfhash,
				   &state->telfhash, err);
		state->has_telfhash = ret == 0;
	}
	*out = state->telfhash;
	return ret;
}

static int call_import_md5(struct module_context *context, const struct value *arguments,
			   struct value *out, struct error *err)
{
	struct elf_state *state = context->state;
	int ret = 0;

	(void)arguments;
	if (state->found && !state->has_import_md5) {
		ret = digest_names(context, elf_names_keep_import, give_md5, &state->import_md5,
				   err);
		state->has_import_md5 = ret == 0;
	}
	*out = state->import_md5;
	return ret;
}

#define NUMBER(name, get) MODULE_MEMBER(name, MODULE_INTEGER, get)
#define NAME(get) MODULE_MEMBER("name", MODULE_TEXT, get)
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}
#define RECORD(table)                                                                              \
	{                                                                                          \
		.name = "", .type = MODULE_STRUCTURE, .members = (table)                           \
	}
#define ARRAY(n, element, c)                                                                       \
	{                                                                                          \
		.name = (n), .type = MODULE_ARRAY, .members = (element), .count = (c)              \
	}

static const struct module_member section_members[] = {
	NUMBER("type", get_section_type),
	NUMBER("flags", get_section_flags),
	NUMBER("address", get_section_address),
	NAME(get_section_name),
	NUMBER("size", get_section_size),
	NUMBER("offset", get_section_offset),
	END,
};

static const struct module_member segment_members[] = {
	NUMBER("type", get_segment_type),
	NUMBER("flags", get_segment_flags),
	NUMBER("offset", get_segment_offset),
	NUMBER("virtual_address", get_segment_virtual_address),
	NUMBER("physical_address", get_segment_physical_address),
	NUMBER("file_size", get_segment_file_size),
	NUMBER("memory_size", get_segment_memory_size),
	NUMBER("alignment", get_segment_alignment),
	END,
};

static const struct module_member dynamic_members[] = {
	NUMBER("type", get_dynamic_type),
	NUMBER("val", get_dynamic_value),
	END,
};

static const struct module_member symbol_members[] = {
	NAME(get_symbol_name),
	NUMBER("value", get_symbol_value),
	NUMBER("size", get_symbol_size),
	NUMBER("type", get_symbol_type),
	NUMBER("bind", get_symbol_bind),
	NUMBER("shndx", get_symbol_section),
	END,
};

static const struct module_member dynamic_symbol_members[] = {
	NAME(get_dynamic_symbol_name),
	NUMBER("value", get_dynamic_symbol_value),
	NUMBER("size", get_dynamic_symbol_size),
	NUMBER("type", get_dynamic_symbol_type),
	NUMBER("bind", get_dynamic_symbol_bind),
	NUMBER("shndx", get_dynamic_symbol_section),
	END,
};

static const struct module_member section_element[] = { RECORD(section_members) };
static const struct module_member segment_element[] = { RECORD(segment_members) };
static const struct module_member dynamic_element[] = { RECORD(dynamic_members) };
static const struct module_member symbol_element[] = { RECORD(symbol_members) };
static const struct module_member dynamic_symbol_element[] = { RECORD(dynamic_symbol_members) };

#define C MODULE_CONSTANT

/* clang-format off */
static const struct module_member members[] = {
	C("ET_NONE", 0), C("ET_REL", 1), C("ET_EXEC", 2), C("ET_DYN", 3), C("ET_CORE", 4),
	C("EM_NONE", 0), C("EM_M32", 1), C("EM_SPARC", 2), C("EM_386", 3), C("EM_68K", 4),
	C("EM_88K", 5), C("EM_860", 7), C("EM_MIPS", 8), C("EM_MIPS_RS3_LE", 10),
	C("EM_PPC", 20), C("EM_PPC64", 21), C("EM_ARM", 40), C("EM_X86_64", 62),
	C("EM_AARCH64", 183),
	C("SHT_NULL", 0), C("SHT_PROGBITS", 1), C("SHT_SYMTAB", 2), C("SHT_STRTAB", 3),
	C("SHT_RELA", 4), C("SHT_HASH", 5), C("SHT_DYNAMIC", 6), C("SHT_NOTE", 7),
	C("SHT_NOBITS", 8), C("SHT_REL", 9), C("SHT_SHLIB", 10), C("SHT_DYNSYM", 11),
	C("SHF_WRITE", 1), C("SHF_ALLOC", 2), C("SHF_EXECINSTR", 4),
	C("PT_NULL", 0), C("PT_LOAD", 1), C("PT_DYNAMIC", 2), C("PT_INTERP", 3), C("PT_NOTE", 4),
	C("PT_SHLIB", 5), C("PT_PHDR", 6), C("PT_TLS", 7), C("PT_GNU_EH_FRAME", 0x6474e550),
	C("PT_GNU_STACK", 0x6474e551),
	C("DT_NULL", 0), C("DT_NEEDED", 1), C("DT_PLTRELSZ", 2), C("DT_PLTGOT", 3),
	C("DT_HASH", 4), C("DT_STRTAB", 5), C("DT_SYMTAB", 6), C("DT_RELA", 7), C("DT_RELASZ", 8),
	C("DT_RELAENT", 9), C("DT_STRSZ", 10), C("DT_SYMENT", 11), C("DT_INIT", 12),
	C("DT_FINI", 13), C("DT_SONAME", 14), C("DT_RPATH", 15), C("DT_SYMBOLIC", 16),
	C("DT_REL", 17), C("DT_RELSZ", 18), C("DT_RELENT", 19), C("DT_PLTREL", 20),
	C("DT_DEBUG", 21), C("DT_TEXTREL", 22), C("DT_JMPREL", 23), C("DT_BIND_NOW", 24),
	C("DT_INIT_ARRAY", 25), C("DT_FINI_ARRAY", 26), C("DT_INIT_ARRAYSZ", 27),
	C("DT_FINI_ARRAYSZ", 28), C("DT_RUNPATH", 29), C("DT_FLAGS", 30), C("DT_ENCODING", 32),
	C("STT_NOTYPE", 0), C("STT_OBJECT", 1), C("STT_FUNC", 2), C("STT_SECTION", 3),
	C("STT_FILE", 4), C("STT_COMMON", 5), C("STT_TLS", 6),
	C("STB_LOCAL", 0), C("STB_GLOBAL", 1), C("STB_WEAK", 2),
	C("PF_X", 1), C("PF_W", 2), C("PF_R", 4),
	NUMBER("type", get_type),
	NUMBER("machine", get_machine),
	NUMBER("entry_point", get_entry_point),
	NUMBER("number_of_sections", get_number_of_sections),
	NUMBER("sh_offset", get_sh_offset),
	NUMBER("sh_entry_size", get_sh_entry_size),
	NUMBER("number_of_segments", get_number_of_segments),
	NUMBER("ph_offset", get_ph_offset),
	NUMBER("ph_entry_size", get_ph_entry_size),
	ARRAY("sections", section_element, count_sections),
	ARRAY("segments", segment_element, count_segments),
	NUMBER("dynamic_section_entries", get_dynamic_entries),
	ARRAY("dynamic", dynamic_element, count_dynamic),
	NUMBER("symtab_entries", get_symbol_entries),
	ARRAY("symtab", symbol_element, count_symbols),
	NUMBER("dynsym_entries", get_dynamic_symbol_entries),
	ARRAY("dynsym", dynamic_symbol_element, count_dynamic_symbols),
	MODULE_CALL("telfhash", "", MODULE_TEXT, call_telfhash),
	MODULE_CALL("import_md5", "", MODULE_TEXT, call_import_md5),
	END,
};
/* clang-format on */

const struct module elf_module = {
	.name = "elf",
	.members = members,
	.evaluated = true,
	.load = elf_state_load,
};
