#include "scanners/oci/index.h"

#include <string.h>

#include "scanners/oci/blob.h"
#include "scanners/oci/document.h"
#include "scanners/oci/media_type.h"

/* Real ones: index.json, an index of platforms or of a checkpoint, a manifest. */
#define DEEPEST_INDEX 8

/* What leads to a document. */
struct way {
	const struct way *outer;
	const struct image_annotation *annotations; /* of the document itself */
	size_t annotation_count;
	const struct blob *blob; /* the descriptor that names it; NULL: index.json */
	unsigned depth;
};

static int walk(struct image_reader *reader, const struct blob *blob, const struct way *outer,
		struct error *err);

static const char *name_of(const struct way *way)
{
	static const char *const keys[] = { "io.containerd.image.name",
					    "org.opencontainers.image.ref.name" };

	for (; way; way = way->outer)
		for (size_t i = 0; way->blob && i < sizeof(keys) / sizeof(keys[0]); i++) {
			const char *name = blob_annotation(way->blob, keys[i]);

			if (name)
				return name;
		}
	return NULL;
}

static size_t count_annotations(const struct way *way)
{
	size_t count = 0;

	for (; way; way = way->outer)
		count += way->annotation_count + (way->blob ? way->blob->annotation_count : 0);
	return count;
}

static size_t copy_annotations(struct image_annotation *out, const struct image_annotation *items,
			       size_t count)
{
	if (count)
		memcpy(out, items, count * sizeof(*out));
	return count;
}

/* The nearest first. */
static int join_annotations(struct image_reader *reader, const struct way *way,
			    struct container_image *image, struct error *err)
{
	size_t count = count_annotations(way), done = 0;
	struct image_annotation *items;
	bool granted;
	int ret = image_reader_spend(reader, &reader->annotations_left, count, &granted, err);

	if (ret || !granted || count == 0)
		return ret;
	items = arena_alloc_array(reader->arena, count, sizeof(*items));
	if (!items)
		return error_no_memory(err, "the annotations of an image");
	for (; way; way = way->outer) {
		done += copy_annotations(items + done, way->annotations, way->annotation_count);
		if (way->blob)
			done += copy_annotations(items + done, way->blob->annotations,
						 way->blob->annotation_count);
	}
	image->annotations = items;
	image->annotation_count = count;
	return 0;
}

static int add_image(struct image_reader *reader, const struct way *way,
		     const struct image_part *parts, size_t part_count, struct error *err)
{
	struct container_image image = { .name = name_of(way),
					 .parts = parts,
					 .part_count = part_count };
	int ret = part_count ? join_annotations(reader, way, &image, err) : 0;

	return ret ? ret : image_list_add(&reader->images, &image, err);
}

/* In-toto statements and the empty blob of artifacts stand among layers, and so may any other JSON. */
static bool is_json(const struct image_reader *reader, const struct blob *blob)
{
	size_t length = strlen(blob->media_type);
	uint8_t first = 0;

	if (!blob->found)
		return length >= 4 && strcmp(blob->media_type + length - 4, "json") == 0;
	return image_reader_start(reader, &blob->bytes, &first, 1) == 1 && first == '{';
}

/* What a blob is that nothing known is said of. */
static enum media_kind kind_by_content(const struct image_reader *reader, const struct blob *blob)
{
	uint8_t start[512];
	size_t length;

	if (!blob->found)
		return MEDIA_DOCUMENT;
	length = image_reader_start(reader, &blob->bytes, start, sizeof(start));
	if (length > 0 && start[0] == '{')
		return MEDIA_UNKNOWN;
	return media_is_archive((struct bytes){ start, length }) ? MEDIA_LAYER : MEDIA_OTHER;
}

static bool part_kind(enum media_kind kind, enum image_part_kind layer, enum image_part_kind *out)
{
	switch (kind) {
	case MEDIA_LAYER:
		*out = layer;
		return true;
	case MEDIA_WRITTEN_LAYER:
		*out = IMAGE_PART_ROOTFS_DIFF;
		return true;
	case MEDIA_CRIU_IMAGES:
		*out = IMAGE_PART_CRIU_IMAGES;
		return true;
	case MEDIA_SPEC:
		*out = IMAGE_PART_SPEC;
		return true;
	default:
		return false;
	}
}

static int new_parts(struct image_reader *reader, size_t count, struct image_part **out,
		     struct error *err)
{
	*out = arena_alloc_array(reader->arena, count ? count : 1, sizeof(**out));
	return *out ? 0 : error_no_memory(err, "the layers of an image");
}

static int add_manifest(struct image_reader *reader, const struct document *document,
			const struct way *way, struct error *err)
{
	struct image_part *parts;
	size_t count = 0;
	int ret = new_parts(reader, document->layer_count, &parts, err);

	for (size_t i = 0; i < document->layer_count && ret == 0; i++) {
		const struct blob *blob = &document->layers[i];
		enum media_kind kind = media_type_kind(blob->media_type);
		enum image_part_kind part = IMAGE_PART_LAYER;

		if (!part_kind(kind, IMAGE_PART_LAYER, &part) &&
		    (kind == MEDIA_OTHER || is_json(reader, blob)))
			continue;
		ret = blob_part(reader, blob, part, &parts[count++], err);
	}
	return ret ? ret : add_image(reader, way, parts, count, err);
}

/* What is true of an index as a whole. */
struct index_facts {
	enum image_part_kind layer; /* what a layer among its entries is */
	bool some_platform_saved;
};

static struct index_facts index_facts(const struct document *index)
{
	struct index_facts facts = { .layer = IMAGE_PART_LAYER };

	for (size_t i = 0; i < index->manifest_count; i++) {
		const struct blob *blob = &index->manifests[i];
		enum media_kind kind = media_type_kind(blob->media_type);

		if (kind == MEDIA_CRIU_IMAGES)
			facts.layer = IMAGE_PART_ROOTFS_DIFF;
		if (kind == MEDIA_DOCUMENT && blob->found && blob->has_platform)
			facts.some_platform_saved = true;
	}
	return facts;
}

/* One entry of an index: a document to be walked, or a blob of a checkpoint that has no manifest. */
static int take_entry(struct image_reader *reader, const struct index_facts *facts,
		      const struct blob *blob, const struct way *way, struct image_part *parts,
		      size_t *count, struct error *err)
{
	enum media_kind kind = media_type_kind(blob->media_type);
	enum image_part_kind part;

	if (kind == MEDIA_UNKNOWN)
		kind = kind_by_content(reader, blob);
	if (part_kind(kind, facts->layer, &part))
		return blob_part(reader, blob, part, &parts[(*count)++], err);
	/* An index lists the manifests of all platforms, also where one alone was saved: the others are no loss. */
	if (kind == MEDIA_OTHER ||
	    (!blob->found && blob->has_platform && facts->some_platform_saved))
		return 0;
	return walk(reader, blob, way, err);
}

static int take_index(struct image_reader *reader, const struct document *index,
		      const struct way *way, struct error *err)
{
	struct index_facts facts = index_facts(index);
	struct image_part *parts;
	size_t count = 0;
	int ret = new_parts(reader, index->manifest_count, &parts, err);

	for (size_t i = 0; i < index->manifest_count && ret == 0; i++)
		ret = take_entry(reader, &facts, &index->manifests[i], way, parts, &count, err);
	return ret ? ret : add_image(reader, way, parts, count, err);
}

static int take_document(struct image_reader *reader, const char *name, json_t *json,
			 const struct blob *blob, const struct way *outer, struct error *err)
{
	struct document document;
	int ret = document_read(reader, name, json, &document, err);

	/* What lies below is as large: one document at a time. */
	json_decref(json);
	if (ret)
		return ret;

	struct way way = { .outer = outer,
			   .annotations = document.annotations,
			   .annotation_count = document.annotation_count,
			   .blob = blob,
			   .depth = outer ? outer->depth + 1 : 0 };

	if (document.is_manifest)
		ret = add_manifest(reader, &document, &way, err);
	if (ret == 0 && document.is_index)
		ret = take_index(reader, &document, &way, err);
	document_release(&document);
	return ret;
}

static int walk_found(struct image_reader *reader, const struct blob *blob, const struct way *outer,
		      struct error *err)
{
	bool known = media_type_kind(blob->media_type) == MEDIA_DOCUMENT;
	json_t *json;
	int ret = blob_compare(reader, blob, err);

	if (ret == 0)
		ret = image_reader_json(reader, blob->name, &blob->bytes,
					known ? DUTY_TELL : DUTY_TRY, &json, err);
	if (ret || !json)
		return ret;
	if (document_is_one(json))
		return take_document(reader, blob->name, json, blob, outer, err);
	json_decref(json);
	return known ? image_reader_warn(reader, WARNING_CORRUPT, blob->name,
					 "neither an index of images nor a manifest", err)
		     : 0;
}

static int walk(struct image_reader *reader, const struct blob *blob, const struct way *outer,
		struct error *err)
{
	bool first;
	int ret;

	if (!blob->found)
		return blob_tell_missing(reader, blob, err);
	if (outer->depth + 1 >= DEEPEST_INDEX)
		return image_reader_warn(reader, WARNING_LIMIT, blob->name,
					 "an index within too many others", err);
	ret = image_reader_first(reader->walked, blob->name, &first, err);
	return ret || !first ? ret : walk_found(reader, blob, outer, err);
}

static bool find(const struct image_reader *reader, const char *name, struct stored_bytes *out)
{
	return reader->files->find(reader->files->context, name, out);
}

/* Any folder may hold a file of this name that has to do with no image. */
static int no_index(struct image_reader *reader, bool *found, struct error *err)
{
	struct stored_bytes ignored;

	*found = find(reader, "oci-layout", &ignored);
	return *found ? image_reader_warn(reader, WARNING_CORRUPT, "index.json",
					  "it lists no images", err)
		      : 0;
}

int index_read(struct image_reader *reader, bool *found, struct error *err)
{
	struct stored_bytes bytes;
	json_t *json;
	int ret;

	if (!find(reader, "index.json", &bytes)) {
		struct blob index = { .name = "index.json" };

		*found = find(reader, "oci-layout", &bytes);
		return *found ? blob_tell_missing(reader, &index, err) : 0;
	}
	ret = image_reader_json(reader, "index.json", &bytes, DUTY_TRY, &json, err);
	if (ret)
		return ret;
	if (!document_is_one(json)) {
		json_decref(json);
		return no_index(reader, found, err);
	}
	*found = true;
	return take_document(reader, "index.json", json, NULL, NULL, err);
}
