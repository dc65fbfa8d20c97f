#include "scanners/unshown.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/address_space.h"

/* A piece of an object that some mapping shows; places in the object. */
struct shown {
	const struct shared_object *object;
	uint64_t first, last;
};

struct shown_list {
	struct shown *items;
	size_t count, capacity;
};

/* Pieces of one mapping that follow each other become one, so that an object in many runs costs no more. */
static int note(struct shown_list *list, struct shown shown, bool joins, struct error *err)
{
	if (joins) {
		list->items[list->count - 1].last = shown.last;
		return 0;
	}

	struct shown *grown =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "what mappings show");
	list->items = grown;
	list->items[list->count++] = shown;
	return 0;
}

static int note_process(struct shown_list *list, const struct process *process, struct error *err)
{
	struct span_cursor cursor = span_cursor_at(process, 0);
	const struct vma *last_vma = NULL;
	uint64_t end = 0;
	struct span span;
	int ret = 0;

	while (!ret && span_cursor_next(&cursor, &span)) {
		const struct vma *vma = span.region.vma;
		uint64_t first, last;

		/* What lies behind the last byte that an object can have is of no object. */
		if (!span.of_object ||
		    __builtin_add_overflow(vma->offset, span.first - vma->start, &first) ||
		    __builtin_add_overflow(first, span.last - span.first, &last))
			continue;
		ret = note(list, (struct shown){ vma->object, first, last },
			   vma == last_vma && span.first == end, err);
		last_vma = vma;
		end = span.last + 1;
	}
	return ret;
}

/* What a mapping left out is lost, and so it is not what nobody shows. */
static int note_left_out(struct shown_list *list, const struct process *process, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];
		uint64_t last;

		if (!vma->left_out)
			continue;
		if (__builtin_add_overflow(vma->offset, vma->end - vma->start - 1, &last))
			last = UINT64_MAX;
		ret = note(list, (struct shown){ vma->object, vma->offset, last }, false, err);
	}
	return ret;
}

static int compare_shown(const void *left_item, const void *right_item)
{
	const struct shown *left = left_item, *right = right_item;

	if (left->object != right->object)
		return left->object > right->object ? 1 : -1;
	return (left->first > right->first) - (left->first < right->first);
}

/* Bytes of [first, last] in the runs from *@run on, which moves along. */
static uint64_t bytes_between(const struct shared_object *object, size_t *run, uint64_t first,
			      uint64_t last)
{
	uint64_t bytes = 0;

	for (; *run < object->run_count && object->runs[*run].address <= last; ++*run) {
		const struct page_run *at = &object->runs[*run];
		uint64_t run_last = at->address + at->length - 1;
		uint64_t low = at->address > first ? at->address : first;
		uint64_t high = run_last < last ? run_last : last;

		if (low <= high)
			bytes += high - low + 1;
		if (run_last > last)
			break;
	}
	return bytes;
}

/* @shown: of this object, ascending. */
static uint64_t unshown_of(const struct shared_object *object, const struct shown *shown,
			   size_t count)
{
	uint64_t described = 0, seen = 0, next = 0;
	size_t run = 0;

	for (size_t i = 0; i < object->run_count; i++)
		described += object->runs[i].length;
	for (size_t i = 0; i < count; i++) {
		uint64_t first = shown[i].first > next ? shown[i].first : next;

		if (first > shown[i].last)
			continue;
		seen += bytes_between(object, &run, first, shown[i].last);
		if (shown[i].last == UINT64_MAX)
			break;
		next = shown[i].last + 1;
	}
	return described - seen;
}

static void count(const struct checkpoint *checkpoint, const struct shown_list *list,
		  uint64_t *bytes)
{
	size_t at = 0;

	for (size_t i = 0; i < checkpoint->object_count; i++) {
		const struct shared_object *object = &checkpoint->objects[i];
		size_t from = at;

		while (at < list->count && list->items[at].object == object)
			at++;
		bytes[i] = unshown_of(object, at > from ? &list->items[from] : NULL, at - from);
	}
}

int unshown_count(const struct checkpoint *checkpoint, uint64_t *bytes, struct error *err)
{
	struct shown_list list = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < checkpoint->process_count; i++) {
		ret = note_process(&list, &checkpoint->processes[i], err);
		if (!ret)
			ret = note_left_out(&list, &checkpoint->processes[i], err);
	}
	if (!ret) {
		if (list.count)
			qsort(list.items, list.count, sizeof(*list.items), compare_shown);
		count(checkpoint, &list, bytes);
	}
	free(list.items);
	return ret;
}
