#ifndef CKPT_SCANNERS_CRIU_DESCRIPTORS_H
#define CKPT_SCANNERS_CRIU_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanners/criu/image.h"

/* fdinfo-F.img: a list of descriptors, which several processes may share. */
struct descriptor_entry {
	uint32_t fd, flags;
	uint32_t file; /* id */
	uint32_t type; /* CRIU's number; see files_kind_of_type() */
	size_t order; /* of those with one number the last counts */
};

struct descriptors {
	struct descriptor_entry *items; /* by fd, each once */
	size_t count, capacity;
};

int descriptors_parse(struct descriptors *out, const struct image *image, struct error *err);
void descriptors_release(struct descriptors *descriptors);

/* ids-P.img: which list is a process's own. */
struct process_ids {
	bool has_files;
	uint32_t files; /* F of fdinfo-F.img */
};

int process_ids_parse(struct process_ids *out, const struct image *image, struct error *err);

#endif
