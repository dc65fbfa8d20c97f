#ifndef CKPT_SCANNERS_CRIU_MM_H
#define CKPT_SCANNERS_CRIU_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "scanners/criu/image.h"

/* Bits of mm_vma.status and .flags, as CRIU and the kernel number them. */
enum vma_status {
	STATUS_STACK = 1 << 1,
	STATUS_VSYSCALL = 1 << 2,
	STATUS_VDSO = 1 << 3,
	STATUS_HEAP = 1 << 5,
	STATUS_FILE_PRIVATE = 1 << 6,
	STATUS_FILE_SHARED = 1 << 7,
	STATUS_ANON_SHARED = 1 << 8,
	STATUS_ANON_PRIVATE = 1 << 9,
	STATUS_SYSVIPC = 1 << 10,
	STATUS_SOCKET = 1 << 11,
	STATUS_VVAR = 1 << 12,
	STATUS_AIO_RING = 1 << 13,
	STATUS_MEMFD = 1 << 14,
	STATUS_GUARD = 1 << 16,
	STATUS_UPROBES = 1 << 17,
	STATUS_PLUGIN = 1 << 27,
};
enum vma_flags {
	MAPPED_SHARED = 0x1,
	MAPPED_DROPPABLE = 0x8,
	MAPPED_ANONYMOUS = 0x20,
	MAPPED_GROWSDOWN = 0x100
};

struct mm_vma {
	uint64_t start, end;
	uint64_t offset; /* bytes */
	uint64_t source; /* file id, object or nothing: by status */
	uint32_t protection, flags, status;
};

/* mm-P.img: a process's address space. */
struct mm {
	bool decoded;
	bool has_executable;
	uint32_t executable; /* file id */
	uint64_t argument_start, argument_end;
	uint64_t environment_start, environment_end;
	uint64_t page_bytes; /* from the auxiliary vector; 0: not there */
	struct mm_vma *vmas; /* ascending, disjoint, whole pages */
	size_t vma_count, vma_capacity;
	struct address_range *guards; /* ascending, disjoint */
	size_t guard_count, guard_capacity;
	bool uses_files, uses_memfds;
};

/* VMAs that cannot be (end before start, overlapping, not of whole pages) are left out with a warning. */
int mm_parse(struct mm *out, const struct image *image, struct error *err);
void mm_release(struct mm *mm);

/* Whether a page may have this many bytes. */
bool page_bytes_valid(uint64_t bytes);

#endif
