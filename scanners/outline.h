#ifndef CKPT_SCANNERS_OUTLINE_H
#define CKPT_SCANNERS_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A checkpoint as reports show it: no image types. Strings may be NULL: not known, left out. */
struct checkpoint_outline {
	const char *id; /* hex; NULL: no images could be read */
	const char *path; /* as named; "-": standard input */
	const char *member; /* directory of the images within an archive */
	const char *form; /* "directory", "tar", "unknown" */
	const char *compression; /* "gzip"... */
	const char *time, *time_source;
	uint64_t size; /* of the file; 0: not known */
	const char *container_id, *container_name, *image, *image_digest, *pod, *pod_id, *pod_uid,
		*name_space, *engine, *runtime, *created;
};

/* What rules were judged against. */
struct target_outline {
	const char *kind; /* "process" */
	uint32_t pid, ppid;
	bool has_ppid, has_uid;
	const char *name, *executable, *executable_state;
	const char *const *command_line; /* NULL: not known */
	size_t command_line_count;
	bool command_line_cut;
	uint32_t uid, thread_count;
	uint64_t bytes_unseen;
};

#endif
