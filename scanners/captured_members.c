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

/* Whether it stands with the images of another checkpoint, or of a parent. */
static bool is_anothers(const struct captured_members *members, const char *name)
{
	const char *slash = strrchr(name, '/');
	char *path = strndup(name, slash ? (size_t)(slash - name) : 0);
	const struct image_directory *owner =
		path ? contents_directory(members->contents, path) : NULL;

	free(path);
	return owner && owner != members->directory &&
	       (image_set_has_inventory(owner->images) || image_set_is_pre_dump(owner->images));
}

static int take_member(const struct captured_members *members, const struct loose_member *member,
		       struct captured_list *out, struct error *err)
{
	struct member_place place;

	if (member->link || (members->is_image && container_image_wants(member->name)))
		return 0;
	member_place_find(&place, members->directory->path, member->name);
	if (place.part == PART_NONE || is_anothers(members, member->name))
		return 0;
	if (place.part == PART_LOG || place.part == PART_FILE)
		return add_file(member, &place, out, err);
	return read_archive(members, member, &place, out, err);
}

int captured_members_read(const struct captured_members *members, struct captured_list *out,
			  struct error *err)
{
	const struct loose_members *loose = &members->contents->loose;
	int ret = 0;

	for (size_t i = 0; !ret && i < loose->count; i++)
		ret = take_member(members, &loose->items[i], out, err);
	return ret;
}
