#ifndef CKPT_SCANNERS_ENVIRONMENT_H
#define CKPT_SCANNERS_ENVIRONMENT_H

#include <stddef.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/checkpoint.h"
#include "scanners/process_memory.h"

/* The kernel takes no more than 6 MiB of arguments and environment together. */
#define ENVIRONMENT_BYTES (8u << 20)

/*
 * Calls @each for every variable of the process as it stands in its memory: what is before the first '=' and what is
 * behind it; all of it is the name where there is none. Any bytes but zeros. What programs wrote over it (a title) is
 * told like anything else. Bytes that nobody has are a warning (truncated), as is what goes beyond ENVIRONMENT_BYTES
 * (limit).
 */
int environment_each(const struct process *process, const struct process_memory *memory,
		     const struct file_table *files, struct warning_list *warnings,
		     int (*each)(void *context, struct bytes name, struct bytes value,
				 struct error *err),
		     void *context, struct error *err);

#endif
