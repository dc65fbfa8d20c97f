#ifndef CKPT_CLI_TEXT_FILE_H
#define CKPT_CLI_TEXT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

#define TEXT_FILE_BYTES_MAX (256u << 20)

/*
 * Reads a whole file of text that the user named: rules, patterns. A pipe is read to its end. On success
 * *@out is malloc'd (never NULL). Fails with ERROR_NOT_FOUND where nothing has this name or it may not be
 * read, ERROR_SYSTEM where the machine fails, ERROR_LIMIT above TEXT_FILE_BYTES_MAX (a regular file is then not
 * read at all), ERROR_FORMAT for a directory or bytes that no text has. The message begins with the file's name.
 */
int text_file_read(const char *path, uint8_t **out, size_t *length, struct error *err);

#endif
