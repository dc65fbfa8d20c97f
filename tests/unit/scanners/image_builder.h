#ifndef CKPT_TESTS_IMAGE_BUILDER_H
#define CKPT_TESTS_IMAGE_BUILDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/criu/image_name.h"

/* Writes CRIU images byte by byte, damage included; independent of the decoder that is tested. */
struct builder {
	uint8_t bytes[65536];
	size_t length;
};

static inline void put_bytes(struct builder *builder, const void *bytes, size_t length)
{
	if (length > sizeof(builder->bytes) - builder->length)
		abort();
	if (length)
		memcpy(builder->bytes + builder->length, bytes, length);
	builder->length += length;
}

static inline void put_word(struct builder *builder, uint32_t word)
{
	uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
			     (uint8_t)(word >> 24) };

	put_bytes(builder, bytes, sizeof(bytes));
}

static inline void put_varint(struct builder *builder, uint64_t value)
{
	do {
		uint8_t byte = (uint8_t)(value & 0x7f) | (value > 0x7f ? 0x80 : 0);

		put_bytes(builder, &byte, 1);
		value >>= 7;
	} while (value);
}

static inline void put_number(struct builder *builder, uint32_t field, uint64_t value)
{
	put_varint(builder, (uint64_t)field << 3);
	put_varint(builder, value);
}

static inline void put_string(struct builder *builder, uint32_t field, const void *bytes,
			      size_t length)
{
	put_varint(builder, (uint64_t)field << 3 | 2);
	put_varint(builder, length);
	put_bytes(builder, bytes, length);
}

static inline void put_text(struct builder *builder, uint32_t field, const char *text)
{
	put_string(builder, field, text, strlen(text));
}

static inline void put_message(struct builder *builder, uint32_t field,
			       const struct builder *message)
{
	put_string(builder, field, message->bytes, message->length);
}

static inline void put_magic(struct builder *builder, enum image_kind kind)
{
	if (kind != IMAGE_INVENTORY)
		put_word(builder, 0x54564319);
	put_word(builder, image_kind_magic(kind));
}

static inline void put_entry(struct builder *builder, const struct builder *entry)
{
	put_word(builder, (uint32_t)entry->length);
	put_bytes(builder, entry->bytes, entry->length);
}

/* A malloc'd copy, as image_set_add() takes over. */
static inline uint8_t *builder_copy(const struct builder *builder)
{
	uint8_t *copy = malloc(builder->length + 1);

	if (!copy)
		abort();
	memcpy(copy, builder->bytes, builder->length);
	return copy;
}

/* A page-map entry as it is written. */
struct item {
	uint64_t address, pages;
	uint32_t flags;
};
enum { PARENT = 1, LAZY = 2, PRESENT = 4 };

static inline void put_item(struct builder *builder, const struct item *item)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, item->address);
	put_number(&entry, 2, 0);
	put_number(&entry, 4, item->flags);
	put_number(&entry, 5, item->pages);
	put_entry(builder, &entry);
}

static inline void put_pagemap(struct builder *builder, uint32_t pages_id, const struct item *items,
			       size_t count)
{
	struct builder head = { .length = 0 };

	put_magic(builder, IMAGE_PAGEMAP);
	put_number(&head, 1, pages_id);
	put_entry(builder, &head);
	for (size_t i = 0; i < count; i++)
		put_item(builder, &items[i]);
}

/* A mapping as it is written. */
struct mapping {
	uint64_t start, end;
	uint32_t status, flags, protection;
	uint64_t source, offset;
};

static inline void put_mapping(struct builder *mm, const struct mapping *mapping)
{
	struct builder vma = { .length = 0 };

	put_number(&vma, 1, mapping->start);
	put_number(&vma, 2, mapping->end);
	put_number(&vma, 3, mapping->offset);
	put_number(&vma, 4, mapping->source);
	put_number(&vma, 5, mapping->protection ? mapping->protection : 3);
	put_number(&vma, 6, mapping->flags ? mapping->flags : 0x22);
	put_number(&vma, 7, mapping->status);
	put_number(&vma, 8, 1);
	put_message(mm, 14, &vma);
}

static inline void put_mm(struct builder *builder, const struct mapping *mappings, size_t count)
{
	struct builder mm = { .length = 0 };

	put_magic(builder, IMAGE_MM);
	put_number(&mm, 8, 0x1010);
	put_number(&mm, 9, 0x1020);
	put_number(&mm, 10, 0x1020);
	put_number(&mm, 11, 0x1060);
	put_number(&mm, 12, 7);
	put_number(&mm, 13, 6);
	put_number(&mm, 13, 4096);
	for (size_t i = 0; i < count; i++)
		put_mapping(&mm, &mappings[i]);
	put_entry(builder, &mm);
}

static inline void put_core(struct builder *builder, uint32_t state, const char *name)
{
	struct builder core = { .length = 0 }, task = { .length = 0 }, thread = { .length = 0 },
		       user = { .length = 0 };

	put_magic(builder, IMAGE_CORE);
	put_number(&core, 1, 1);
	put_number(&task, 1, state);
	put_text(&task, 6, name);
	put_message(&core, 3, &task);
	put_number(&user, 1, 1000);
	put_message(&thread, 10, &user);
	put_message(&core, 5, &thread);
	put_entry(builder, &core);
}

#endif
