#include "scanners/describe.h"

#include <regex.h>
#include <string.h>
#include <time.h>

#define TIME_BYTES sizeof("2026-11-24T12:58:40Z")

static const char *time_text(struct arena *arena, time_t time)
{
	struct tm parts;
	char text[TIME_BYTES + 16];

	if (!gmtime_r(&time, &parts) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts))
		return NULL;
	return arena_copy_string(arena, text, strlen(text));
}

/* The kubelet's names end in "-2026-11-24T12:58:40Z.tar" or with an offset such as +01:00. */
static const char *time_of_name(struct arena *arena, const char *path)
{
	static const char expression[] =
		"checkpoint-[^/]*_[^/]*-([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
		"(Z|[+-][0-9]{2}:[0-9]{2})\\.tar$";
	regmatch_t found[3];
	regex_t regex;
	struct tm parts = { 0 };
	int hours = 0, minutes = 0;

	if (regcomp(&regex, expression, REG_EXTENDED) != 0)
		return NULL;

	int missing = regexec(&regex, path, 3, found, 0);

	regfree(&regex);
	if (missing || !strptime(path + found[1].rm_so, "%Y-%m-%dT%H:%M:%S", &parts))
		return NULL;

	const char *zone = path + found[2].rm_so;
	time_t time = timegm(&parts);

	if (*zone != 'Z') {
		hours = (zone[1] - '0') * 10 + zone[2] - '0';
		minutes = (zone[4] - '0') * 10 + zone[5] - '0';
		time -= (*zone == '-' ? -60 : 60) * (hours * 60 + minutes);
	}
	return time_text(arena, time);
}

static void find_time(struct checkpoint_outline *out, const char *path,
		      const struct container *container, const struct image_directory *directory,
		      struct arena *arena)
{
	if (container->checkpointed) {
		out->time = container->checkpointed;
		out->time_source = "config";
	} else if (directory && directory->inventory_time > 0) {
		out->time = time_text(arena, directory->inventory_time);
		out->time_source = "file";
	} else {
		out->time = time_of_name(arena, path);
		out->time_source = "name";
	}
	if (!out->time)
		out->time_source = NULL;
}

static void copy_container(struct checkpoint_outline *out, const struct container *container)
{
	out->container_id = container->id;
	out->container_name = container->name;
	out->image = container->image;
	out->image_digest = container->image_digest;
	out->pod = container->pod;
	out->pod_id = container->pod_id;
	out->pod_uid = container->pod_uid;
	out->name_space = container->name_space;
	out->engine = container->engine;
	out->runtime = container->runtime;
	out->created = container->created;
}

static int find_id(struct checkpoint_outline *out, const struct image_directory *directory,
		   struct arena *arena, struct error *err)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	int ret = image_set_digest(directory->images, digest, err);

	if (ret)
		return ret;
	digest_hex(digest, hex);
	out->id = arena_copy_string(arena, hex, strlen(hex));
	return out->id ? 0 : error_no_memory(err, "a checkpoint's identity");
}

int checkpoint_outline_make(struct checkpoint_outline *out, const char *path,
			    const struct source *source, const struct container *container,
			    const struct image_directory *directory, struct arena *arena,
			    struct error *err)
{
	*out = (struct checkpoint_outline){
		.path = path,
		.form = source_form_name(source ? source_form(source) : FORM_UNKNOWN),
		.compression = source ? source_compression_name(source_compression(source)) : NULL,
		.size = source ? source_size(source) : 0,
	};
	if (!directory)
		return 0;
	if (directory->path[0])
		out->member = directory->path;
	find_time(out, path, container, directory, arena);
	copy_container(out, container);
	return find_id(out, directory, arena, err);
}
