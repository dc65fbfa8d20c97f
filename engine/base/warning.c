#include "engine/base/warning.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/array.h"

#define LISTED_PER_CODE 100
#define LONGEST_MESSAGE 1024

static const struct {
	const char *name;
	enum warning_effect effect;
	enum warning_cause cause;
} codes[WARNING_CODES] = {
	[WARNING_TRUNCATED] = { "truncated", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_CORRUPT] = { "corrupt", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_MISSING_IMAGE] = { "missing-image", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_MISSING_PARENT] = { "missing-parent", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_PARENT_LOOP] = { "parent-loop", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_UNKNOWN_ENCODING] = { "unknown-encoding", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_LAZY_PAGES] = { "lazy-pages", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_ENCRYPTED] = { "encrypted", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_GPU_MEMORY] = { "gpu-memory", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_UNSUPPORTED] = { "unsupported", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_NOT_A_CHECKPOINT] = { "not-a-checkpoint", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_NOTHING_SELECTED_IN_RUN] = { "nothing-selected", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_LIMIT] = { "limit", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_TIMEOUT] = { "timeout", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_CHANGED_WHILE_READ] = { "changed-while-read", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_TOO_MANY_MATCHES_USED] = { "too-many-matches", EFFECT_INCOMPLETE, CAUSE_INPUT },
	[WARNING_CANNOT_OPEN] = { "cannot-open", EFFECT_INCOMPLETE, CAUSE_MACHINE },
	[WARNING_READ_ERROR] = { "read-error", EFFECT_INCOMPLETE, CAUSE_MACHINE },
	[WARNING_NO_MEMORY] = { "no-memory", EFFECT_INCOMPLETE, CAUSE_MACHINE },
	[WARNING_NO_SPACE] = { "no-space", EFFECT_INCOMPLETE, CAUSE_MACHINE },
	[WARNING_INTERRUPTED] = { "interrupted", EFFECT_INCOMPLETE, CAUSE_MACHINE },
	[WARNING_FILE_PAGES_NOT_DUMPED] = { "file-pages-not-dumped", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_NOTHING_SELECTED] = { "nothing-selected", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_DUPLICATE_MEMBER] = { "duplicate-member", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_RULE_WARNING] = { "rule-warning", EFFECT_NOTE, CAUSE_RULES },
	[WARNING_TOO_MANY_MATCHES] = { "too-many-matches", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_LONGER_THAN_DESCRIBED] = { "longer-than-described", EFFECT_NOTE, CAUSE_INPUT },
};

struct warning_list {
	pthread_mutex_t lock;
	struct arena *arena;
	struct warning *items;
	size_t count, capacity;
	size_t per_code[WARNING_CODES];
	struct warning rest[WARNING_CODES]; /* beyond LISTED_PER_CODE */
	bool incomplete[CAUSE_RULES + 1];
};

const char *warning_code_name(enum warning_code code)
{
	return codes[code].name;
}

enum warning_effect warning_code_effect(enum warning_code code)
{
	return codes[code].effect;
}

enum warning_cause warning_code_cause(enum warning_code code)
{
	return codes[code].cause;
}

int warning_list_new(struct warning_list **out, struct error *err)
{
	struct warning_list *list = calloc(1, sizeof(*list));

	if (!list)
		return error_no_memory(err, "a list of warnings");
	list->arena = arena_new(0);
	if (!list->arena) {
		free(list);
		return error_no_memory(err, "a list of warnings");
	}
	pthread_mutex_init(&list->lock, NULL);
	*out = list;
	return 0;
}

void warning_list_free(struct warning_list *list)
{
	if (!list)
		return;
	pthread_mutex_destroy(&list->lock);
	arena_free(list->arena);
	free(list->items);
	free(list);
}

static void count_in(struct warning_list *list, const struct warning *warning)
{
	struct warning *rest = &list->rest[warning->code];

	rest->code = warning->code;
	rest->count += warning->count ? warning->count : 1;
	if (__builtin_add_overflow(rest->bytes, warning->bytes, &rest->bytes))
		rest->bytes = UINT64_MAX;
}

static int append(struct warning_list *list, const struct warning *warning, const char *message)
{
	struct warning copy = *warning;
	struct warning *grown =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return ERROR_MEMORY;
	list->items = grown;
	copy.message = arena_copy_string(list->arena, message, strlen(message));
	if (warning->file)
		copy.file = arena_copy_string(list->arena, warning->file, strlen(warning->file));
	if (!copy.message || (warning->file && !copy.file))
		return ERROR_MEMORY;
	list->items[list->count++] = copy;
	return 0;
}

int warning_list_add(struct warning_list *list, const struct warning *warning, const char *format,
		     ...)
{
	char message[LONGEST_MESSAGE];
	va_list arguments;
	int ret = 0;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);

	pthread_mutex_lock(&list->lock);
	if (warning_code_effect(warning->code) == EFFECT_INCOMPLETE)
		list->incomplete[warning_code_cause(warning->code)] = true;
	if (list->per_code[warning->code] < LISTED_PER_CODE)
		ret = append(list, warning, message);
	else
		count_in(list, warning);
	if (ret)
		count_in(list, warning);
	else
		list->per_code[warning->code]++;
	pthread_mutex_unlock(&list->lock);
	return ret;
}

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_texts(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

static int compare_warnings(const void *left_item, const void *right_item)
{
	const struct warning *left = left_item, *right = right_item;
	int order = compare_texts(left->file, right->file);

	if (!order)
		order = compare_numbers(left->pid, right->pid);
	if (!order)
		order = compare_numbers(left->start, right->start);
	if (!order)
		order = compare_numbers(left->code, right->code);
	if (!order)
		order = compare_numbers(left->offset, right->offset);
	return order ? order : compare_texts(left->message, right->message);
}

static void append_rest(struct warning_list *list)
{
	for (size_t code = 0; code < WARNING_CODES; code++) {
		struct warning *rest = &list->rest[code];
		char message[LONGEST_MESSAGE];

		if (!rest->count)
			continue;
		snprintf(message, sizeof(message), "%llu more warnings of this kind",
			 (unsigned long long)rest->count);
		if (append(list, rest, message) == 0)
			rest->count = rest->bytes = 0;
	}
}

const struct warning *warning_list_sorted(struct warning_list *list, size_t *count)
{
	append_rest(list);
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare_warnings);
	*count = list->count;
	return list->items;
}

bool warning_list_incomplete(struct warning_list *list, enum warning_cause cause)
{
	pthread_mutex_lock(&list->lock);
	bool incomplete = list->incomplete[cause];
	pthread_mutex_unlock(&list->lock);
	return incomplete;
}
