#ifndef CKPT_RULES_MODULES_ELF_ELF_WALK_H
#define CKPT_RULES_MODULES_ELF_ELF_WALK_H

#include "rules/modules/elf/elf_image.h"

/* A walk over all records of a table, looking at the clock now and then. */
struct elf_walk {
	const struct elf_image *image;
	struct module_context *context;
	const struct elf_table *table;
	uint64_t next; /* the entry that comes next */
};

/* The next record that can be had; *@more false: there are no more. */
int elf_walk_next(struct elf_walk *walk, uint8_t *record, bool *more, struct error *err);

#endif
