#ifndef CKPT_RULES_LIVE_LIVE_RULES_H
#define CKPT_RULES_LIVE_LIVE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "rules/check/checked_rules.h"
#include "rules/target_view.h"

enum live_kind {
	LIVE_PROCESS, /* nothing is mapped below 64 KiB */
	LIVE_LOW_PROCESS,
	LIVE_FILE,
	LIVE_KINDS,
};

enum live_kind live_kind_of(const struct target_facts *facts);

/*
 * For each kind of target the rules that have to be evaluated: those that can be true or write to the console, and those
 * that such rules refer to. The others are false in every target of that kind, whatever its bytes are.
 */
struct live_rules {
	const uint64_t *kinds[LIVE_KINDS]; /* a bit for each rule; in the arena */
};

/* @every: all of them, to compare with. ERROR_MEMORY. */
int live_rules_make(struct live_rules *out, const struct checked_rules *rules, bool every,
		    struct arena *arena, struct error *err);

#endif
