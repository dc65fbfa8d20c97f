#ifndef CKPT_TESTS_CHECKPOINT_CHECK_H
#define CKPT_TESTS_CHECKPOINT_CHECK_H

#include <stdbool.h>

#include "engine/read/file_table.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"

/* What the headers promise of a checkpoint, whatever it was made of; what does not hold ends the run. */

/* Processes, VMAs, page runs, objects, files. @has_bytes: pages can be read by now. */
void check_model(const struct checkpoint *checkpoint, const struct file_table *files,
		 bool has_bytes);
/* Blocks of every process: they, what is lent, and what is counted tell the same; and their bytes are there. */
void check_memory(const struct checkpoint *checkpoint, const struct file_table *files);
/* Captured files and bytes in flight: pieces, blocks and what is lent. */
void check_captured(const struct captured_list *captured, const struct file_table *files);
/* Whether anything is lost of which a warning must tell. */
bool loses_memory(const struct checkpoint *checkpoint);
bool loses_captured(const struct captured_list *captured);
/* The same processes, with the same VMAs and page runs; of what had not come by then only what is known. */
void check_same_memory(const struct checkpoint *early, const struct checkpoint *final);

#endif
