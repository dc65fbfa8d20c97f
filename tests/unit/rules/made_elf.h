#ifndef TESTS_UNIT_RULES_MADE_ELF_H
#define TESTS_UNIT_RULES_MADE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A small ELF file in one of its four forms, whose records are laid out by <elf.h>:
 *
 *	0x000 header
 *	0x080 4 segments: LOAD at 0x10000 (offset 0), INTERP, DYNAMIC at 0x10400 (offset 0x400), NOTE
 *	0x200 5 symbols: none, `Puts_it` (undefined), `alpha` at 0x10300 (16 bytes, in section 1), `_start`, bad name
 *	0x300 code
 *	0x380 names of symbols
 *	0x400 5 dynamic entries, of which the fourth is the end
 *	0x480 names of sections
 *	0x500 7 sections: none, .text, .dynsym, .dynstr, .symtab (the same symbols), .shstrtab, .bss
 */
#define MADE_ELF_BYTES 0x800u
#define MADE_ELF_SEGMENTS 0x080u
#define MADE_ELF_SYMBOLS 0x200u
#define MADE_ELF_CODE 0x300u
#define MADE_ELF_STRINGS 0x380u
#define MADE_ELF_DYNAMIC 0x400u
#define MADE_ELF_SECTION_NAMES 0x480u
#define MADE_ELF_SECTIONS 0x500u
#define MADE_ELF_ADDRESS 0x10000u

struct made_elf {
	bool is_64, is_big_endian;
	uint16_t type; /* ET_EXEC, ... */
	bool no_interpreter; /* its segment is one more note */
	uint64_t first_tag, first_value; /* of the first dynamic entry */
};

/* @out: MADE_ELF_BYTES. */
void made_elf_write(const struct made_elf *elf, uint8_t *out);
/* Changes a number of @bytes bytes. */
void made_elf_put(const struct made_elf *elf, uint8_t *to, size_t bytes, uint64_t value);

#endif
