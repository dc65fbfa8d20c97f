#include "scanners/container_volumes.h"

#include <string.h>

static int add(json_t *volumes, const char *name, size_t length, json_t *path, struct error *err)
{
	const char *text = json_string_value(path);

	if (!text || text[0] != '/' || length == 0 || json_object_getn(volumes, name, length))
		return 0;
	if (json_object_setn_nocheck(volumes, name, length, path) < 0)
		return error_no_memory(err, "the volumes of a container");
	return 0;
}

/* [ { "volumeName": NAME, "dest": PATH }... ] */
static int add_named(json_t *volumes, const json_t *list, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < json_array_size(list) && ret == 0; i++) {
		const json_t *volume = json_array_get(list, i);
		const json_t *name = json_object_get(volume, "volumeName");

		ret = add(volumes, json_string_value(name), json_string_length(name),
			  json_object_get(volume, "dest"), err);
	}
	return ret;
}

/* "STORAGE/volumes/NAME/_data" */
static size_t name_in(const char *source, const char **name)
{
	static const char end[] = "/_data", folder[] = "/volumes/";
	size_t length = strlen(source), from;

	if (length < sizeof(end) || strcmp(source + length - (sizeof(end) - 1), end) != 0)
		return 0;
	length -= sizeof(end) - 1;
	for (from = length; from > 0 && source[from - 1] != '/';)
		from--;
	if (from < sizeof(folder) - 1 ||
	    memcmp(source + from - (sizeof(folder) - 1), folder, sizeof(folder) - 1) != 0)
		return 0;
	*name = source + from;
	return length - from;
}

static int add_mounts(json_t *volumes, const json_t *list, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < json_array_size(list) && ret == 0; i++) {
		const json_t *mount = json_array_get(list, i);
		const char *source = json_string_value(json_object_get(mount, "source"));
		const char *name = NULL;
		size_t length = source ? name_in(source, &name) : 0;

		ret = add(volumes, name, length, json_object_get(mount, "destination"), err);
	}
	return ret;
}

int container_volumes(const json_t *config, const json_t *spec, json_t **out, struct error *err)
{
	json_t *volumes = json_object();
	int ret = volumes ? 0 : error_no_memory(err, "the volumes of a container");

	if (ret == 0)
		ret = add_named(volumes, json_object_get(config, "namedVolumes"), err);
	if (ret == 0)
		ret = add_mounts(volumes, json_object_get(spec, "mounts"), err);
	if (ret == 0 && json_object_size(volumes) > 0)
		*out = json_incref(volumes);
	json_decref(volumes);
	return ret;
}
