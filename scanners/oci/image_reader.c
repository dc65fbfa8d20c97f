#include "scanners/oci/image_reader.h"

#include <stdlib.h>
#include <string.h>

/* Three bytes of JSON can take more than a hundred of memory; real documents are below 100 KiB. */
#define LONGEST_DOCUMENT (4u << 20)
/* Of all together: an archive of thousands of images has less. */
#define DOCUMENT_BYTES (64u << 20)
#define MOST_BLOBS 65536
#define MOST_ANNOTATIONS 65536

int image_reader_init(struct image_reader *reader, const struct image_files *files,
		      struct warning_list *warnings, struct arena *arena, struct error *err)
{
	*reader = (struct image_reader){
		.files = files,
		.warnings = warnings,
		.arena = arena,
		.walked = json_object(),
		.compared = json_object(),
		.told = json_object(),
		.json_left = DOCUMENT_BYTES,
		.blobs_left = MOST_BLOBS,
		.annotations_left = MOST_ANNOTATIONS,
	};
	if (reader->walked && reader->compared && reader->told)
		return 0;
	image_reader_release(reader);
	return error_no_memory(err, "the images of an archive");
}

void image_reader_release(struct image_reader *reader)
{
	json_decref(reader->walked);
	json_decref(reader->compared);
	json_decref(reader->told);
	image_list_release(&reader->images);
	*reader = (struct image_reader){ 0 };
}

int image_reader_first(json_t *set, const char *name, bool *first, struct error *err)
{
	*first = !json_object_get(set, name);
	if (*first && json_object_set_new_nocheck(set, name, json_true()) < 0)
		return error_no_memory(err, "the files of an image");
	return 0;
}

int image_reader_copy(struct image_reader *reader, const char *text, const char **out,
		      struct error *err)
{
	const char *copy = arena_copy_string(reader->arena, text, strlen(text));

	if (!copy)
		return error_no_memory(err, "the description of an image");
	*out = copy;
	return 0;
}

int image_reader_warn(struct image_reader *reader, enum warning_code code, const char *file,
		      const char *what, struct error *err)
{
	struct warning warning = { .code = code, .file = file };

	if (warning_list_add(reader->warnings, &warning, "%s: %s", file, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int image_reader_spend(struct image_reader *reader, size_t *left, size_t count, bool *granted,
		       struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT };

	*granted = count <= *left;
	if (*granted) {
		*left -= count;
		return 0;
	}
	if (reader->limited)
		return 0;
	reader->limited = true;
	if (warning_list_add(reader->warnings, &warning,
			     "the images describe more than %d blobs or annotations, or with more "
			     "than %u MiB of JSON: the rest is left out",
			     MOST_BLOBS, DOCUMENT_BYTES >> 20) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int grant_document(struct image_reader *reader, const char *name, uint64_t length,
			  enum document_duty duty, bool *granted, struct error *err)
{
	size_t left = (size_t)reader->json_left;
	int ret;

	*granted = false;
	if (length > LONGEST_DOCUMENT)
		return duty == DUTY_TRY ? 0
					: image_reader_warn(reader, WARNING_LIMIT, name,
							    "too long to describe an image", err);
	ret = image_reader_spend(reader, &left, (size_t)length, granted, err);
	reader->json_left = left;
	return ret;
}

static int parse(struct image_reader *reader, const char *name, struct bytes bytes,
		 enum document_duty duty, json_t **out, struct error *err)
{
	json_error_t fault = { 0 };
	struct warning warning = { .code = WARNING_CORRUPT, .file = name };

	*out = json_loadb((const char *)bytes.data, bytes.length, JSON_ALLOW_NUL, &fault);
	if (!*out && json_error_code(&fault) == json_error_out_of_memory)
		return error_no_memory(err, name);
	if (*out || duty == DUTY_TRY)
		return 0;
	if (warning_list_add(reader->warnings, &warning, "%s: no JSON: %s", name, fault.text) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int image_reader_json(struct image_reader *reader, const char *name,
		      const struct stored_bytes *bytes, enum document_duty duty, json_t **out,
		      struct error *err)
{
	struct error fault;
	uint8_t *data;
	size_t got;
	bool granted;
	int ret = grant_document(reader, name, bytes->length, duty, &granted, err);

	*out = NULL;
	if (ret || !granted)
		return ret;
	data = malloc((size_t)bytes->length + 1);
	if (!data)
		return error_no_memory(err, name);
	if (file_table_read(reader->files->files, bytes->file, bytes->offset, data,
			    (size_t)bytes->length, &got, &fault) < 0)
		ret = image_reader_warn(reader, WARNING_READ_ERROR, name, fault.message, err);
	else
		ret = parse(reader, name, (struct bytes){ data, got }, duty, out, err);
	free(data);
	return ret;
}

size_t image_reader_start(const struct image_reader *reader, const struct stored_bytes *bytes,
			  uint8_t *buffer, size_t length)
{
	size_t got;

	if (length > bytes->length)
		length = (size_t)bytes->length;
	if (file_table_read(reader->files->files, bytes->file, bytes->offset, buffer, length, &got,
			    NULL) < 0)
		return 0;
	return got;
}

const char *json_plain_text(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}
