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

bool member_name_clean(const char *stored, char **out)
{
	char *clean = malloc(strlen(stored) + 1);
	size_t length = 0;

	if (!clean)
		return false;
	while (*stored) {
		size_t bytes = strcspn(stored, "/");

		if (!add_component(clean, &length, stored, bytes)) {
			free(clean);
			return false;
		}
		stored += bytes + (stored[bytes] == '/');
	}
	clean[length] = '\0';
	*out = clean;
	if (length == 0) {
		free(clean);
		*out = NULL;
	}
	return true;
}
