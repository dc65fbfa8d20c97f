#ifndef CKPT_RULES_MODULES_ELF_ELF_ENTRY_H
#define CKPT_RULES_MODULES_ELF_ELF_ENTRY_H

#include "rules/modules/elf/elf_image.h"

/*
 * At which offset of its file the program of @image starts, as its segments (ET_EXEC) or its sections (others) say.
 * *@found false: they do not. Errors are those of view->lend().
 */
int elf_entry_offset(const struct elf_image *image, struct target_view *view, bool *found,
		     uint64_t *offset, struct error *err);

#endif
