#ifndef CKPT_ENGINE_DATABASE_WINDOW_TABLE_H
#define CKPT_ENGINE_DATABASE_WINDOW_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/expression/atom.h"

/*
 * Finds windows of classes without a byte that stands for itself. Hyperscan is not given these: fifty of sixteen
 * nibbles take it five seconds to compile, a few hundred minutes, and then it scans at a tenth of its speed for
 * literals. Immutable; any number of threads.
 */
struct window_table;

/* Windows are numbered from @first_number on. All of it lies in @arena; copies the classes. */
int window_table_make(const struct window_table **out, const struct atom *const *windows,
		      size_t count, uint32_t first_number, struct arena *arena, struct error *err);
size_t window_table_count(const struct window_table *table);

/* @end: index behind the window's last byte. Not 0: enough. */
typedef int window_found(void *context, uint32_t number, size_t end);

/* Reports every place of every window, of each one in order of its places. */
void window_table_scan(const struct window_table *table, const struct bytes *text,
		       window_found *found, void *context);

/* As bytes, and back: what is read is checked, ERROR_FORMAT. They have the last of @number_count numbers. */
void window_table_save(const struct window_table *table, struct byte_writer *out);
int window_table_load(const struct window_table **out, size_t number_count, struct bytes_reader *in,
		      struct arena *arena, struct error *err);

#endif
