#ifndef CKPT_ENGINE_BASE_WARNING_H
#define CKPT_ENGINE_BASE_WARNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Stable words of the report (warning_code_name()); what is incomplete comes first. */
enum warning_code {
	/* incomplete, cause input */
	WARNING_TRUNCATED,
	WARNING_CORRUPT,
	WARNING_MISSING_IMAGE,
	WARNING_MISSING_PARENT,
	WARNING_PARENT_LOOP,
	WARNING_UNKNOWN_ENCODING,
	WARNING_LAZY_PAGES,
	WARNING_ENCRYPTED,
	WARNING_GPU_MEMORY,
	WARNING_UNSUPPORTED,
	WARNING_NOT_A_CHECKPOINT,
	WARNING_NOTHING_SELECTED_IN_RUN, /* "nothing-selected" */
	WARNING_LIMIT,
	WARNING_TIMEOUT,
	WARNING_CHANGED_WHILE_READ,
	WARNING_TOO_MANY_MATCHES_USED, /* "too-many-matches": a condition used count or places */
	/* incomplete, cause machine */
	WARNING_CANNOT_OPEN,
	WARNING_READ_ERROR,
	WARNING_NO_MEMORY,
	WARNING_NO_SPACE,
	WARNING_INTERRUPTED,
	/* notes */
	WARNING_FILE_PAGES_NOT_DUMPED,
	WARNING_NOTHING_SELECTED, /* in one checkpoint */
	WARNING_ROOTFS_MISMATCH,
	WARNING_DUPLICATE_MEMBER,
	WARNING_DIGEST_MISMATCH,
	WARNING_MODULE_NOT_EVALUATED,
	WARNING_RULE_WARNING,
	WARNING_TOO_MANY_MATCHES, /* only presence was asked */
	WARNING_LONGER_THAN_DESCRIBED,
	WARNING_CODES,
};

enum warning_effect { EFFECT_INCOMPLETE, EFFECT_NOTE };
enum warning_cause { CAUSE_INPUT, CAUSE_MACHINE, CAUSE_RULES };

const char *warning_code_name(enum warning_code code);
enum warning_effect warning_code_effect(enum warning_code code);
enum warning_cause warning_code_cause(enum warning_code code);

/* What could not be read, or is worth knowing. Zero fields are left out of the report. */
struct warning {
	enum warning_code code;
	const char *
		message; /* one line for people; may hold names from the checkpoint: escape when shown */
	const char *file; /* member, image or path; NULL: none */
	bool has_memory, has_range;
	uint32_t pid; /* with has_memory */
	uint64_t start, end; /* with has_memory: addresses not seen */
	uint64_t offset, length; /* with has_range: not seen in @file */
	uint64_t bytes; /* not seen because of this; 0: unknown or none */
	bool has_target;
	uint32_t target; /* with has_target: its number among those that are searched */
	uint64_t count; /* more than one: that many were made into this one; 0: one */
};

/*
 * The warnings of one checkpoint. Any thread adds. Of each code the first 100 in the report's order are listed,
 * in whatever order they came; the rest become one with their count and sum of bytes.
 */
struct warning_list;

int warning_list_new(struct warning_list **out, struct error *err);
void warning_list_free(struct warning_list *list);
/* Copies @warning; @format makes its message. Fails only without memory (and then remembers that something is missing). */
int warning_list_add(struct warning_list *list, const struct warning *warning, const char *format,
		     ...) __attribute__((format(printf, 3, 4)));
/*
 * In the report's order (file, pid, start, code); lent until the next call or free. One thread, when all is done.
 * NULL without memory: none can be listed, and the list says only that it is incomplete.
 */
const struct warning *warning_list_sorted(struct warning_list *list, size_t *count);
/* Whether any is incomplete, by cause. */
bool warning_list_incomplete(struct warning_list *list, enum warning_cause cause);

#endif
