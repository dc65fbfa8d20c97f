#ifndef CKPT_ENGINE_BASE_JSON_WRITER_H
#define CKPT_ENGINE_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/text.h"

/*
 * Writes one line of JSON, fields in the order of the calls. @name is NULL inside an array and for the
 * outermost value. A zeroed struct is ready; text.failed tells at the end whether memory ran out. One thread.
 *
 *	json_writer_open_object(json, NULL);
 *	json_writer_string(json, "type", "hit");
 *	json_writer_close_object(json);
 */
struct json_writer {
	struct text text;
	bool follows; /* a value stands before the next one at this level */
};

void json_writer_release(struct json_writer *json);
void json_writer_clear(struct json_writer *json);

void json_writer_open_object(struct json_writer *json, const char *name);
void json_writer_close_object(struct json_writer *json);
void json_writer_open_array(struct json_writer *json, const char *name);
void json_writer_close_array(struct json_writer *json);

/* Left out when @value is NULL. */
void json_writer_string(struct json_writer *json, const char *name, const char *value);
/* Bytes that json_writer_text() writes between the quotes at most; as long as the longest path of Linux. */
#define JSON_TEXT_BYTES 4096

/*
 * Text that may be anything: U+FFFD for each byte that is no UTF-8, and then a sibling NAME_b64 with the
 * bytes as they are; where it would be longer than JSON_TEXT_BYTES, only its beginning and then a sibling
 * NAME_cut, true. Left out when @value is NULL. Within an array there are no siblings: json_writer_texts() is
 * for those.
 */
void json_writer_text(struct json_writer *json, const char *name, const char *value);
/* The same of bytes that may hold zeros; never left out. */
void json_writer_text_bytes(struct json_writer *json, const char *name, struct bytes value);
/* An array of such texts; if any of them is not UTF-8 a sibling array NAME_b64 holds all of them. */
void json_writer_texts(struct json_writer *json, const char *name, const char *const *values,
		       size_t count);
/* U+FFFD, no sibling: for what is not from a checkpoint. */
void json_writer_bytes_as_text(struct json_writer *json, const char *name, struct bytes value);
void json_writer_base64(struct json_writer *json, const char *name, struct bytes value);
/* Lower-case hex. */
void json_writer_hex(struct json_writer *json, const char *name, struct bytes value);

/* What passes a signed number of 64 bits is written as the largest: most readers refuse the whole line otherwise. */
void json_writer_unsigned(struct json_writer *json, const char *name, uint64_t value);
void json_writer_integer(struct json_writer *json, const char *name, int64_t value);
void json_writer_boolean(struct json_writer *json, const char *name, bool value);
/* Three decimals; 0 for what is no number. */
void json_writer_seconds(struct json_writer *json, const char *name, double value);
/* Six decimals, for what takes less than a second. */
void json_writer_short_seconds(struct json_writer *json, const char *name, double value);
/* "0x7f48c082500a": beyond 2^53 readers lose bits of a number. */
void json_writer_address(struct json_writer *json, const char *name, uint64_t value);
/* The excluded end of a range from @start: 0 above a start is 2^64. */
void json_writer_address_end(struct json_writer *json, const char *name, uint64_t start,
			     uint64_t end);

#endif
