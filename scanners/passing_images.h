#ifndef CKPT_SCANNERS_PASSING_IMAGES_H
#define CKPT_SCANNERS_PASSING_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "scanners/checkpoint.h"

/* The page images of an archive that is read once, and what of them is kept. One thread. */
struct passing_image {
	const char *name;
	uint32_t file;
	uint64_t length; /* that page maps describe; what comes behind is nobody's */
	uint64_t received; /* of those, as far as all that was to be kept could be */
	bool full; /* something could not be kept */
	bool used; /* a block that is searched shows it */
	bool deep; /* too many blocks show one place to be searched as it passes */
	bool whole; /* all of it is kept */
	bool taken;
	struct address_range *ranges; /* offsets that are kept */
	size_t range_count, range_capacity;
};

struct passing_images {
	struct passing_image *items; /* by index in the checkpoint, which is by file number */
	struct passing_image **by_name;
	size_t count;
};

/* Names are the checkpoint's. Release a zeroed one, or one that could not be made, at will. */
int passing_images_init(struct passing_images *images, const struct checkpoint *checkpoint,
			struct error *err);
void passing_images_release(struct passing_images *images);
/* NULL: none. */
struct passing_image *passing_images_of_file(const struct passing_images *images, uint32_t file);
struct passing_image *passing_images_of_name(const struct passing_images *images, const char *name);

/* Notes a range to be kept, in any order; once all are noted they are merged. */
int passing_image_keep(struct passing_image *image, uint64_t start, uint64_t length,
		       struct error *err);
void passing_image_merge(struct passing_image *image);

#endif
