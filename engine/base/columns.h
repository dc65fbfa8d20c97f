#ifndef CKPT_ENGINE_BASE_COLUMNS_H
#define CKPT_ENGINE_BASE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/*
 * Columns that text takes on a terminal, without asking the locale: two for the scripts and signs that
 * Unicode calls wide, none for marks that stand on the letter before them, one for all else. A byte that is
 * part of no UTF-8 counts as one.
 */
size_t columns_of_character(uint32_t character);
size_t columns_of(struct bytes bytes);

#endif
