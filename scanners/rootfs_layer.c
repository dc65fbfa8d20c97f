#include "scanners/rootfs_layer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "scanners/source/member_name.h"

#define WHITEOUT ".wh."
#define WHITEOUT_META ".wh..wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

int rootfs_layer_init(struct rootfs_layer *layer, const char *const *paths, size_t count,
		      struct arena *arena, struct error *err)
{
	*layer = (struct rootfs_layer){
		.paths = paths,
		.count = count,
		.files = calloc(count + 1, sizeof(*layer->files)),
		.hides = calloc(count + 1, sizeof(*layer->hides)),
		.arena = arena,
	};
	if (layer->files && layer->hides)
		return 0;
	rootfs_layer_release(layer);
	return error_no_memory(err, "files of an image");
}

void rootfs_layer_release(struct rootfs_layer *layer)
{
	free(layer->files);
	free(layer->hides);
	*layer = (struct rootfs_layer){ 0 };
}

/* A name as members have it: from the top, without the first slash; "" for the top. */
struct name {
	const char *text;
	size_t length;
};

/* How a wanted path stands to @name, followed by @end (0: by nothing, which is below all). */
static int compare(const char *path, struct name name, int end)
{
	int order = strncmp(path + 1, name.text, name.length);

	/* Equal so far, it may have ended: then it is as long as the name, which holds no zero. */
	return order ? order : (unsigned char)path[1 + name.length] - end;
}

/* Index of the first path that is not below @name followed by @end. */
static size_t first_from(const struct rootfs_layer *layer, struct name name, int end)
{
	size_t low = 0, high = layer->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(layer->paths[middle], name, end) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* NULL: it is not wanted. */
static struct layer_file *find(const struct rootfs_layer *layer, struct name name, size_t *index)
{
	*index = first_from(layer, name, 0);
	if (*index == layer->count || compare(layer->paths[*index], name, 0) != 0)
		return NULL;
	return &layer->files[*index];
}

/* From index @first to @end: counted where it begins and ends, so that a hostile layer's many do not add up. */
static void hide(struct rootfs_layer *layer, size_t first, size_t end)
{
	layer->hides[first]++;
	layer->hides[end]--;
}

static void hide_below(struct rootfs_layer *layer, struct name name)
{
	if (!name.length)
		hide(layer, 0, layer->count);
	else
		hide(layer, first_from(layer, name, '/'), first_from(layer, name, '/' + 1));
}

static void hide_at(struct rootfs_layer *layer, struct name name)
{
	size_t index;

	if (find(layer, name, &index))
		hide(layer, index, index + 1);
}

static bool is_whiteout(const char *base)
{
	return string_starts_with(base, WHITEOUT);
}

/* What a whiteout of @base in @member's directory hides. */
static int hide_named(struct rootfs_layer *layer, const char *member, const char *base,
		      struct error *err)
{
	size_t at = (size_t)(base - member);
	char *hidden = strdup(member);
	struct name name;

	if (!hidden)
		return error_no_memory(err, "files of an image");
	strcpy(hidden + at, base + strlen(WHITEOUT));
	name = (struct name){ hidden, strlen(hidden) };
	hide_at(layer, name);
	hide_below(layer, name);
	free(hidden);
	return 0;
}

static int take_whiteout(struct rootfs_layer *layer, const char *member, const char *base,
			 struct error *err)
{
	if (strcmp(base, WHITEOUT_OPAQUE) == 0) {
		size_t length = (size_t)(base - member);

		hide_below(layer, (struct name){ member, length ? length - 1 : 0 });
		return 0;
	}
	/* Others of this kind are notes of the file system that made the layer. */
	return string_starts_with(base, WHITEOUT_META) ? 0 : hide_named(layer, member, base, err);
}

int rootfs_layer_keep(struct source *source, const struct member *member, struct stored_bytes *out,
		      bool *kept, struct error *err)
{
	uint64_t there = member->length;
	int ret = member->passing ? source_keep_whole(source, member, &there, err) : 0;

	*kept = false;
	/* What could not be kept, or was cut, was told by the source. */
	if (ret || there < member->length)
		return ret;
	*out = (struct stored_bytes){ member->offset, member->length, member->file };
	*kept = true;
	return 0;
}

static int take_link(struct rootfs_layer *layer, struct layer_file *file, const char *link,
		     struct error *err)
{
	file->link = arena_copy_string(layer->arena, link, strlen(link));
	return file->link ? 0 : error_no_memory(err, "files of an image");
}

int rootfs_layer_take(struct rootfs_layer *layer, struct source *source,
		      const struct member *member, struct error *err)
{
	const char *base = member_name_base(member->name);
	struct name name = { member->name, strlen(member->name) };
	struct layer_file *file;
	size_t index;

	if (is_whiteout(base))
		return take_whiteout(layer, member->name, base, err);
	if (member->kind != MEMBER_DIRECTORY)
		hide_below(layer, name);
	file = find(layer, name, &index);
	if (!file)
		return 0;
	hide(layer, index, index + 1);
	*file = (struct layer_file){ 0 };
	if (member->kind == MEMBER_FILE)
		return rootfs_layer_keep(source, member, &file->bytes, &file->there, err);
	/* A device or FIFO has no link. */
	if (member->kind == MEMBER_OTHER && member->link)
		return take_link(layer, file, member->link, err);
	return 0;
}

void rootfs_layer_put_over(const struct rootfs_layer *layer, struct layer_file *files)
{
	int64_t hidden = 0;

	for (size_t i = 0; i < layer->count; i++) {
		hidden += layer->hides[i];
		if (layer->files[i].there || hidden > 0)
			files[i] = layer->files[i];
	}
}
