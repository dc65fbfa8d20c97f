#include "bench/made/image_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_LENGTH = 2 };

void image_release(struct image_bytes *image)
{
	free(image->data);
	*image = (struct image_bytes){ 0 };
}

void image_add_bytes(struct image_bytes *image, const void *data, size_t length)
{
	if (image->length + length > image->capacity) {
		image->capacity = 2 * (image->length + length) + 64;
		image->data = realloc(image->data, image->capacity);
		if (!image->data) {
			fputs("no memory for a made checkpoint\n", stderr);
			exit(4);
		}
	}
	if (length)
		memcpy(image->data + image->length, data, length);
	image->length += length;
}

void image_add_u32(struct image_bytes *image, uint32_t value)
{
	uint8_t bytes[4];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	image_add_bytes(image, bytes, sizeof(bytes));
}

static void add_varint(struct image_bytes *message, uint64_t value)
{
	do {
		uint8_t byte = (uint8_t)((value & 127) | (value > 127 ? 128 : 0));

		image_add_bytes(message, &byte, 1);
		value >>= 7;
	} while (value);
}

void image_add_number(struct image_bytes *message, uint32_t field, uint64_t value)
{
	add_varint(message, (uint64_t)field << 3 | WIRE_VARINT);
	add_varint(message, value);
}

void image_add_field(struct image_bytes *message, uint32_t field, const void *data, size_t length)
{
	add_varint(message, (uint64_t)field << 3 | WIRE_LENGTH);
	add_varint(message, length);
	image_add_bytes(message, data, length);
}

void image_add_text(struct image_bytes *message, uint32_t field, const char *text)
{
	image_add_field(message, field, text, strlen(text));
}

void image_add_message(struct image_bytes *message, uint32_t field, const struct image_bytes *inner)
{
	image_add_field(message, field, inner->data, inner->length);
}

void image_add_entry(struct image_bytes *image, struct image_bytes *message)
{
	image_add_u32(image, (uint32_t)message->length);
	image_add_bytes(image, message->data, message->length);
	message->length = 0;
}
