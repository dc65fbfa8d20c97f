#ifndef CKPT_REPORT_HEX_DUMP_H
#define CKPT_REPORT_HEX_DUMP_H

#include <stdbool.h>

#include "engine/base/text.h"

/*
 * Lines of 16 bytes, aligned as memory is, each after @indent spaces, as xxd has them: with an indent of 4
 * they fit into 80 columns at every address.
 *	7f48c0825000: 4142 4344 4546 4748 494a 4b4c 4d4e 4f50  ABCDEFGHIJKLMNOP
 * @marked, offsets into @bytes, is shown as the match.
 */
struct hex_dump {
	uint64_t address; /* of the first byte */
	struct bytes bytes;
	size_t marked_start, marked_end;
	size_t indent;
	bool color;
};

void hex_dump_add(struct text *text, const struct hex_dump *dump);

#endif
