#ifndef CKPT_SCANNERS_CRIU_IMAGE_SET_H
#define CKPT_SCANNERS_CRIU_IMAGE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/digest.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/content.h"
#include "scanners/criu/parent_chain.h"

/*
 * The CRIU images of one directory, taken in any order and as they come; from them the model is made. Names
 * are base names ("core-1.img"). One thread.
 */
struct image_set;

int image_set_new(struct image_set **out, struct warning_list *warnings, struct error *err);
void image_set_free(struct image_set *set);

/* Whether a member of this base name is to be given to image_set_add() (small images: inventory, pstree, core-*, mm-*, files...). */
bool image_set_wants(const char *name);
/* pages-N.img: its N; false for any other name. */
bool image_is_pages(const char *name, uint64_t *id);
/* Whether the name belongs to CRIU at all (images, stats-dump, descriptors.json...). */
bool image_is_known(const char *name);

/*
 * Parses one image; takes @data (malloc'd) over. Damage becomes a warning, what stands before it is kept. The
 * same name twice: the last wins, with a warning. Fails only without memory.
 */
int image_set_add(struct image_set *set, const char *name, uint8_t *data, size_t length,
		  struct error *err);
/* Tells that pages-N.img is there, where, and how long; may come before or after everything else. */
int image_set_add_pages(struct image_set *set, uint64_t id, uint32_t file, uint64_t offset,
			uint64_t length, struct error *err);
/* Of the pages image that was told last more is there, but could not be kept; who kept it has told so. */
void image_set_lose_pages(struct image_set *set);
/* Names the symbolic link `parent`. */
int image_set_add_parent(struct image_set *set, const char *target, struct error *err);
/* As it was named; NULL: no link. */
const char *image_set_parent(const struct image_set *set);
/* Whether a page map leaves pages to a parent. */
bool image_set_needs_parent(const struct image_set *set);
/* Whether a page map that has come names pages-@id. */
bool image_set_names_pages(const struct image_set *set, uint64_t id);
/* Whether pages are compressed or aligned, so that their image must be there as a whole before they can be placed. */
bool image_set_packs_pages(const struct image_set *set);

/*
 * Images that hold bytes of files or queues ("pipes-data.img", "ghost-file-1a.img", "amdgpu-pages-1-0a2b.img"). They
 * are read where they lie, and only when what they hold is listed.
 */
bool image_set_wants_payload(const char *name);
int image_set_add_payload(struct image_set *set, const char *name, struct stored_bytes bytes,
			  struct error *err);
/*
 * tmpfs-dev-D.tar.gz.img and tmpfs-M.tar.gz.img: archives of what a mount of this set held. False: @name is none.
 * *@mountpoint: where it was mounted, lent; NULL: not known.
 */
bool image_set_tmpfs(const struct image_set *set, const char *name, const char **mountpoint);

/* inventory.img was seen and is one of a checkpoint (img_version >= 1), not of a pre-dump. */
bool image_set_has_inventory(const struct image_set *set);
bool image_set_is_pre_dump(const struct image_set *set);
/* As inventory.img tells it; 0: a pre-dump, or not known. */
uint32_t image_set_version(const struct image_set *set);
/* pstree.img was read: all processes are known by name. */
bool image_set_has_tree(const struct image_set *set);
/*
 * Whether pages-@id can be placed by now: its page map is there, and every process that is known by now is known
 * in full (mm, page map, the objects and files its VMAs show), for any of them may map shared memory.
 */
bool image_set_places_pages(const struct image_set *set, uint64_t id);

/*
 * Makes the model of what was added so far. @final: everything has come, so what is missing (a process in
 * pstree without mm, a page map without its pages, pages with no page map) becomes a warning; otherwise images
 * that have not come are just not known yet: their processes keep ppid 0. Processes are the same, with the
 * same VMAs and runs, in both as long as no core, mm, pagemap, files or memfd image was added in between.
 */
struct model_options {
	bool final;
	const struct parent_chain *parents; /* NULL: none is known */
	struct file_table *
		files; /* where packed pages are unpacked; NULL: they are lost (no bytes are read) */
	const _Atomic int *stop; /* non-zero: nothing more is unpacked; may be NULL */
};
int image_set_checkpoint(struct image_set *set, const struct model_options *options,
			 struct checkpoint **out, struct error *err);
/*
 * Appends what @checkpoint, made of this set, holds beside memory: deleted files, memory files, objects and pages
 * that nobody maps, GPU and BPF memory, pipes, sockets, terminals, messages; with who holds them. An empty queue is
 * nothing, an empty file is a file. Names of sockets and paths are @checkpoint's. Damage is told by warnings: what
 * stands before it is there, and what is known to be missing is a lost piece. Of an encrypted set nothing is there.
 */
int image_set_captured(struct image_set *set, const struct checkpoint *checkpoint,
		       struct file_table *files, struct captured_list *out, struct error *err);

/*
 * Bytes of pages images that came and that no page map of @checkpoint, made from this set, names, and of page maps'
 * entries that cannot be.
 */
uint64_t image_set_unplaced_bytes(const struct image_set *set, const struct checkpoint *checkpoint);

/* SHA-256 over name, length and bytes of inventory.img, pstree.img, core-*, mm-*, pagemap-* in order of name. */
int image_set_digest(const struct image_set *set, uint8_t out[DIGEST_BYTES], struct error *err);

#endif
