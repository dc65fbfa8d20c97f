#ifndef CKPT_ENGINE_DATABASE_STRATEGY_H
#define CKPT_ENGINE_DATABASE_STRATEGY_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/database.h"
#include "engine/expression/atom.h"

struct subject;
struct expression;

/* What is kept of how a pattern is searched; all parts of a chain together. */
struct strategy_note {
	struct atom weakest; /* length 0: none. A window's classes lie in the database's arena */
	float candidates; /* expected in a GB of process memory */
	uint32_t lead_count, part_count;
	enum strategy_kind kind;
};

/*
 * Notes for @pattern_count patterns, in @arena, by pattern number. @expressions: one for each of the subjects, as
 * they were chosen.
 */
int strategy_notes_init(const struct strategy_note **out, size_t pattern_count,
			const struct subject *subjects, const struct expression *expressions,
			size_t subject_count, struct arena *arena, struct error *err);
/* As bytes, and back: what is read is checked, ERROR_FORMAT. */
void strategy_notes_save(const struct strategy_note *notes, size_t pattern_count,
			 struct byte_writer *out);
int strategy_notes_load(const struct strategy_note **out, size_t pattern_count,
			struct bytes_reader *in, struct arena *arena, struct error *err);

#endif
