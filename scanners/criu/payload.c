#include "scanners/criu/payload.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

enum numbering { NUMBER_NONE, NUMBER_DECIMAL, NUMBER_HEX, NUMBER_ANYTHING };

/* The first that fits. */
static const struct {
	const char *stem;
	enum numbering numbering;
	enum payload_kind kind;
} rows[] = {
	{ "pipes-data", NUMBER_NONE, PAYLOAD_PIPES },
	{ "fifo-data", NUMBER_NONE, PAYLOAD_FIFOS },
	{ "sk-queues", NUMBER_NONE, PAYLOAD_SOCKETS },
	{ "tcp-stream-", NUMBER_HEX, PAYLOAD_TCP },
	{ "tty-data", NUMBER_NONE, PAYLOAD_TERMINALS },
	{ "ipcns-msg-", NUMBER_DECIMAL, PAYLOAD_MESSAGES },
	{ "ipcns-shm-", NUMBER_DECIMAL, PAYLOAD_SEGMENTS },
	{ "bpfmap-data", NUMBER_NONE, PAYLOAD_BPF_MAPS },
	{ "ghost-file-", NUMBER_HEX, PAYLOAD_GHOST },
	{ "amdgpu-kfd-", NUMBER_DECIMAL, PAYLOAD_GPU_STATE },
	{ "amdgpu-renderD-", NUMBER_ANYTHING, PAYLOAD_GPU_STATE },
	{ "amdgpu-dmabuf_", NUMBER_ANYTHING, PAYLOAD_GPU_STATE },
	{ "amdgpu-", NUMBER_ANYTHING, PAYLOAD_GPU },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool digit_value(char digit, uint64_t base, uint64_t *out)
{
	if (digit >= '0' && digit <= '9')
		*out = (uint64_t)(digit - '0');
	else if (digit >= 'a' && digit <= 'f')
		*out = (uint64_t)(digit - 'a') + 10;
	else
		return false;
	return *out < base;
}

static bool parse_number(const char *text, uint64_t base, uint64_t *out)
{
	const char *at = text;
	uint64_t value;

	*out = 0;
	for (; digit_value(*at, base, &value); at++) {
		if (__builtin_mul_overflow(*out, base, out) ||
		    __builtin_add_overflow(*out, value, out))
			return false;
	}
	return at != text && strcmp(at, ".img") == 0;
}

static bool parse_rest(enum numbering numbering, const char *text, uint64_t *number)
{
	*number = 0;
	switch (numbering) {
	case NUMBER_NONE:
		return strcmp(text, ".img") == 0;
	case NUMBER_DECIMAL:
		return parse_number(text, 10, number);
	case NUMBER_HEX:
		return parse_number(text, 16, number);
	case NUMBER_ANYTHING:
		return true;
	}
	return false;
}

bool payload_name_parse(const char *name, enum payload_kind *kind, uint64_t *number)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t length = strlen(rows[i].stem);

		if (strncmp(name, rows[i].stem, length) == 0 &&
		    parse_rest(rows[i].numbering, name + length, number)) {
			*kind = rows[i].kind;
			return true;
		}
	}
	return false;
}

int payload_table_add(struct payload_table *table, const char *name, struct stored_bytes bytes,
		      struct error *err)
{
	struct payload added = { .bytes = bytes, .order = table->count };
	struct payload *grown;

	if (!payload_name_parse(name, &added.kind, &added.number))
		return error_set(err, ERROR_USAGE, 0, "%s is no image of files or queues", name);
	grown = array_grow(table->items, &table->capacity, table->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "a table of images");
	table->items = grown;
	added.name = strdup(name);
	if (!added.name)
		return error_no_memory(err, "a table of images");
	table->items[table->count++] = added;
	table->sorted = false;
	return 0;
}

static int compare_names(const struct payload *left, const struct payload *right)
{
	if (left->kind != right->kind)
		return left->kind > right->kind ? 1 : -1;
	if (left->number != right->number)
		return left->number > right->number ? 1 : -1;
	return strcmp(left->name, right->name);
}

static int compare_payloads(const void *left_item, const void *right_item)
{
	const struct payload *left = left_item, *right = right_item;
	int order = compare_names(left, right);

	return order ? order : (left->order > right->order) - (left->order < right->order);
}

static int warn_double(const struct payload *payload, struct warning_list *warnings,
		       struct error *err)
{
	struct warning warning = { .code = WARNING_DUPLICATE_MEMBER, .file = payload->name };

	if (warning_list_add(warnings, &warning, "%s: comes twice, the last one counts",
			     payload->name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int payload_table_sort(struct payload_table *table, struct warning_list *warnings,
		       struct error *err)
{
	size_t kept = 0;
	int ret = 0;

	if (table->sorted || !table->count)
		return 0;
	qsort(table->items, table->count, sizeof(*table->items), compare_payloads);
	for (size_t i = 0; i < table->count; i++) {
		struct payload *last = kept ? &table->items[kept - 1] : NULL;

		if (!last || compare_names(last, &table->items[i]) != 0) {
			table->items[kept++] = table->items[i];
			continue;
		}
		if (!ret)
			ret = warn_double(last, warnings, err);
		free(last->name);
		*last = table->items[i];
	}
	table->count = kept;
	table->sorted = true;
	return ret;
}

/* Place of the first of @kind, or of a later one. */
static size_t first_from(const struct payload_table *table, int kind)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((int)table->items[middle].kind < kind)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct payload *payload_table_kind(const struct payload_table *table, enum payload_kind kind,
					 size_t *count)
{
	size_t first = first_from(table, (int)kind);

	*count = first_from(table, (int)kind + 1) - first;
	return *count ? &table->items[first] : NULL;
}

void payload_table_release(struct payload_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->items[i].name);
	free(table->items);
	*table = (struct payload_table){ 0 };
}
