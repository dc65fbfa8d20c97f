#ifndef CKPT_SCANNERS_LOOSE_MEMBERS_H
#define CKPT_SCANNERS_LOOSE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/content.h"
#include "scanners/source/source.h"

/*
 * Members that are no image which is read as it comes: archives of files, logs, blobs of a container's image. What they
 * are is known when all names are, so their bytes are kept until then. One thread.
 */
struct loose_member {
	const char *name; /* in the operand */
	const char *link; /* of a symbolic link: where it leads, as stored; else NULL */
	struct stored_bytes bytes; /* what there is of it */
	uint64_t length; /* what there should be */
	bool passed; /* it was not kept, for nothing told by then that it belongs to anything */
};

struct loose_members {
	struct loose_member *items;
	size_t count, capacity;
	bool sorted;
	struct arena *arena; /* of names */
};

/*
 * Takes the source's current member, which passes or lies in place. What cannot be kept of it is told by the source,
 * and stays out of its bytes.
 */
int loose_members_add(struct loose_members *members, struct source *source,
		      const struct member *member, const char *name, struct warning_list *warnings,
		      struct error *err);
/* Notes only that there is a file, whose bytes pass. */
int loose_members_note(struct loose_members *members, const struct member *member, const char *name,
		       struct warning_list *warnings, struct error *err);
/* Keeps a member that passes as a whole; *@out is what could be had of any member, the source tells the rest. */
int loose_member_keep(struct source *source, const struct member *member, struct stored_bytes *out,
		      struct error *err);
/* By name; of several with one name the last stays, with a note. */
int loose_members_sort(struct loose_members *members, struct warning_list *warnings,
		       struct error *err);
/* Once sorted. Links are followed a few steps, never out of the operand. NULL: no such file. */
const struct loose_member *loose_members_find(const struct loose_members *members,
					      const char *name);
void loose_members_release(struct loose_members *members);

#endif
