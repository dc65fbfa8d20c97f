#include "engine/chains/part_list.h"

#include <stdlib.h>

#include "engine/base/array.h"

uint64_t subject_longest(const struct subject *subject, size_t variant)
{
	const struct regex_program *program = subject->programs[variant];

	if (program)
		return regex_program_longest(program);
	return (uint64_t)subject->literal.length * (variant == VARIANT_WIDE ? 2 : 1);
}

bool subject_varies(const struct subject *subject, size_t variant)
{
	const struct regex_program *program = subject->programs[variant];

	return program && !regex_program_fixed_length(program);
}

int part_list_add(struct part_list *list, const struct part_found *found, struct error *err)
{
	struct part_entry *items =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*items));
	bool varies = subject_varies(found->subject, found->variant);

	if (!items)
		return error_no_memory(err, "matches of a chain's parts");
	list->items = items;
	list->subject = found->subject;
	items[list->count++] = (struct part_entry){
		.start = (uint32_t)found->start, /* pieces have less than 4 GiB */
		.variant = found->variant & 1,
		.length = varies ? found->length & 0x7fffffff : 0,
	};
	return 0;
}

static int compare_starts(const void *left_item, const void *right_item)
{
	const struct part_entry *left = left_item, *right = right_item;

	return (left->start > right->start) - (left->start < right->start);
}

void part_list_sort(struct part_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		if (list->items[i - 1].start <= list->items[i].start)
			continue;
		qsort(list->items, list->count, sizeof(*list->items), compare_starts);
		return;
	}
}

void part_list_release(struct part_list *list)
{
	free(list->items);
	*list = (struct part_list){ 0 };
}
