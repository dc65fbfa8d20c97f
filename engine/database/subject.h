#ifndef CKPT_ENGINE_DATABASE_SUBJECT_H
#define CKPT_ENGINE_DATABASE_SUBJECT_H

#include "engine/database/parts.h"

/* Right edge of a word, in wide text a unit of two bytes. */
#define EDGE_BYTES 2

/* What follows from a subject's pattern and programs, whether those were compiled or loaded. */

/* Takes over the literal of its part, which is one. */
void subject_set_literal(struct subject *subject);

/* Makes the database look as far as the subject needs. @word_edges: whether its regex has some. */
void subject_widen_reach(const struct subject *subject, bool word_edges, struct database *database);

#endif
