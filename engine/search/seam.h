#ifndef CKPT_ENGINE_SEARCH_SEAM_H
#define CKPT_ENGINE_SEARCH_SEAM_H

#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "engine/search/stretch.h"
#include "engine/search/view.h"

/*
 * A seam: bytes on both sides of where spans meet, copied next to each other.
 *
 *	spans     |......FILE......|  zeros  |......FILE......|
 *	copied              |-------------------|
 *
 * Bytes are only taken for the file's when it is known that they were read: a page of a mapped
 * file that cannot be read shows zeros, so each range is touched first and then asked for damage.
 */

/* Copies the bytes of @stretch, which was begun, into its buffer; what cannot be read is a hole. */
int seam_copy(struct stretch *stretch, const struct view *view, const struct file_table *files,
	      struct error *err);
/*
 * Lends the bytes of @stretch, which lie in one span of a file or in memory. *@lent: how many bytes
 * lie there in one place; when they are fewer than the stretch has, nothing is done.
 */
int seam_lend(struct stretch *stretch, const struct span *span, const struct file_table *files,
	      uint64_t *lent, struct error *err);
/* Adds what of [@start, @end) within a FILE span is damaged as holes. */
int seam_add_damage(struct stretch *stretch, const struct span *span,
		    const struct file_table *files, uint64_t start, uint64_t end,
		    struct error *err);

#endif
