#ifndef CKPT_SCANNERS_HIT_H
#define CKPT_SCANNERS_HIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "rules/rule.h"
#include "scanners/outline.h"

/* Where a match stands. All strings live as long as the hit. */
struct hit_vma {
	uint64_t start, end;
	char protection[5]; /* "rw-p" */
	const char *kind, *path;
	uint64_t offset; /* with path */
	bool deleted;
};

struct hit_match {
	const struct rule_string *string;
	uint64_t address; /* of a process; in a file the offset */
	uint64_t length;
	struct bytes before, data, after;
	bool has_xor_key;
	uint8_t xor_key;
	bool has_vma;
	struct hit_vma vma;
	const char *image_file; /* NULL: the first byte is in no image */
	uint64_t image_offset;
	uint32_t image_layer; /* 0: of the checkpoint; 1: of its parent... */
	bool from_file; /* a byte was not in the dump, and was taken from the mapped file */
};

/* A rule that is true for a target (with --negate: false), with its evidence. */
struct hit {
	const struct checkpoint_outline *checkpoint;
	const struct target_outline *target;
	const struct rule *rule;
	uint64_t match_count; /* of strings that are not private */
	bool match_count_limited;
	const struct hit_match *matches; /* by string in the rule's order, then address */
	size_t match_count_listed;
	bool has_first; /* for the hit's identity: the lowest match of its first matching string */
	const char *first_string;
	uint64_t first_address;
};

struct file_not_dumped {
	const char *path;
	uint64_t bytes;
};

/* How the work went; says nothing about the result. */
struct work_stats {
	uint64_t *bytes_by_node; /* searched by the workers of each NUMA node */
	size_t node_count;
	uint64_t steals; /* shards that ran on another node than the one they were meant for */
	uint64_t waits; /* how often a worker found nothing to do and slept */
};

struct scan_summary {
	const struct checkpoint_outline *checkpoint;
	bool complete, whole, narrowed;
	uint64_t hits, warnings;
	const enum warning_code *incomplete; /* codes, each once, in order of enum */
	size_t incomplete_count;
	uint64_t targets[TARGET_KINDS]; /* how many of each kind */
	uint64_t bytes_scanned, bytes_lost, bytes_not_selected, bytes_not_dumped;
	const struct file_not_dumped *files_not_dumped; /* the largest, at most 20 */
	size_t files_not_dumped_count;
	const uint8_t *rules_digest; /* 32 bytes */
	size_t rule_count, string_count;
	size_t rules_not_evaluated; /* that use a module without values */
	const char *const *modules_not_evaluated; /* those modules, by name */
	size_t modules_not_evaluated_count;
	const char *filters; /* canonical text of what narrowed, for the identity; "" for none */
	double seconds;
	size_t threads;
	const struct work_stats *stats; /* NULL: not asked for */
};

/* What a rule said by console.log() about a target. */
struct console_message {
	const struct checkpoint_outline *checkpoint;
	const struct target_outline *target;
	const struct rule *rule;
	struct bytes text; /* may hold bytes of memory; any bytes */
};

/*
 * Where a scan's results go: begin; logs and hits; warnings; end. One call at a time, arguments lent. Logs and hits
 * by target (kind, then pid or path), rule (its logs first), string, address. Warnings by file, pid, start, code.
 */
struct hit_sink {
	void *context;
	int (*begin)(void *context, const struct checkpoint_outline *outline, struct error *err);
	int (*hit)(void *context, const struct hit *hit, struct error *err);
	int (*log)(void *context, const struct console_message *message, struct error *err);
	int (*warning)(void *context, const struct checkpoint_outline *outline,
		       const struct target_outline *target, const struct warning *warning,
		       struct error *err); /* outline, target: NULL if it concerns none */
	int (*end)(void *context, const struct scan_summary *summary, struct error *err);
};

#endif
