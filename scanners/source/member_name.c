#include "scanners/source/member_name.h"

#include <stdlib.h>
#include <string.h>

static bool is_dots(const char *component, size_t length, size_t dots)
{
	return length == dots && strncmp(component, "..", dots) == 0;
}

/* What the last component takes, with the slash in front of it. */
static size_t last_component(const char *clean, size_t length)
{
	size_t at = length;

	while (at > 0 && clean[at - 1] != '/')
		at--;
	return length - (at > 0 ? at - 1 : 0);
}

/* Appends a component, or goes up; returns false for one that leads out of the root. */
static bool add_component(char *clean, size_t *length, const char *component, size_t bytes)
{
	if (bytes == 0 || is_dots(component, bytes, 1))
		return true;
	if (is_dots(component, bytes, 2)) {
		if (*length == 0)
			return false;
		*length -= last_component(clean, *length);
		return true;
	}
	if (*length > 0)
		clean[(*length)++] = '/';
	memcpy(clean + *length, component, bytes);
	*length += bytes;
	return true;
}

static bool add_path(char *clean, size_t *length, const char *path)
{
	while (*path) {
		size_t bytes = strcspn(path, "/");

		if (!add_component(clean, length, path, bytes))
			return false;
		path += bytes + (path[bytes] == '/');
	}
	clean[*length] = '\0';
	return true;
}

bool member_name_clean(const char *stored, char **out)
{
	char *clean = malloc(strlen(stored) + 1);
	size_t length = 0;

	if (!clean)
		return false;
	if (!add_path(clean, &length, stored)) {
		free(clean);
		return false;
	}
	*out = clean;
	if (length == 0) {
		free(clean);
		*out = NULL;
	}
	return true;
}

int member_name_join(char **out, const char *directory, size_t length, const char *path,
		     struct error *err)
{
	char *clean = malloc(length + strlen(path) + 2);

	if (!clean)
		return error_no_memory(err, "a member's name");
	memcpy(clean, directory, length);
	*out = clean;
	if (!add_path(clean, &length, path)) {
		free(clean);
		*out = NULL;
	}
	return 0;
}

size_t member_name_directory(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? (size_t)(slash - name) : 0;
}

const char *member_name_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}
