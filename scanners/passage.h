#ifndef CKPT_SCANNERS_PASSAGE_H
#define CKPT_SCANNERS_PASSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/search.h"
#include "scanners/checkpoint.h"
#include "scanners/source/source.h"
#include "scanners/target_list.h"

/*
 * The page images of a compressed archive, searched on the way past. It stands on the model that was known
 * when the first of them came, in which every image has a number in the file table before its bytes come, so
 * that blocks can be noted at once. One thread.
 *
 * Kept as they pass, to be read later: images with blocks that also need other images, memory that shows files (whose
 * own bytes may still come, and make its blocks longer), shared objects (captured files too), command lines, and the
 * start of each block where conditions read bytes. Kept are also images that more blocks show at one place than
 * scan_options.search_factor: how often their bytes may be searched is known when they have all come, and page maps
 * may describe any number of them. Where nothing may go to a disk, and memory that shows files would take more than half
 * of what may be kept, that is searched on the way past too: then bytes of files that come to it are lost.
 */
struct passage;

struct passage_plan {
	struct checkpoint *checkpoint;
	const struct scan_options *options;
	struct target_list *targets;
	const struct block_list *blocks;
	struct file_table *files;
	struct search *search;
	struct warning_list *warnings;
	bool reads_bytes;
	bool keeps_objects; /* they are targets of their own as well */
};

/* Gives each image of the model a passing file of its own: before memory and blocks are made from it. */
int passage_number_images(struct checkpoint *checkpoint, struct file_table *files,
			  struct error *err);

/* @plan is borrowed. */
int passage_new(struct passage **out, const struct passage_plan *plan, struct error *err);
/* Adds the blocks that can be searched as they pass; what the search says against it, passage_end() says again. */
int passage_begin(struct passage *passage, struct error *err);
void passage_free(struct passage *passage);

/*
 * Takes the source's current member, a page image with base name @name. *@received: bytes that came (its
 * length where nobody wants them). *@known false: no page map names it; then it is untouched.
 */
int passage_take(struct passage *passage, struct source *source, const struct member *member,
		 const char *name, bool *known, uint64_t *received, struct error *err);
/* Whether that image has come already. */
bool passage_has_taken(const struct passage *passage, const char *name);
/* Number in the file table under which an image passes; UINT32_MAX: no page map names it. */
uint32_t passage_file(const struct passage *passage, const char *name);
/*
 * Nothing more comes: ends what never came, and adds those of @blocks that were not searched on the way past, as far as
 * their bytes could be kept; the rest is lost to its @targets. Both may be those of the plan, or made when all had come.
 */
int passage_end(struct passage *passage, struct target_list *targets,
		const struct block_list *blocks, struct error *err);

#endif
