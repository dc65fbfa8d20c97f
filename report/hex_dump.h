#ifndef CKPT_REPORT_HEX_DUMP_H
#define CKPT_REPORT_HEX_DUMP_H

#include <stdbool.h>

#include "engine/base/text.h"

/*
 * Lines of 16 bytes, aligned as memory is, each after @indent spaces:
 *	7f48c0825000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|
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
