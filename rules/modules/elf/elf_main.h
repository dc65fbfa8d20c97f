#ifndef CKPT_RULES_MODULES_ELF_ELF_MAIN_H
#define CKPT_RULES_MODULES_ELF_ELF_MAIN_H

#include "rules/modules/elf/elf_image.h"

/*
 * Whether an ET_DYN image in a process is a program, not a library: it says DF_1_PIE in its dynamic section, or it
 * has an interpreter and no name as a library (the C library has both). The dynamic section is read where the
 * process has it, which is another block; where that is not in the dump, the interpreter alone decides.
 */
int elf_main_is(const struct elf_image *image, struct target_view *view, bool *is_main,
		struct error *err);

#endif
