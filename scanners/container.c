#include "scanners/container.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/container_place.h"
#include "scanners/container_time.h"
#include "scanners/container_volumes.h"
#include "scanners/oci/container_image.h"

/* Three bytes of JSON can take more than a hundred of memory; real files are below 100 KiB. */
#define LONGEST_DOCUMENT (4u << 20)

struct container_reader {
	struct warning_list *warnings; /* borrowed */
	json_t *documents[DOCUMENTS];
	json_t *volumes; /* container_volumes() of them; NULL: none */
	struct arena *arena; /* of what result lends */
	struct container container;
	bool fresh; /* container tells of all documents */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(name) offsetof(struct container, name)
#define SPEC_ANNOTATION(key)                                                                       \
	{                                                                                          \
		0, DOCUMENT_SPEC,                                                                  \
		{                                                                                  \
			"annotations", key                                                         \
		}                                                                                  \
	}

int container_reader_new(struct container_reader **out, struct warning_list *warnings,
			 struct error *err)
{
	struct container_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return error_no_memory(err, "the container's description");
	reader->warnings = warnings;
	reader->arena = arena_new(0);
	if (!reader->arena) {
		free(reader);
		return error_no_memory(err, "the container's description");
	}
	*out = reader;
	return 0;
}

void container_reader_free(struct container_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < DOCUMENTS; i++)
		json_decref(reader->documents[i]);
	json_decref(reader->volumes);
	arena_free(reader->arena);
	free(reader);
}

bool container_reader_wants(const char *name)
{
	enum document document;

	return document_find(name, &document);
}

static int warn(struct container_reader *reader, const char *file, enum warning_code code,
		const char *what, const char *detail, struct error *err)
{
	struct warning warning = { .code = code, .file = file };

	if (warning_list_add(reader->warnings, &warning, "%s: %s%s", file, what, detail) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static bool has_keys(const json_t *object)
{
	return json_object_size(object) > 0;
}

static json_t *look_up(const struct container_reader *reader, const struct place *place)
{
	json_t *value = reader->documents[place->document];

	for (size_t i = 0; i < PLACE_STEPS && place->path[i] && value; i++)
		value = json_object_get(value, place->path[i]);
	return value;
}

static bool is_broken_time(const struct place *place, const char *text)
{
	char ignored[CONTAINER_TIME_BYTES];

	return (place->field == FIELD(created) || place->field == FIELD(checkpointed)) && *text &&
	       container_time_from_text(text, ignored) == TIME_BROKEN;
}

static int check_value(struct container_reader *reader, const struct place *place,
		       const json_t *value, struct error *err)
{
	const char *file = document_name(place->document);
	const char *key = place->path[1] ? place->path[1] : place->path[0];
	const char *text = json_string_value(value);

	if (!text)
		return warn(reader, file, WARNING_CORRUPT, "no string at ", key, err);
	if (strlen(text) != json_string_length(value))
		return warn(reader, file, WARNING_CORRUPT, "a zero byte in ", key, err);
	if (is_broken_time(place, text))
		return warn(reader, file, WARNING_CORRUPT, "no time in ", key, err);
	return 0;
}

static int check_values(struct container_reader *reader, enum document document, struct error *err)
{
	size_t count;
	const struct place *places = container_places(&count);
	int ret = 0;

	for (size_t i = 0; i < count && ret == 0; i++) {
		const json_t *value =
			places[i].document == document ? look_up(reader, &places[i]) : NULL;

		if (value && !json_is_null(value))
			ret = check_value(reader, &places[i], value, err);
	}
	return ret;
}

static int find_volumes(struct container_reader *reader, struct error *err)
{
	json_decref(reader->volumes);
	reader->volumes = NULL;
	return container_volumes(reader->documents[DOCUMENT_CONFIG],
				 reader->documents[DOCUMENT_SPEC], &reader->volumes, err);
}

static int take_document(struct container_reader *reader, enum document document, json_t *json,
			 struct error *err)
{
	int ret = 0;

	if (reader->documents[document])
		ret = warn(reader, document_name(document), WARNING_DUPLICATE_MEMBER,
			   "comes twice, the last one counts", "", err);
	json_decref(reader->documents[document]);
	reader->documents[document] = json;
	reader->fresh = false;
	if (ret == 0)
		ret = check_values(reader, document, err);
	return ret ? ret : find_volumes(reader, err);
}

int container_reader_add(struct container_reader *reader, const char *name, const uint8_t *data,
			 size_t length, struct error *err)
{
	enum document document;
	json_error_t fault = { 0 };
	json_t *json;

	if (!document_find(name, &document))
		return error_set(err, ERROR_USAGE, 0, "%s does not describe a container", name);
	name = document_name(document);
	if (length > LONGEST_DOCUMENT)
		return warn(reader, name, WARNING_LIMIT, "too long to be a container's description",
			    "", err);
	json = json_loadb(length ? (const char *)data : "", length, JSON_ALLOW_NUL, &fault);
	if (!json && json_error_code(&fault) == json_error_out_of_memory)
		return error_no_memory(err, name);
	if (!json)
		return warn(reader, name, WARNING_CORRUPT, "no JSON: ", fault.text, err);
	if (!json_is_object(json)) {
		json_decref(json);
		return warn(reader, name, WARNING_CORRUPT, "no JSON object", "", err);
	}
	return take_document(reader, document, json, err);
}

int container_reader_add_annotations(struct container_reader *reader,
				     const struct image_annotation *annotations, size_t count,
				     struct error *err)
{
	json_t **all = &reader->documents[DOCUMENT_ANNOTATIONS];

	if (!*all)
		*all = json_object();
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(*all, annotations[i].key);

		if (!value && json_object_set_new(*all, annotations[i].key,
						  json_string(annotations[i].value)) < 0)
			return error_no_memory(err, "the annotations of an image");
	}
	reader->fresh = false;
	return 0;
}

/* NULL: none, or none that can be shown. */
static const char *string_of(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && *text && strlen(text) == json_string_length(value) ? text : NULL;
}

static const char **field_of(struct container *container, size_t field)
{
	return (const char **)(void *)((char *)container + field);
}

enum place_origin { FROM_DOCUMENTS, FROM_IMAGE };

static bool is_of(const struct place *place, enum place_origin origin)
{
	return place->field != FIELD_BY_CODE &&
	       (place->document == DOCUMENT_ANNOTATIONS) == (origin == FROM_IMAGE);
}

static void take_places(struct container_reader *reader, enum place_origin origin)
{
	size_t count;
	const struct place *places = container_places(&count);

	for (size_t i = 0; i < count; i++) {
		if (!is_of(&places[i], origin))
			continue;

		const char **field = field_of(&reader->container, places[i].field);
		const char *text = *field ? NULL : string_of(look_up(reader, &places[i]));

		if (text)
			*field = arena_copy_string(reader->arena, text, strlen(text));
	}
}

static const char *image_annotation(const struct container_reader *reader, const char *key)
{
	return string_of(json_object_get(reader->documents[DOCUMENT_ANNOTATIONS], key));
}

static bool is_of_ctr(const struct container_reader *reader)
{
	return image_annotation(reader, "io.containerd.checkpoint.runtime") ||
	       image_annotation(reader, "io.containerd.checkpoint.snapshotter");
}

static bool has_annotation_like(const struct container_reader *reader, const char *start)
{
	const char *key;
	json_t *value;

	json_object_foreach(reader->documents[DOCUMENT_ANNOTATIONS], key,
			    value) if (strncmp(key, start, strlen(start)) == 0) return true;
	return false;
}

/* What the image says of its engine; the older annotations tell by their names. */
static const char *engine_of_image(const struct container_reader *reader)
{
	static const char *const engines[] = { "podman", "cri-o", "containerd", "docker" };
	const char *name = image_annotation(reader, "org.criu.checkpoint.engine.name");

	for (size_t i = 0; name && i < COUNT(engines); i++)
		if (strcasecmp(name, engines[i]) == 0)
			return engines[i];
	if (is_of_ctr(reader))
		return "containerd";
	if (has_annotation_like(reader, "io.podman.annotations.checkpoint."))
		return "podman";
	return has_annotation_like(reader, "io.kubernetes.cri-o.annotations.checkpoint.") ? "cri-o"
											  : NULL;
}

/* The rule of checkpointctl; without a spec.dump only containerd is known by what it alone writes. */
static const char *engine_of(const struct container_reader *reader)
{
	const struct place manager = SPEC_ANNOTATION("io.container.manager");
	const char *name = string_of(look_up(reader, &manager));

	if (name && strcmp(name, "libpod") == 0)
		return "podman";
	if (name && strcmp(name, "cri-o") == 0)
		return "cri-o";
	if (has_keys(reader->documents[DOCUMENT_DOCKER]))
		return "docker";
	if (has_keys(reader->documents[DOCUMENT_SPEC]) ||
	    has_keys(reader->documents[DOCUMENT_STATUS]))
		return "containerd";
	return engine_of_image(reader);
}

/* CRI-O keeps the container's short name as JSON within JSON. */
static void take_metadata_name(struct container_reader *reader)
{
	const struct place metadata = SPEC_ANNOTATION("io.kubernetes.cri-o.Metadata");
	const char *text = string_of(look_up(reader, &metadata));
	json_t *json = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;
	const char *name = string_of(json_object_get(json, "name"));

	if (name)
		reader->container.name = arena_copy_string(reader->arena, name, strlen(name));
	json_decref(json);
}

#define LONG_NAME_PARTS 5

/* "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT" (containerd: without "k8s_"). Kubernetes names have no "_". */
static void take_long_name(struct container_reader *reader, const char *text)
{
	struct container *container = &reader->container;
	const char **fields[LONG_NAME_PARTS] = { &container->name, &container->pod,
						 &container->name_space, &container->pod_uid,
						 NULL };
	const char *parts[LONG_NAME_PARTS], *end;
	size_t lengths[LONG_NAME_PARTS], count = 0;

	if (strncmp(text, "k8s_", 4) == 0)
		text += 4;
	for (end = text; count < LONG_NAME_PARTS && end; text = end ? end + 1 : NULL) {
		end = strchr(text, '_');
		parts[count] = text;
		lengths[count++] = end ? (size_t)(end - text) : strlen(text);
	}
	if (count < LONG_NAME_PARTS || end)
		return;
	for (size_t i = 0; i < count; i++) {
		if (fields[i] && !*fields[i] && lengths[i])
			*fields[i] = arena_copy_string(reader->arena, parts[i], lengths[i]);
	}
}

static bool is_kubernetes(const struct container_reader *reader)
{
	return reader->container.engine && strcmp(reader->container.engine, "podman") != 0;
}

static void take_name(struct container_reader *reader)
{
	const struct place place = { 0, DOCUMENT_CONFIG, { "name" } };
	const char *name = string_of(look_up(reader, &place));

	if (!reader->container.name)
		take_metadata_name(reader);
	if (name && is_kubernetes(reader))
		take_long_name(reader, name);
	if (name && !reader->container.name)
		reader->container.name = arena_copy_string(reader->arena, name, strlen(name));
}

/* Docker's have a slash in front; of Kubernetes they were the long ones. */
static void take_docker_name(struct container_reader *reader)
{
	const char *name = string_of(json_object_get(reader->documents[DOCUMENT_DOCKER], "Name"));

	if (!name || reader->container.name)
		return;
	if (name[0] == '/')
		name++;
	if (strncmp(name, "k8s_", 4) == 0)
		take_long_name(reader, name);
	if (!reader->container.name && *name)
		reader->container.name = arena_copy_string(reader->arena, name, strlen(name));
}

/* People who made such an image by hand may have given the long name. */
static void shorten_image_name(struct container_reader *reader)
{
	const char *name = reader->container.name;

	if (!name || !is_kubernetes(reader) || strncmp(name, "k8s_", 4) != 0)
		return;
	reader->container.name = NULL;
	take_long_name(reader, name);
	if (!reader->container.name)
		reader->container.name = name;
}

/* `ctr containers checkpoint` names the container's image as others name the image at hand: by the nearest such key. */
static void take_ctr_image(struct container_reader *reader)
{
	const char *name = image_annotation(reader, "org.opencontainers.image.ref.name");

	if (name && !reader->container.image && is_of_ctr(reader))
		reader->container.image = arena_copy_string(reader->arena, name, strlen(name));
}

static void take_image(struct container_reader *reader)
{
	bool named = reader->container.name;

	take_places(reader, FROM_IMAGE);
	if (!named)
		shorten_image_name(reader);
	take_ctr_image(reader);
}

static bool is_hex_digest(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/*
 * `ctr` keeps a container's name nowhere but at the end of its control group ("/default/payments"), where nerdctl and
 * the CRI have the id.
 */
static void take_control_group(struct container_reader *reader)
{
	const struct place place = { 0, DOCUMENT_SPEC, { "linux", "cgroupsPath" } };
	struct container *container = &reader->container;
	const char *path = string_of(look_up(reader, &place)), *end = path;

	if (!path || !container->engine || strcmp(container->engine, "containerd") != 0)
		return;
	for (const char *at = path; *at; at++)
		if (*at == '/' || *at == ':')
			end = at + 1;
	if (!*end)
		return;

	const char **field = is_hex_digest(end) ? &container->id : &container->name;

	if (!*field)
		*field = arena_copy_string(reader->arena, end, strlen(end));
}

/* "NAME@sha256:HEX", "sha256:HEX" and a bare HEX are one thing. */
static void tidy_digest(struct container_reader *reader)
{
	const char **digest = &reader->container.image_digest;
	const char *at = *digest ? strrchr(*digest, '@') : NULL;
	char text[7 + 64 + 1] = "sha256:";

	if (at && at[1])
		*digest = at + 1;
	if (!*digest || !is_hex_digest(*digest))
		return;
	memcpy(text + 7, *digest, 64);
	*digest = arena_copy_string(reader->arena, text, 7 + 64);
}

/* "io.containerd.runc.v2" and "/usr/bin/crun" to "runc" and "crun". */
static void tidy_runtime(struct container_reader *reader)
{
	static const char prefix[] = "io.containerd.";
	const char *text = reader->container.runtime, *end;

	if (!text)
		return;
	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0) {
		text += sizeof(prefix) - 1;
		end = strchr(text, '.');
		if (end && end > text)
			reader->container.runtime =
				arena_copy_string(reader->arena, text, (size_t)(end - text));
	} else if (strrchr(text, '/') && strrchr(text, '/')[1]) {
		reader->container.runtime = strrchr(text, '/') + 1;
	}
}

static void tidy_time(struct container_reader *reader, const char **time)
{
	char text[CONTAINER_TIME_BYTES];

	if (*time && container_time_from_text(*time, text) == TIME_READ)
		*time = arena_copy_string(reader->arena, text, strlen(text));
	else
		*time = NULL;
}

static void take_status_time(struct container_reader *reader)
{
	const json_t *value = json_object_get(reader->documents[DOCUMENT_STATUS], "created_at");
	char text[CONTAINER_TIME_BYTES];

	if (!reader->container.created && json_is_integer(value) &&
	    container_time_from_nanoseconds(json_integer_value(value), text) == TIME_READ)
		reader->container.created = arena_copy_string(reader->arena, text, strlen(text));
}

static void take_arguments(struct container_reader *reader)
{
	const json_t *process = json_object_get(reader->documents[DOCUMENT_SPEC], "process");
	const json_t *list = json_object_get(process, "args");
	size_t count = json_array_size(list);
	const char **arguments =
		count ? arena_alloc_array(reader->arena, count, sizeof(*arguments)) : NULL;

	for (size_t i = 0; arguments && i < count; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		arguments[i] = text ? arena_copy_string(reader->arena, text, strlen(text)) : NULL;
		if (!arguments[i])
			return;
	}
	reader->container.arguments = arguments;
	reader->container.argument_count = arguments ? count : 0;
}

const struct container *container_reader_result(struct container_reader *reader)
{
	if (reader->fresh)
		return &reader->container;
	reader->container = (struct container){ .engine = engine_of(reader) };
	take_places(reader, FROM_DOCUMENTS);
	take_name(reader);
	take_docker_name(reader);
	take_image(reader);
	take_control_group(reader);
	tidy_digest(reader);
	tidy_runtime(reader);
	tidy_time(reader, &reader->container.created);
	tidy_time(reader, &reader->container.checkpointed);
	take_status_time(reader);
	take_arguments(reader);
	reader->fresh = true;
	return &reader->container;
}

const char *container_volume_path(const struct container_reader *reader, const char *volume)
{
	return string_of(json_object_get(reader->volumes, volume));
}
