#include "scanners/criu/process_tree.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/process_tree.pb-c.h"

struct parse {
	struct process_tree *tree;
	const struct image *image;
};

static int append_threads(struct process_tree *tree, const Criu__TreeProcess *entry,
			  struct error *err)
{
	uint32_t *grown;

	if (!entry->n_threads)
		return 0;
	grown = array_grow(tree->threads, &tree->thread_capacity,
			   tree->thread_count + entry->n_threads, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "the process tree");
	tree->threads = grown;
	memcpy(grown + tree->thread_count, entry->threads, entry->n_threads * sizeof(*grown));
	tree->thread_count += entry->n_threads;
	return 0;
}

static int take_entry(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct parse *parse = context;
	struct process_tree *tree = parse->tree;
	const Criu__TreeProcess *entry = (const Criu__TreeProcess *)message;
	struct tree_entry *grown;

	(void)index;
	if (entry->pid == 0)
		return image_warn(parse->image, WARNING_CORRUPT, 0, 0, "a process has no id", err);
	grown = array_grow(tree->entries, &tree->capacity, tree->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "the process tree");
	tree->entries = grown;
	tree->entries[tree->count++] = (struct tree_entry){
		.pid = entry->pid,
		.ppid = entry->ppid,
		.first_thread = tree->thread_count,
		.thread_count =
			entry->n_threads > UINT32_MAX ? UINT32_MAX : (uint32_t)entry->n_threads,
	};
	return append_threads(tree, entry, err);
}

static int compare_entries(const void *left_item, const void *right_item)
{
	const struct tree_entry *left = left_item, *right = right_item;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

static int drop_doubles(struct process_tree *tree, const struct image *image, struct error *err)
{
	size_t kept = 0, doubles = 0;

	for (size_t i = 0; i < tree->count; i++) {
		if (kept && tree->entries[kept - 1].pid == tree->entries[i].pid)
			doubles++;
		else
			tree->entries[kept++] = tree->entries[i];
	}
	tree->count = kept;
	return doubles ? image_warn(image, WARNING_CORRUPT, 0, 0, "a process is listed twice", err)
		       : 0;
}

int process_tree_parse(struct process_tree *out, const struct image *image, struct error *err)
{
	struct parse parse = { out, image };
	int ret = image_entries(image, &criu__tree_process__descriptor,
				&criu__tree_process__descriptor, take_entry, &parse, err);

	if (ret < 0 || !out->count)
		return ret;
	qsort(out->entries, out->count, sizeof(*out->entries), compare_entries);
	return drop_doubles(out, image, err);
}

void process_tree_release(struct process_tree *tree)
{
	free(tree->entries);
	free(tree->threads);
	*tree = (struct process_tree){ 0 };
}

const struct tree_entry *process_tree_find(const struct process_tree *tree, uint32_t pid)
{
	struct tree_entry key = { .pid = pid };

	if (!tree->count)
		return NULL;
	return bsearch(&key, tree->entries, tree->count, sizeof(key), compare_entries);
}
