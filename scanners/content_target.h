#ifndef CKPT_SCANNERS_CONTENT_TARGET_H
#define CKPT_SCANNERS_CONTENT_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/block_budget.h"
#include "scanners/content.h"

/*
 * A content as rules see it: a file from offset 0, also where it is what a pipe or a socket held. Its blocks:
 *
 *	content	|..stored..|...zero...|..lost..|..stored..|..stored, apart..|
 *	blocks	[..................---]        [---.......][................]
 *
 * An end beside lost bytes (---) is unseen, every other one is real.
 */

/* Adds its blocks that hold more than zeros, as target @number; those beyond @budget (NULL: any) are left out. */
int content_target_blocks(const struct content *content, uint32_t number, struct block_list *list,
			  struct block_budget *budget, struct error *err);

/*
 * As target_view.lend() and next_block(). @buffer takes bytes that lie together nowhere, or were never written;
 * bytes that do are lent where they lie, however many.
 */
int content_target_lend(const struct content *content, const struct file_table *files,
			uint64_t offset, size_t wanted, uint8_t *buffer, size_t buffer_bytes,
			struct bytes *out, struct error *err);
/* Also blocks of zeros alone, which are not searched. */
bool content_target_next_block(const struct content *content, uint64_t offset,
			       struct address_range *out);

#endif
