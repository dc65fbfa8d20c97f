#include "scanners/captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

const char *captured_origin_name(enum captured_origin origin)
{
	static const char *const names[ORIGINS] = {
		[ORIGIN_ROOTFS_DIFF] = "rootfs-diff",
		[ORIGIN_DELETED] = "deleted",
		[ORIGIN_MEMFD] = "memfd",
		[ORIGIN_TMPFS] = "tmpfs",
		[ORIGIN_SHM] = "shm",
		[ORIGIN_VOLUME] = "volume",
		[ORIGIN_LOG] = "log",
		[ORIGIN_GPU] = "gpu",
		[ORIGIN_BPF] = "bpf",
		[ORIGIN_IMAGE] = "image",
		[ORIGIN_OPERAND] = "operand",
	};

	return names[origin];
}

int captured_list_add(struct captured_list *list, const struct captured *captured,
		      struct error *err)
{
	struct captured *grown =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "captured files");
	list->items = grown;
	list->items[list->count++] = *captured;
	return 0;
}

int captured_list_whole(struct captured_list *list, struct stored_bytes bytes, struct content *out,
			struct error *err)
{
	const struct piece piece = { .length = bytes.length,
				     .offset = bytes.offset,
				     .file = bytes.file,
				     .kind = PIECE_STORED };
	const struct piece *copy = arena_copy(list->arena, &piece, sizeof(piece));

	if (!copy)
		return error_no_memory(err, "captured files");
	*out = (struct content){ bytes.length, copy, bytes.length ? 1 : 0 };
	return 0;
}

static int compare_strings(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

/* What a hit's identity is made of: the path of a named pipe, which may have many, is not. */
static int compare_identities(const struct captured *left, const struct captured *right)
{
	int order = (left->kind > right->kind) - (left->kind < right->kind);

	if (!order && left->kind == TARGET_FILE)
		order = compare_strings(left->path, right->path);
	if (!order)
		order = (left->origin > right->origin) - (left->origin < right->origin);
	if (!order)
		order = compare_strings(left->object, right->object);
	if (!order)
		order = compare_strings(left->archive, right->archive);
	return order ? order : compare_strings(left->direction, right->direction);
}

/* An item with its place in the order of adding, which decides between equals. */
struct ranked {
	struct captured captured;
	size_t rank;
};

static int compare_ranked(const void *left_item, const void *right_item)
{
	const struct ranked *left = left_item, *right = right_item;
	int order = compare_identities(&left->captured, &right->captured);

	return order ? order : (left->rank > right->rank) - (left->rank < right->rank);
}

static int tell_duplicate(const struct captured *captured, struct warning_list *warnings,
			  struct error *err)
{
	const char *name = captured->path ? captured->path : captured->object;
	struct warning warning = { .code = WARNING_DUPLICATE_MEMBER, .file = name };

	if (warning_list_add(warnings, &warning, "%s comes twice, the last one counts",
			     name ? name : "an object") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* "7.2" and "7.3": what has the same number as another, and yet is not the same. */
static int number_apart(struct captured_list *list, struct captured *captured, size_t number,
			struct error *err)
{
	const char *object = captured->object ? captured->object : "";
	size_t room = strlen(object) + 24;
	char *made = arena_alloc(list->arena, room);

	if (!made)
		return error_no_memory(err, "captured files");
	snprintf(made, room, "%s.%zu", object, number);
	captured->object = made;
	return 0;
}

/* In an archive a later file takes the place of an earlier one; anything else would lose bytes. */
static int settle_equals(struct captured_list *list, const struct ranked *equals, size_t count,
			 struct warning_list *warnings, struct error *err)
{
	bool archived = equals[0].captured.archive;
	int ret = 0;

	for (size_t i = 0; i < count && !ret; i++) {
		struct captured *next = &list->items[list->count];

		if (archived && i + 1 < count) {
			ret = tell_duplicate(&equals[i].captured, warnings, err);
			continue;
		}
		*next = equals[i].captured;
		list->count++;
		if (i && !archived)
			ret = number_apart(list, next, i + 1, err);
	}
	return ret;
}

static int settle_all(struct captured_list *list, const struct ranked *ranked, size_t count,
		      struct warning_list *warnings, struct error *err)
{
	int ret = 0;

	list->count = 0;
	for (size_t i = 0, end; i < count && !ret; i = end) {
		for (end = i + 1; end < count; end++)
			if (compare_identities(&ranked[i].captured, &ranked[end].captured) != 0)
				break;
		ret = settle_equals(list, &ranked[i], end - i, warnings, err);
	}
	return ret;
}

int captured_list_sort(struct captured_list *list, struct warning_list *warnings, struct error *err)
{
	struct ranked *ranked = calloc(list->count + 1, sizeof(*ranked));
	int ret;

	if (!ranked)
		return error_no_memory(err, "captured files");
	for (size_t i = 0; i < list->count; i++)
		ranked[i] = (struct ranked){ list->items[i], i };
	qsort(ranked, list->count, sizeof(*ranked), compare_ranked);
	ret = settle_all(list, ranked, list->count, warnings, err);
	free(ranked);
	return ret;
}

void captured_list_release(struct captured_list *list)
{
	free(list->items);
	*list = (struct captured_list){ 0 };
}
