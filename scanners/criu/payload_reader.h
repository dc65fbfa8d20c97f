#ifndef CKPT_SCANNERS_CRIU_PAYLOAD_READER_H
#define CKPT_SCANNERS_CRIU_PAYLOAD_READER_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/criu/payload.h"

/*
 * Goes through an image whose entries are followed by bytes, and reads the entries alone:
 *
 *	magics | u32 length | message | bytes | u32 length | message | bytes ...
 *
 * What cannot be read is told by a warning with its range (@warnings NULL: by none), and ends the image. One thread.
 */
struct payload_reader {
	const struct payload *payload;
	const struct file_table *files;
	struct warning_list *warnings;
	uint64_t position; /* in the image */
	uint8_t *entry; /* the last message's bytes */
	size_t entry_length, entry_capacity;
	size_t entries; /* read so far */
	bool swapped; /* its words begin with their high byte, as on s390x */
	bool damaged; /* it ended before its end */
};

/* Starts behind the magics. *@good false: it does not start like an image of its name; that is told. */
int payload_reader_open(struct payload_reader *out, const struct payload *payload,
			const struct file_table *files, struct warning_list *warnings, bool *good,
			struct error *err);
void payload_reader_close(struct payload_reader *reader);

/* Bytes behind the position. */
uint64_t payload_reader_left(const struct payload_reader *reader);
/*
 * The next entry, decoded; free it with message_free(). NULL: the end, or damage, which is told. An entry that is no
 * such message ends the image, for what follows it has no length.
 */
int payload_reader_next(struct payload_reader *reader, const ProtobufCMessageDescriptor *descriptor,
			ProtobufCMessage **out, struct error *err);
/* Where @field of the last entry stands, which is bytes; no bytes: it is not there. Before payload_reader_take(). */
struct stored_bytes payload_reader_field(const struct payload_reader *reader, uint32_t field);
/* The next @length bytes, fewer where the image ends before; *@short_of is how many are not there. */
struct stored_bytes payload_reader_take(struct payload_reader *reader, uint64_t length,
					uint64_t *short_of);

/* @warnings NULL: nothing is told. */
int payload_warn(struct warning_list *warnings, const struct payload *payload,
		 enum warning_code code, uint64_t offset, uint64_t length, const char *what,
		 struct error *err);

#endif
