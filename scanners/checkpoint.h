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

/* Pages that a pages image holds compressed: where they lie unpacked, and where packed. */
struct packed_pages {
	uint64_t
		offset; /* of the first unpacked byte in page_image.file, from page_image.offset on */
	uint64_t stored; /* of the packed bytes in the image itself */
};

/*
 * A file that page runs point into: a member of the source, or what was unpacked of one. Unpacked pages are a
 * page image of their own, of the same name.
 */
struct page_image {
	const char *name; /* "pages-3.img" */
	uint64_t length; /* bytes there are; UINT64_MAX: not known yet (it has not come by) */
	uint32_t file; /* in the file table; UINT32_MAX: missing or not known yet */
	uint64_t offset; /* of its first byte in @file */
	uint32_t
		layer; /* 0: of the checkpoint itself; 1: of its parent, 2: of that one's parent... */
	const struct packed_pages *packed; /* by offset; NULL: stored as they are */
	size_t packed_count;
};
/* Where the byte at @offset (as in page_run.offset) stands in the image as it was stored. */
uint64_t page_image_stored_offset(const struct page_image *image, uint64_t offset);

/* Memory that several processes may map. */
struct shared_object {
	uint64_t id; /* N of pagemap-shmem-N */
	const char *name; /* memfd's name without prefix; NULL: none */
	uint64_t size; /* bytes; 0: not known */
	bool segment; /* its bytes follow its entry in ipcns-shm-N.img: one run from its start, the rest lost */
	const struct page_run *runs;
	size_t run_count;
};

struct open_file;
struct content;

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
	const struct open_file *file; /* BACKING_FILE: what is mapped; NULL: not known */
};

/* What a descriptor leads to, or a mapping shows. The words of `files`, kind. */
enum open_file_kind {
	OPEN_FILE_FILE,
	OPEN_FILE_PIPE,
	OPEN_FILE_FIFO,
	OPEN_FILE_SOCKET,
	OPEN_FILE_TERMINAL,
	OPEN_FILE_MEMFD,
	OPEN_FILE_EVENTFD,
	OPEN_FILE_EVENTPOLL,
	OPEN_FILE_SIGNALFD,
	OPEN_FILE_TIMERFD,
	OPEN_FILE_INOTIFY,
	OPEN_FILE_FANOTIFY,
	OPEN_FILE_TUN,
	OPEN_FILE_NAMESPACE,
	OPEN_FILE_BPF_MAP,
	OPEN_FILE_PIDFD,
	OPEN_FILE_DEVICE, /* known to a plugin only (GPU) */
	OPEN_FILE_OTHER,
	OPEN_FILE_KINDS,
};
const char *open_file_kind_name(enum open_file_kind kind);

struct open_file {
	uint32_t id; /* of the images; several may lead to one pipe, socket or memory file */
	enum open_file_kind kind;
	const char *path; /* in the container; of a memory file its name; NULL: none */
	uint64_t
		object; /* pipe's id, socket's inode number, shared_object.id, terminal's or map's id; else 0 */
	uint32_t flags; /* O_*, of the machine that was frozen */
	bool has_size, deleted;
	const char *kept_as; /* of a deleted file: the path of a link that keeps it; NULL: none */
	uint32_t
		same_as; /* of a deleted file: lowest id of those that lead to the same one; 0: not known */
	uint64_t size; /* with has_size: bytes when it was frozen */
	struct bytes build_id; /* of an ELF file; no bytes: not known */
	/* Of a socket; NULL: not known. */
	const char *protocol, *state; /* "tcp", "udp", "unix"...; "established"... */
	const char *local, *remote; /* "10.0.0.7:6379", "[::1]:80", path or "@abstract" */
	uint64_t peer; /* of a Unix socket: inode number of the other end; 0: none */
};

struct descriptor {
	uint32_t fd, flags; /* FD_CLOEXEC... */
	const struct open_file *file;
};

struct thread {
	uint32_t id;
	const char *name; /* "": not known */
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
	const struct thread
		*threads; /* thread_count, by id, the process's own among them; none: not known */
	const char *executable; /* path in the container; NULL: not known */
	enum executable_state executable_state;
	uint64_t argument_start, argument_end; /* where its command line lies; equal: not known */
	uint64_t environment_start, environment_end; /* likewise */
	uint64_t page_bytes;
	/* Ascending; never overlap; guard ranges are apart. */
	const struct vma *vmas;
	size_t vma_count;
	/* By VMA: a mapped file's bytes, where they are known (file_pages.h). NULL: of none. */
	const struct content *const *contents;
	/* MADV_GUARD_INSTALL: reading faults there; ascending, disjoint. */
	const struct address_range *guards;
	size_t guard_count;
	/* Its own pages (private memory, copied-on-write file pages, vdso), ascending, disjoint. */
	const struct page_run *runs;
	size_t run_count;
	/* By fd. Processes that share their descriptors have the same list. */
	const struct descriptor *descriptors;
	size_t descriptor_count;
};

struct checkpoint {
	struct process *processes; /* by pid */
	size_t process_count;
	const struct open_file *files; /* by id */
	size_t file_count;
	const struct shared_object *objects;
	size_t object_count;
	struct page_image *images;
	size_t image_count;
	uint64_t dropped_bytes; /* described by page maps in entries that cannot be: in no run */
	struct arena *arena; /* all of the above */
};

void checkpoint_free(struct checkpoint *checkpoint);

#endif
