#ifndef CKPT_SCANNERS_SOURCE_MEMBER_NAME_H
#define CKPT_SCANNERS_SOURCE_MEMBER_NAME_H

#include <stdbool.h>

/*
 * Cleans a stored name for look-up: no leading / or ./, no empty or "." component, no trailing slash, and "a/.." is
 * nothing, whatever "a" may be. Malloc'd; *@out is NULL when nothing is left of it (the root itself). False: it leads
 * out of the root, or no memory.
 */
bool member_name_clean(const char *stored, char **out);

#endif
