#include "engine/confirm/settled.h"

#include <stdlib.h>
#include <string.h>

int settled_init(struct settled *settled, size_t subject_count, struct error *err)
{
	*settled = (struct settled){ .count = subject_count };
	settled->marks = calloc(subject_count + 1, sizeof(*settled->marks));
	return settled->marks ? 0 : error_no_memory(err, "what is settled");
}

void settled_release(struct settled *settled)
{
	free(settled->marks);
	*settled = (struct settled){ 0 };
}

void settled_begin(struct settled *settled)
{
	if (++settled->piece != 0)
		return;
	memset(settled->marks, 0, settled->count * sizeof(*settled->marks));
	settled->piece = 1;
}
