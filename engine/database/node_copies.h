#ifndef CKPT_ENGINE_DATABASE_NODE_COPIES_H
#define CKPT_ENGINE_DATABASE_NODE_COPIES_H

#include <stddef.h>

#include "engine/base/error.h"
#include "engine/database.h"

/* The copies of one database, which owns them; empty until somebody asks for one. Any thread. */
struct node_copies;

/* NULL: no memory. */
struct node_copies *node_copies_new(void);
/* The copy on @node of @original, made by the calling thread when there is none. */
int node_copies_get(struct node_copies *copies, const struct database *original, size_t node,
		    const struct database **out, struct error *err);
size_t node_copies_count(struct node_copies *copies);
/* NULL is fine. */
void node_copies_free(struct node_copies *copies);

#endif
