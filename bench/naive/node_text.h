#ifndef CKPT_BENCH_NAIVE_NODE_TEXT_H
#define CKPT_BENCH_NAIVE_NODE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/byte_writer.h"
#include "engine/regex.h"

/*
 * A tree in the syntax of Hyperscan, for flags DOTALL and, where case does not count, CASELESS. @wide: each byte that is
 * consumed has a zero byte behind it.
 */
void node_text_write(struct byte_writer *out, const struct regex_node *node, bool wide);
/* One byte as it stands. */
void byte_text_write(struct byte_writer *out, uint8_t byte);

#endif
