#ifndef CKPT_SCANNERS_CONTAINER_H
#define CKPT_SCANNERS_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"

struct image_annotation;

/*
 * The container that was frozen, from config.dump, spec.dump and status.dump as each engine writes them, Docker's
 * config.v2.json and hostconfig.json, and the annotations of an image. All strings may be NULL: not known. They
 * come from the checkpoint: any valid UTF-8, escape when shown.
 */
struct container {
	const char *id, *name, *image, *image_digest, *pod, *pod_id, *pod_uid, *name_space, *engine,
		*runtime;
	const char *created; /* RFC 3339, UTC */
	const char *checkpointed; /* RFC 3339, UTC */
	const char *const *arguments; /* process.args of the spec */
	size_t argument_count;
};

struct container_reader;
int container_reader_new(struct container_reader **out, struct warning_list *warnings,
			 struct error *err);
void container_reader_free(struct container_reader *reader);
/* Whether a file of this name (base name) is to be given to container_reader_add(). */
bool container_reader_wants(const char *name);
/* Broken JSON is a warning. Any order. */
int container_reader_add(struct container_reader *reader, const char *name, const uint8_t *data,
			 size_t length, struct error *err);
/* Of the image that the checkpoint came in: what the files above say counts before it. The first value of a key stays. */
int container_reader_add_annotations(struct container_reader *reader,
				     const struct image_annotation *annotations, size_t count,
				     struct error *err);
/* What is known; lent until container_reader_free(). Never NULL. */
const struct container *container_reader_result(struct container_reader *reader);

/*
 * Where the volume of this name ("volumes/NAME.tar") was mounted in the container; NULL: not known. Lent until the next
 * document is added.
 */
const char *container_volume_path(const struct container_reader *reader, const char *volume);

#endif
