#ifndef CKPT_SCANNERS_CRIU_FACTS_H
#define CKPT_SCANNERS_CRIU_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "scanners/criu/image_table.h"

/* The images of which a directory has one, for look-ups. Members are NULL where an image is not there. */
struct facts {
	const struct process_tree *tree;
	const struct files *files, *old_files;
	const struct files *old_unix; /* Unix sockets, of the images before CRIU 3.4 */
	const struct memfds *memfds;
	const struct deleted_files *deleted;
};

struct facts facts_of(const struct image_table *table);

/* NULL: not known. */
const struct file_entry *facts_file(const struct facts *facts, uint64_t id);
const struct memfd *facts_memfd(const struct facts *facts, uint64_t file_id);
bool facts_file_deleted(const struct facts *facts, uint32_t id);

enum object_use {
	OBJECT_NONE, /* the mapping shows no shared object */
	OBJECT_KNOWN, /* it shows this one */
	OBJECT_UNKNOWN, /* it shows one, but the images that say which are not there */
};

/* Which shared object a mapping shows. @memfd is set (or NULL) with OBJECT_KNOWN. */
enum object_use facts_object(const struct facts *facts, const struct mm_vma *vma, uint64_t *object,
			     const struct memfd **memfd);

#endif
