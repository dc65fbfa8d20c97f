#ifndef CKPT_SCANNERS_CRIU_FILES_H
#define CKPT_SCANNERS_CRIU_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "scanners/criu/image.h"

/* files.img, or reg-files.img of older images: open and mapped files by id. */
enum file_type { FILE_REGULAR, FILE_MEMFD };

struct file_entry {
	uint32_t id;
	enum file_type type;
	const char *path; /* FILE_REGULAR: in the container */
	uint64_t inode_id; /* FILE_MEMFD: of memfd.img */
};

struct files {
	struct file_entry *items; /* by id */
	size_t count, capacity;
	struct arena *paths;
};

int files_parse(struct files *out, const struct image *image, struct error *err);
int files_parse_regular(struct files *out, const struct image *image, struct error *err);
void files_release(struct files *files);
/* NULL: none, or neither a regular file nor a memfd. */
const struct file_entry *files_find(const struct files *files, uint64_t id);

/* remap-fpath.img: ids of files that were deleted while open. */
struct deleted_files {
	uint32_t *ids; /* ascending */
	size_t count, capacity;
};

int deleted_files_parse(struct deleted_files *out, const struct image *image, struct error *err);
void deleted_files_release(struct deleted_files *deleted);
bool deleted_files_has(const struct deleted_files *deleted, uint32_t id);

#endif
