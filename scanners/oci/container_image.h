#ifndef CKPT_SCANNERS_OCI_CONTAINER_IMAGE_H
#define CKPT_SCANNERS_OCI_CONTAINER_IMAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/content.h"

/*
 * An OCI image layout, a docker-archive, or both in one, as its files stand in a directory or archive: what images it
 * lists, and of which parts they are made. Nothing is unpacked here.
 *
 *	index.json ─► index ─► manifest ─► layers          docker-archive: manifest.json ─► layers
 *	                └────► blobs of `ctr checkpoint`
 */
enum image_form { IMAGE_FORM_NONE, IMAGE_FORM_OCI, IMAGE_FORM_DOCKER };

enum image_part_kind {
	IMAGE_PART_LAYER, /* a tar of files: a checkpoint's archive, or a root file system's layer */
	IMAGE_PART_CRIU_IMAGES, /* a plain tar of CRIU images, without a directory */
	IMAGE_PART_ROOTFS_DIFF, /* the layer that the container wrote, beside those */
	IMAGE_PART_SPEC, /* the container's OCI specification, wrapped in a protobuf message */
};

struct image_part {
	enum image_part_kind kind;
	const char *name; /* of the file that holds it: "blobs/sha256/...", "<hex>.tar" */
	const char *media_type; /* "": not said */
	struct stored_bytes bytes;
	bool missing; /* no such file; told already */
	bool encrypted; /* told already, as lost */
};

struct image_annotation {
	const char *key, *value;
};

/* One image that the index names, or the blobs of one `ctr checkpoint`. */
struct container_image {
	const char *name; /* "docker.io/library/redis:7", or only a tag; NULL: none */
	const struct image_part *parts; /* in the manifest's order: the lowest layer first */
	size_t part_count;
	const struct image_annotation
		*annotations; /* of the manifest, then of what names it, the nearest first */
	size_t annotation_count;
};

/*
 * The files beside each other, by name from the top ("index.json", "blobs/sha256/..."). find() is false where there is
 * none of that name; it follows links among them ("HEX/layer.tar" of older archives is one).
 */
struct image_files {
	void *context;
	bool (*find)(void *context, const char *name, struct stored_bytes *out);
	struct file_table *files; /* blobs that stand within their descriptors are added to it */
	const _Atomic int *stop; /* then digests are no longer compared; may be NULL */
};

struct container_images {
	enum image_form form; /* of both in one: IMAGE_FORM_OCI */
	const struct container_image
		*items; /* each once, in the order of their listing; none without parts */
	size_t count;
};

/*
 * Whether a file of this name may belong to one, and so must be at hand once all names are known ("index.json",
 * "oci-layout", "manifest.json", "blobs/ALGORITHM/HEX", "HEX.tar", "HEX.tar.gz", "HEX.json", "HEX/layer.tar", "sha256:HEX").
 */
bool container_image_wants(const char *name);
/*
 * What the files say. IMAGE_FORM_NONE: neither index.json nor a manifest.json of the kind is there. Damage, blobs that
 * are missing, encrypted, or have another digest than they are named by (digest-mismatch, for each blob that is
 * described; bytes of layers are compared too) are warnings. Depth and counts are bounded. Lives in @arena.
 */
int container_images_read(struct container_images *out, const struct image_files *files,
			  struct warning_list *warnings, struct arena *arena, struct error *err);
/* The specification within a part of kind IMAGE_PART_SPEC, as JSON; false: it holds none. Lent from @message. */
bool container_image_spec(struct bytes message, struct bytes *json);

#endif
