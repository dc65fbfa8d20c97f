#ifndef CKPT_SCANNERS_OCI_IMAGE_READER_H
#define CKPT_SCANNERS_OCI_IMAGE_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/oci/container_image.h"
#include "scanners/oci/image_list.h"

/* What one reading of an image's files shares. One thread. */
struct image_reader {
	const struct image_files *files;
	struct warning_list *warnings;
	struct arena *arena; /* of all that is handed out */
	struct image_list images;
	json_t *walked, *compared, *told; /* names of files, as sets: each is done once */
	uint64_t json_left; /* bytes of documents that may still be read */
	size_t blobs_left, annotations_left; /* that may still be kept */
	bool limited; /* told that one of these has run out */
};

int image_reader_init(struct image_reader *reader, const struct image_files *files,
		      struct warning_list *warnings, struct arena *arena, struct error *err);
void image_reader_release(struct image_reader *reader);

/* Adds @name to one of the sets. *@first: it was not in it. */
int image_reader_first(json_t *set, const char *name, bool *first, struct error *err);
/* Copies into the arena. */
int image_reader_copy(struct image_reader *reader, const char *text, const char **out,
		      struct error *err);
/* A warning about a file, or about what it names. */
int image_reader_warn(struct image_reader *reader, enum warning_code code, const char *file,
		      const char *what, struct error *err);
/* Takes @count from one of the reader's limits; *@granted false: it has run out, and a warning says so. */
int image_reader_spend(struct image_reader *reader, size_t *left, size_t count, bool *granted,
		       struct error *err);

enum document_duty {
	DUTY_TELL, /* what is no JSON is damage */
	DUTY_TRY, /* it may be anything */
};

/* A whole file as JSON. *@out NULL: it is none, is too long, or cannot be read. */
int image_reader_json(struct image_reader *reader, const char *name,
		      const struct stored_bytes *bytes, enum document_duty duty, json_t **out,
		      struct error *err);
/* Up to @length of a file's first bytes; fewer where there are no more, or they cannot be read. */
size_t image_reader_start(const struct image_reader *reader, const struct stored_bytes *bytes,
			  uint8_t *buffer, size_t length);
/* A string without zero bytes; NULL: it is none. Lent from @value. */
const char *json_plain_text(const json_t *value);

#endif
