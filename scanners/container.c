#include "scanners/container.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/container_time.h"

/* Three bytes of JSON can take more than a hundred of memory; real files are below 100 KiB. */
#define LONGEST_DOCUMENT (4u << 20)

enum document { DOCUMENT_CONFIG, DOCUMENT_SPEC, DOCUMENT_STATUS, DOCUMENTS };

static const char *const document_names[DOCUMENTS] = {
	[DOCUMENT_CONFIG] = "config.dump",
	[DOCUMENT_SPEC] = "spec.dump",
	[DOCUMENT_STATUS] = "status.dump",
};

struct container_reader {
	struct warning_list *warnings; /* borrowed */
	json_t *documents[DOCUMENTS];
	struct arena *arena; /* of what result lends */
	struct container container;
	bool fresh; /* container tells of all documents */
};

#define PATH_STEPS 2
#define ANNOTATION(key)                                                                            \
	DOCUMENT_SPEC,                                                                             \
	{                                                                                          \
		"annotations", key                                                                 \
	}
#define LABEL(key)                                                                                 \
	DOCUMENT_STATUS,                                                                           \
	{                                                                                          \
		"labels", key                                                                      \
	}
#define FIELD(name) offsetof(struct container, name)
#define FIELD_BY_CODE SIZE_MAX /* checked here, read by a function of its own */

/* Where each engine writes what, the best place of a field first. */
static const struct place {
	size_t field;
	enum document document;
	const char *path[PATH_STEPS];
} places[] = {
	{ FIELD(id), DOCUMENT_CONFIG, { "id" } },
	{ FIELD(id), DOCUMENT_STATUS, { "id" } },
	{ FIELD(id), ANNOTATION("io.kubernetes.cri-o.ContainerID") },
	{ FIELD(name), ANNOTATION("io.kubernetes.container.name") },
	{ FIELD(name), ANNOTATION("io.kubernetes.cri.container-name") },
	{ FIELD(name), DOCUMENT_STATUS, { "metadata", "name" } },
	{ FIELD(name), LABEL("io.kubernetes.container.name") },
	{ FIELD(image), DOCUMENT_CONFIG, { "rootfsImage" } },
	{ FIELD(image), DOCUMENT_CONFIG, { "RawImageName" } },
	{ FIELD(image), DOCUMENT_CONFIG, { "rootfsImageName" } },
	{ FIELD(image), DOCUMENT_STATUS, { "image", "image" } },
	{ FIELD(image), ANNOTATION("io.kubernetes.cri-o.ImageName") },
	{ FIELD(image), ANNOTATION("io.kubernetes.cri.image-name") },
	{ FIELD(image_digest), DOCUMENT_CONFIG, { "rootfsImageRef" } },
	{ FIELD(image_digest), DOCUMENT_CONFIG, { "rootfsImageID" } },
	{ FIELD(image_digest), DOCUMENT_STATUS, { "image_ref" } },
	{ FIELD(image_digest), ANNOTATION("io.kubernetes.cri-o.ImageRef") },
	{ FIELD(pod), ANNOTATION("io.kubernetes.pod.name") },
	{ FIELD(pod), ANNOTATION("io.kubernetes.cri.sandbox-name") },
	{ FIELD(pod), LABEL("io.kubernetes.pod.name") },
	{ FIELD(pod_id), ANNOTATION("io.kubernetes.cri-o.SandboxID") },
	{ FIELD(pod_id), ANNOTATION("io.kubernetes.cri.sandbox-id") },
	{ FIELD(pod_id), DOCUMENT_CONFIG, { "pod" } }, /* Podman: the id */
	{ FIELD(pod_uid), ANNOTATION("io.kubernetes.pod.uid") },
	{ FIELD(pod_uid), ANNOTATION("io.kubernetes.cri.sandbox-uid") },
	{ FIELD(pod_uid), LABEL("io.kubernetes.pod.uid") },
	{ FIELD(name_space), ANNOTATION("io.kubernetes.pod.namespace") },
	{ FIELD(name_space), ANNOTATION("io.kubernetes.cri.sandbox-namespace") },
	{ FIELD(name_space), LABEL("io.kubernetes.pod.namespace") },
	{ FIELD(runtime), DOCUMENT_CONFIG, { "runtime" } },
	{ FIELD(created), DOCUMENT_CONFIG, { "createdTime" } },
	{ FIELD(created), ANNOTATION("io.kubernetes.cri-o.Created") },
	{ FIELD(checkpointed), DOCUMENT_CONFIG, { "checkpointedTime" } },
	{ FIELD_BY_CODE, DOCUMENT_CONFIG, { "name" } },
	{ FIELD_BY_CODE, ANNOTATION("io.container.manager") },
	{ FIELD_BY_CODE, ANNOTATION("io.kubernetes.cri-o.Metadata") },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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
	arena_free(reader->arena);
	free(reader);
}

static bool find_document(const char *name, enum document *out)
{
	for (size_t i = 0; i < DOCUMENTS; i++) {
		if (strcmp(name, document_names[i]) == 0) {
			*out = (enum document)i;
			return true;
		}
	}
	return false;
}

bool container_reader_wants(const char *name)
{
	enum document document;

	return find_document(name, &document);
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

	for (size_t i = 0; i < PATH_STEPS && place->path[i] && value; i++)
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
	const char *file = document_names[place->document];
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
	int ret = 0;

	for (size_t i = 0; i < COUNT(places) && ret == 0; i++) {
		const json_t *value =
			places[i].document == document ? look_up(reader, &places[i]) : NULL;

		if (value && !json_is_null(value))
			ret = check_value(reader, &places[i], value, err);
	}
	return ret;
}

int container_reader_add(struct container_reader *reader, const char *name, const uint8_t *data,
			 size_t length, struct error *err)
{
	enum document document;
	json_error_t fault = { 0 };
	json_t *json;
	int ret = 0;

	if (!find_document(name, &document))
		return error_set(err, ERROR_USAGE, 0, "%s does not describe a container", name);
	name = document_names[document];
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
	if (reader->documents[document])
		ret = warn(reader, name, WARNING_DUPLICATE_MEMBER,
			   "comes twice, the last one counts", "", err);
	json_decref(reader->documents[document]);
	reader->documents[document] = json;
	reader->fresh = false;
	return ret < 0 ? ret : check_values(reader, document, err);
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

static void take_places(struct container_reader *reader)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		if (places[i].field == FIELD_BY_CODE)
			continue;

		const char **field = field_of(&reader->container, places[i].field);
		const char *text = *field ? NULL : string_of(look_up(reader, &places[i]));

		if (text)
			*field = arena_copy_string(reader->arena, text, strlen(text));
	}
}

/* The rule of checkpointctl; without a spec.dump only containerd is known by what it alone writes. */
static const char *engine_of(const struct container_reader *reader)
{
	const struct place manager = { 0, ANNOTATION("io.container.manager") };
	const char *name = string_of(look_up(reader, &manager));

	if (name && strcmp(name, "libpod") == 0)
		return "podman";
	if (name && strcmp(name, "cri-o") == 0)
		return "cri-o";
	if (has_keys(reader->documents[DOCUMENT_SPEC]) ||
	    has_keys(reader->documents[DOCUMENT_STATUS]))
		return "containerd";
	return NULL;
}

/* CRI-O keeps the container's short name as JSON within JSON. */
static void take_metadata_name(struct container_reader *reader)
{
	const struct place metadata = { 0, ANNOTATION("io.kubernetes.cri-o.Metadata") };
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

static void take_name(struct container_reader *reader)
{
	const struct place place = { 0, DOCUMENT_CONFIG, { "name" } };
	const char *name = string_of(look_up(reader, &place));
	bool kubernetes =
		reader->container.engine && strcmp(reader->container.engine, "podman") != 0;

	if (!reader->container.name)
		take_metadata_name(reader);
	if (name && kubernetes)
		take_long_name(reader, name);
	if (name && !reader->container.name)
		reader->container.name = arena_copy_string(reader->arena, name, strlen(name));
}

static bool is_hex_digest(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
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
	take_places(reader);
	take_name(reader);
	tidy_digest(reader);
	tidy_runtime(reader);
	tidy_time(reader, &reader->container.created);
	tidy_time(reader, &reader->container.checkpointed);
	take_status_time(reader);
	take_arguments(reader);
	reader->fresh = true;
	return &reader->container;
}
