#include "scanners/criu/model.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/criu/sockets.h"

#define MACHINE_S390 5 /* CRIU's number of the one architecture with the other byte order */

/* A file that an image describes, or that only a descriptor leads to. */
struct listed {
	uint32_t id;
	enum open_file_kind kind;
	const struct file_entry *entry; /* NULL: nothing describes it */
};

static bool frozen_big_endian(const struct image_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->images[i]->holds == IMAGE_CORE && table->images[i]->core.machine)
			return table->images[i]->core.machine == MACHINE_S390;
	}
	return false;
}

static bool lists_files(const struct stored_image *stored)
{
	return stored->holds == IMAGE_FILES || image_kind_is_single_type(stored->holds);
}

static size_t count_listed(const struct image_table *table)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct stored_image *stored = table->images[i];

		if (lists_files(stored))
			count += stored->files.count;
		else if (stored->holds == IMAGE_FDINFO)
			count += stored->descriptors.count;
	}
	return count;
}

static size_t collect(const struct image_table *table, struct listed *out)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct stored_image *stored = table->images[i];

		for (size_t j = 0; lists_files(stored) && j < stored->files.count; j++) {
			const struct file_entry *entry = &stored->files.items[j];

			out[count++] = (struct listed){ entry->id, entry->kind, entry };
		}
		for (size_t j = 0; stored->holds == IMAGE_FDINFO && j < stored->descriptors.count;
		     j++) {
			const struct descriptor_entry *entry = &stored->descriptors.items[j];

			out[count++] = (struct listed){ entry->file,
							files_kind_of_type(entry->type), NULL };
		}
	}
	return count;
}

/* What describes a file comes before what only names it. */
static int compare_listed(const void *left_item, const void *right_item)
{
	const struct listed *left = left_item, *right = right_item;
	int order = (left->id > right->id) - (left->id < right->id);

	if (!order)
		order = !left->entry - !right->entry;
	return order ? order : (left->kind > right->kind) - (left->kind < right->kind);
}

static size_t join_equal(struct listed *listed, size_t count, size_t *undescribed)
{
	size_t kept = 0;

	*undescribed = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept && listed[kept - 1].id == listed[i].id)
			continue;
		*undescribed += !listed[i].entry;
		listed[kept++] = listed[i];
	}
	return kept;
}

static int copy_build_id(const struct model *model, struct bytes from, struct bytes *out,
			 struct error *err)
{
	uint8_t *copy = arena_copy(model->checkpoint->arena, from.data, from.length);

	if (!copy)
		return error_no_memory(err, "open files");
	for (size_t i = 0; model->big_endian && i + 4 <= from.length; i += 4) {
		for (size_t j = 0; j < 4; j++)
			copy[i + j] = from.data[i + 3 - j];
	}
	*out = (struct bytes){ copy, from.length };
	return 0;
}

static int fill_regular(const struct model *model, const struct file_entry *entry,
			struct open_file *out, struct error *err)
{
	out->path = arena_copy_string(model->checkpoint->arena, entry->path, strlen(entry->path));
	if (!out->path)
		return error_no_memory(err, "open files");
	out->has_size = entry->has_size;
	out->size = entry->size;
	out->deleted = facts_file_deleted(&model->facts, entry->id);
	return entry->build_id.length ? copy_build_id(model, entry->build_id, &out->build_id, err)
				      : 0;
}

static int fill_bpf_map(const struct model *model, const struct file_entry *entry,
			struct open_file *out, struct error *err)
{
	out->object = entry->number;
	if (!entry->path[0])
		return 0;
	out->path = arena_copy_string(model->checkpoint->arena, entry->path, strlen(entry->path));
	return out->path ? 0 : error_no_memory(err, "open files");
}

static void fill_memfd(const struct model *model, const struct file_entry *entry,
		       struct open_file *out)
{
	const struct memfd *memfd = facts_memfd(&model->facts, entry->id);

	if (!memfd)
		return;
	out->path = model_object_name(model, memfd->object);
	out->object = memfd->object;
	out->has_size = true;
	out->size = memfd->size;
}

static int fill_socket(const struct model *model, const struct file_socket *socket,
		       struct open_file *out, struct error *err)
{
	struct arena *arena = model->checkpoint->arena;
	int ret = socket_local_name(socket, model->big_endian, arena, &out->local, err);

	out->object = socket->inode;
	out->peer = socket->peer;
	out->protocol = socket_protocol_name(socket);
	out->state = socket_state_name(socket);
	return ret ? ret : socket_remote_name(socket, model->big_endian, arena, &out->remote, err);
}

static int fill_file(const struct model *model, const struct listed *listed, struct open_file *out,
		     struct error *err)
{
	const struct file_entry *entry = listed->entry;

	*out = (struct open_file){ .id = listed->id, .kind = listed->kind };
	if (!entry)
		return 0;
	out->flags = entry->flags;
	switch (entry->type) {
	case FILE_REGULAR:
		return fill_regular(model, entry, out, err);
	case FILE_BPF_MAP:
		return fill_bpf_map(model, entry, out, err);
	case FILE_SOCKET:
		return fill_socket(model, entry->socket, out, err);
	case FILE_MEMFD:
		fill_memfd(model, entry, out);
		return 0;
	case FILE_PIPE:
	case FILE_FIFO:
	case FILE_TERMINAL:
		out->object = entry->number;
		return 0;
	case FILE_OTHER:
		return 0;
	}
	return 0;
}

static int compare_id(const void *id_item, const void *file_item)
{
	const uint64_t *id = id_item;
	const struct open_file *file = file_item;

	return (*id > file->id) - (*id < file->id);
}

const struct open_file *model_file(const struct model *model, uint64_t id)
{
	const struct checkpoint *checkpoint = model->checkpoint;

	if (!checkpoint->file_count)
		return NULL;
	return bsearch(&id, checkpoint->files, checkpoint->file_count, sizeof(*checkpoint->files),
		       compare_id);
}

/* Named pipes and terminals have their path in a regular file's entry, which many may share. */
static void name_places(const struct model *model, const struct listed *listed,
			struct open_file *files)
{
	for (size_t i = 0; i < model->checkpoint->file_count; i++) {
		const struct file_entry *entry = listed[i].entry;
		const struct open_file *place =
			entry && entry->place ? model_file(model, entry->place) : NULL;

		if (!place || place->kind != OPEN_FILE_FILE)
			continue;
		files[i].path = place->path;
		files[i].flags = files[i].flags ? files[i].flags : place->flags;
	}
}

/* A deleted file that leads to a ghost. */
struct haunted {
	uint32_t ghost;
	struct open_file *file;
};

static int compare_haunted(const void *left_item, const void *right_item)
{
	const struct haunted *left = left_item, *right = right_item;

	if (left->ghost != right->ghost)
		return left->ghost > right->ghost ? 1 : -1;
	return (left->file->id > right->file->id) - (left->file->id < right->file->id);
}

/* Descriptors and mappings have ids of their own for one deleted file. */
static int join_deleted(const struct model *model, struct open_file *files, struct error *err)
{
	size_t total = model->checkpoint->file_count, count = 0;
	struct haunted *haunted = calloc(total + 1, sizeof(*haunted));

	if (!haunted)
		return error_no_memory(err, "deleted files");
	for (size_t i = 0; i < total; i++) {
		const struct deleted_file *deleted =
			files[i].deleted ? deleted_files_find(model->facts.deleted, files[i].id)
					 : NULL;
		const struct open_file *link =
			deleted && !deleted->ghost ? model_file(model, deleted->number) : NULL;

		if (link && link->kind == OPEN_FILE_FILE)
			files[i].kept_as = link->path;
		if (deleted && deleted->ghost)
			haunted[count++] = (struct haunted){ deleted->number, &files[i] };
	}
	qsort(haunted, count, sizeof(*haunted), compare_haunted);
	for (size_t i = 0, first = 0; i < count; i++) {
		first = haunted[i].ghost == haunted[first].ghost ? first : i;
		haunted[i].file->same_as = haunted[first].file->id;
	}
	free(haunted);
	return 0;
}

static int compare_inodes(const void *left_item, const void *right_item)
{
	const struct open_file *const *left = left_item, *const *right = right_item;

	if ((*left)->object != (*right)->object)
		return (*left)->object > (*right)->object ? 1 : -1;
	return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

static const struct open_file *first_with_inode(const struct open_file *const *sockets,
						size_t count, uint64_t inode)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sockets[middle]->object < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && sockets[low]->object == inode ? sockets[low] : NULL;
}

static bool is_unix(const struct listed *listed)
{
	return listed->entry && listed->entry->type == FILE_SOCKET &&
	       listed->entry->socket->family == FAMILY_UNIX;
}

/* A Unix socket's other end is another of these files. */
static int name_peers(const struct model *model, const struct listed *listed,
		      struct open_file *files, struct error *err)
{
	size_t total = model->checkpoint->file_count, count = 0;
	const struct open_file **sockets = calloc(total + 1, sizeof(*sockets));

	if (!sockets)
		return error_no_memory(err, "sockets");
	for (size_t i = 0; i < total; i++) {
		if (is_unix(&listed[i]))
			sockets[count++] = &files[i];
	}
	qsort(sockets, count, sizeof(*sockets), compare_inodes);
	for (size_t i = 0; i < total; i++) {
		const struct open_file *peer =
			files[i].peer ? first_with_inode(sockets, count, files[i].peer) : NULL;

		if (peer)
			files[i].remote = peer->local;
	}
	free(sockets);
	return 0;
}

static int fill_files(struct model *model, const struct listed *listed, size_t count,
		      struct error *err)
{
	struct checkpoint *checkpoint = model->checkpoint;
	struct open_file *files = arena_alloc_array(checkpoint->arena, count, sizeof(*files));

	if (!files)
		return error_no_memory(err, "open files");
	checkpoint->files = files;
	checkpoint->file_count = count;
	for (size_t i = 0; i < count; i++) {
		int ret = fill_file(model, &listed[i], &files[i], err);

		if (ret)
			return ret;
	}
	name_places(model, listed, files);

	int ret = join_deleted(model, files, err);

	return ret ? ret : name_peers(model, listed, files, err);
}

/* Where there is no image of files at all, that is told instead. */
static int warn_undescribed(const struct model *model, size_t count, struct error *err)
{
	const enum image_kind kind = model->facts.files ? IMAGE_FILES : IMAGE_REG_FILES;
	char name[IMAGE_NAME_BYTES];
	struct warning warning = { .code = WARNING_CORRUPT, .file = name };

	if (!count || !model->warnings || (!model->facts.files && !model->facts.old_files))
		return 0;
	image_name_print((struct image_name){ kind, 0 }, name);
	if (warning_list_add(model->warnings, &warning,
			     "%s: does not describe %zu files that descriptors lead to", name,
			     count) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int compare_lists(const void *left_item, const void *right_item)
{
	const struct model_descriptors *left = left_item, *right = right_item;

	return (left->id > right->id) - (left->id < right->id);
}

static int fill_list(const struct model *model, const struct stored_image *stored,
		     struct model_descriptors *out, struct error *err)
{
	const struct descriptors *from = &stored->descriptors;
	struct descriptor *items =
		arena_alloc_array(model->checkpoint->arena, from->count, sizeof(*items));

	if (!items)
		return error_no_memory(err, "descriptors");
	for (size_t i = 0; i < from->count; i++)
		items[i] = (struct descriptor){ from->items[i].fd, from->items[i].flags,
						model_file(model, from->items[i].file) };
	*out = (struct model_descriptors){ (uint32_t)stored->name.number, items, from->count };
	return 0;
}

static int list_descriptors(struct model *model, struct error *err)
{
	const struct image_table *table = model->table;
	int ret = 0;

	model->descriptor_lists = calloc(table->count + 1, sizeof(*model->descriptor_lists));
	if (!model->descriptor_lists)
		return error_no_memory(err, "descriptors");
	for (size_t i = 0; i < table->count && !ret; i++) {
		if (table->images[i]->holds == IMAGE_FDINFO)
			ret = fill_list(model, table->images[i],
					&model->descriptor_lists[model->descriptor_list_count++],
					err);
	}
	qsort(model->descriptor_lists, model->descriptor_list_count,
	      sizeof(*model->descriptor_lists), compare_lists);
	return ret;
}

int model_list_files(struct model *model, struct error *err)
{
	struct listed *listed = calloc(count_listed(model->table) + 1, sizeof(*listed));
	size_t count, undescribed;
	int ret;

	if (!listed)
		return error_no_memory(err, "open files");
	model->big_endian = frozen_big_endian(model->table);
	count = collect(model->table, listed);
	qsort(listed, count, sizeof(*listed), compare_listed);
	count = join_equal(listed, count, &undescribed);
	ret = fill_files(model, listed, count, err);
	free(listed);
	if (!ret)
		ret = warn_undescribed(model, undescribed, err);
	return ret ? ret : list_descriptors(model, err);
}

static bool by_process(const struct model *model)
{
	const struct stored_image *stored = image_table_find(model->table, IMAGE_INVENTORY, 0);

	return stored && stored->inventory.descriptors_by_process;
}

static int warn_missing(const struct model *model, enum image_kind kind, uint32_t number,
			struct error *err)
{
	if (image_table_has_name(model->table, kind, number))
		return 0;
	return model_warn_missing(model, kind, number, NULL, (struct address_range){ 0 }, err);
}

int model_descriptors(const struct model *model, struct process *process, bool alive,
		      struct error *err)
{
	const struct stored_image *ids = image_table_find(model->table, IMAGE_IDS, process->pid);
	bool has_list = ids && ids->ids.has_files;
	/* Nothing is missing of what was never dumped: a set of images without any list of descriptors. */
	bool described = has_list || model->descriptor_list_count;
	struct model_descriptors key = { .id = has_list ? ids->ids.files : process->pid };
	struct model_descriptors *found = NULL;

	if (!described || (!has_list && !by_process(model)))
		return alive && described ? warn_missing(model, IMAGE_IDS, process->pid, err) : 0;
	if (model->descriptor_list_count)
		found = bsearch(&key, model->descriptor_lists, model->descriptor_list_count,
				sizeof(key), compare_lists);
	if (!found)
		return alive ? warn_missing(model, IMAGE_FDINFO, key.id, err) : 0;
	process->descriptors = found->items;
	process->descriptor_count = found->count;
	return 0;
}
