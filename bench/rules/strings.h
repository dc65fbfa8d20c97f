#ifndef CKPT_BENCH_RULES_STRINGS_H
#define CKPT_BENCH_RULES_STRINGS_H

#include <stdint.h>

#include "bench/rules/generator.h"

/* What strings of a style are like. Shares are in a thousand; one_in 0: never. */
struct string_mix {
	uint32_t text, hex; /* of all strings; the rest are regular expressions */
	/* Of texts. */
	uint32_t short_text; /* with two or three letters */
	uint32_t wide, ascii_too, nocase, fullword; /* ascii_too: of wide ones */
	uint32_t xor_one_in, base64_one_in;
	/* Of hex strings. */
	uint32_t
		code; /* instructions with their operands; the rest any bytes with whatever YARA allows between */
	uint32_t wild_code; /* of those with instructions: with operands left open */
	uint32_t code_least, code_most; /* bytes of those */
	uint32_t regex_kinds; /* how many of the kinds of regex.h */
};

/* What stands behind `$a = `, with modifiers. */
void string_write(struct generator *generator, const struct string_mix *mix);

#endif
