#ifndef CKPT_RULES_COMPILED_SAVED_TEXT_H
#define CKPT_RULES_COMPILED_SAVED_TEXT_H

#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"

/*
 * Texts, names and counts as they stand in a file of compiled rules: a length of 32 bits, the bytes, and a zero
 * byte, so that what was read can be used where it lies. Functions that take return false where nothing of that
 * kind stands there.
 */
void saved_text_add(struct byte_writer *out, struct bytes text);
void saved_name_add(struct byte_writer *out, const char *name);
/* Lent from the reader's bytes. */
bool saved_text_take(struct bytes_reader *in, struct bytes *out);
bool saved_name_take(struct bytes_reader *in, const char **out);

/* A count of things that take at least @bytes each: no more than can still come. */
bool saved_count_take(struct bytes_reader *in, size_t bytes, size_t *out);
bool saved_bool_take(struct bytes_reader *in, bool *out);
bool saved_i64_take(struct bytes_reader *in, int64_t *out);
/* A byte of at most @most. */
bool saved_choice_take(struct bytes_reader *in, unsigned int most, unsigned int *out);

#endif
