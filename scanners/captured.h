#ifndef CKPT_SCANNERS_CAPTURED_H
#define CKPT_SCANNERS_CAPTURED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/content.h"
#include "scanners/outline.h"

/*
 * What a checkpoint holds beside the memory of its processes: captured files, and bytes in flight. Each is one target.
 */

/* Where a captured file comes from; the words of the report, target.origin. */
enum captured_origin {
	ORIGIN_NONE, /* not a file */
	ORIGIN_ROOTFS_DIFF,
	ORIGIN_DELETED, /* deleted while open */
	ORIGIN_MEMFD, /* memory files, and shared anonymous memory, which the kernel keeps as one */
	ORIGIN_TMPFS,
	ORIGIN_SHM, /* /dev/shm */
	ORIGIN_VOLUME,
	ORIGIN_LOG,
	ORIGIN_GPU,
	ORIGIN_BPF,
	ORIGIN_IMAGE, /* an image that nobody maps, or that nobody knows */
	ORIGIN_OPERAND, /* what was named itself, with --raw */
	ORIGINS,
};
/* NULL for ORIGIN_NONE. */
const char *captured_origin_name(enum captured_origin origin);

struct captured {
	enum target_kind kind; /* any but TARGET_PROCESS */
	enum captured_origin origin; /* TARGET_FILE */
	const char *
		path; /* TARGET_FILE: in the container; of a memory file its name. TARGET_PIPE: of a named pipe, else NULL */
	const char *object; /* id in the images; NULL: its path names it */
	const char *
		archive; /* member that holds it where that is an archive within the archive; NULL: none */
	const char *direction; /* TARGET_SOCKET: "received", "sent" */
	const char *protocol, *state, *local, *remote; /* TARGET_SOCKET; NULL: not known */
	struct content content;
	uint64_t file_id; /* open_file.id of one file that leads here; with has_file_id */
	bool has_file_id;
	const struct holder *holders; /* who has it open or mapped, by pid, then fd, mapped last */
	size_t holder_count;
};

/* Growing; strings, pieces and holders live in @arena. Zeroed but for @arena is empty. One thread. */
struct captured_list {
	struct captured *items;
	size_t count, capacity;
	struct arena *arena;
};

/* Copies the struct; what it points to must live in the list's arena, or as long. */
int captured_list_add(struct captured_list *list, const struct captured *captured,
		      struct error *err);
/* A content of one stored piece, which lives in the list's arena. */
int captured_list_whole(struct captured_list *list, struct stored_bytes bytes, struct content *out,
			struct error *err);
/*
 * In the report's order: kind, then path (of files), origin, object, archive, direction. Of several files with one
 * identity in an archive the last that was added stays, with a note (duplicate-member) for each other; elsewhere all stay, and
 * the second has ".2" behind its object.
 */
int captured_list_sort(struct captured_list *list, struct warning_list *warnings,
		       struct error *err);
void captured_list_release(struct captured_list *list);

#endif
