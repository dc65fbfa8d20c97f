#include "scanners/captured_members.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/captured_archive.h"
#include "scanners/loose_members.h"
#include "scanners/member_table.h"
#include "scanners/oci/container_image.h"

static const char *copy(struct captured_list *out, const char *text, size_t length)
{
	return arena_copy_string(out->arena, text, length);
}

/* Where the files of a volume stood; without a mount of that name below a directory that is called so. */
static const char *volume_path(const struct captured_members *members,
			       const struct member_place *place, struct captured_list *out)
{
	const char *name = copy(out, place->base, place->base_length);
	const char *path = name ? container_volume_path(members->container, name) : NULL;
	char *made;

	if (path || !name)
		return path ? copy(out, path, strlen(path)) : NULL;
	made = arena_alloc(out->arena, place->base_length + 2);
	if (made) {
		made[0] = '/';
		memcpy(made + 1, place->base, place->base_length);
	}
	return made;
}

static const char *tmpfs_path(const struct captured_members *members,
			      const struct member_place *place, struct captured_list *out)
{
	const char *path = NULL;

	image_set_tmpfs(members->directory->images, place->base, &path);
	if (path)
		return copy(out, path, strlen(path));
	return copy(out, "/", 1);
}

static const char *mountpoint_of(const struct captured_members *members,
				 const struct member_place *place, struct captured_list *out)
{
	switch (place->part) {
	case PART_SHM:
		return "/dev/shm";
	case PART_VOLUME:
		return volume_path(members, place, out);
	case PART_TMPFS:
		return tmpfs_path(members, place, out);
	default:
		return "/";
	}
}

static enum captured_origin origin_of(enum member_part part)
{
	static const enum captured_origin origins[] = {
		[PART_NONE] = ORIGIN_NONE,   [PART_ROOTFS_DIFF] = ORIGIN_ROOTFS_DIFF,
		[PART_SHM] = ORIGIN_SHM,     [PART_VOLUME] = ORIGIN_VOLUME,
		[PART_TMPFS] = ORIGIN_TMPFS, [PART_LOG] = ORIGIN_LOG,
		[PART_FILE] = ORIGIN_IMAGE,
	};

	return origins[part];
}

static int read_archive(const struct captured_members *members, const struct loose_member *member,
			const struct member_place *place, struct captured_list *out,
			struct error *err)
{
	const struct captured_archive archive = {
		/* The same in every form, wherever the checkpoint's folder stands. */
		.name = place->name,
		.bytes = member->bytes,
		.length = member->length,
		.origin = origin_of(place->part),
		.mountpoint = mountpoint_of(members, place, out),
	};

	if (!archive.mountpoint)
		return error_no_memory(err, "captured files");
	return captured_archive_read(&archive, members->files, members->directory->warnings,
				     members->stop, out, err);
}

static int add_file(const struct loose_member *member, const struct member_place *place,
		    struct captured_list *out, struct error *err)
{
	struct captured captured = {
		.kind = TARGET_FILE,
		.origin = origin_of(place->part),
		.path = copy(out, place->name, strlen(place->name)),
	};
	int ret = captured.path ? captured_content_cut(out, member->bytes, member->length,
						       &captured.content, err)
				: error_no_memory(err, "captured files");

	return ret ? ret : captured_list_add(out, &captured, err);
}

/* What passed before anything told that it belongs to a checkpoint. */
static int tell_passed(const struct captured_members *members, const struct loose_member *member,
		       struct error *err)
{
	struct warning warning = {
		.code = WARNING_LIMIT,
		.file = member->name,
		.has_range = true,
		.length = member->length,
		.bytes = member->length,
	};

	if (warning_list_add(members->directory->warnings, &warning,
			     "%s: passed before the images that it belongs to, and was not kept",
			     member->name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int take_member(const struct captured_members *members, const struct loose_member *member,
		       bool whole, struct captured_list *out, struct error *err)
{
	const char *directory = members->directory->path;
	struct member_owner owner;
	struct member_place place;
	int ret;

	if (member->link || (members->is_image && container_image_wants(member->name)))
		return 0;
	member_place_find(&place, directory, whole, member->name);
	if (place.part == PART_NONE)
		return 0;
	owner = member_owner_of(members->owners, member->name);
	if (!member_owner_is(&owner, member->name, directory))
		return 0;
	ret = member->passed ? tell_passed(members, member, err) : 0;
	if (ret)
		return ret;
	if (place.part == PART_LOG || place.part == PART_FILE)
		return add_file(member, &place, out, err);
	return read_archive(members, member, &place, out, err);
}

int captured_members_read(const struct captured_members *members, struct captured_list *out,
			  struct error *err)
{
	const struct loose_members *loose = &members->contents->loose;
	size_t length;
	bool whole = path_above(members->directory->path, 1, &length) &&
		     contents_describes(members->contents, members->directory->path, length);
	int ret = 0;

	for (size_t i = 0; !ret && i < loose->count; i++)
		ret = take_member(members, &loose->items[i], whole, out, err);
	return ret;
}
