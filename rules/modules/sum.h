#ifndef CKPT_RULES_MODULES_SUM_H
#define CKPT_RULES_MODULES_SUM_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "rules/value.h"

/* One of the sums that rules may ask for, over bytes that come in parts. */
enum sum_kind {
	SUM_MD5,
	SUM_SHA1,
	SUM_SHA256,
	SUM_CHECKSUM32, /* of all bytes, modulo 2^32 */
	SUM_CRC32, /* as zlib has it */
	SUM_KINDS,
};

struct sum {
	enum sum_kind kind;
	struct evp_md_ctx_st *digest; /* of the first three */
	uint32_t number; /* of the others */
};

/* After success, sum_release() is due. */
int sum_begin(struct sum *sum, enum sum_kind kind, struct error *err);
void sum_release(struct sum *sum);
int sum_add(struct sum *sum, struct bytes part, struct error *err);
/* A text in lower-case hex, which @arena owns, or an integer. */
int sum_end(struct sum *sum, struct arena *arena, struct value *out, struct error *err);

#endif
