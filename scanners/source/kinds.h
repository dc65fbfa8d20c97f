#ifndef CKPT_SCANNERS_SOURCE_KINDS_H
#define CKPT_SCANNERS_SOURCE_KINDS_H

#include "engine/base/bytes.h"
#include "engine/read/inflater.h"
#include "scanners/source/source.h"

enum kind_use {
	KIND_TAR, /* read as it lies */
	KIND_CORE, /* an ELF core dump */
	KIND_COMPRESSED, /* holds one of those before */
	KIND_ENCRYPTED, /* nothing to be read without a key */
	KIND_OTHER, /* no source */
};

/* What a file is by its first bytes. */
struct kind {
	const char *name; /* as in "not an archive ...: NAME" */
	enum kind_use use;
	enum source_compression compression;
	const struct decoder *decoder; /* KIND_COMPRESSED */
	struct bytes magic; /* at the start; or else */
	bool (*fits)(struct bytes start);
};

/* Bytes of a file's start that the table needs to see. */
#define KIND_BYTES 4096

/* Never NULL: the last row fits everything. @start: the first KIND_BYTES, or all where there are fewer. */
const struct kind *kind_of(struct bytes start);

#endif
