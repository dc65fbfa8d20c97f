#ifndef CKPT_SCANNERS_PROCESS_MEMORY_H
#define CKPT_SCANNERS_PROCESS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/block.h"
#include "engine/read/file_table.h"
#include "scanners/block_budget.h"
#include "scanners/checkpoint.h"
#include "scanners/memory_bytes.h"
#include "scanners/memory_filter.h"

/*
 * One process's memory: VMAs, page runs and mapped files become blocks for the search, and the same blocks answer what
 * conditions ask. Bytes of a mapped file that is at hand are memory like those of the dump. A block is a VMA, cut at guard ranges (a real edge) and where bytes are that nobody has (an
 * unseen edge); dumped pages outside of any VMA are blocks of their own, and so are the process's own dumped
 * pages under a guard range (the kernel leaves none there: somebody put them into the image). Two VMAs are
 * never joined. What an object holds under a guard range is not this process's memory.
 * Immutable; any thread. The checkpoint must outlive it; its images have their numbers in the file table.
 */
struct process_memory;

int process_memory_new(struct process_memory **out, const struct checkpoint *checkpoint,
		       const struct process *process, struct error *err);
void process_memory_free(struct process_memory *memory);

/*
 * Adds its blocks, as target @target with purpose @purpose; those beyond @budget (NULL: any) are left out, and so is
 * what @filter (NULL: chooses all) does not choose.
 */
int process_memory_blocks(const struct process_memory *memory, const struct memory_filter *filter,
			  uint32_t target, uint32_t purpose, struct block_list *list,
			  struct block_budget *budget, struct error *err);

/* @filter NULL: chooses all. */
struct memory_bytes process_memory_bytes(const struct process_memory *memory,
					 const struct memory_filter *filter);
/* Whether any byte of these is not in the dump, and is the mapped file's. */
bool process_memory_from_file(const struct process_memory *memory, uint64_t address,
			      uint64_t length);
/*
 * Calls @each for each file with pages that are not at hand and that @filter (NULL: all) chooses: path and bytes, paths
 * may repeat.
 */
int process_memory_files_not_dumped(const struct process_memory *memory,
				    const struct memory_filter *filter,
				    int (*each)(void *context, const char *path, uint64_t bytes),
				    void *context);
/* Below 64 KiB something is mapped. */
bool process_memory_is_low(const struct process_memory *memory);
/* Address of the first block; 0: no block. */
uint64_t process_memory_lowest(const struct process_memory *memory);

/*
 * target_view's two questions. Bytes are lent where they lie, valid as long as the files; where they do not lie
 * together, or were never written (zeros), they are put into @buffer, as many as fit. No bytes, and no error,
 * where nothing is or was seen. ERROR_NOT_KEPT where some have passed.
 */
int process_memory_lend(const struct process_memory *memory, const struct file_table *files,
			uint64_t address, size_t wanted, uint8_t *buffer, size_t buffer_size,
			struct bytes *out, struct error *err);
/* Copies from @address on, as much as there is up to the first byte that nobody has; returns how much. */
size_t process_memory_copy(const struct process_memory *memory, const struct file_table *files,
			   uint64_t address, size_t length, uint8_t *out);
/* Also blocks that were never written, which are not searched. */
bool process_memory_next_block(const struct process_memory *memory, uint64_t address,
			       struct address_range *out);

/* Where an address lies. */
struct memory_place {
	uint64_t vma_start, vma_end; /* VMA_UNMAPPED: the stretch of pages */
	uint32_t protection;
	bool shared, deleted;
	enum vma_kind kind;
	const char *path; /* NULL: none */
	uint64_t path_offset; /* of vma_start in it */
	bool in_image; /* the byte is in a page image */
	bool in_file; /* it is not, and was taken from the mapped file */
	const char *image; /* in_image: its name */
	uint64_t image_offset; /* in_image: as it was stored */
	uint32_t image_layer; /* in_image: 0: of the checkpoint; 1: of its parent... */
};
/* False: nothing is there. */
bool process_memory_place(const struct process_memory *memory, uint64_t address,
			  struct memory_place *out);

/* Ranges of page image @image (index) that hold these addresses of the process; appended, for source_keep(). */
int process_memory_image_ranges(const struct process_memory *memory, struct address_range addresses,
				uint32_t image, struct address_range **ranges, size_t *count,
				size_t *capacity, struct error *err);

#endif
