#ifndef CKPT_SCANNERS_CRIU_PROCESS_TREE_H
#define CKPT_SCANNERS_CRIU_PROCESS_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "scanners/criu/image.h"

/* pstree.img: which processes there are. */
struct tree_entry {
	uint32_t pid, ppid; /* inside of the container; the first has parent 0 */
	size_t first_thread; /* index of its first thread id */
	uint32_t thread_count;
};

struct process_tree {
	struct tree_entry *entries; /* by pid, each once */
	size_t count, capacity;
	uint32_t *threads; /* ids, as they are listed */
	size_t thread_count, thread_capacity;
};

int process_tree_parse(struct process_tree *out, const struct image *image, struct error *err);
void process_tree_release(struct process_tree *tree);
/* NULL: not in the tree. */
const struct tree_entry *process_tree_find(const struct process_tree *tree, uint32_t pid);

#endif
