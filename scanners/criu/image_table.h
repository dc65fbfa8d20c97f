#ifndef CKPT_SCANNERS_CRIU_IMAGE_TABLE_H
#define CKPT_SCANNERS_CRIU_IMAGE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/criu/core.h"
#include "scanners/criu/deleted_files.h"
#include "scanners/criu/descriptors.h"
#include "scanners/criu/files.h"
#include "scanners/criu/image_name.h"
#include "scanners/criu/inventory.h"
#include "scanners/criu/memfd.h"
#include "scanners/criu/mm.h"
#include "scanners/criu/mounts.h"
#include "scanners/criu/pagemap.h"
#include "scanners/criu/process_tree.h"

/* An image with what was parsed from it. */
struct stored_image {
	struct image_name name;
	enum image_kind
		holds; /* by its magic, which is believed before the name; IMAGE_KINDS: nothing of use */
	uint8_t *data; /* owned: the checkpoint's digest is made of it */
	size_t length;
	union {
		struct inventory inventory;
		struct process_tree tree;
		struct core core;
		struct mm mm;
		struct pagemap pagemap;
		struct files files;
		struct memfds memfds;
		struct deleted_files deleted;
		struct descriptors descriptors;
		struct process_ids ids;
		struct mounts mounts;
	};
};

static inline bool image_is_pagemap(const struct stored_image *stored)
{
	return stored->holds == IMAGE_PAGEMAP || stored->holds == IMAGE_PAGEMAP_SHMEM;
}

/* So many images under a wrong name are found by what they hold; a real checkpoint has none. */
#define MISNAMED_BELIEVED 16

/* Images by name. Zeroed is empty. */
struct image_table {
	struct stored_image **images; /* in the order they came; a replaced one keeps its place */
	size_t count, capacity;
	size_t *slots; /* hash of names: index + 1, 0 is free */
	size_t slot_count;
	uint64_t seed; /* of the hash */
	size_t misnamed
		[MISNAMED_BELIEVED]; /* indices of images that hold something else than their name says */
	size_t misnamed_count;
};

/* Parses and stores; takes @data over, also on failure. Replaces an image of the same name, with a warning. */
int image_table_add(struct image_table *table, struct image_name name, uint8_t *data, size_t length,
		    struct warning_list *warnings, struct error *err);
void image_table_release(struct image_table *table);

/* By what it holds; NULL: none. */
const struct stored_image *image_table_find(const struct image_table *table, enum image_kind kind,
					    uint64_t number);
/* By name, whatever it holds. */
bool image_table_has_name(const struct image_table *table, enum image_kind kind, uint64_t number);

#endif
