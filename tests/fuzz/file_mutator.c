/* Changes inputs that are several files: libFuzzer calls it in the place of its own way. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/file_list.h"
#include "tests/fuzz/wire_mutator.h"
#include "tests/fuzz/require.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t length, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned int seed);

#define MOST_BYTES 65536

static void mutate_plain(struct listed_file *file)
{
	uint8_t *bytes = malloc(file->length + 256);

	require(bytes);
	if (file->length)
		memcpy(bytes, file->data, file->length);
	listed_file_set(file, bytes, LLVMFuzzerMutate(bytes, file->length, file->length + 256));
	free(bytes);
}

static void mutate_file(struct listed_file *file, struct random *random)
{
	static uint8_t bytes[MOST_BYTES];
	struct mutated out = { .bytes = bytes, .most = sizeof(bytes) };

	if (file->length > MOST_BYTES / 2 || !random_below(random, 8)) {
		mutate_plain(file);
	} else if (wire_mutate_image(file->data, file->length, random, &out)) {
		listed_file_set(file, bytes, out.length);
	} else if (wire_is_message(file->data, file->length)) {
		wire_mutate(file->data, file->length, random, &out);
		listed_file_set(file, bytes, out.length);
	} else {
		mutate_plain(file);
	}
}

/* Another number in its name, another directory, or any other byte. */
static void rename_file(struct listed_file *file, struct random *random)
{
	size_t length = strlen(file->name),
	       at = length ? random_below(random, (uint32_t)length) : 0;

	for (size_t i = 0; i < length && random_below(random, 4); i++) {
		size_t digit = (at + i) % length;

		if (file->name[digit] >= '0' && file->name[digit] <= '9') {
			file->name[digit] = (char)('0' + random_below(random, 10));
			return;
		}
	}
	if (length)
		file->name[at] = (char)(33 + random_below(random, 94));
}

static void add_copy(struct file_list *list, const struct listed_file *of, struct random *random)
{
	struct listed_file *added = &list->files[list->count];

	if (list->count == FILE_LIST_MOST)
		return;
	*added = (struct listed_file){ 0 };
	memcpy(added->name, of->name, sizeof(added->name));
	listed_file_set(added, of->data, of->length);
	list->count++;
	if (random_below(random, 2))
		rename_file(added, random);
	else
		mutate_file(added, random);
}

static void remove_file(struct file_list *list, size_t index)
{
	free(list->files[index].data);
	list->files[index] = list->files[--list->count];
}

static void change_list(struct file_list *list, struct random *random)
{
	uint32_t count = (uint32_t)list->count;
	size_t index = random_below(random, count), other = random_below(random, count);
	struct listed_file *file = &list->files[index];

	switch (random_below(random, 24)) {
	case 0:
		remove_file(list, index);
		break;
	case 1:
		add_copy(list, file, random);
		break;
	case 2:
		rename_file(file, random);
		break;
	case 3:
		if (index != other)
			listed_file_set(file, list->files[other].data, list->files[other].length);
		break;
	case 4: {
		struct listed_file swapped = *file;

		*file = list->files[other];
		list->files[other] = swapped;
		break;
	}
	case 5:
		file->length = random_below(random, (uint32_t)file->length + 1);
		break;
	default:
		mutate_file(file, random);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned int seed)
{
	static struct file_list list;
	struct random random = { .state = seed };
	size_t changed;

	random_below(&random, 1);
	if (!random_below(&random, 32))
		return LLVMFuzzerMutate(data, length, most);
	file_list_split(&list, data, length);
	if (!list.count)
		return LLVMFuzzerMutate(data, length, most);
	for (uint32_t i = 1 + random_below(&random, 3); i && list.count; i--)
		change_list(&list, &random);
	changed = file_list_join(&list, data, most);
	file_list_release(&list);
	return changed ? changed : LLVMFuzzerMutate(data, length, most);
}
