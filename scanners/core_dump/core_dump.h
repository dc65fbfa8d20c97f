#ifndef CKPT_SCANNERS_CORE_DUMP_CORE_DUMP_H
#define CKPT_SCANNERS_CORE_DUMP_CORE_DUMP_H

#include <stdint.h>

#include "engine/base/digest.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/checkpoint.h"
#include "scanners/content.h"

/*
 * An ELF core dump (kernel, gcore, systemd-coredump) as a checkpoint of one process: PT_LOAD segments are its VMAs,
 * NT_FILE names them, NT_PRPSINFO and NT_PRSTATUS name process and threads, NT_AUXV tells the page size. 32 and 64
 * bits, both byte orders. A segment with fewer bytes in the file than in memory: the rest of a file's mapping was not
 * dumped, of other memory nobody knows it.
 */

/* @core can be read at any time. @name is the page image's. Damage becomes warnings; what stands before it is kept. */
int core_dump_checkpoint(struct checkpoint **out, struct file_table *files,
			 const struct stored_bytes *core, const char *name,
			 struct warning_list *warnings, struct error *err);
/* SHA-256 over ELF header, program headers and notes. */
int core_dump_digest(struct file_table *files, const struct stored_bytes *core,
		     uint8_t out[DIGEST_BYTES], struct error *err);

#endif
