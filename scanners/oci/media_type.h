#ifndef CKPT_SCANNERS_OCI_MEDIA_TYPE_H
#define CKPT_SCANNERS_OCI_MEDIA_TYPE_H

#include <stdbool.h>

#include "engine/base/bytes.h"

/* What a descriptor says that its blob is. */
enum media_kind {
	MEDIA_UNKNOWN, /* not said, or nothing that is known: its content tells */
	MEDIA_DOCUMENT, /* an index or a manifest; which of them its content tells */
	MEDIA_LAYER,
	MEDIA_WRITTEN_LAYER, /* what a container wrote */
	MEDIA_CRIU_IMAGES,
	MEDIA_SPEC,
	MEDIA_OTHER, /* known, and of no use here */
};

enum media_kind media_type_kind(const char *media_type);
bool media_type_is_encrypted(const char *media_type);
/* By a blob's first bytes, 512 of them if there are as many. */
bool media_is_compressed(struct bytes start);
bool media_is_archive(struct bytes start); /* or compressed, and so perhaps one */

#endif
