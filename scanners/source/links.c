#include <stdlib.h>
#include <string.h>

#include "scanners/source/form.h"

/*
 * Hard links: names that an archive gives to bytes which came before under another name. What has passed can be had
 * only where all of it was kept.
 */

static bool is_there(const struct source *source, const struct link_target *target)
{
	struct bytes lent;

	if (target->no_file || target->length == 0)
		return true;
	return file_table_lend(source->files, target->file, target->offset, (size_t)target->length,
			       &lent, NULL) == 0 &&
	       lent.length == target->length;
}

/* False: it is skipped, and that was told. */
static bool place_without_bytes(struct source *source, const char *name, const char *why)
{
	if (!source->limits.links) {
		source_warn(source, WARNING_UNSUPPORTED, source->member_name,
			    "a hard link to %s, %s", name, why);
		return false;
	}
	free(source->link_name);
	source->link_name = strdup(name);
	if (!source->link_name) {
		source_warn(source, WARNING_NO_MEMORY, source->member_name,
			    "no memory for its name");
		return false;
	}
	source->member.kind = MEMBER_OTHER;
	source->member.link = source->link_name;
	return true;
}

bool source_place_link(struct source *source, const char *name)
{
	struct member *member = &source->member;
	struct link_target target;
	bool known = link_index_find(source->links, name, &target);

	if (!known || !is_there(source, &target)) {
		source_forget(source);
		return place_without_bytes(source, name,
					   known ? "whose bytes have passed"
						 : "which did not come before it");
	}
	member->kind = target.no_file ? MEMBER_OTHER : MEMBER_FILE;
	member->file = target.file;
	member->offset = target.offset;
	member->length = target.length;
	source_remember(source);
	return true;
}

void source_remember(struct source *source)
{
	const struct member *member = &source->member;
	struct link_target target = {
		.offset = member->offset,
		.length = member->length,
		.file = member->file,
		.no_file = member->kind != MEMBER_FILE,
	};

	if (member->kind != MEMBER_DIRECTORY)
		link_index_add(source->links, source->member_name, &target);
}

void source_forget(struct source *source)
{
	const struct link_target nowhere = { .length = 1, .file = UINT32_MAX };
	struct link_target target;

	if (link_index_find(source->links, source->member_name, &target))
		link_index_add(source->links, source->member_name, &nowhere);
}
