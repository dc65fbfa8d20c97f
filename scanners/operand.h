#ifndef CKPT_SCANNERS_OPERAND_H
#define CKPT_SCANNERS_OPERAND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/container.h"
#include "scanners/contents.h"
#include "scanners/outline.h"
#include "scanners/source/source.h"

/*
 * What was named on the command line, opened: its source and the archives within it that hold images (layers of an
 * OCI image, a wrapped archive), walked once; earlier images of incremental chains; the container's image. From it
 * comes each checkpoint, whole.
 *
 *	source ─► members ─► contents ─┬─► checkpoint 1: model, captured files, container, outline
 *	   └─► layers ─► members ──────┘─► checkpoint 2 ...
 *	parents ─► images below them        root file system ─► file pages
 *
 * One thread.
 */
struct operand;

struct operand_options { /* borrowed for the operand's life */
	const char *const *parents; /* newest first */
	size_t parent_count;
	const char *rootfs; /* NULL: none */
	const char *member; /* only this checkpoint; NULL: all */
	struct file_table_options memory;
	const _Atomic int *stop; /* may be NULL */
};

/* What is done with a page image that passes, in the walk over a source; one that lies in place is noted without it. */
struct page_taker {
	void *context;
	int (*take)(void *context, struct source *source, const struct member *member,
		    const struct page_member *pages, struct error *err);
};

/* 0 also where it cannot be opened: then it holds no checkpoint, and a warning says why. */
int operand_open(struct operand **out, const char *path, const struct operand_options *options,
		 struct error *err);
void operand_free(struct operand *operand);

/*
 * Walks all members, of layers too, to the end or until the run is stopped (then a warning says so). @taker NULL: pages
 * that pass are kept whole.
 */
int operand_walk(struct operand *operand, const struct page_taker *taker, struct error *err);
/* Keeps a page image that passes as a whole, to be read like one in place: what a taker does that has no use for it. */
int operand_keep_pages(struct source *source, const struct member *member,
		       const struct page_member *pages, struct error *err);

/* Whether options.member, however it is spelt, leaves these images in. */
bool operand_chooses(const struct operand *operand, const struct image_directory *directory);

/* After the walk: whether images that come later could still have made things clear. */
bool operand_cut_short(const struct operand *operand);
/* Checkpoints found, by member; those that options.member leaves out are not among them. */
size_t operand_checkpoint_count(const struct operand *operand);
/* Its images; NULL: a core dump. */
struct image_directory *operand_directory(const struct operand *operand, size_t index);
/* Whether options.member left all of them out. */
bool operand_nothing_selected(const struct operand *operand);

/* One checkpoint with all that belongs to it. */
struct opened_checkpoint {
	struct checkpoint *checkpoint; /* with parents and file pages */
	struct captured_list captured; /* sorted */
	const struct container *container;
	struct checkpoint_outline outline;
	struct warning_list *
		warnings; /* of this checkpoint, and of the operand where they concern it; the operand's */
	uint64_t unplaced_bytes; /* of its pages, in no place of a process: lost */
	uint32_t image_version;
	size_t parents;
	struct container_reader *container_reader; /* of @container */
	struct arena *arena;
};

/*
 * After the walk, once for each; opens parents and root file system when they are needed first. Release it also after a
 * failure.
 */
int operand_checkpoint(struct operand *operand, size_t index, struct opened_checkpoint *out,
		       struct error *err);
void opened_checkpoint_release(struct opened_checkpoint *checkpoint);
/* The outline of an operand that holds none, with the warnings that say why. */
int operand_refusal(struct operand *operand, struct opened_checkpoint *out, struct error *err);

struct file_table *operand_files(const struct operand *operand);
struct warning_list *operand_warnings(const struct operand *operand);
struct contents *operand_contents(const struct operand *operand);

#endif
