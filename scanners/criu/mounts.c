#include "scanners/criu/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/files.pb-c.h"

/* CRIU stores some without the leading slash of the namespace's root ("./dev"). */
static char *absolute_path(struct arena *arena, ProtobufCBinaryData path)
{
	const char *at = (const char *)path.data;
	size_t length = path.len;
	char *copy;

	if (length && *at == '.' && (length == 1 || at[1] == '/')) {
		at++;
		length--;
	}
	while (length && *at == '/') {
		at++;
		length--;
	}
	copy = arena_alloc(arena, length + 2);
	if (!copy)
		return NULL;
	copy[0] = '/';
	if (length)
		memcpy(copy + 1, at, length);
	return copy;
}

static bool is_root(ProtobufCBinaryData path)
{
	return path.len == 1 && path.data[0] == '/';
}

static int take_mount(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct mounts *mounts = context;
	const Criu__Mount *entry = (const Criu__Mount *)message;
	struct mount *grown =
		array_grow(mounts->items, &mounts->capacity, mounts->count + 1, sizeof(*grown));
	const char *place = absolute_path(mounts->strings, entry->mountpoint);

	(void)index;
	if (grown)
		mounts->items = grown;
	if (!grown || !place)
		return error_no_memory(err, "mounts");
	mounts->items[mounts->count++] = (struct mount){
		.id = entry->mnt_id,
		.device = entry->root_dev,
		.whole = is_root(entry->root),
		.place = place,
	};
	return 0;
}

int mounts_parse(struct mounts *out, const struct image *image, struct error *err)
{
	out->strings = arena_new(0);
	if (!out->strings)
		return error_no_memory(err, "mounts");
	return image_entries(image, &criu__mount__descriptor, &criu__mount__descriptor, take_mount,
			     out, err);
}

void mounts_release(struct mounts *mounts)
{
	free(mounts->items);
	arena_free(mounts->strings);
	*mounts = (struct mounts){ 0 };
}

static bool parse_number(const char *text, uint64_t *out)
{
	static const char end[] = ".tar.gz.img";
	const char *at = text;

	*out = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(*out, 10u, out) ||
		    __builtin_add_overflow(*out, (uint64_t)(*at - '0'), out))
			return false;
	}
	return at != text && strcmp(at, end) == 0;
}

bool tmpfs_name_parse(const char *name, struct tmpfs_name *out)
{
	static const char stem[] = "tmpfs-", device[] = "dev-";

	if (strncmp(name, stem, sizeof(stem) - 1) != 0)
		return false;
	name += sizeof(stem) - 1;
	out->by_device = strncmp(name, device, sizeof(device) - 1) == 0;
	return parse_number(out->by_device ? name + sizeof(device) - 1 : name, &out->number);
}

const char *mounts_place(const struct mounts *mounts, struct tmpfs_name name)
{
	const struct mount *found = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->items[i];

		if ((name.by_device ? mount->device : mount->id) != name.number)
			continue;
		if (!found || (mount->whole && !found->whole))
			found = mount;
	}
	return found ? found->place : NULL;
}
