#ifndef CKPT_SCANNERS_CRIU_MODEL_H
#define CKPT_SCANNERS_CRIU_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/checkpoint.h"
#include "scanners/criu/facts.h"
#include "scanners/criu/image_table.h"
#include "scanners/criu/page_runs.h"
#include "scanners/criu/pages_table.h"
#include "scanners/criu/parent_chain.h"
#include "scanners/criu/payload.h"
#include "scanners/criu/segments.h"

/* What one directory gives to the model: the checkpoint's own, then each parent's. */
struct model_layer {
	const struct image_table *table;
	const struct pages_table *pages; /* sorted */
	const struct pages_table *foreign_pages; /* pages-N.comp.img; sorted */
};

struct model_input {
	const struct model_layer *layers; /* at least one */
	size_t layer_count;
	const struct payload_table *payloads; /* sorted */
	const struct parent_chain *chain; /* NULL: parents are not known */
	struct file_table *files; /* NULL: packed pages are lost */
	const _Atomic int *stop; /* non-zero: nothing more is unpacked; may be NULL */
	struct warning_list *warnings; /* NULL: not all has come, so nothing is missing yet */
};

/* A pages image while the model is made; beside checkpoint.images, before those that are unpacked. */
struct model_image {
	uint32_t layer;
	uint64_t id;
	const struct pages_file *file; /* NULL: has not come */
	const struct stored_image *user; /* the first page map that names it */
	uint64_t described; /* bytes that page maps account for */
	bool described_known;
};

/* A shared object while the model is made; beside checkpoint.objects. */
struct model_object {
	uint64_t id;
	const struct memfd *memfd; /* NULL: none, or not known */
	const struct stored_image *pagemap; /* NULL: has not come */
	const struct segment *segment; /* NULL: none, or it has pages */
	bool any_lost, told_missing;
	uint64_t *bytes_before; /* sums over its runs; NULL until a mapping is left out */
};

/* A list of descriptors while the model is made. */
struct model_descriptors {
	uint32_t id; /* F of fdinfo-F.img */
	const struct descriptor *items; /* in the checkpoint's arena */
	size_t count;
};

/* What making the model needs at hand. */
struct model {
	const struct model_input *input;
	const struct image_table *table; /* of the checkpoint itself */
	const struct pages_table *pages;
	struct warning_list *warnings; /* NULL: not all has come, so nothing is missing yet */
	struct facts facts;
	struct checkpoint *checkpoint;
	struct shared_object *objects; /* checkpoint.objects while they are filled */
	struct model_image *model_images;
	size_t model_image_count, model_image_capacity;
	size_t image_capacity; /* of checkpoint.images */
	struct segments segments;
	size_t first_segment_image; /* in checkpoint.images: those of segments, in the table's order */
	uint64_t parent_steps; /* of work through parents that may still be done */
	uint64_t unpack_budget; /* bytes that may still be unpacked */
	struct model_object *model_objects;
	struct model_descriptors *descriptor_lists; /* by id */
	size_t descriptor_list_count;
	bool big_endian; /* the machine that was frozen */
	uint64_t page_bytes; /* of processes that do not say */
	uint64_t window_cost; /* see model_objects.c */
};

/* Makes the model of images; keeps nothing of them. */
int model_make(struct checkpoint **out, const struct model_input *input, struct error *err);

/* model_images.c */
int model_list_images(struct model *model, struct error *err);
uint64_t model_guess_page_bytes(const struct model *model);
struct model_image *model_find_image(const struct model *model, uint32_t layer,
				     const struct pagemap *pagemap);
int model_check_images(const struct model *model, struct error *err);

/* model_pages.c */
int model_make_runs(struct model *model, const struct stored_image *pagemap, uint64_t page_bytes,
		    const struct page_run **runs, size_t *count, struct error *err);

/* model_objects.c */
int model_list_objects(struct model *model, struct error *err);
/*
 * The object that @vma shows; *@out NULL: none, or none that can be shown (then told). *@left_out: bytes of it
 * that are not shown after all (told too); 0: all are.
 */
int model_object(struct model *model, const struct mm_vma *vma, uint32_t pid,
		 const struct shared_object **out, uint64_t *left_out, const struct memfd **memfd,
		 struct error *err);
/* NULL: none. */
const char *model_object_name(const struct model *model, uint64_t id);

/* model_vmas.c */
int model_make_vmas(struct model *model, struct process *process, const struct mm *mm,
		    struct error *err);
void model_executable(const struct model *model, struct process *process, const struct mm *mm);

/* model_files.c; objects come before files, files before processes. */
int model_list_files(struct model *model, struct error *err);
/* NULL: not known. */
const struct open_file *model_file(const struct model *model, uint64_t id);
/* @alive: it must have descriptors. */
int model_descriptors(const struct model *model, struct process *process, bool alive,
		      struct error *err);

/* model_threads.c */
int model_threads(struct model *model, struct process *process, const struct tree_entry *entry,
		  struct error *err);

/* model.c */
int model_warn_missing(const struct model *model, enum image_kind kind, uint64_t number,
		       const uint32_t *pid, struct address_range memory, struct error *err);

#endif
