#include "scanners/oci/media_type.h"

#include <stddef.h>
#include <string.h>

/* The first row that a type begins with counts. Compressions and "+encrypted" come behind. */
static const struct {
	const char *start;
	enum media_kind kind;
} kinds[] = {
	{ "application/vnd.oci.image.index.v1+json", MEDIA_DOCUMENT },
	{ "application/vnd.oci.image.manifest.v1+json", MEDIA_DOCUMENT },
	{ "application/vnd.docker.distribution.manifest.", MEDIA_DOCUMENT },
	{ "application/vnd.oci.image.layer.", MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.", MEDIA_LAYER },
	{ "application/vnd.containerd.container.rw.tar", MEDIA_WRITTEN_LAYER },
	{ "application/vnd.containerd.container.criu.checkpoint.", MEDIA_CRIU_IMAGES },
	{ "application/vnd.containerd.container.checkpoint.config.", MEDIA_SPEC },
	{ "application/vnd.containerd.container.checkpoint.", MEDIA_OTHER },
	{ "application/vnd.in-toto+json", MEDIA_OTHER },
	{ "application/vnd.oci.empty.v1+json", MEDIA_OTHER },
};

enum media_kind media_type_kind(const char *media_type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(media_type, kinds[i].start, strlen(kinds[i].start)) == 0)
			return kinds[i].kind;
	return MEDIA_UNKNOWN;
}

bool media_type_is_encrypted(const char *media_type)
{
	static const char end[] = "+encrypted";
	size_t length = strlen(media_type);

	return length >= sizeof(end) - 1 &&
	       strcmp(media_type + length - (sizeof(end) - 1), end) == 0;
}

static bool begins_with(struct bytes start, const char *magic, size_t length)
{
	return start.length >= length && memcmp(start.data, magic, length) == 0;
}

bool media_is_compressed(struct bytes start)
{
	return begins_with(start, "\x1f\x8b", 2) || begins_with(start, "\x28\xb5\x2f\xfd", 4) ||
	       begins_with(start, "BZh", 3) ||
	       begins_with(start,
			   "\xfd"
			   "7zXZ",
			   5);
}

bool media_is_archive(struct bytes start)
{
	return media_is_compressed(start) ||
	       (start.length >= 262 && memcmp(start.data + 257, "ustar", 5) == 0);
}
