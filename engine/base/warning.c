#include "engine/base/warning.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	[WARNING_ROOTFS_MISMATCH] = { "rootfs-mismatch", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_DUPLICATE_MEMBER] = { "duplicate-member", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_DIGEST_MISMATCH] = { "digest-mismatch", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_MODULE_NOT_EVALUATED] = { "module-not-evaluated", EFFECT_NOTE, CAUSE_RULES },
	[WARNING_RULE_WARNING] = { "rule-warning", EFFECT_NOTE, CAUSE_RULES },
	[WARNING_TOO_MANY_MATCHES] = { "too-many-matches", EFFECT_NOTE, CAUSE_INPUT },
	[WARNING_LONGER_THAN_DESCRIBED] = { "longer-than-described", EFFECT_NOTE, CAUSE_INPUT },
};

/* The lowest of a code in the report's order: which ones are listed does not depend on who came first. */
struct listed {
	struct warning items[LISTED_PER_CODE]; /* ascending; texts are the list's own */
	size_t count;
	struct warning rest; /* all others, summed up */
	char rest_message[64];
};

struct warning_list {
	pthread_mutex_t lock;
	struct listed codes[WARNING_CODES];
	struct warning *sorted; /* of the last warning_list_sorted() */
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
	pthread_mutex_init(&list->lock, NULL);
	*out = list;
	return 0;
}

/* Of a copy both texts lie in one allocation, the message first. */
static void release_texts(const struct warning *copy)
{
	free((void *)(uintptr_t)copy->message);
}

void warning_list_free(struct warning_list *list)
{
	if (!list)
		return;
	for (size_t code = 0; code < WARNING_CODES; code++)
		for (size_t i = 0; i < list->codes[code].count; i++)
			release_texts(&list->codes[code].items[i]);
	pthread_mutex_destroy(&list->lock);
	free(list->sorted);
	free(list);
}

static bool copy_warning(struct warning *out, const struct warning *warning, const char *message)
{
	size_t message_bytes = strlen(message) + 1;
	size_t file_bytes = warning->file ? strlen(warning->file) + 1 : 0;
	char *texts = malloc(message_bytes + file_bytes);

	if (!texts)
		return false;
	*out = *warning;
	out->message = memcpy(texts, message, message_bytes);
	if (file_bytes)
		out->file = memcpy(texts + message_bytes, warning->file, file_bytes);
	return true;
}

static void count_in(struct warning *rest, const struct warning *warning)
{
	rest->code = warning->code;
	rest->count += warning->count ? warning->count : 1;
	if (__builtin_add_overflow(rest->bytes, warning->bytes, &rest->bytes))
		rest->bytes = UINT64_MAX;
}

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_texts(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

/* What decides between warnings of one file, process, address and code. */
static int compare_details(const struct warning *left, const struct warning *right)
{
	int order = compare_numbers(left->offset, right->offset);

	if (!order)
		order = compare_texts(left->message, right->message);
	if (!order)
		order = compare_numbers(left->end, right->end);
	if (!order)
		order = compare_numbers(left->length, right->length);
	if (!order)
		order = compare_numbers(left->bytes, right->bytes);
	return order ? order : compare_numbers(left->target, right->target);
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
	return order ? order : compare_details(left, right);
}

static size_t place_of(const struct listed *listed, const struct warning *warning)
{
	size_t low = 0, high = listed->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_warnings(&listed->items[middle], warning) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int insert(struct listed *listed, const struct warning *warning)
{
	size_t place = place_of(listed, warning);
	struct warning copy;

	if (place == LISTED_PER_CODE) {
		count_in(&listed->rest, warning);
		return 0;
	}
	if (!copy_warning(&copy, warning, warning->message)) {
		count_in(&listed->rest, warning);
		return ERROR_MEMORY;
	}
	if (listed->count == LISTED_PER_CODE) {
		struct warning *last = &listed->items[--listed->count];

		count_in(&listed->rest, last);
		release_texts(last);
	}
	memmove(&listed->items[place + 1], &listed->items[place],
		(listed->count - place) * sizeof(copy));
	listed->items[place] = copy;
	listed->count++;
	return 0;
}

int warning_list_add(struct warning_list *list, const struct warning *warning, const char *format,
		     ...)
{
	struct warning added = *warning;
	char message[LONGEST_MESSAGE];
	va_list arguments;
	int ret;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	added.message = message;

	pthread_mutex_lock(&list->lock);
	if (warning_code_effect(warning->code) == EFFECT_INCOMPLETE)
		list->incomplete[warning_code_cause(warning->code)] = true;
	ret = insert(&list->codes[warning->code], &added);
	pthread_mutex_unlock(&list->lock);
	return ret;
}

/* Both kinds of a code's warnings, the listed and the sum of the others. */
static size_t append_code(struct listed *listed, struct warning *out)
{
	size_t count = listed->count;

	memcpy(out, listed->items, count * sizeof(*out));
	if (listed->rest.count) {
		snprintf(listed->rest_message, sizeof(listed->rest_message),
			 "%llu more warnings of this kind", (unsigned long long)listed->rest.count);
		listed->rest.message = listed->rest_message;
		out[count++] = listed->rest;
	}
	return count;
}

const struct warning *warning_list_sorted(struct warning_list *list, size_t *count)
{
	size_t most = 1;

	for (size_t code = 0; code < WARNING_CODES; code++)
		most += list->codes[code].count + 1;

	struct warning *sorted = calloc(most, sizeof(*sorted));

	*count = 0;
	if (!sorted)
		return NULL;
	for (size_t code = 0; code < WARNING_CODES; code++)
		*count += append_code(&list->codes[code], &sorted[*count]);
	qsort(sorted, *count, sizeof(*sorted), compare_warnings);
	free(list->sorted);
	list->sorted = sorted;
	return sorted;
}

bool warning_list_incomplete(struct warning_list *list, enum warning_cause cause)
{
	pthread_mutex_lock(&list->lock);
	bool incomplete = list->incomplete[cause];
	pthread_mutex_unlock(&list->lock);
	return incomplete;
}
