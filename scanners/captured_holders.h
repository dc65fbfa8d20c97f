#ifndef CKPT_SCANNERS_CAPTURED_HOLDERS_H
#define CKPT_SCANNERS_CAPTURED_HOLDERS_H

#include "engine/base/error.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"

/*
 * Says of captured files that have a path and no holders yet which processes have it open or mapped, told by that path.
 * What was deleted is another file, whatever its path, unless a link keeps it (open_file.kept_as). One thread; holders
 * live in the list's arena. A process names a file at most 64 times, and all files together have at most four million
 * holders; what is beyond is a warning.
 */
int captured_holders_find(const struct checkpoint *checkpoint, struct captured_list *captured,
			  struct warning_list *warnings, struct error *err);

#endif
