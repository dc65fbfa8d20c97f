#include "engine/search/lost_list.h"

#include <stdbool.h>
#include <stdlib.h>

#include "engine/base/array.h"

/* Below this many items sorting is not worth the trouble. */
#define FEW_ITEMS 256

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare(const void *left_item, const void *right_item)
{
	const struct lost *left = left_item, *right = right_item;
	int order = compare_numbers(left->file, right->file);

	if (!order)
		order = compare_numbers(left->code, right->code);
	return order ? order : compare_numbers(left->offset, right->offset);
}

/* Makes @into cover @lost as well if they touch. */
static bool join(struct lost *into, const struct lost *lost)
{
	uint64_t end = into->offset + into->length, lost_end = lost->offset + lost->length;

	if (into->file != lost->file || into->code != lost->code)
		return false;
	if (lost->offset < into->offset || lost->offset > end)
		return false;
	if (lost_end > end)
		into->length = lost_end - into->offset;
	return true;
}

int lost_list_add(struct lost_list *list, const struct lost *lost, struct error *err)
{
	struct lost *grown;

	if (list->count && join(&list->items[list->count - 1], lost))
		return 0;
	if (list->count == list->capacity && list->count >= FEW_ITEMS)
		lost_list_merge(list);
	grown = array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "the list of what was not read");
	list->items = grown;
	list->items[list->count++] = *lost;
	return 0;
}

void lost_list_merge(struct lost_list *list)
{
	size_t kept = 0;

	if (!list->count)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare);
	for (size_t i = 1; i < list->count; i++)
		if (!join(&list->items[kept], &list->items[i]))
			list->items[++kept] = list->items[i];
	list->count = kept + 1;
}

static const char *reason(enum warning_code code)
{
	switch (code) {
	case WARNING_TRUNCATED:
		return "the file ends before these bytes";
	case WARNING_CHANGED_WHILE_READ:
		return "the file was changed or cut while it was read";
	default:
		return "these bytes could not be read";
	}
}

void lost_list_warn(const struct lost_list *list, const struct file_table *files,
		    struct warning_list *warnings)
{
	for (size_t i = 0; warnings && i < list->count; i++) {
		const struct lost *lost = &list->items[i];
		struct warning warning = {
			.code = lost->code,
			.file = file_table_name(files, lost->file),
			.has_range = true,
			.offset = lost->offset,
			.length = lost->length,
			.bytes = lost->length,
		};

		warning_list_add(warnings, &warning, "%s", reason(lost->code));
	}
}
