#ifndef CKPT_RULES_MODULES_ELF_ELF_STRINGS_H
#define CKPT_RULES_MODULES_ELF_ELF_STRINGS_H

#include "rules/modules/elf/elf_image.h"

/*
 * A string table of an image. What names need of it is copied once into the module's arena, so that names cost
 * nothing however often they are asked for, and last as long as the arena. Names that end beyond the first
 * ELF_STRINGS_LIMIT bytes are absent, and so are names of ELF_NAME_LIMIT bytes or more.
 */
#define ELF_STRINGS_LIMIT (64u << 20)
#define ELF_NAME_LIMIT (1u << 20)

struct elf_strings {
	uint64_t offset, length; /* in the image; length 0: no table */
	const uint8_t *copy; /* of the first @copied bytes */
	size_t copied;
	bool ended; /* no more bytes can be had */
};

/*
 * The name at @index, without its terminator. *@there false: it is not in the table, or does not end in it, or the
 * table does not begin with a zero byte, as each must. A code below 0 is that of view->lend(), or no memory.
 */
int elf_strings_get(struct elf_strings *strings, const struct elf_image *image,
		    struct module_context *context, uint64_t index, struct bytes *name, bool *there,
		    struct error *err);

#endif
