#ifndef CKPT_SCANNERS_SOURCE_MEMBER_NAME_H
#define CKPT_SCANNERS_SOURCE_MEMBER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

/*
 * Cleans a stored name for look-up: no leading / or ./, no empty or "." component, no trailing slash, and "a/.." is
 * nothing, whatever "a" may be. Malloc'd; *@out is NULL when nothing is left of it (the root itself). False: it leads
 * out of the root, or no memory.
 */
bool member_name_clean(const char *stored, char **out);
/*
 * Where @path (a link's) leads from a directory, the first @length bytes of the clean name @directory; cleaned likewise.
 * Malloc'd, "" for the root; *@out is NULL where it leads out of the root. An absolute path counts from @directory, too.
 */
int member_name_join(char **out, const char *directory, size_t length, const char *path,
		     struct error *err);
/* Bytes of the directory that a name stands in, without the slash; 0: the root. */
size_t member_name_directory(const char *name);
/* What stands behind the last slash. */
const char *member_name_base(const char *name);

#endif
