#ifndef CKPT_ENGINE_DATABASE_KEY_TABLE_H
#define CKPT_ENGINE_DATABASE_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/database/window_table.h"
#include "engine/expression/atom.h"

/*
 * Finds atoms under any xor key by the differences between neighbouring bytes, which no key changes. Hyperscan would
 * need each atom under each key: 2.5 KB and 40 us to compile for every one of up to 512 from a string. Looking at
 * every byte costs more than a few thousand atoms more do, so this is for large numbers. Immutable; any number of
 * threads.
 */
struct key_table;

/* Atoms, all keyed and no two of them equal, are numbered from @first_number on. All of it lies in @arena. */
int key_table_make(const struct key_table **out, const struct atom *const *atoms, size_t count,
		   uint32_t first_number, struct arena *arena, struct error *err);
size_t key_table_count(const struct key_table *table);

/* Reports every place of every atom, whatever its key. */
void key_table_scan(const struct key_table *table, const struct bytes *text, window_found *found,
		    void *context);

/* As bytes, and back: what is read is checked, ERROR_FORMAT. All numbers are below @number_count. */
void key_table_save(const struct key_table *table, struct byte_writer *out);
int key_table_load(const struct key_table **out, size_t number_count, struct bytes_reader *in,
		   struct arena *arena, struct error *err);

#endif
