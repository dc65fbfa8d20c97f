#ifndef CKPT_ENGINE_READ_DISTANT_H
#define CKPT_ENGINE_READ_DISTANT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/error.h"

/*
 * A file below a directory that is opened anew for each read: for those that neither mappings nor descriptors suffice
 * for. No link is followed on the way, and it must still be the same file.
 */
struct distant {
	int root; /* descriptor of the directory; the owner's */
	dev_t device;
	ino_t inode;
};

/* Up to @length bytes; short only at the end. Any thread. ERROR_SYSTEM; ESTALE: another file stands there now. */
int distant_read(const struct distant *distant, const char *path, uint64_t offset, uint8_t *buffer,
		 size_t length, size_t *got, struct error *err);

#endif
