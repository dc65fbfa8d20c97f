#include "engine/matches/kept_list.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4

void kept_list_init(struct kept_list *list, size_t most)
{
	*list = (struct kept_list){ .most = most, .closed = UINT64_MAX };
}

void kept_list_release(struct kept_list *list)
{
	for (size_t i = 0; list->evidence && i < list->count; i++)
		free(list->evidence[i]);
	free(list->addresses);
	free(list->lengths);
	free(list->evidence);
	*list = (struct kept_list){ 0 };
}

static size_t next_capacity(const struct kept_list *list)
{
	size_t wanted = list->capacity + list->capacity / 2;

	if (list->count < list->capacity || list->count == list->most)
		return list->capacity;
	if (wanted < FIRST_CAPACITY)
		wanted = FIRST_CAPACITY;
	return wanted < list->most ? wanted : list->most;
}

static bool lengths_needed(const struct kept_list *list, uint64_t length)
{
	return list->lengths || (list->count > 0 && length != list->common_length);
}

static size_t row_bytes(bool lengths, bool evidence)
{
	return sizeof(uint64_t) + (lengths ? sizeof(uint64_t) : 0) +
	       (evidence ? sizeof(struct kept_evidence *) : 0);
}

size_t kept_list_bytes(const struct kept_list *list)
{
	return list->capacity * row_bytes(list->lengths, list->evidence);
}

size_t kept_list_growth(const struct kept_list *list, uint64_t length, bool has_evidence)
{
	return next_capacity(list) *
		       row_bytes(lengths_needed(list, length), list->evidence || has_evidence) -
	       kept_list_bytes(list);
}

static bool grow_column(void *column, size_t capacity, size_t item_bytes)
{
	void *items;

	memcpy(&items, column, sizeof(items));
	items = realloc(items, capacity * item_bytes);
	if (!items)
		return false;
	memcpy(column, &items, sizeof(items));
	return true;
}

/* A column that fails leaves those before it with room to spare, which harms nothing. */
static bool grow(struct kept_list *list)
{
	size_t capacity = next_capacity(list);

	if (capacity == list->capacity)
		return true;
	if (!grow_column(&list->addresses, capacity, sizeof(*list->addresses)) ||
	    (list->lengths && !grow_column(&list->lengths, capacity, sizeof(*list->lengths))) ||
	    (list->evidence && !grow_column(&list->evidence, capacity, sizeof(*list->evidence))))
		return false;
	list->capacity = capacity;
	return true;
}

static bool add_lengths(struct kept_list *list)
{
	list->lengths = malloc(list->capacity * sizeof(*list->lengths));
	for (size_t i = 0; list->lengths && i < list->count; i++)
		list->lengths[i] = list->common_length;
	return list->lengths;
}

static bool add_columns(struct kept_list *list, uint64_t length, bool has_evidence)
{
	if (list->count == 0)
		list->common_length = length;
	if (!list->lengths && lengths_needed(list, length) && !add_lengths(list))
		return false;
	if (!list->evidence && has_evidence)
		list->evidence = calloc(list->capacity, sizeof(*list->evidence));
	return list->evidence || !has_evidence;
}

static void set_row(struct kept_list *list, size_t index, uint64_t address, uint64_t length,
		    struct kept_evidence *evidence)
{
	list->addresses[index] = address;
	if (list->lengths)
		list->lengths[index] = length;
	if (list->evidence)
		list->evidence[index] = evidence;
}

static void swap_rows(struct kept_list *list, size_t left, size_t right)
{
	uint64_t address = list->addresses[left], length = kept_list_length(list, left);
	struct kept_evidence *evidence = list->evidence ? list->evidence[left] : NULL;

	set_row(list, left, list->addresses[right], kept_list_length(list, right),
		list->evidence ? list->evidence[right] : NULL);
	set_row(list, right, address, length, evidence);
}

/* Restores the heap of the first @count rows below @index. */
static void sift_down(struct kept_list *list, size_t index, size_t count)
{
	for (size_t child = 2 * index + 1; child < count; child = 2 * index + 1) {
		if (child + 1 < count && list->addresses[child + 1] > list->addresses[child])
			child++;
		if (list->addresses[child] <= list->addresses[index])
			return;
		swap_rows(list, child, index);
		index = child;
	}
}

/* Restores the heap above the last row. */
static void sift_up(struct kept_list *list, size_t index)
{
	for (; index > 0 && list->addresses[(index - 1) / 2] < list->addresses[index];
	     index = (index - 1) / 2)
		swap_rows(list, index, (index - 1) / 2);
}

static void make_heap(struct kept_list *list)
{
	list->heap = true;
	for (size_t i = list->count / 2; i > 0; i--)
		sift_down(list, i - 1, list->count);
}

static void add_row(struct kept_list *list, uint64_t address, uint64_t length,
		    struct kept_evidence *evidence)
{
	size_t index = list->count++;

	list->mixed = list->mixed || (index > 0 && address < list->addresses[index - 1]);
	set_row(list, index, address, length, evidence);
	if (list->heap)
		sift_up(list, index);
	else if (list->count == list->most && list->mixed)
		make_heap(list);
}

bool kept_list_add(struct kept_list *list, uint64_t address, uint64_t length,
		   struct kept_evidence *evidence, struct kept_evidence **forgotten)
{
	if (!grow(list) || !add_columns(list, length, evidence))
		return false;
	*forgotten = NULL;
	if (list->count < list->most) {
		add_row(list, address, length, evidence);
		return true;
	}
	if (!list->heap)
		make_heap(list);
	if (list->evidence)
		*forgotten = list->evidence[0];
	set_row(list, 0, address, length, evidence);
	sift_down(list, 0, list->count);
	return true;
}

bool kept_list_give_way(struct kept_list *list, uint64_t address, struct kept_evidence **forgotten)
{
	*forgotten = NULL;
	if (!list->heap)
		make_heap(list);
	if (list->count == 0 || list->addresses[0] < address) {
		list->closed = address;
		return false;
	}
	list->closed = list->addresses[0];
	if (list->evidence)
		*forgotten = list->evidence[0];
	swap_rows(list, 0, --list->count);
	if (list->evidence)
		list->evidence[list->count] = NULL;
	sift_down(list, 0, list->count);
	return true;
}

void kept_list_sort(struct kept_list *list)
{
	if (!list->heap && !list->mixed)
		return;
	make_heap(list);
	for (size_t end = list->count; end > 1; end--) {
		swap_rows(list, 0, end - 1);
		sift_down(list, 0, end - 1);
	}
}
