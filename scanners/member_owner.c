#include "scanners/member_owner.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/member_table.h"

static int compare_names(const char *left, size_t left_length, const char *right,
			 size_t right_length)
{
	size_t length = left_length < right_length ? left_length : right_length;
	int order = memcmp(left, right, length);

	return order ? order : (left_length > right_length) - (left_length < right_length);
}

static int compare_folders(const void *left_item, const void *right_item)
{
	const struct owner_folder *left = left_item, *right = right_item;

	return compare_names(left->path, left->length, right->path, right->length);
}

int member_owners_make(struct member_owners *out, const struct contents *contents,
		       struct error *err)
{
	*out = (struct member_owners){ .contents = contents };
	out->folders = calloc(contents->directory_count + 1, sizeof(*out->folders));
	if (!out->folders)
		return error_no_memory(err, "the folders of checkpoints");
	for (size_t i = 0; i < contents->directory_count; i++) {
		const struct image_directory *directory = contents->directories[i];
		size_t length;

		if (image_set_has_inventory(directory->images) &&
		    path_above(directory->path, 1, &length))
			out->folders[out->count++] =
				(struct owner_folder){ directory->path, length };
	}
	qsort(out->folders, out->count, sizeof(*out->folders), compare_folders);
	return 0;
}

void member_owners_release(struct member_owners *owners)
{
	free(owners->folders);
	*owners = (struct member_owners){ 0 };
}

static bool holds_images(const struct member_owners *owners, const char *name, size_t length)
{
	const struct image_directory *directory =
		contents_directory_named(owners->contents, name, length);

	return directory && (image_set_has_inventory(directory->images) ||
			     image_set_is_pre_dump(directory->images));
}

static bool is_folder(const struct member_owners *owners, const char *name, size_t length)
{
	const struct owner_folder sought = { name, length };

	return owners->count && bsearch(&sought, owners->folders, owners->count,
					sizeof(*owners->folders), compare_folders);
}

struct member_owner member_owner_of(const struct member_owners *owners, const char *name)
{
	size_t length = strlen(name);

	while (length) {
		while (length && name[length - 1] != '/')
			length--;
		length -= length > 0;
		if (holds_images(owners, name, length))
			return (struct member_owner){ true, true, length };
		if (is_folder(owners, name, length))
			return (struct member_owner){ true, false, length };
	}
	return (struct member_owner){ 0 };
}

bool member_owner_is(const struct member_owner *owner, const char *name, const char *directory)
{
	size_t length = strlen(directory);

	if (!owner->known)
		return true;
	if (!owner->is_images && !path_above(directory, 1, &length))
		return false;
	return compare_names(name, owner->length, directory, length) == 0;
}
