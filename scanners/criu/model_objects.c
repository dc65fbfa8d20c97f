#include "scanners/criu/model.h"

#include <stdlib.h>
#include <string.h>

/*
 * Every mapping of an object is walked through the object's runs, so that many small mappings of a much divided
 * object would cost their product. A mapping costs its runs, divided by 64, or all of them where some are lost
 * (each cuts a block in two); what goes beyond this is left out and told. 500 processes of a
 * database over shared memory in 100,000 pieces stay below half of it.
 */
#define WINDOW_COST_LIMIT (UINT64_C(1) << 21)
#define WHOLE_RUNS_PER_COST 64

static int compare_objects(const void *left_item, const void *right_item)
{
	const struct model_object *left = left_item, *right = right_item;

	return (left->id > right->id) - (left->id < right->id);
}

static size_t join_equal_objects(struct model_object *objects, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct model_object *last = kept ? &objects[kept - 1] : NULL;

		if (!last || last->id != objects[i].id) {
			objects[kept++] = objects[i];
			continue;
		}
		if (objects[i].memfd)
			last->memfd = objects[i].memfd;
		if (objects[i].pagemap)
			last->pagemap = objects[i].pagemap;
		if (objects[i].segment)
			last->segment = objects[i].segment;
	}
	return kept;
}

static size_t collect(const struct model *model, struct model_object *out)
{
	const struct image_table *table = model->table;
	const struct memfds *memfds = model->facts.memfds;
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct stored_image *stored = table->images[i];

		if (stored->holds == IMAGE_PAGEMAP_SHMEM)
			out[count++] = (struct model_object){ .id = stored->name.number,
							      .pagemap = stored };
	}
	for (size_t i = 0; memfds && i < memfds->count; i++)
		out[count++] = (struct model_object){ .id = memfds->items[i].object,
						      .memfd = &memfds->items[i] };
	for (size_t i = 0; i < model->segments.count; i++)
		out[count++] = (struct model_object){ .id = model->segments.items[i].id,
						      .segment = &model->segments.items[i] };
	return count;
}

static int fill_segment(const struct model *model, struct shared_object *to,
			const struct segment *segment, struct error *err)
{
	size_t image = model->first_segment_image + segment->image;
	uint64_t there = segment->bytes.length, missing = segment->size - there;
	struct page_run *runs = arena_alloc_array(model->checkpoint->arena, 2, sizeof(*runs));

	if (!runs)
		return error_no_memory(err, "shared objects");
	to->segment = true;
	to->size = segment->size;
	to->runs = runs;
	if (there)
		runs[to->run_count++] = (struct page_run){
			.length = there,
			.image = (uint32_t)image,
			.offset = segment->bytes.offset - model->checkpoint->images[image].offset,
		};
	if (missing)
		runs[to->run_count++] = (struct page_run){
			.address = there, .length = missing, .image = UINT32_MAX, .lost = true
		};
	return 0;
}

static int fill_object(struct model *model, size_t index, struct error *err)
{
	struct model_object *from = &model->model_objects[index];
	struct shared_object *to = &model->objects[index];
	int ret = 0;

	to->id = from->id;
	if (from->memfd) {
		to->size = from->memfd->size;
		to->name = arena_copy(model->checkpoint->arena, from->memfd->name,
				      strlen(from->memfd->name) + 1);
		if (!to->name)
			return error_no_memory(err, "shared objects");
	}
	if (from->pagemap)
		ret = model_make_runs(model, from->pagemap, model->page_bytes, &to->runs,
				      &to->run_count, err);
	else if (from->segment && !from->memfd)
		ret = fill_segment(model, to, from->segment, err);
	for (size_t i = 0; i < to->run_count; i++)
		from->any_lost |= to->runs[i].lost;
	return ret;
}

int model_list_objects(struct model *model, struct error *err)
{
	struct checkpoint *checkpoint = model->checkpoint;
	size_t most = model->table->count + model->segments.count +
		      (model->facts.memfds ? model->facts.memfds->count : 0);
	size_t count;
	int ret = 0;

	model->model_objects = calloc(most + 1, sizeof(*model->model_objects));
	if (!model->model_objects)
		return error_no_memory(err, "shared objects");
	count = collect(model, model->model_objects);
	qsort(model->model_objects, count, sizeof(*model->model_objects), compare_objects);
	count = join_equal_objects(model->model_objects, count);
	model->objects = arena_alloc_array(checkpoint->arena, count, sizeof(*model->objects));
	if (!model->objects)
		return error_no_memory(err, "shared objects");
	checkpoint->objects = model->objects;
	checkpoint->object_count = count;
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = fill_object(model, i, err);
	return ret;
}

static size_t first_run_from(const struct shared_object *object, uint64_t offset)
{
	size_t low = 0, high = object->run_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (object->runs[middle].address < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Where @vma ends in the object. */
static uint64_t window_end(const struct mm_vma *vma)
{
	uint64_t length = vma->end - vma->start;

	return length > UINT64_MAX - vma->offset ? UINT64_MAX : vma->offset + length;
}

static bool affordable(struct model *model, const struct model_object *object,
		       const struct shared_object *shared, const struct mm_vma *vma)
{
	uint64_t runs =
		first_run_from(shared, window_end(vma)) - first_run_from(shared, vma->offset);
	uint64_t cost = object->any_lost ? runs : runs / WHOLE_RUNS_PER_COST;

	if (cost > WINDOW_COST_LIMIT - model->window_cost)
		return false;
	model->window_cost += cost;
	return true;
}

static int sum_runs(const struct model *model, struct model_object *object,
		    const struct shared_object *shared, struct error *err)
{
	uint64_t *sums =
		arena_alloc_array(model->checkpoint->arena, shared->run_count + 1, sizeof(*sums));

	if (!sums)
		return error_no_memory(err, "shared objects");
	sums[0] = 0;
	for (size_t i = 0; i < shared->run_count; i++)
		sums[i + 1] = sums[i] + shared->runs[i].length;
	object->bytes_before = sums;
	return 0;
}

/* Bytes that runs describe below @offset of the object. */
static uint64_t bytes_below(const struct model_object *object, const struct shared_object *shared,
			    uint64_t offset)
{
	size_t runs = first_run_from(shared, offset);
	const struct page_run *last = runs ? &shared->runs[runs - 1] : NULL;
	uint64_t into = last ? offset - last->address : 0;

	if (!last || into >= last->length)
		return object->bytes_before[runs];
	return object->bytes_before[runs - 1] + into;
}

static int count_left_out(const struct model *model, struct model_object *object,
			  const struct shared_object *shared, const struct mm_vma *vma,
			  uint64_t *out, struct error *err)
{
	int ret = object->bytes_before ? 0 : sum_runs(model, object, shared, err);

	if (!ret)
		*out = bytes_below(object, shared, window_end(vma)) -
		       bytes_below(object, shared, vma->offset);
	return ret;
}

static int warn_limit(const struct model *model, const struct mm_vma *vma, uint32_t pid,
		      uint64_t left_out, struct error *err)
{
	struct warning warning = {
		.code = WARNING_LIMIT,
		.has_memory = true,
		.pid = pid,
		.start = vma->start,
		.end = vma->end,
		.bytes = left_out,
	};

	if (model->warnings &&
	    warning_list_add(
		    model->warnings, &warning,
		    "too many mappings of much divided shared memory; this one is left out") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static struct model_object *find_object(const struct model *model, uint64_t id)
{
	struct model_object key = { .id = id };

	if (!model->checkpoint->object_count)
		return NULL;
	return bsearch(&key, model->model_objects, model->checkpoint->object_count, sizeof(key),
		       compare_objects);
}

const char *model_object_name(const struct model *model, uint64_t id)
{
	const struct model_object *object = find_object(model, id);

	return object ? model->objects[object - model->model_objects].name : NULL;
}

/* A memory file of no bytes has no page map. */
static bool has_pages(const struct model_object *object)
{
	return object &&
	       (object->pagemap || object->segment || (object->memfd && !object->memfd->size));
}

static int tell_missing(const struct model *model, struct model_object *object, uint64_t id,
			const struct mm_vma *vma, uint32_t pid, struct error *err)
{
	bool told = object && object->told_missing;

	if (object)
		object->told_missing = true;
	if (told || image_table_has_name(model->table, IMAGE_PAGEMAP_SHMEM, id))
		return 0;
	return model_warn_missing(model, IMAGE_PAGEMAP_SHMEM, id, &pid,
				  (struct address_range){ vma->start, vma->end }, err);
}

static int tell_unknown(const struct model *model, const struct mm_vma *vma, uint32_t pid,
			struct error *err)
{
	struct address_range range = { vma->start, vma->end };
	char name[IMAGE_NAME_BYTES];
	struct warning warning = {
		.code = WARNING_CORRUPT,
		.file = name,
		.has_memory = true,
		.pid = pid,
		.start = vma->start,
		.end = vma->end,
	};

	if (!image_table_has_name(model->table, IMAGE_MEMFD, 0))
		return model_warn_missing(model, IMAGE_MEMFD, 0, &pid, range, err);
	if (!image_table_has_name(model->table, IMAGE_FILES, 0))
		return model_warn_missing(model, IMAGE_FILES, 0, &pid, range, err);
	image_name_print((struct image_name){ IMAGE_MM, pid }, name);
	if (model->warnings &&
	    warning_list_add(model->warnings, &warning,
			     "%s: a mapping shows a memory file that nothing describes", name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int model_object(struct model *model, const struct mm_vma *vma, uint32_t pid,
		 const struct shared_object **out, uint64_t *left_out, const struct memfd **memfd,
		 struct error *err)
{
	struct model_object *object;
	uint64_t id;

	*out = NULL;
	*left_out = 0;
	switch (facts_object(&model->facts, vma, &id, memfd)) {
	case OBJECT_NONE:
		return 0;
	case OBJECT_UNKNOWN:
		return tell_unknown(model, vma, pid, err);
	case OBJECT_KNOWN:
		break;
	}
	object = find_object(model, id);
	if (!has_pages(object))
		return tell_missing(model, object, id, vma, pid, err);

	struct shared_object *shared = &model->objects[object - model->model_objects];

	*out = shared;
	if (affordable(model, object, shared, vma))
		return 0;

	int ret = count_left_out(model, object, shared, vma, left_out, err);

	return ret ? ret : warn_limit(model, vma, pid, *left_out, err);
}
