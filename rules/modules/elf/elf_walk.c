#include "rules/modules/elf/elf_walk.h"

#define RECORDS_PER_LOOK 1024u

int elf_walk_next(struct elf_walk *walk, uint8_t *record, bool *more, struct error *err)
{
	*more = false;
	while (!*more && walk->next < walk->table->count) {
		int ret = 0;

		if (walk->next % RECORDS_PER_LOOK == 0)
			ret = walk->context->look(walk->context, err);
		if (ret == 0)
			ret = elf_image_record(walk->image, walk->context->view, walk->table,
					       walk->next, record, more, err);
		if (ret < 0)
			return ret;
		walk->next++;
	}
	return 0;
}
