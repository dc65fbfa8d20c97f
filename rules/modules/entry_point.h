#ifndef CKPT_RULES_MODULES_ENTRY_POINT_H
#define CKPT_RULES_MODULES_ENTRY_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "rules/target_view.h"

/*
 * What the keyword `entrypoint` is. In a file: the offset at which the program of the first block starts that is a PE
 * or an ELF file; 0 where the headers do not tell. In a process: the address, of the first block that is a PE program
 * (not a DLL) or an ELF program of a fixed address (ET_EXEC). Files of big-endian machines are read as if they were
 * little-endian, as YARA does. *@found false: there is none. Errors are those of view->lend().
 */
int entry_point_find(struct target_view *view, bool *found, uint64_t *out, struct error *err);

#endif
