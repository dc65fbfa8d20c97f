#ifndef CKPT_CLI_RULES_DIRECTORY_H
#define CKPT_CLI_RULES_DIRECTORY_H

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* A file of rules: both names lie in the arena. */
struct directory_file {
	const char *path; /* to open it */
	const char *below; /* seen from the directory */
};

/*
 * Every *.yar, *.yara and *.rules below @directory, in order of path. As with a shell's * what begins with a dot is
 * passed over; links to files are followed, links to directories are not, and only regular files count. @out is in
 * @arena. Fails with ERROR_NOT_FOUND where there is no such file or a directory may not be read, else with
 * ERROR_SYSTEM.
 */
int rules_directory_list(struct directory_file **out, size_t *count, struct arena *arena,
			 const char *directory, struct error *err);

#endif
