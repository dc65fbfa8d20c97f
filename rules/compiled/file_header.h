#ifndef CKPT_RULES_COMPILED_FILE_HEADER_H
#define CKPT_RULES_COMPILED_FILE_HEADER_H

#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"
#include "engine/base/digest.h"

/*
 * How a file of compiled rules begins, little-endian:
 *
 *	 0	eight bytes that no text has, as PNG files begin: a transfer as text breaks them
 *	 8	u32 format
 *	12	version of the program, filled up with zeros
 *	32	u64 kind of CPU, see database_platform()
 *	40	for each section: u64 length, SHA-256
 *	160	SHA-256 of all that
 *	192	the sections
 */
enum file_section { SECTION_SOURCES, SECTION_RULES, SECTION_DATABASES, FILE_SECTIONS };

#define FILE_FORMAT 2u
#define FILE_HEADER_BYTES 192u

/* A header with room for what file_header_seal() fills in. */
void file_header_add(struct byte_writer *out);
/* Fills in lengths and checksums of a file that is complete but for them. */
int file_header_seal(uint8_t *data, const uint64_t lengths[FILE_SECTIONS], struct error *err);
/* Whether bytes begin as such a file does, or nearly so. */
bool file_header_is_there(struct bytes file);
/*
 * Checks everything but what the sections say, and lends them. ERROR_FORMAT: damaged; ERROR_UNSUPPORTED: of another
 * version or, unless @any_platform, for another kind of CPU.
 */
int file_header_open(struct bytes file, bool any_platform, struct bytes sections[FILE_SECTIONS],
		     struct error *err);

#endif
