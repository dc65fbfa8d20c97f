#ifndef CKPT_CLI_KEPT_MEMORY_H
#define CKPT_CLI_KEPT_MEMORY_H

#include "cli/options/settings.h"
#include "engine/read/file_table.h"

/* --memory and --no-spill; without the first a quarter of what the machine allows. */
struct file_table_options kept_memory(const struct settings *settings);

#endif
