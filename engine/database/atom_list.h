#ifndef CKPT_ENGINE_DATABASE_ATOM_LIST_H
#define CKPT_ENGINE_DATABASE_ATOM_LIST_H

#include <hs.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/database/parts.h"
#include "engine/expression/expression.h"

/* The atoms of all subjects, each once, with what leads from them to the subjects. */
struct atom_list {
	const struct atom **atoms; /* sorted, so by place; borrowed from the expressions */
	size_t count;
	size_t counts[ATOM_PLACES]; /* of each place */
	const struct atom_link *links; /* in the arena, as is @first_link: @count + 2 of them */
	const uint32_t *first_link;
};

/* @expressions: one per subject, they must live longer. @arena: for what outlives the list. */
int atom_list_init(struct atom_list *list, const struct expression *expressions,
		   size_t subject_count, struct arena *arena, struct error *err);
void atom_list_release(struct atom_list *list);

/*
 * Compiles what Hyperscan looks for, numbered as in the list; number @count, when it is reported, leads nowhere. On
 * ERROR_UNSUPPORTED *@refused is the subject whose atom Hyperscan does not take, SIZE_MAX where none is to blame.
 * *@out stays NULL where there are none.
 */
int atom_list_compile(const struct atom_list *list, hs_database_t **out, size_t *refused,
		      struct error *err);

#endif
