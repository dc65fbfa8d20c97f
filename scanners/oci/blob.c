#include "scanners/oci/blob.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "scanners/oci/blob_data.h"
#include "scanners/oci/media_type.h"

#define LONGEST_DIGEST 256
#define CHUNK_BYTES (256u << 10)

static bool is_lower_or_digit(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

bool blob_digest_is_sound(const char *digest)
{
	const char *colon = strchr(digest, ':');

	if (!colon || colon == digest || !colon[1] || strlen(digest) > LONGEST_DIGEST)
		return false;
	for (const char *at = digest; at < colon; at++) {
		bool separator = strchr("+._-", *at) && at > digest && at + 1 < colon;

		if (!is_lower_or_digit(*at) && !(separator && is_lower_or_digit(at[1])))
			return false;
	}
	for (const char *at = colon + 1; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("=_-", *at))
			return false;
	return true;
}

const char *blob_sha256(const char *digest)
{
	static const char algorithm[] = "sha256:";
	const char *hex = digest + sizeof(algorithm) - 1;

	return strncmp(digest, algorithm, sizeof(algorithm) - 1) == 0 &&
			       strlen(hex) == SHA256_HEX_LENGTH &&
			       strspn(hex, "0123456789abcdef") == SHA256_HEX_LENGTH
		       ? hex
		       : NULL;
}

static int name_blob(struct image_reader *reader, const char *digest, struct blob *out,
		     struct error *err)
{
	char name[LONGEST_DIGEST + sizeof("blobs/")] = "blobs/";
	int ret;

	strcat(name, digest);
	*strchr(name, ':') = '/';
	ret = image_reader_copy(reader, name, &out->name, err);
	if (ret == 0 && blob_sha256(digest))
		out->sha256 = out->name + strlen("blobs/sha256/");
	return ret;
}

/* A descriptor may hold its blob itself, in base64. */
static int take_data(struct image_reader *reader, const json_t *data, struct blob *out,
		     struct error *err)
{
	const char *text = json_plain_text(data);
	struct bytes encoded = { (const uint8_t *)text, json_string_length(data) };
	size_t length;
	uint8_t *decoded;
	int ret;

	if (!text || encoded.length == 0)
		return 0;
	decoded = malloc(blob_data_bytes(encoded.length) + 1);
	if (!decoded)
		return error_no_memory(err, out->name);
	if (!blob_data_decode(encoded, decoded, &length)) {
		free(decoded);
		return image_reader_warn(reader, WARNING_CORRUPT, out->name,
					 "what the descriptor holds of it is no base64", err);
	}
	ret = file_table_add_memory(reader->files->files, decoded, length, out->name,
				    &out->bytes.file, err);
	if (ret) {
		free(decoded);
		return ret;
	}
	out->bytes.length = length;
	out->found = true;
	return 0;
}

static int copy_annotation(struct image_reader *reader, const char *key, const char *value,
			   struct image_annotation *out, struct error *err)
{
	int ret = image_reader_copy(reader, key, &out->key, err);

	return ret ? ret : image_reader_copy(reader, value, &out->value, err);
}

int blob_annotations(struct image_reader *reader, const json_t *object,
		     const struct image_annotation **out, size_t *count, struct error *err)
{
	size_t size = json_object_size(object), done = 0;
	struct image_annotation *items;
	const char *key;
	json_t *value;
	bool granted;
	int ret = image_reader_spend(reader, &reader->annotations_left, size, &granted, err);

	*out = NULL;
	*count = 0;
	if (ret || !granted || size == 0)
		return ret;
	items = arena_alloc_array(reader->arena, size, sizeof(*items));
	if (!items)
		return error_no_memory(err, "the annotations of an image");
	json_object_foreach((json_t *)object, key, value)
	{
		const char *text = json_plain_text(value);

		if (text)
			ret = copy_annotation(reader, key, text, &items[done++], err);
		if (ret)
			return ret;
	}
	*out = items;
	*count = done;
	return 0;
}

const char *blob_annotation(const struct blob *blob, const char *key)
{
	for (size_t i = 0; i < blob->annotation_count; i++)
		if (strcmp(blob->annotations[i].key, key) == 0)
			return blob->annotations[i].value[0] ? blob->annotations[i].value : NULL;
	return NULL;
}

/* Encryption leaves its wrapped keys with the descriptor, whatever the media type says. */
static bool is_encrypted(const struct blob *blob)
{
	static const char keys[] = "org.opencontainers.image.enc.keys.";

	for (size_t i = 0; i < blob->annotation_count; i++)
		if (strncmp(blob->annotations[i].key, keys, sizeof(keys) - 1) == 0)
			return true;
	return media_type_is_encrypted(blob->media_type);
}

static int read_size(struct image_reader *reader, const json_t *size, struct blob *out,
		     struct error *err)
{
	if (!size)
		return 0;
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return image_reader_warn(reader, WARNING_CORRUPT, out->name,
					 "its descriptor gives no size that can be", err);
	out->size = (uint64_t)json_integer_value(size);
	out->has_size = true;
	return 0;
}

static int read_rest(struct image_reader *reader, const json_t *descriptor, struct blob *out,
		     struct error *err)
{
	const char *type = json_plain_text(json_object_get(descriptor, "mediaType"));
	int ret = image_reader_copy(reader, type ? type : "", &out->media_type, err);

	if (ret == 0)
		ret = read_size(reader, json_object_get(descriptor, "size"), out, err);
	if (ret == 0)
		ret = blob_annotations(reader, json_object_get(descriptor, "annotations"),
				       &out->annotations, &out->annotation_count, err);
	if (ret)
		return ret;
	out->encrypted = is_encrypted(out);
	out->has_platform = json_is_object(json_object_get(descriptor, "platform"));
	out->found = reader->files->find(reader->files->context, out->name, &out->bytes);
	return out->found ? 0 : take_data(reader, json_object_get(descriptor, "data"), out, err);
}

int blob_read(struct image_reader *reader, const char *where, const json_t *descriptor,
	      struct blob *out, struct error *err)
{
	const char *digest = json_plain_text(json_object_get(descriptor, "digest"));
	int ret;

	*out = (struct blob){ .media_type = "" };
	if (!digest || !blob_digest_is_sound(digest))
		return image_reader_warn(reader, WARNING_CORRUPT, where,
					 "a descriptor without a digest that names a blob", err);
	ret = name_blob(reader, digest, out, err);
	return ret ? ret : read_rest(reader, descriptor, out, err);
}

static uint64_t bytes_of(const struct blob *blob)
{
	return blob->found ? blob->bytes.length : blob->size;
}

static int tell_lost(struct image_reader *reader, const struct blob *blob, enum warning_code code,
		     const char *what, struct error *err)
{
	struct warning warning = { .code = code, .file = blob->name, .bytes = bytes_of(blob) };
	bool first;
	int ret = image_reader_first(reader->told, blob->name, &first, err);

	if (ret || !first)
		return ret;
	if (warning_list_add(reader->warnings, &warning, "%s: %s", blob->name, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int blob_tell_missing(struct image_reader *reader, const struct blob *blob, struct error *err)
{
	return tell_lost(reader, blob, WARNING_MISSING_IMAGE,
			 "an image is made of it, and it is not there", err);
}

static int tell_read_error(struct image_reader *reader, const struct blob *blob, uint64_t done,
			   const struct error *fault, struct error *err)
{
	struct warning warning = { .code = WARNING_READ_ERROR,
				   .file = blob->name,
				   .has_range = true,
				   .offset = done,
				   .length = blob->bytes.length - done };

	if (warning_list_add(reader->warnings, &warning, "%s: %s", blob->name, fault->message) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static bool is_stopped(const struct image_reader *reader)
{
	return reader->files->stop &&
	       atomic_load_explicit(reader->files->stop, memory_order_relaxed);
}

/* *@whole false: it was not read to its end, for a reason that is told here or by who stopped the run. */
static int add_bytes(struct image_reader *reader, const struct blob *blob, struct digest *digest,
		     bool *whole, struct error *err)
{
	uint8_t *buffer = malloc(CHUNK_BYTES);
	struct error fault;
	uint64_t done = 0;
	int ret = buffer ? 0 : error_no_memory(err, blob->name);

	while (ret == 0 && done < blob->bytes.length && !is_stopped(reader)) {
		uint64_t left = blob->bytes.length - done;
		size_t wanted = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES, got;

		if (file_table_read(reader->files->files, blob->bytes.file,
				    blob->bytes.offset + done, buffer, wanted, &got, &fault) < 0) {
			ret = tell_read_error(reader, blob, done, &fault, err);
			break;
		}
		if (got == 0)
			break;
		done += got;
		ret = digest_add(digest, buffer, got, err);
	}
	*whole = done == blob->bytes.length;
	free(buffer);
	return ret;
}

static int tell_mismatch(struct image_reader *reader, const struct blob *blob, const char *found,
			 struct error *err)
{
	struct warning warning = { .code = WARNING_DIGEST_MISMATCH, .file = blob->name };

	if (warning_list_add(reader->warnings, &warning,
			     "%s: its bytes have the digest sha256:%s, not sha256:%s", blob->name,
			     found, blob->sha256) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int compare_digest(struct image_reader *reader, const struct blob *blob, struct error *err)
{
	struct digest *digest;
	uint8_t found[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	bool whole = false;
	int ret = digest_new(&digest, err);

	if (ret)
		return ret;
	ret = add_bytes(reader, blob, digest, &whole, err);
	if (ret == 0 && whole)
		ret = digest_end(digest, found, err);
	digest_free(digest);
	if (ret || !whole)
		return ret;
	digest_hex(found, hex);
	return strcmp(hex, blob->sha256) == 0 ? 0 : tell_mismatch(reader, blob, hex, err);
}

/* Then the digest is another one too, and need not be made. */
static int compare_length(struct image_reader *reader, const struct blob *blob, struct error *err)
{
	struct warning warning = { .code = WARNING_DIGEST_MISMATCH, .file = blob->name };

	if (warning_list_add(reader->warnings, &warning,
			     "%s: it is %llu bytes long, not %llu as its descriptor says",
			     blob->name, (unsigned long long)blob->bytes.length,
			     (unsigned long long)blob->size) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int blob_compare(struct image_reader *reader, const struct blob *blob, struct error *err)
{
	bool first;
	int ret = image_reader_first(reader->compared, blob->name, &first, err);

	if (ret || !first)
		return ret;
	if (blob->has_size && blob->size != blob->bytes.length)
		return compare_length(reader, blob, err);
	return blob->sha256 ? compare_digest(reader, blob, err) : 0;
}

int blob_part(struct image_reader *reader, const struct blob *blob, enum image_part_kind kind,
	      struct image_part *out, struct error *err)
{
	*out = (struct image_part){
		.kind = kind,
		.name = blob->name,
		.media_type = blob->media_type,
		.bytes = blob->bytes,
		.missing = !blob->found,
		.encrypted = blob->encrypted,
	};
	if (out->missing)
		return blob_tell_missing(reader, blob, err);
	if (out->encrypted)
		return tell_lost(reader, blob, WARNING_ENCRYPTED,
				 "an encrypted layer: it cannot be read", err);
	return blob_compare(reader, blob, err);
}
