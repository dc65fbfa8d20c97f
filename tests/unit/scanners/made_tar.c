#include "tests/unit/scanners/made_tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t *take(struct made_tar *tar, size_t length)
{
	size_t needed = tar->made.length + length;

	if (needed > tar->capacity) {
		tar->capacity = 2 * needed;
		tar->made.data = realloc(tar->made.data, tar->capacity);
		assert_non_null(tar->made.data);
	}
	memset(tar->made.data + tar->made.length, 0, length);
	tar->made.length = needed;
	return tar->made.data + (needed - length);
}

void tar_seal(uint8_t *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

uint8_t *tar_header(struct made_tar *tar, const char *name, char type, uint64_t size)
{
	uint8_t *header = take(tar, TAR_BLOCK);
	size_t length = strlen(name);

	memcpy(header, name, length < 100 ? length : 100);
	memcpy(header + 100, "0000600", 8);
	snprintf((char *)header + 124, 12, "%011llo", (unsigned long long)size);
	memcpy(header + 136, "14524770400", 12);
	header[156] = (uint8_t)type;
	memcpy(header + 257,
	       "ustar\0"
	       "00",
	       8);
	tar_seal(header);
	return header;
}

void tar_body(struct made_tar *tar, const void *data, size_t length)
{
	uint8_t *body = take(tar, (length + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK);

	if (length)
		memcpy(body, data, length);
}

void tar_file(struct made_tar *tar, const char *name, const char *text)
{
	tar_header(tar, name, '0', strlen(text));
	tar_body(tar, text, strlen(text));
}

void tar_link(struct made_tar *tar, const char *name, char type, const char *target)
{
	uint8_t *header = tar_header(tar, name, type, 0);

	memcpy(header + 157, target, strlen(target));
	tar_seal(header);
}

/* The length of a record counts its own digits. */
static size_t record_length(size_t rest)
{
	size_t digits = 1, power = 10;

	while (rest + digits >= power) {
		digits++;
		power *= 10;
	}
	return rest + digits;
}

void tar_pax_bytes(struct made_tar *tar, char type, const char *key, const void *value,
		   size_t length)
{
	size_t whole = record_length(strlen(key) + length + 3);
	char *record = malloc(whole + 1);
	int at = snprintf(record, whole + 1, "%zu %s=", whole, key);

	memcpy(record + at, value, length);
	record[whole - 1] = '\n';
	tar_header(tar, "PaxHeader", type, whole);
	tar_body(tar, record, whole);
	free(record);
}

void tar_pax(struct made_tar *tar, char type, const char *const *records, size_t count)
{
	char *text = calloc(1, 1);
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		size_t whole = record_length(strlen(records[i]) + 2);

		text = realloc(text, length + whole + 1);
		snprintf(text + length, whole + 1, "%zu %s\n", whole, records[i]);
		length += whole;
	}
	tar_header(tar, "PaxHeader", type, length);
	tar_body(tar, text, length);
	free(text);
}

void tar_long(struct made_tar *tar, char type, const char *name)
{
	tar_header(tar, "././@LongLink", type, strlen(name) + 1);
	tar_body(tar, name, strlen(name) + 1);
}

void tar_end(struct made_tar *tar)
{
	take(tar, (size_t)2 * TAR_BLOCK);
}

void tar_octal(uint8_t *at, uint64_t value)
{
	snprintf((char *)at, 12, "%011llo", (unsigned long long)value);
}

void tar_fill(struct made_tar *tar, char byte, size_t length)
{
	char data[2 * TAR_BLOCK];

	memset(data, byte, sizeof(data));
	tar_body(tar, data, length);
}
