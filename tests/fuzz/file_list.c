#include "tests/fuzz/file_list.h"
#include "tests/fuzz/require.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 4

void listed_file_set(struct listed_file *file, const uint8_t *data, size_t length)
{
	uint8_t *copy = malloc(length + 1);

	require(copy);
	if (length)
		memcpy(copy, data, length);
	free(file->data);
	file->data = copy;
	file->length = length;
}

uint8_t *listed_file_copy(const struct listed_file *file)
{
	uint8_t *copy = malloc(file->length + 1);

	require(copy);
	if (file->length)
		memcpy(copy, file->data, file->length);
	return copy;
}

/* Bytes of one file from @data on; 0: nothing more. */
static size_t take_file(struct listed_file *file, const uint8_t *data, size_t length)
{
	const uint8_t *zero = memchr(data, 0, length);
	size_t name = zero ? (size_t)(zero - data) : length, at = name + 1 + LENGTH_BYTES;
	size_t bytes = 0;

	if (name >= FILE_NAME_BYTES || at > length)
		return 0;
	memcpy(file->name, data, name);
	file->name[name] = '\0';
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		bytes |= (size_t)data[name + 1 + i] << (8 * i);
	if (bytes > length - at)
		bytes = length - at;
	listed_file_set(file, data + at, bytes);
	return at + bytes;
}

void file_list_split(struct file_list *list, const uint8_t *data, size_t length)
{
	size_t at = 0, taken = 1;

	*list = (struct file_list){ 0 };
	while (taken && at < length && list->count < FILE_LIST_MOST) {
		taken = take_file(&list->files[list->count], data + at, length - at);
		list->count += taken > 0;
		at += taken;
	}
}

size_t file_list_join(const struct file_list *list, uint8_t *out, size_t most)
{
	size_t length = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct listed_file *file = &list->files[i];
		size_t name = strlen(file->name) + 1, head = name + LENGTH_BYTES;

		if (head > most - length || file->length > most - length - head)
			continue;
		memcpy(out + length, file->name, name);
		for (size_t j = 0; j < LENGTH_BYTES; j++)
			out[length + name + j] = (uint8_t)(file->length >> (8 * j));
		if (file->length)
			memcpy(out + length + head, file->data, file->length);
		length += head + file->length;
	}
	return length;
}

void file_list_release(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->files[i].data);
	list->count = 0;
}
