#ifndef CKPT_SCANNERS_CRIU_HOLDER_INDEX_H
#define CKPT_SCANNERS_CRIU_HOLDER_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/checkpoint.h"
#include "scanners/criu/facts.h"
#include "scanners/outline.h"

/*
 * Who has what open or mapped, and by which files: descriptors and mappings turned round. Several files may lead to
 * one pipe, memory file or ghost. One thread.
 */
enum held_kind {
	HELD_PIPE,
	HELD_FIFO,
	HELD_SOCKET, /* by inode */
	HELD_TERMINAL,
	HELD_OBJECT, /* by shared object: a memory file, or other shared memory */
	HELD_GHOST, /* by X of ghost-file-X */
	HELD_BPF_MAP,
	HELD_MESSAGES, /* by queue; nobody has one open */
	HELD_NOTHING,
};

struct held {
	enum held_kind kind;
	uint64_t object;
};

struct held_file {
	struct held held;
	const struct open_file *file;
};

struct held_by {
	struct held held;
	struct holder holder;
};

struct holder_index {
	struct held_file *files; /* by held, then id */
	size_t file_count;
	struct held_by *holders; /* by held, pid, fd */
	size_t holder_count, holder_capacity;
	uint64_t listed; /* by all calls of holder_index_list() */
	struct warning_list *warnings;
	bool told_limit;
};

/* More holders than a machine has descriptors are left out, with a warning; lent lists count likewise. */
int holder_index_make(struct holder_index *out, const struct checkpoint *checkpoint,
		      const struct facts *facts, struct warning_list *warnings, struct error *err);
void holder_index_release(struct holder_index *index);

/* Of the files that lead there the one with the lowest id; NULL: none. */
const struct open_file *holder_index_file(const struct holder_index *index, struct held held);
/* All holders of @held and of @other, by pid, then fd; who only maps it last. Each once. */
int holder_index_list(struct holder_index *index, struct held held, struct held other,
		      struct arena *arena, const struct holder **out, size_t *count,
		      struct error *err);

#endif
