#ifndef CKPT_SCANNERS_SOURCE_RAW_FILE_H
#define CKPT_SCANNERS_SOURCE_RAW_FILE_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"

/*
 * A plain file whose bytes can be read at any time. One with a length lies in place. What has none (standard input, a
 * pipe, a file of /proc) is read to its end at once and kept: in memory as far as the options allow, beyond that as a
 * whole in an unlinked file.
 */
struct raw_file {
	uint32_t file; /* in the file table */
	uint64_t length;
	int descriptor; /* -1: it does not lie in place */
};

/*
 * @path "-" is standard input. @keep: how much, and where. ERROR_MEMORY; else *@why is what the report calls the
 * failure: a directory or a device is unsupported. Told to @stop (may be NULL): ERROR_INTERRUPTED.
 */
int raw_file_open(struct raw_file *out, const char *path, struct file_table *files,
		  const struct file_table_options *keep, const _Atomic int *stop,
		  enum warning_code *why, struct error *err);
void raw_file_close(struct raw_file *raw);

/* How long it is by now: whoever writes to it while it is scanned is told so. */
uint64_t raw_file_length_now(const struct raw_file *raw);

#endif
