#ifndef CKPT_BENCH_NAIVE_FILE_BYTES_H
#define CKPT_BENCH_NAIVE_FILE_BYTES_H

#include "engine/base/byte_writer.h"
#include "engine/base/error.h"

/* Adds a whole file to @out, which the caller releases, also on failure. */
int file_bytes_read(struct byte_writer *out, const char *path, struct error *err);

#endif
