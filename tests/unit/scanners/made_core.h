#ifndef CKPT_TESTS_MADE_CORE_H
#define CKPT_TESTS_MADE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/read/file_table.h"
#include "scanners/content.h"

/* Writes ELF core dumps byte by byte, damage included; independent of the reader that is tested. */
struct made_core {
	bool wide, big;
	uint16_t machine,
		count; /* count: of segments, as the header says; 0: as many as there are */
	uint8_t notes[32768];
	size_t note_length;
	struct made_segment {
		uint32_t type, flags;
		uint64_t address, memory_bytes, offset, file_bytes;
	} segments[100];
	size_t segment_count;
	uint8_t bytes[262144];
	size_t length;
};

enum { MADE_X86_64 = 62, MADE_386 = 3, MADE_PPC64 = 21, MADE_ARM = 40, MADE_S390 = 22 };
enum { MADE_LOAD = 1, MADE_NOTE = 4 };
/* Where the bytes of segments begin; notes stand at half of it. */
#define MADE_DATA 0x4000u
#define MADE_NOTES 0x2000u

static inline void made_number(const struct made_core *core, uint8_t *out, uint64_t number,
			       size_t width)
{
	for (size_t i = 0; i < width; i++)
		out[core->big ? width - 1 - i : i] = (uint8_t)(number >> (8 * i));
}

static inline size_t made_word(const struct made_core *core)
{
	return core->wide ? 8 : 4;
}

static inline void made_note(struct made_core *core, uint32_t type, const void *bytes,
			     size_t length)
{
	uint8_t *out = core->notes + core->note_length;
	size_t padded = (length + 3) & ~(size_t)3;

	if (core->note_length + 20 + padded > sizeof(core->notes))
		abort();
	made_number(core, out, 5, 4);
	made_number(core, out + 4, length, 4);
	made_number(core, out + 8, type, 4);
	memcpy(out + 12, "CORE\0\0\0\0", 8);
	if (length)
		memcpy(out + 20, bytes, length);
	core->note_length += 20 + padded;
}

/* NT_PRPSINFO; @narrow_ids: of a machine of 32 bits with user ids of 16. */
static inline void made_process(struct made_core *core, bool narrow_ids, uint32_t pid,
				uint32_t ppid, uint32_t uid, const char *name)
{
	uint8_t bytes[136] = { 0, 'S' };
	size_t uid_bytes = core->wide ? 4 : narrow_ids ? 2 : 4;
	size_t at = core->wide ? 16 : 8;

	made_number(core, bytes + at, uid, uid_bytes);
	made_number(core, bytes + at + uid_bytes, 99, uid_bytes);
	at += 2 * uid_bytes;
	made_number(core, bytes + at, pid, 4);
	made_number(core, bytes + at + 4, ppid, 4);
	memcpy(bytes + at + 16, name, strlen(name) < 16 ? strlen(name) : 16);
	made_note(core, 3, bytes, at + 16 + 16 + 80);
}

/* NT_PRSTATUS of a thread; @index: which register @stack_pointer is. */
static inline void made_thread(struct made_core *core, uint32_t id, size_t index,
			       uint64_t stack_pointer)
{
	uint8_t bytes[512] = { 0 };
	size_t registers = core->wide ? 112 : 72;

	made_number(core, bytes + (core->wide ? 32 : 24), id, 4);
	made_number(core, bytes + registers + index * made_word(core), stack_pointer,
		    made_word(core));
	made_note(core, 1, bytes, registers + 48 * made_word(core));
}

/* NT_AUXV of pairs, ended by type 0. */
static inline size_t made_vector_bytes(const struct made_core *core, const uint64_t *pairs,
				       uint8_t *out)
{
	size_t word = made_word(core), at = 0;

	for (;; pairs += 2) {
		made_number(core, out + at, pairs[0], word);
		made_number(core, out + at + word, pairs[1], word);
		at += 2 * word;
		if (!pairs[0])
			return at;
	}
}

static inline void made_vector(struct made_core *core, const uint64_t *pairs)
{
	uint8_t bytes[512];

	made_note(core, 6, bytes, made_vector_bytes(core, pairs, bytes));
}

struct made_file {
	uint64_t start, end, pages; /* offset in units of page_bytes */
	const char *path;
};

static inline void made_files(struct made_core *core, uint64_t page_bytes,
			      const struct made_file *files, size_t count)
{
	uint8_t bytes[8192];
	size_t word = made_word(core), at = 2 * word;

	made_number(core, bytes, count, word);
	made_number(core, bytes + word, page_bytes, word);
	for (size_t i = 0; i < count; i++) {
		made_number(core, bytes + at, files[i].start, word);
		made_number(core, bytes + at + word, files[i].end, word);
		made_number(core, bytes + at + 2 * word, files[i].pages, word);
		at += 3 * word;
	}
	for (size_t i = 0; i < count; i++) {
		memcpy(bytes + at, files[i].path, strlen(files[i].path) + 1);
		at += strlen(files[i].path) + 1;
	}
	made_note(core, 0x46494c45, bytes, at);
}

static inline struct made_segment *made_segment(struct made_core *core, uint64_t address,
						uint64_t memory_bytes, uint64_t file_bytes,
						uint32_t flags)
{
	struct made_segment *segment = &core->segments[core->segment_count++];

	*segment = (struct made_segment){ .type = MADE_LOAD,
					  .flags = flags,
					  .address = address,
					  .memory_bytes = memory_bytes,
					  .file_bytes = file_bytes };
	return segment;
}

static inline void made_entry(struct made_core *core, uint8_t *out,
			      const struct made_segment *segment)
{
	if (core->wide) {
		made_number(core, out, segment->type, 4);
		made_number(core, out + 4, segment->flags, 4);
		made_number(core, out + 8, segment->offset, 8);
		made_number(core, out + 16, segment->address, 8);
		made_number(core, out + 32, segment->file_bytes, 8);
		made_number(core, out + 40, segment->memory_bytes, 8);
		return;
	}
	made_number(core, out, segment->type, 4);
	made_number(core, out + 4, segment->offset, 4);
	made_number(core, out + 8, segment->address, 4);
	made_number(core, out + 16, segment->file_bytes, 4);
	made_number(core, out + 20, segment->memory_bytes, 4);
	made_number(core, out + 24, segment->flags, 4);
}

/* Puts headers, notes and data together; page @n of the data is filled with the byte 'A' + @n. */
static inline void made_finish(struct made_core *core)
{
	uint8_t *out = core->bytes;
	size_t header = core->wide ? 64 : 52, entry = core->wide ? 56 : 32, at = MADE_DATA;
	const struct made_segment notes = { .type = MADE_NOTE,
					    .offset = MADE_NOTES,
					    .file_bytes = core->note_length };

	memcpy(out, "\177ELF", 4);
	out[4] = core->wide ? 2 : 1;
	out[5] = core->big ? 2 : 1;
	out[6] = 1;
	made_number(core, out + 16, 4, 2);
	made_number(core, out + 18, core->machine, 2);
	made_number(core, out + (core->wide ? 32 : 28), header, made_word(core));
	made_number(core, out + (core->wide ? 54 : 42), entry, 2);
	made_number(core, out + (core->wide ? 56 : 44),
		    core->count ? core->count : core->segment_count + 1, 2);
	made_entry(core, out + header, &notes);
	for (size_t i = 0; i < core->segment_count; i++) {
		struct made_segment *segment = &core->segments[i];

		if (!segment->offset && segment->file_bytes) {
			segment->offset = at;
			at += segment->file_bytes;
		}
		made_entry(core, out + header + (i + 1) * entry, segment);
	}
	if (header + (core->segment_count + 1) * entry > MADE_NOTES ||
	    core->note_length > MADE_DATA - MADE_NOTES || at > sizeof(core->bytes))
		abort();
	memcpy(out + MADE_NOTES, core->notes, core->note_length);
	for (size_t i = MADE_DATA; i < at; i++)
		out[i] = (uint8_t)('A' + (i - MADE_DATA) / 4096);
	core->length = at;
}

/* The core behind a few bytes of something else, as in an archive. */
static inline struct stored_bytes made_store(const struct made_core *core,
					     struct file_table **files)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	uint8_t *copy = malloc(core->length + 7);
	struct stored_bytes stored = { .offset = 7, .length = core->length };

	if (!copy || file_table_new(files, &options, NULL))
		abort();
	memset(copy, 'x', 7);
	memcpy(copy + 7, core->bytes, core->length);
	if (file_table_add_memory(*files, copy, core->length + 7, "core", &stored.file, NULL))
		abort();
	return stored;
}

#endif
