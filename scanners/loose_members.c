#include "scanners/loose_members.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/source/member_name.h"

/* Far more than an archive has beside its images; each takes room for its name. */
#define MOST_MEMBERS (1u << 20)
#define MOST_NAME_BYTES ((size_t)256 << 20)
#define MOST_LINKS 8

int loose_member_keep(struct source *source, const struct member *member, struct stored_bytes *out,
		      struct error *err)
{
	uint64_t kept = 0;
	int ret;

	*out = (struct stored_bytes){ member->offset, member->length, member->file };
	if (!member->passing)
		return 0;
	ret = source_keep_whole(source, member, &kept, err);
	*out = (struct stored_bytes){ .length = kept, .file = member->file };
	return ret;
}

static int too_many(const char *name, struct warning_list *warnings, struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT, .file = name };

	if (warning_list_add(warnings, &warning, "too many files beside the images") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int append(struct loose_members *members, struct loose_member added,
		  const struct member *member, const char *name, struct warning_list *warnings,
		  struct error *err)
{
	struct loose_member *grown;

	if (members->count == MOST_MEMBERS || arena_used(members->arena) > MOST_NAME_BYTES)
		return too_many(name, warnings, err);
	grown = array_grow(members->items, &members->capacity, members->count + 1, sizeof(*grown));
	if (grown)
		members->items = grown;
	added.name = arena_copy_string(members->arena, name, strlen(name));
	if (member->kind == MEMBER_SYMLINK)
		added.link = arena_copy_string(members->arena, member->link, strlen(member->link));
	if ((!grown || !added.name || (member->kind == MEMBER_SYMLINK && !added.link)))
		return error_no_memory(err, "a member's name");
	members->items[members->count++] = added;
	members->sorted = false;
	return 0;
}

int loose_members_add(struct loose_members *members, struct source *source,
		      const struct member *member, const char *name, struct warning_list *warnings,
		      struct error *err)
{
	struct loose_member added = { .length = member->length + member->missing };
	int ret = members->count < MOST_MEMBERS && member->kind != MEMBER_SYMLINK
			  ? loose_member_keep(source, member, &added.bytes, err)
			  : 0;

	return ret ? ret : append(members, added, member, name, warnings, err);
}

int loose_members_note(struct loose_members *members, const struct member *member, const char *name,
		       struct warning_list *warnings, struct error *err)
{
	const struct loose_member noted = { .length = member->length + member->missing,
					    .passed = true };

	return append(members, noted, member, name, warnings, err);
}

/* A member with its place in the order of coming, which decides between equals. */
struct ranked {
	struct loose_member member;
	size_t rank;
};

static int compare_ranked(const void *left_item, const void *right_item)
{
	const struct ranked *left = left_item, *right = right_item;
	int order = strcmp(left->member.name, right->member.name);

	return order ? order : (left->rank > right->rank) - (left->rank < right->rank);
}

static int keep_last(struct loose_members *members, const struct ranked *ranked,
		     struct warning_list *warnings, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < members->count; i++) {
		struct warning warning = { .code = WARNING_DUPLICATE_MEMBER,
					   .file = ranked[i].member.name };

		if (i + 1 == members->count ||
		    strcmp(ranked[i].member.name, ranked[i + 1].member.name) != 0)
			members->items[kept++] = ranked[i].member;
		else if (warning_list_add(warnings, &warning, "%s comes twice, the last one counts",
					  warning.file) < 0)
			return error_no_memory(err, "a warning");
	}
	members->count = kept;
	return 0;
}

int loose_members_sort(struct loose_members *members, struct warning_list *warnings,
		       struct error *err)
{
	struct ranked *ranked =
		members->sorted ? NULL : calloc(members->count + 1, sizeof(*ranked));
	int ret;

	if (members->sorted)
		return 0;
	if (!ranked)
		return error_no_memory(err, "the members of a source");
	for (size_t i = 0; i < members->count; i++)
		ranked[i] = (struct ranked){ members->items[i], i };
	qsort(ranked, members->count, sizeof(*ranked), compare_ranked);
	ret = keep_last(members, ranked, warnings, err);
	members->sorted = !ret;
	free(ranked);
	return ret;
}

static int compare_name(const void *name, const void *member)
{
	return strcmp(name, ((const struct loose_member *)member)->name);
}

static const struct loose_member *look_up(const struct loose_members *members, const char *name)
{
	return members->count ? bsearch(name, members->items, members->count,
					sizeof(*members->items), compare_name)
			      : NULL;
}

/* What @link, which stands beside @name, names; malloc'd. NULL: nothing in the operand. */
static char *target_of(const char *name, const char *link)
{
	char *path;

	return *link == '/' || member_name_join(&path, name, member_name_directory(name), link,
						NULL)
		       ? NULL
		       : path;
}

const struct loose_member *loose_members_find(const struct loose_members *members, const char *name)
{
	const struct loose_member *found = look_up(members, name);

	for (int step = 0; found && found->link; step++) {
		char *path = step < MOST_LINKS ? target_of(found->name, found->link) : NULL;

		found = path ? look_up(members, path) : NULL;
		free(path);
	}
	return found;
}

void loose_members_release(struct loose_members *members)
{
	free(members->items);
	*members = (struct loose_members){ 0 };
}
