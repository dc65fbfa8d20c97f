#ifndef CKPT_BENCH_MADE_MADE_MEMORY_H
#define CKPT_BENCH_MADE_MADE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pages are filled in pieces of so many bytes, the smallest page there is. */
#define MADE_UNIT 4096u

/*
 * The plan of a made checkpoint: from a seed, some processes with VMAs of every kind, their page runs, and what
 * is planted where. The same seed and sizes give the same bytes everywhere.
 */
struct made_vma {
	uint64_t start, end, offset, shmid;
	uint32_t protection, flags, status;
};

struct made_run {
	uint64_t address; /* in an object the offset inside */
	uint64_t pages;
};

/* What one pagemap and its page image hold: a process's own pages, or a shared object's. */
struct made_pages {
	uint32_t id; /* N of pages-N.img */
	uint32_t like; /* id of the image with the same bytes, but for the pages of its own */
	uint64_t page_bytes;
	struct made_run *runs;
	size_t run_count, run_capacity;
	uint64_t page_count;
	struct made_plant_bytes *plants; /* by offset in the image, not overlapping */
	size_t plant_count, plant_capacity;
};

struct made_plant_bytes {
	uint64_t offset;
	uint8_t bytes[64];
	size_t length;
};

struct made_process {
	uint32_t pid;
	struct made_vma *vmas, *guards;
	size_t vma_count, vma_capacity, guard_count, guard_capacity;
	struct made_pages pages;
	uint64_t heap_start, heap_end, argument_start, argument_end;
};

/* What a search must find, or must not. */
struct made_plant {
	char name[48];
	uint32_t pid;
	uint64_t address;
	uint8_t bytes[64];
	size_t length;
	bool found;
};

struct made_memory {
	uint64_t seed;
	uint64_t page_bytes;
	bool siblings; /* all processes have the addresses of the first, and its bytes */
	uint32_t own_percent; /* pages of a sibling that are its own */
	struct made_process *processes;
	size_t process_count;
	struct made_pages memfd, sysv;
	struct made_plant *plants;
	size_t plant_count, plant_capacity;
	uint8_t stale[64]; /* a needle of pages that a later dump replaced: absent */
	size_t stale_length;
};

/* @filler_bytes: of all processes together, beside the corners. Ends the program without memory. */
void made_memory_init(struct made_memory *memory, uint64_t seed, size_t process_count,
		      uint64_t filler_bytes, uint64_t page_bytes);
/* The same with processes that were forked from one: each has so many of its pages, here and there, for itself. */
void made_memory_init_siblings(struct made_memory *memory, uint64_t seed, size_t process_count,
			       uint32_t own_percent, uint64_t filler_bytes, uint64_t page_bytes);
/* Notes the stale needle; else there is none. */
void made_memory_add_stale(struct made_memory *memory);
void made_memory_release(struct made_memory *memory);

/* What page @page of an image holds: filler like process memory in its mix, and what is planted. */
void made_page_make(const struct made_memory *memory, const struct made_pages *pages, uint64_t page,
		    uint8_t *out);
/* What it held before a later dump: other filler, and the stale needle. */
void made_page_make_stale(const struct made_memory *memory, const struct made_pages *pages,
			  uint64_t page, uint8_t *out);

#endif
