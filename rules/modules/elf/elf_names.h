#ifndef CKPT_RULES_MODULES_ELF_ELF_NAMES_H
#define CKPT_RULES_MODULES_ELF_ELF_NAMES_H

#include "rules/modules/elf/elf_state.h"

/* Which symbols a digest is made of. */
typedef bool elf_names_keep(const struct elf_format *format, const uint8_t *symbol,
			    struct bytes name);

/* Symbols with more names, or longer ones together, have no digest: no linker makes such a table. */
#define ELF_NAMES_LIMIT (1u << 20)
#define ELF_NAMES_BYTES_LIMIT (16u << 20)

/*
 * The names that @keep accepts, of the dynamic symbols, or of the others where there are no dynamic ones: in lower
 * case, sorted, with commas between them. @out is for free(); its data is NULL where no symbol was accepted or there
 * are too many.
 */
int elf_names_join(struct elf_state *state, struct module_context *context, elf_names_keep *keep,
		   char **out, size_t *length, struct error *err);

/* telfhash: the functions that a file exports or imports, but for those that compilers choose. */
bool elf_names_keep_function(const struct elf_format *format, const uint8_t *symbol,
			     struct bytes name);
/* import_md5: what is not defined in the file. */
bool elf_names_keep_import(const struct elf_format *format, const uint8_t *symbol,
			   struct bytes name);

#endif
