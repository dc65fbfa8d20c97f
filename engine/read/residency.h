#ifndef CKPT_ENGINE_READ_RESIDENCY_H
#define CKPT_ENGINE_READ_RESIDENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/read/file_table.h"

/*
 * What of a table's files is in the page cache, so that mapped bytes come without waiting. The system is asked
 * once for each window of a file, and not at all where samples say that the whole file is there; so the answer is
 * of the past. One thread.
 */
struct residency;

int residency_new(struct residency **out, const struct file_table *files, struct error *err);
void residency_free(struct residency *residency); /* NULL allowed */

/*
 * Whether most of [@offset, @offset + @length) is there. True also for what is no file in place, and where the
 * system does not tell (it tells only who could write the file, or owns it).
 */
bool residency_has(struct residency *residency, uint32_t file, uint64_t offset, uint64_t length);

#endif
