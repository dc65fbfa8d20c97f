#include "scanners/criu/facts.h"

struct facts facts_of(const struct image_table *table)
{
	const struct stored_image *tree = image_table_find(table, IMAGE_PROCESS_TREE, 0);
	const struct stored_image *files = image_table_find(table, IMAGE_FILES, 0);
	const struct stored_image *old_files = image_table_find(table, IMAGE_REG_FILES, 0);
	const struct stored_image *old_unix = image_table_find(table, IMAGE_UNIXSK, 0);
	const struct stored_image *memfds = image_table_find(table, IMAGE_MEMFD, 0);
	const struct stored_image *deleted = image_table_find(table, IMAGE_REMAP_FPATH, 0);

	return (struct facts){
		.tree = tree ? &tree->tree : NULL,
		.files = files ? &files->files : NULL,
		.old_files = old_files ? &old_files->files : NULL,
		.old_unix = old_unix ? &old_unix->files : NULL,
		.memfds = memfds ? &memfds->memfds : NULL,
		.deleted = deleted ? &deleted->deleted : NULL,
	};
}

const struct file_entry *facts_file(const struct facts *facts, uint64_t id)
{
	const struct file_entry *file = facts->files ? files_find(facts->files, id) : NULL;

	return file || !facts->old_files ? file : files_find(facts->old_files, id);
}

const struct memfd *facts_memfd(const struct facts *facts, uint64_t file_id)
{
	const struct file_entry *file = facts_file(facts, file_id);

	if (!file || file->type != FILE_MEMFD || !facts->memfds)
		return NULL;
	return memfds_find(facts->memfds, file->inode_id);
}

bool facts_file_deleted(const struct facts *facts, uint32_t id)
{
	return facts->deleted && deleted_files_find(facts->deleted, id);
}

enum object_use facts_object(const struct facts *facts, const struct mm_vma *vma, uint64_t *object,
			     const struct memfd **memfd)
{
	*memfd = NULL;
	if (vma->status & STATUS_MEMFD) {
		*memfd = facts_memfd(facts, vma->source);
		if (!*memfd)
			return OBJECT_UNKNOWN;
		*object = (*memfd)->object;
		return OBJECT_KNOWN;
	}
	if (!(vma->status & (STATUS_ANON_SHARED | STATUS_SYSVIPC)))
		return OBJECT_NONE;
	*object = vma->source;
	return OBJECT_KNOWN;
}
