#ifndef CKPT_CLI_COMPILED_FILE_H
#define CKPT_CLI_COMPILED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/* Whether a regular file of that name begins as compiled rules do. */
bool compiled_file_is(const char *path);
/* The whole of it; *@out is malloc'd (never NULL). Messages begin with the file's name. */
int compiled_file_read(const char *path, uint8_t **out, size_t *length, struct error *err);
/*
 * Under another name first, then in place of what may have been there: whoever reads meanwhile finds one or the other,
 * never a part. ERROR_SYSTEM; then nothing has changed. What is there and no file (a pipe, a device) is written to.
 */
int compiled_file_write(const char *path, struct bytes bytes, struct error *err);

#endif
