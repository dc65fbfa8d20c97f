#include "made_elf.h"

#include <elf.h>
#include <string.h>

void made_elf_put(const struct made_elf *elf, uint8_t *to, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		to[elf->is_big_endian ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

#define PUT(record, type, field, value)                                                            \
	made_elf_put(elf,                                                                          \
		     (record) + (elf->is_64 ? offsetof(Elf64_##type, field)                        \
					    : offsetof(Elf32_##type, field)),                      \
		     elf->is_64 ? sizeof(((Elf64_##type *)0)->field)                               \
				: sizeof(((Elf32_##type *)0)->field),                              \
		     (value))
#define BYTES(type) (elf->is_64 ? sizeof(Elf64_##type) : sizeof(Elf32_##type))

static const char section_names[] = "\0.text\0.dynsym\0.dynstr\0.symtab\0.shstrtab\0.bss";
static const char strings[] = "\0Puts_it\0alpha\0_start";

static void write_header(const struct made_elf *elf, uint8_t *out)
{
	memcpy(out, ELFMAG, SELFMAG);
	out[EI_CLASS] = elf->is_64 ? ELFCLASS64 : ELFCLASS32;
	out[EI_DATA] = elf->is_big_endian ? ELFDATA2MSB : ELFDATA2LSB;
	out[EI_VERSION] = EV_CURRENT;
	PUT(out, Ehdr, e_type, elf->type);
	PUT(out, Ehdr, e_machine, EM_PPC64);
	PUT(out, Ehdr, e_entry, MADE_ELF_ADDRESS + MADE_ELF_CODE + 4);
	PUT(out, Ehdr, e_phoff, MADE_ELF_SEGMENTS);
	PUT(out, Ehdr, e_shoff, MADE_ELF_SECTIONS);
	PUT(out, Ehdr, e_phentsize, BYTES(Phdr));
	PUT(out, Ehdr, e_phnum, 4);
	PUT(out, Ehdr, e_shentsize, BYTES(Shdr));
	PUT(out, Ehdr, e_shnum, 7);
	PUT(out, Ehdr, e_shstrndx, 5);
}

static void write_segment(const struct made_elf *elf, uint8_t *out, size_t index, uint32_t type,
			  uint64_t offset, uint64_t size)
{
	uint8_t *segment = out + MADE_ELF_SEGMENTS + index * BYTES(Phdr);

	PUT(segment, Phdr, p_type, type);
	PUT(segment, Phdr, p_flags, PF_R | PF_X);
	PUT(segment, Phdr, p_offset, offset);
	PUT(segment, Phdr, p_vaddr, MADE_ELF_ADDRESS + offset);
	PUT(segment, Phdr, p_paddr, 0x777000 + offset);
	PUT(segment, Phdr, p_filesz, size);
	PUT(segment, Phdr, p_memsz, size + 8);
	PUT(segment, Phdr, p_align, 0x1000);
}

static void write_symbol(const struct made_elf *elf, uint8_t *out, size_t index, uint32_t name,
			 uint8_t info, uint16_t section, uint64_t value, uint64_t size)
{
	uint8_t *symbol = out + MADE_ELF_SYMBOLS + index * BYTES(Sym);

	PUT(symbol, Sym, st_name, name);
	PUT(symbol, Sym, st_info, info);
	PUT(symbol, Sym, st_shndx, section);
	PUT(symbol, Sym, st_value, value);
	PUT(symbol, Sym, st_size, size);
}

static void write_dynamic(const struct made_elf *elf, uint8_t *out, size_t index, uint64_t tag,
			  uint64_t value)
{
	uint8_t *entry = out + MADE_ELF_DYNAMIC + index * BYTES(Dyn);

	PUT(entry, Dyn, d_tag, tag);
	PUT(entry, Dyn, d_un.d_val, value);
}

static void write_section(const struct made_elf *elf, uint8_t *out, size_t index, uint32_t type,
			  uint64_t offset, uint64_t size, uint32_t link)
{
	static const uint32_t names[] = { 0, 1, 7, 15, 23, 31, 41 };
	uint8_t *section = out + MADE_ELF_SECTIONS + index * BYTES(Shdr);

	PUT(section, Shdr, sh_name, names[index]);
	PUT(section, Shdr, sh_type, type);
	PUT(section, Shdr, sh_flags, SHF_ALLOC);
	PUT(section, Shdr, sh_addr, MADE_ELF_ADDRESS + offset);
	PUT(section, Shdr, sh_offset, offset);
	PUT(section, Shdr, sh_size, size);
	PUT(section, Shdr, sh_link, link);
}

static void write_segments(const struct made_elf *elf, uint8_t *out)
{
	write_segment(elf, out, 0, PT_LOAD, 0, MADE_ELF_BYTES);
	write_segment(elf, out, 1, elf->no_interpreter ? PT_NOTE : PT_INTERP, 0x3f0, 16);
	write_segment(elf, out, 2, PT_DYNAMIC, MADE_ELF_DYNAMIC, 5 * BYTES(Dyn) - 8);
	write_segment(elf, out, 3, PT_NOTE, 0x60, 16);
}

static void write_symbols(const struct made_elf *elf, uint8_t *out)
{
	write_symbol(elf, out, 0, 0, 0, 0, 0, 0);
	write_symbol(elf, out, 1, 1, STB_GLOBAL << 4 | STT_FUNC, 0, 0, 0);
	write_symbol(elf, out, 2, 9, STB_GLOBAL << 4 | STT_FUNC, 1, MADE_ELF_ADDRESS + 0x300, 16);
	write_symbol(elf, out, 3, 15, STB_WEAK << 4 | STT_OBJECT, 1, MADE_ELF_ADDRESS + 0x310, 4);
	write_symbol(elf, out, 4, 0x1000, STB_LOCAL << 4 | STT_NOTYPE, 1, 0, 0);
}

static void write_sections(const struct made_elf *elf, uint8_t *out)
{
	write_section(elf, out, 0, SHT_NULL, 0, 0, 0);
	write_section(elf, out, 1, SHT_PROGBITS, MADE_ELF_CODE, 0x40, 0);
	write_section(elf, out, 2, SHT_DYNSYM, MADE_ELF_SYMBOLS, 4 * BYTES(Sym), 3);
	write_section(elf, out, 3, SHT_STRTAB, MADE_ELF_STRINGS, sizeof(strings), 0);
	write_section(elf, out, 4, SHT_SYMTAB, MADE_ELF_SYMBOLS, 5 * BYTES(Sym) + 3, 3);
	write_section(elf, out, 5, SHT_STRTAB, MADE_ELF_SECTION_NAMES, sizeof(section_names), 0);
	write_section(elf, out, 6, SHT_NOBITS, 0, MADE_ELF_BYTES, 0);
}

void made_elf_write(const struct made_elf *elf, uint8_t *out)
{
	memset(out, 0, MADE_ELF_BYTES);
	write_header(elf, out);
	write_segments(elf, out);
	write_symbols(elf, out);
	write_dynamic(elf, out, 0, elf->first_tag ? elf->first_tag : DT_NEEDED, elf->first_value);
	write_dynamic(elf, out, 1, DT_STRTAB, MADE_ELF_ADDRESS + MADE_ELF_STRINGS);
	write_dynamic(elf, out, 2, DT_SYMTAB, MADE_ELF_ADDRESS + MADE_ELF_SYMBOLS);
	write_dynamic(elf, out, 3, DT_NULL, 0);
	write_dynamic(elf, out, 4, DT_DEBUG, 0);
	memcpy(out + MADE_ELF_STRINGS, strings, sizeof(strings));
	memcpy(out + MADE_ELF_SECTION_NAMES, section_names, sizeof(section_names));
	write_sections(elf, out);
}
