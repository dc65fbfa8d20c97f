#include "scanners/member_table.h"

#include <string.h>

#include "engine/base/text.h"
#include "scanners/criu/image_set.h"
#include "scanners/source/member_name.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Beside the images' directory. A name that begins with a star is any that ends so. */
static const struct {
	const char *name;
	enum member_part part;
} beside[] = {
	{ "rootfs-diff.tar", PART_ROOTFS_DIFF },
	{ "devshm-checkpoint.tar", PART_SHM },
	{ "ctr.log", PART_LOG },
	{ "container.log", PART_LOG },
	/* The name of the annotation that has the log's path. */
	{ "io.kubernetes.cri-o.LogPath", PART_LOG },
	{ "*-json.log", PART_LOG },
};

/* About the dump itself, or documents that are read. */
static const char *const describing[] = {
	"dump.log",	  "restore.log",     "pre-dump.log", "deleted.files", "network.status",
	"bind.mounts",	  "status",	     "config.dump",  "spec.dump",     "status.dump",
	"config.v2.json", "hostconfig.json", "pod.options",  "pod.dump",
};

bool path_above(const char *path, size_t levels, size_t *length)
{
	*length = strlen(path);
	for (; levels; levels--) {
		if (!*length)
			return false;
		while (*length && path[*length - 1] != '/')
			--*length;
		*length -= *length > 0;
	}
	return true;
}

static bool is_tmpfs(const char *base)
{
	return string_starts_with(base, "tmpfs-") && string_ends_with(base, ".img");
}

bool member_describes(const char *base)
{
	for (size_t i = 0; i < COUNT(describing); i++)
		if (strcmp(base, describing[i]) == 0)
			return true;
	return image_is_known(base) && !is_tmpfs(base);
}

static size_t depth_of(const char *name)
{
	size_t depth = 0;

	for (; *name; name++)
		depth += *name == '/';
	return depth;
}

static enum member_part part_beside(const char *base)
{
	for (size_t i = 0; i < COUNT(beside); i++) {
		const char *name = beside[i].name;

		if (*name == '*' ? string_ends_with(base, name + 1) : strcmp(base, name) == 0)
			return beside[i].part;
	}
	return PART_NONE;
}

bool member_may_belong(const char *name, bool in_layer)
{
	const char *base = member_name_base(name);

	return depth_of(name) <= (in_layer ? 0 : 2) || is_tmpfs(base) ||
	       part_beside(base) != PART_NONE || string_ends_with(base, ".log") ||
	       string_starts_with(name, "volumes/") || strstr(name, "/volumes/") ||
	       string_starts_with(name, "artifacts/");
}

/* What stands of @name behind the first @length bytes of @directory, which are a whole path; NULL: nothing. */
static const char *within(const char *name, const char *directory, size_t length)
{
	if (!length)
		return name;
	return strncmp(name, directory, length) == 0 && name[length] == '/' ? name + length + 1
									    : NULL;
}

static enum member_part part_of_images(const char *name)
{
	if (member_describes(member_name_base(name)))
		return PART_NONE;
	return is_tmpfs(name) ? PART_TMPFS : PART_FILE;
}

static bool is_volume(const char *name)
{
	return string_starts_with(name, "volumes/") && !strchr(name + 8, '/') &&
	       string_ends_with(name, ".tar") && strlen(name) > 12;
}

/* @whole: an engine's folder, in which nothing is anybody else's. */
static enum member_part part_of_folder(const char *name, bool whole)
{
	enum member_part part;

	if (is_volume(name))
		return PART_VOLUME;
	if (member_describes(member_name_base(name)))
		return PART_NONE;
	if (strchr(name, '/'))
		return whole ? PART_FILE : PART_NONE;
	part = part_beside(name);
	return part != PART_NONE ? part : PART_FILE;
}

/* Docker keeps the log two levels above the images. */
static enum member_part part_of_docker(const char *name, const char *directory, const char **rest)
{
	size_t parent, above;

	if (!path_above(directory, 1, &parent) || !path_above(directory, 2, &above) ||
	    strncmp(directory + above + (above > 0), "checkpoints", 11) != 0 ||
	    parent - above - (above > 0) != 11)
		return PART_NONE;
	*rest = within(name, directory, above);
	return *rest && !strchr(*rest, '/') && part_beside(*rest) == PART_LOG ? PART_LOG
									      : PART_NONE;
}

void member_place_find(struct member_place *out, const char *directory, bool whole,
		       const char *name)
{
	size_t folder = 0;
	const char *rest = within(name, directory, strlen(directory));

	*out = (struct member_place){ .part = rest ? part_of_images(rest) : PART_NONE };
	/* Where the images are at the top, what stands with them is beside them too. */
	if (!path_above(directory, 1, &folder) && out->part == PART_FILE)
		out->part = part_of_folder(rest, true);
	if (out->part == PART_NONE && (!rest || !*directory)) {
		rest = within(name, directory, folder);
		out->part = rest ? part_of_folder(rest, whole) : PART_NONE;
	}
	if (out->part == PART_NONE)
		out->part = part_of_docker(name, directory, &rest);
	if (out->part == PART_NONE)
		return;
	out->name = rest;
	out->base = member_name_base(rest);
	out->base_length = strlen(out->base) - (out->part == PART_VOLUME ? strlen(".tar") : 0);
}
