#ifndef CKPT_TESTS_FILE_LIST_H
#define CKPT_TESTS_FILE_LIST_H

#include <stddef.h>
#include <stdint.h>

/*
 * An input that is several files:
 *
 *	name | zero byte | u32 length, little-endian | bytes | name ...
 *
 * A length beyond the end means all that is left. Failures of memory end the run.
 */
#define FILE_LIST_MOST 96
#define FILE_NAME_BYTES 160

struct listed_file {
	char name[FILE_NAME_BYTES];
	uint8_t *data; /* owned; may be NULL with length 0 */
	size_t length;
};

struct file_list {
	struct listed_file files[FILE_LIST_MOST];
	size_t count;
};

void file_list_split(struct file_list *list, const uint8_t *data, size_t length);
/* As an input again; what does not fit into @most is left out. */
size_t file_list_join(const struct file_list *list, uint8_t *out, size_t most);
void file_list_release(struct file_list *list);

/* Replaces bytes of a file; @data is copied. */
void listed_file_set(struct listed_file *file, const uint8_t *data, size_t length);
/* A copy of its bytes for who frees them; with one byte more than there are. */
uint8_t *listed_file_copy(const struct listed_file *file);

#endif
