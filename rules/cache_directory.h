#ifndef CKPT_RULES_CACHE_DIRECTORY_H
#define CKPT_RULES_CACHE_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/* Files of a directory that nobody but the effective user can write. All functions are silent about failures. */

/* A descriptor, the directory made where it was missing; -1: there is none, or none that can be trusted. */
int cache_directory_open(void);
/* The whole file, malloc'd; false: there is none, or none that can be trusted. */
bool cache_directory_read(int directory, const char *name, uint8_t **data, size_t *length);
/* Complete or not at all; mode 0600. */
bool cache_directory_write(int directory, const char *name, struct bytes bytes);
/* Removes those that were used least lately until all are at most @limit bytes. */
void cache_directory_shrink(int directory, uint64_t limit);

#endif
