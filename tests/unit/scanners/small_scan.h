#ifndef CKPT_TESTS_SMALL_SCAN_H
#define CKPT_TESTS_SMALL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/match_store.h"
#include "rules/compiled_rules.h"
#include "scanners/target_list.h"

#define SMALL_PROCESSES 8
#define SMALL_PAGE UINT64_C(4096)

/*
 * What a scan hands from the search to the report, without a search: rules from text, processes of one page each
 * (pids from 1, process N at N * 1 MiB, its page full of the letter 'a' + N), and tables of matches as told.
 */
struct small_scan {
	struct compiled_rules *rules;
	const struct ruleset *ruleset;
	struct file_table *files;
	struct warning_list *warnings;
	struct page_image image;
	struct page_run runs[SMALL_PROCESSES];
	struct vma vmas[SMALL_PROCESSES];
	struct process processes[SMALL_PROCESSES];
	struct checkpoint checkpoint;
	struct scan_options options;
	struct target_list *targets;
	uint64_t match_bytes; /* budget of matches; 0: plenty */
};

/* Matches of one string, @step apart; @string is its name in any rule. */
struct small_matches {
	const char *string;
	uint64_t address, count, step;
};

enum small_bytes { BYTES_HERE, BYTES_PASSED };

void small_scan_make(struct small_scan *scan, const char *rules, size_t process_count,
		     enum small_bytes bytes);
void small_scan_release(struct small_scan *scan);
/* The caller's. Each match is "hit", with one byte before and two after it. */
struct match_table *small_scan_matches(const struct small_scan *scan,
				       const struct small_matches *matches, size_t count);
/* Warnings so far; lent. */
const struct warning *small_scan_warnings(const struct small_scan *scan, size_t *count);

#endif
