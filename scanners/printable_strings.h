#ifndef CKPT_SCANNERS_PRINTABLE_STRINGS_H
#define CKPT_SCANNERS_PRINTABLE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/*
 * Runs of at least 4 printable characters (ASCII and the tab), one byte each or as UTF-16LE, in bytes that come piece
 * by piece. A longer run than 4096 characters is told in parts of that length, each with its own address.
 */
#define PRINTABLE_LEAST 4u
#define PRINTABLE_MOST 4096u

enum printable_encoding { PRINTABLE_ASCII, PRINTABLE_UTF16 };
/* "ascii", "utf-16le". */
const char *printable_encoding_name(enum printable_encoding encoding);

/* @text is ASCII, whatever the encoding; lent for the call. */
typedef int (*printable_each)(void *context, uint64_t address, enum printable_encoding encoding,
			      struct bytes text, struct error *err);

struct printable_run {
	uint64_t address; /* of its first byte */
	size_t length; /* characters */
	bool told; /* a part of it was */
	char text[PRINTABLE_MOST];
};

/* On the heap, for its size; zeroed but for @each and @context. One thread. */
struct printable_strings {
	printable_each each;
	void *context;
	struct printable_run ascii, wide;
	bool half; /* the last byte was a character of @wide, of which the zero is to come */
};

/* The next bytes, at the address where the last ones ended unless printable_strings_break() came between. */
int printable_strings_add(struct printable_strings *strings, uint64_t address, struct bytes bytes,
			  struct error *err);
/* Nothing reaches across here; also at the end. */
int printable_strings_break(struct printable_strings *strings, struct error *err);

#endif
