#ifndef CKPT_SCANNERS_OUTLINE_H
#define CKPT_SCANNERS_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A checkpoint as reports show it: no image types. Strings may be NULL: not known, left out. */
struct checkpoint_outline {
	const char *id; /* hex; NULL: no images could be read, or a plain file */
	const char *path; /* as named; "-": standard input */
	const char *member; /* directory of the images within an archive */
	const char *
		form; /* "directory", "tar", "oci-layout", "oci-archive", "docker-archive", "core", "raw", "unknown" */
	const char *compression; /* "gzip"... */
	const char *time, *time_source;
	uint64_t size; /* of the file; 0: not known */
	const char *container_id, *container_name, *image, *image_digest, *pod, *pod_id, *pod_uid,
		*name_space, *engine, *runtime, *created;
};

/* What rules can be judged against, in the order of reports. */
enum target_kind {
	TARGET_PROCESS,
	TARGET_FILE,
	TARGET_PIPE,
	TARGET_SOCKET,
	TARGET_TERMINAL,
	TARGET_MESSAGE,
	TARGET_KINDS,
};

static inline const char *target_kind_name(enum target_kind kind)
{
	static const char *const names[TARGET_KINDS] = {
		[TARGET_PROCESS] = "process",	[TARGET_FILE] = "file",
		[TARGET_PIPE] = "pipe",		[TARGET_SOCKET] = "socket",
		[TARGET_TERMINAL] = "terminal", [TARGET_MESSAGE] = "message",
	};

	return names[kind];
}

/* Who has something open, or mapped. */
struct holder {
	uint32_t pid, fd;
	bool has_fd; /* false: only mapped */
};

/* What rules were judged against; what its kind does not have is zero. */
struct target_outline {
	enum target_kind kind;
	uint32_t pid, ppid;
	bool has_ppid, has_uid;
	const char *name, *executable, *executable_state;
	const char *const *command_line; /* NULL: not known */
	size_t command_line_count;
	bool command_line_cut;
	uint32_t uid, thread_count;
	uint64_t bytes_unseen;
	const char *path, *origin; /* of a file */
	const char *object; /* id in the images; NULL: none */
	const char *
		archive; /* member that holds it where that is an archive itself: part of its identity */
	const char *direction, *protocol, *state, *local, *remote; /* of a socket */
	uint64_t size; /* of what is no process */
	const struct holder *held_by; /* of what is no process: the first 16 */
	size_t held_by_count, held_by_total;
};

#endif
