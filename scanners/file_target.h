#ifndef CKPT_SCANNERS_FILE_TARGET_H
#define CKPT_SCANNERS_FILE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/block.h"
#include "engine/read/file_table.h"

/*
 * A file as rules see it: one block of all its bytes from offset 0, with real edges. Its bytes can be read at any
 * time. Strings are borrowed.
 */
struct file_target {
	const char *path;
	const char *origin; /* where it comes from, in the report's words: "operand" */
	const char *object; /* id in the images; NULL: its path is enough */
	uint32_t file; /* in the file table, from its offset 0 */
	uint64_t length;
};

/* Adds its one block, seen by target @number; an empty file has none. */
int file_target_blocks(const struct file_target *file, uint32_t number, struct block_list *list,
		       struct error *err);

/*
 * As target_view.lend() and next_block(). @buffer takes bytes that lie together nowhere; bytes that do are lent
 * where they lie, however many.
 */
int file_target_lend(const struct file_target *file, const struct file_table *files,
		     uint64_t offset, size_t wanted, uint8_t *buffer, size_t buffer_bytes,
		     struct bytes *out, struct error *err);
bool file_target_next_block(const struct file_target *file, uint64_t offset,
			    struct address_range *out);

#endif
