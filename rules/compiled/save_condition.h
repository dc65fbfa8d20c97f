#ifndef CKPT_RULES_COMPILED_SAVE_CONDITION_H
#define CKPT_RULES_COMPILED_SAVE_CONDITION_H

#include "engine/base/byte_writer.h"
#include "rules/check/checked_rules.h"

/*
 * A condition, its node before what is below it:
 *
 *	u8 kind   u8 type   u8 flags   [i64 known]   payload, unless it is a member
 *	[quantifier: u8 kind, u8 whether a condition follows]
 *	u32 children, then each; of a loop the body last
 *	[the number of a member, which is one of what stands before]
 *
 * No memory: the writer is failed.
 */
struct condition_saver {
	const struct checked_rules *rules;
	struct byte_writer *out;
	size_t program; /* where the next one is looked for first: they are listed as conditions need them */
};

void condition_save(struct condition_saver *saver, const struct condition *condition);

/* A constant or the value of an external: u8 kind, then what it is. */
void value_save(const struct value *value, struct byte_writer *out);

enum saved_condition_flag { SAVED_KNOWN = 1 << 0, SAVED_LOGS = 1 << 1, SAVED_CONDITION_FLAGS = 3 };

#endif
