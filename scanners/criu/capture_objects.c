#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/criu/capture.h"

/* A memory file's last page may reach past its end: as large as pages are on any machine. */
#define LARGEST_PAGE_BYTES 65536

static void write_run(const struct checkpoint *checkpoint, const struct page_run *run,
		      uint64_t length, struct content_writer *writer)
{
	const struct page_image *image = run->lost || run->image >= checkpoint->image_count
						 ? NULL
						 : &checkpoint->images[run->image];

	if (!image || image->file == UINT32_MAX) {
		content_writer_add(writer, PIECE_LOST, length);
		return;
	}
	content_writer_add_stored(
		writer, (struct stored_bytes){ image->offset + run->offset, length, image->file });
}

static uint64_t end_of_runs(const struct shared_object *object)
{
	const struct page_run *last = &object->runs[object->run_count - 1];

	return last->address + last->length;
}

/* What it says, unless there are whole pages behind it. */
static uint64_t length_of(const struct shared_object *object)
{
	uint64_t end = end_of_runs(object);

	if (object->size && (object->size >= end || end - object->size < LARGEST_PAGE_BYTES))
		return object->size;
	return end;
}

static void write_object(const struct checkpoint *checkpoint, const struct shared_object *object,
			 struct content_writer *writer)
{
	uint64_t length = length_of(object);

	for (size_t i = 0; i < object->run_count && object->runs[i].address < length; i++) {
		const struct page_run *run = &object->runs[i];
		uint64_t left = length - run->address;

		content_writer_add(writer, PIECE_ZERO, run->address - writer->length);
		write_run(checkpoint, run, run->length < left ? run->length : left, writer);
	}
	content_writer_add(writer, PIECE_ZERO, length - writer->length);
}

static int copy_name(struct capture *capture, const char *name, const char **out, struct error *err)
{
	*out = arena_copy_string(capture->out->arena, name, strlen(name));
	return *out ? 0 : error_no_memory(err, "captured files");
}

static int add_object(struct capture *capture, const struct shared_object *object,
		      enum captured_origin origin, const char *path, struct error *err)
{
	const struct held held = { HELD_OBJECT, object->id };
	struct captured captured = { .kind = TARGET_FILE, .origin = origin };
	struct content_writer writer = { 0 };
	int ret = copy_name(capture, path, &captured.path, err);

	if (ret)
		return ret;
	write_object(capture->checkpoint, object, &writer);
	ret = content_writer_end(&writer, capture->out->arena, &captured.content, err);
	if (!ret)
		ret = capture_object(capture, object->id, &captured.object, err);
	return ret ? ret : capture_add(capture, &captured, held, held, err);
}

/* Memory files have names; other shared memory is a file only where processes do not show all of it. */
static int capture_object_of(struct capture *capture, const struct shared_object *object,
			     uint64_t unshown, struct error *err)
{
	char name[IMAGE_NAME_BYTES];

	/* What ipcns-shm-N.img holds is listed where that is read. */
	if (!object->run_count || object->segment)
		return 0;
	if (object->name)
		return add_object(capture, object, ORIGIN_MEMFD, object->name, err);
	if (!unshown)
		return 0;
	image_name_print((struct image_name){ IMAGE_PAGEMAP_SHMEM, object->id }, name);
	return add_object(capture, object, ORIGIN_IMAGE, name, err);
}

static int capture_shared(struct capture *capture, struct error *err)
{
	const struct checkpoint *checkpoint = capture->checkpoint;
	int ret = 0;

	for (size_t i = 0; i < checkpoint->object_count && !ret; i++)
		ret = capture_object_of(capture, &checkpoint->objects[i], capture->unshown[i], err);
	return ret;
}

/* Ids of pages images that page maps name, ascending. */
struct named_pages {
	uint64_t *ids;
	size_t count;
};

static int compare_ids(const void *left_item, const void *right_item)
{
	const uint64_t *left = left_item, *right = right_item;

	return (*left > *right) - (*left < *right);
}

static int list_named(const struct image_table *table, struct named_pages *out, struct error *err)
{
	out->ids = calloc(table->count + 1, sizeof(*out->ids));
	if (!out->ids)
		return error_no_memory(err, "captured files");
	for (size_t i = 0; i < table->count; i++) {
		const struct stored_image *stored = table->images[i];

		if ((stored->holds == IMAGE_PAGEMAP || stored->holds == IMAGE_PAGEMAP_SHMEM) &&
		    stored->pagemap.has_pages_id)
			out->ids[out->count++] = stored->pagemap.pages_id;
	}
	qsort(out->ids, out->count, sizeof(*out->ids), compare_ids);
	return 0;
}

static bool is_named(const struct named_pages *named, uint64_t id)
{
	return named->count &&
	       bsearch(&id, named->ids, named->count, sizeof(id), compare_ids) != NULL;
}

/* Bytes that no page map names have no addresses, and are searched as they lie. */
static int capture_pages(struct capture *capture, const struct pages_file *pages, struct error *err)
{
	struct captured captured = { .kind = TARGET_FILE, .origin = ORIGIN_IMAGE };
	const struct held nothing = { HELD_NOTHING, 0 };
	const struct stored_bytes bytes = { pages->offset, pages->length, pages->file };
	char name[IMAGE_NAME_BYTES];
	int ret;

	snprintf(name, sizeof(name), "pages-%" PRIu64 ".img", pages->id);
	ret = copy_name(capture, name, &captured.path, err);
	if (!ret)
		ret = capture_object(capture, pages->id, &captured.object, err);
	if (!ret)
		ret = captured_list_whole(capture->out, bytes, &captured.content, err);
	return ret ? ret : capture_add(capture, &captured, nothing, nothing, err);
}

static int capture_unnamed(struct capture *capture, struct error *err)
{
	struct named_pages named = { 0 };
	int ret = list_named(capture->table, &named, err);

	for (size_t i = 0; i < capture->pages->count && !ret; i++) {
		const struct pages_file *pages = &capture->pages->files[i];

		if (pages->length && pages->file != UINT32_MAX && !is_named(&named, pages->id))
			ret = capture_pages(capture, pages, err);
	}
	free(named.ids);
	return ret;
}

int capture_objects(struct capture *capture, struct error *err)
{
	int ret = capture_shared(capture, err);

	return ret ? ret : capture_unnamed(capture, err);
}
