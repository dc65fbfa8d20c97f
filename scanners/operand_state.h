#ifndef CKPT_SCANNERS_OPERAND_STATE_H
#define CKPT_SCANNERS_OPERAND_STATE_H

#include "scanners/member_owner.h"
#include "scanners/oci/container_image.h"
#include "scanners/operand.h"

/* An operand as the files see it that open, walk and finish it; nobody else includes this. */
struct operand {
	const char *path;
	const struct operand_options *options;
	const char *member; /* options.member, as members are named; NULL: all */
	struct warning_list *warnings;
	struct file_table *files;
	bool lent_files; /* of the operand that this one is a parent of */
	struct source *source;
	struct contents *contents;
	struct arena *arena;
	struct container_images images; /* after the walk over the source itself */
	struct source **layers; /* those that were opened, for a second pass over them */
	size_t layer_count, layer_capacity;
	struct image_directory **checkpoints; /* after the walk; of a core dump one that is NULL */
	size_t checkpoint_count;
	struct member_owners owners; /* after the walk */
	bool nothing_selected;
	bool cut_short; /* stopped before all members had come: nothing can be said to be missing */
	struct operand **parents; /* once one is needed */
	size_t parent_count;
};

/* As operand_open(), with files of another operand. */
int operand_open_with(struct operand **out, const char *path, const struct operand_options *options,
		      struct file_table *files, struct error *err);
int operand_warn(struct operand *operand, enum warning_code code, const char *file, uint64_t bytes,
		 const char *message, struct error *err);

/* Takes all members of the source itself, or of a layer. */
int operand_walk_source(struct operand *operand, struct source *source,
			const struct page_taker *taker, struct error *err);
/* Whether the run was told to stop. */
bool operand_stopped(const struct operand *operand);

/* Opens and walks the layers of the images that it lists, and archives at the root of those. */
int operand_walk_layers(struct operand *operand, const struct page_taker *taker, struct error *err);
/* The image whose part holds these images; NULL: none. */
const struct container_image *operand_image_of(const struct operand *operand,
					       const char *directory);
/* "directory", "oci-archive"... */
const char *operand_form(const struct operand *operand);

/* Opens and walks the earlier images that were named, once. */
int operand_open_parents(struct operand *operand, struct error *err);
/* What the images of a directory stand on; lives in @arena. */
int operand_chain(struct operand *operand, const struct image_directory *directory,
		  struct parent_chain *out, struct arena *arena, struct error *err);
/* Of this operand or of the earlier ones; NULL: of none. */
struct image_directory *operand_directory_of(const struct operand *operand,
					     const struct image_set *images);

#endif
