#include "scanners/oci/container_image.h"

#include <string.h>

#include "scanners/oci/blob.h"
#include "scanners/oci/docker_archive.h"
#include "scanners/oci/image_reader.h"
#include "scanners/oci/index.h"

/* "blobs/ALGORITHM/HEX": a digest with a slash for its colon. */
static bool is_blob(const char *name)
{
	static const char folder[] = "blobs/";
	char digest[256];
	char *slash;

	if (strncmp(name, folder, sizeof(folder) - 1) != 0)
		return false;
	name += sizeof(folder) - 1;
	if (strlen(name) >= sizeof(digest))
		return false;
	strcpy(digest, name);
	slash = strchr(digest, '/');
	if (!slash)
		return false;
	*slash = ':';
	return blob_digest_is_sound(digest);
}

/* As podman, docker and skopeo name them; builders that never run a daemon keep layers compressed. */
static bool is_docker_file(const char *name)
{
	static const char *const ends[] = { ".tar", ".tar.gz", ".json", "/layer.tar" };
	static const char prefix[] = "sha256:";
	bool with_prefix = strncmp(name, prefix, sizeof(prefix) - 1) == 0;

	if (with_prefix)
		name += sizeof(prefix) - 1;
	if (strspn(name, "0123456789abcdef") != SHA256_HEX_LENGTH)
		return false;
	if (with_prefix && !name[SHA256_HEX_LENGTH])
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(name + SHA256_HEX_LENGTH, ends[i]) == 0)
			return true;
	return false;
}

bool container_image_wants(const char *name)
{
	static const char *const names[] = { "index.json", "oci-layout", "manifest.json" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return is_blob(name) || is_docker_file(name);
}

static enum image_form form_of(bool layout, bool docker)
{
	if (layout)
		return IMAGE_FORM_OCI;
	return docker ? IMAGE_FORM_DOCKER : IMAGE_FORM_NONE;
}

int container_images_read(struct container_images *out, const struct image_files *files,
			  struct warning_list *warnings, struct arena *arena, struct error *err)
{
	struct image_reader reader;
	struct container_images read = { 0 };
	bool layout = false, docker = false;
	int ret = image_reader_init(&reader, files, warnings, arena, err);

	if (ret)
		return ret;
	ret = index_read(&reader, &layout, err);
	if (ret == 0)
		ret = docker_archive_read(&reader, &docker, err);
	if (ret == 0)
		ret = image_list_finish(&reader.images, arena, &read.items, err);
	read.form = form_of(layout, docker);
	read.count = reader.images.count;
	if (ret == 0)
		*out = read;
	image_reader_release(&reader);
	return ret;
}
