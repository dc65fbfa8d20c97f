#ifndef CKPT_SCANNERS_CHECKPOINT_H
#define CKPT_SCANNERS_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"

/*
 * What was frozen, free of any image format: processes with their VMAs, and for each where its pages lie. It
 * was checked when it was filled: ranges do not overflow, page runs are ascending, do not overlap, and lie
 * within their file. Immutable once filled; any thread.
 */

/* The words of the report, vma.kind. */
enum vma_kind {
	VMA_HEAP,
	VMA_STACK,
	VMA_ANONYMOUS,
	VMA_FILE,
	VMA_SHARED, /* shared anonymous */
	VMA_MEMFD,
	VMA_SYSV,
	VMA_VDSO,
	VMA_OTHER,
	VMA_UNMAPPED, /* dumped pages outside of any VMA */
};
const char *vma_kind_name(enum vma_kind kind);

enum protection { PROTECTION_READ = 1, PROTECTION_WRITE = 2, PROTECTION_EXECUTE = 4 };

/* Where bytes of an object or process come from when they are not in its page runs. */
enum backing {
	BACKING_ZERO, /* never written: zeros */
	BACKING_FILE, /* the mapped file's bytes, which the dump does not hold */
	BACKING_OBJECT, /* the shared object's pages (memfd, shared anonymous, System V) */
	BACKING_NOTHING, /* never in a dump (vvar, vsyscall, device memory): not counted, not searched */
};

/* Pages next to each other both in address and in the image. */
struct page_run {
	uint64_t
		address; /* first byte as the process saw it; in an object the offset inside of it */
	uint64_t length; /* bytes, whole pages; never 0 */
	uint32_t image; /* index into checkpoint.images */
	uint64_t offset; /* first byte in the image; meaningless if lost */
	bool lost; /* described, but not to be had here (in a parent, lazy, cut off): a warning says so */
};

/* A file that page runs point into: a member of the source. */
struct page_image {
	const char *name; /* "pages-3.img" */
	uint64_t length; /* bytes there are; UINT64_MAX: not known yet (it has not come by) */
	uint32_t file; /* in the file table; UINT32_MAX: missing or not known yet */
	uint64_t offset; /* of its first byte in @file */
};

/* Memory that several processes may map. */
struct shared_object {
	uint64_t id; /* N of pagemap-shmem-N */
	const char *name; /* memfd's name without prefix; NULL: none */
	uint64_t size; /* bytes; 0: not known */
	const struct page_run *runs;
	size_t run_count;
	bool mapped; /* by a process of the checkpoint; else its bytes are nobody's memory */
};

struct vma {
	uint64_t start, end; /* end > start */
	uint32_t protection; /* enum protection */
	bool shared; /* 's' in /proc/PID/maps */
	enum vma_kind kind;
	enum backing backing; /* of pages without a run */
	const char *path; /* file, memfd or special name; NULL: none */
	bool deleted; /* that file is */
	uint64_t offset; /* of @start in that file or object */
	const struct shared_object *
		object; /* BACKING_OBJECT; may be NULL when its page map is missing (a warning says so) */
	uint64_t
		left_out; /* bytes of @object that it would show, all lost for their cost (a warning says so); 0: none */
};

enum process_state { PROCESS_ALIVE, PROCESS_DEAD, PROCESS_STOPPED, PROCESS_UNKNOWN };
enum executable_state { EXECUTABLE_FILE, EXECUTABLE_DELETED, EXECUTABLE_MEMFD };

struct process {
	uint32_t pid, ppid; /* inside the container; ppid 0: the first, or not known */
	const char *name; /* comm, any bytes; "" : not known */
	enum process_state state;
	uint32_t uid;
	bool has_uid, has_ppid;
	uint32_t thread_count;
	const char *executable; /* path in the container; NULL: not known */
	enum executable_state executable_state;
	uint64_t argument_start, argument_end; /* where its command line lies; equal: not known */
	uint64_t page_bytes;
	/* Ascending; never overlap; guard ranges are apart. */
	const struct vma *vmas;
	size_t vma_count;
	/* MADV_GUARD_INSTALL: reading faults there; ascending, disjoint. */
	const struct address_range *guards;
	size_t guard_count;
	/* Its own pages (private memory, copied-on-write file pages, vdso), ascending, disjoint. */
	const struct page_run *runs;
	size_t run_count;
};

struct checkpoint {
	const struct process *processes; /* by pid */
	size_t process_count;
	const struct shared_object *objects;
	size_t object_count;
	struct page_image *images;
	size_t image_count;
	struct arena *arena; /* all of the above */
};

void checkpoint_free(struct checkpoint *checkpoint);

#endif
