#ifndef CKPT_TESTS_CAPTURED_WORLD_H
#define CKPT_TESTS_CAPTURED_WORLD_H

#include <inttypes.h>
#include <stdio.h>

#include "engine/base/text.h"
#include "scanners/criu/mm.h"
#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

/* Two processes with files open, in which images of files and queues are read, and what comes out of them in words. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	MAGIC_PIPES = 0x56453709,
	MAGIC_FIFOS = 0x59333054,
	MAGIC_SOCKETS = 0x56264026,
	MAGIC_TCP = 0x51465506,
	MAGIC_TTY = 0x59413026,
	MAGIC_MSG = 0x55453737,
	MAGIC_SHM = 0x46283044,
	MAGIC_BPF = 0x64324033,
	MAGIC_GHOST = 0x52583605,
	REGULAR = 0100644,
};

/* Not 0: each image has bytes of it changed, others for each number. */
static uint32_t world_damage;

static inline uint32_t next_random(void)
{
	world_damage = world_damage * 1664525u + 1013904223u;
	return world_damage >> 8;
}

/* One image in four. */
static inline void damage_image(uint8_t *data, size_t length)
{
	for (uint32_t count = next_random() % 4 ? 0 : 1 + next_random() % 3; count && length;
	     count--)
		data[next_random() % length] = (uint8_t)next_random();
}

static inline void add(struct planted *planted, const char *name, const struct builder *builder)
{
	uint8_t *copy = builder_copy(builder);

	if (world_damage)
		damage_image(copy, builder->length);
	planted_take(planted, name, copy, builder->length);
}

static inline void start(struct builder *builder, uint32_t magic)
{
	builder->length = 0;
	put_word(builder, 0x54564319);
	put_word(builder, magic);
}

/* An entry of numbers: field, value, field, value ... 0. */
static inline void record(struct builder *builder, ...)
{
	struct builder entry = { .length = 0 };
	va_list list;
	int field;

	va_start(list, builder);
	while ((field = va_arg(list, int)))
		put_number(&entry, (uint32_t)field, va_arg(list, uint64_t));
	va_end(list);
	put_entry(builder, &entry);
}
#define N(number) ((uint64_t)(number))

static inline void put(struct builder *builder, const char *text)
{
	put_bytes(builder, text, strlen(text));
}

/* The world in which images are read: two processes, and what they have open. */
static inline void put_file(struct builder *files, uint32_t type, uint32_t id, uint32_t field,
			    const struct builder *what)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, type);
	put_number(&entry, 2, id);
	put_message(&entry, field, what);
	put_entry(files, &entry);
}

static inline void put_numbered(struct builder *files, uint32_t type, uint32_t id, uint32_t field,
				uint32_t number_field, uint64_t number, uint32_t other_field,
				uint64_t other)
{
	struct builder what = { .length = 0 };

	put_number(&what, 1, id);
	put_number(&what, number_field, number);
	if (other_field)
		put_number(&what, other_field, other);
	if (type == 19)
		put_text(&what, 13, "counters");
	put_file(files, type, id, field, &what);
}

static inline void put_regular(struct builder *files, uint32_t id, const char *path)
{
	struct builder what = { .length = 0 };

	put_number(&what, 1, id);
	put_text(&what, 6, path);
	put_file(files, 1, id, 3, &what);
}

static inline void put_unix(struct builder *files, uint32_t id, uint32_t inode, uint32_t type,
			    uint32_t peer, const char *name)
{
	struct builder what = { .length = 0 };

	put_number(&what, 1, id);
	put_number(&what, 2, inode);
	put_number(&what, 3, type);
	put_number(&what, 4, 1);
	put_number(&what, 8, peer);
	put_text(&what, 11, name);
	put_file(files, 5, id, 16, &what);
}

static inline void put_tcp(struct builder *files)
{
	struct builder what = { .length = 0 };

	put_number(&what, 1, 18);
	put_number(&what, 2, 0x2a);
	put_number(&what, 3, 2);
	put_number(&what, 4, 1);
	put_number(&what, 5, 6);
	put_number(&what, 6, 1);
	put_number(&what, 7, 80);
	put_number(&what, 8, 5000);
	put_number(&what, 11, 0x0100007f);
	put_number(&what, 12, 0x0200007f);
	put_file(files, 4, 18, 4, &what);
}

static inline void add_files(struct planted *planted)
{
	struct builder files = { .length = 0 };

	put_magic(&files, IMAGE_FILES);
	put_numbered(&files, 2, 8, 18, 2, 700, 3, 0);
	put_numbered(&files, 2, 13, 18, 2, 700, 3, 1);
	put_numbered(&files, 18, 9, 20, 5, 500, 0, 0);
	put_regular(&files, 12, "/tmp/gone");
	put_unix(&files, 15, 900, 1, 901, "");
	put_unix(&files, 16, 901, 1, 900, "/run/s");
	put_unix(&files, 17, 902, 2, 0, "/run/d");
	put_tcp(&files);
	put_numbered(&files, 3, 19, 17, 2, 88, 3, 20);
	put_regular(&files, 20, "/run/fifo");
	put_numbered(&files, 11, 21, 19, 2, 5, 6, 0);
	put_numbered(&files, 19, 22, 21, 8, 33, 0, 0);
	/* The other end of the terminal. */
	put_numbered(&files, 11, 23, 19, 2, 4, 6, 0);
	add(planted, "files.img", &files);
}

static inline void add_descriptors(struct planted *planted)
{
	static const uint32_t files[] = { 8, 13, 9, 12, 15, 16, 17, 18, 19, 21, 22, 23 };
	struct builder list;

	start(&list, 0x56213732);
	for (size_t i = 0; i < COUNT(files); i++)
		record(&list, 1, N(files[i]), 4, N(3 + i), 0);
	add(planted, "fdinfo-2.img", &list);
	start(&list, 0x56213732);
	record(&list, 1, N(8), 4, N(3), 0);
	add(planted, "fdinfo-3.img", &list);
	for (uint64_t pid = 1; pid <= 3; pid += 2) {
		char name[32];

		start(&list, 0x54432030);
		record(&list, 2, pid == 1 ? N(2) : N(3), 0);
		snprintf(name, sizeof(name), "ids-%" PRIu64 ".img", pid);
		add(planted, name, &list);
	}
}

static inline void add_remaps(struct planted *planted)
{
	struct builder remaps;

	start(&remaps, 0x59133954);
	record(&remaps, 1, N(12), 2, N(0x1f), 3, N(1), 0);
	add(planted, "remap-fpath.img", &remaps);
}

static inline void add_memfd(struct planted *planted)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };

	put_magic(&builder, IMAGE_MEMFD);
	put_text(&entry, 1, "payload");
	put_number(&entry, 4, 12293);
	put_number(&entry, 5, 77);
	put_number(&entry, 7, 500);
	put_entry(&builder, &entry);
	add(planted, "memfd.img", &builder);
}

static inline void add_process(struct planted *planted, uint32_t pid,
			       const struct mapping *mappings, size_t count)
{
	struct builder core = { .length = 0 }, mm = { .length = 0 }, pagemap = { .length = 0 };
	char name[32];

	put_core(&core, 1, "any");
	snprintf(name, sizeof(name), "core-%u.img", pid);
	add(planted, name, &core);
	put_mm(&mm, mappings, count);
	snprintf(name, sizeof(name), "mm-%u.img", pid);
	add(planted, name, &mm);
	put_pagemap(&pagemap, 900 + pid, NULL, 0);
	snprintf(name, sizeof(name), "pagemap-%u.img", pid);
	add(planted, name, &pagemap);
}

static inline void add_world(struct planted *planted)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x14000, .status = 0x4081, .source = 9 },
		{ .start = 0x20000, .end = 0x21000, .status = 0x81, .source = 12 },
		{ .start = 0x30000, .end = 0x31000, .status = 0x81, .source = 12 },
	};
	struct builder tree;

	start(&tree, 0x50273030);
	record(&tree, 1, N(1), 0);
	record(&tree, 1, N(3), 0);
	add(planted, "pstree.img", &tree);
	add_process(planted, 1, NULL, 0);
	add_process(planted, 3, mappings, COUNT(mappings));
	add_files(planted);
	add_descriptors(planted);
	add_remaps(planted);
	add_memfd(planted);
}

/* What was captured, in words. */
static inline void write_word(struct text *text, const char *word)
{
	if (word)
		text_add_format(text, " %s", word);
}

static inline void write_stored(struct text *text, const struct planted *planted,
				const struct piece *piece)
{
	uint8_t bytes[16];
	size_t got, length = piece->length < sizeof(bytes) ? (size_t)piece->length : sizeof(bytes);

	assert_int_equal(file_table_read(planted->files, piece->file, piece->offset, bytes, length,
					 &got, NULL),
			 0);
	assert_int_equal(got, length);
	text_add_escaped_memory(text, (struct bytes){ bytes, got });
	if (piece->length > length)
		text_add_format(text, "..%" PRIu64, piece->length);
}

static inline void write_content(struct text *text, const struct planted *planted,
				 const struct content *content)
{
	uint64_t end = 0;

	text_add(text, " [");
	for (size_t i = 0; i < content->piece_count; i++) {
		const struct piece *piece = &content->pieces[i];

		assert_int_equal(piece->start, end);
		end += piece->length;
		text_add(text, piece->apart ? "|" : i ? "," : "");
		if (piece->kind == PIECE_STORED)
			write_stored(text, planted, piece);
		else
			text_add_format(text, "%s%" PRIu64, piece->kind == PIECE_ZERO ? "0*" : "?*",
					piece->length);
	}
	assert_int_equal(end, content->length);
	text_add(text, "]");
}

static inline void write_captured(struct text *text, const struct planted *planted,
				  const struct captured *captured)
{
	text_add(text, target_kind_name(captured->kind));
	write_word(text, captured_origin_name(captured->origin));
	write_word(text, captured->path);
	write_word(text, captured->object);
	write_word(text, captured->direction);
	write_word(text, captured->protocol);
	write_word(text, captured->state);
	write_word(text, captured->local);
	write_word(text, captured->remote);
	write_content(text, planted, &captured->content);
	for (size_t i = 0; i < captured->holder_count; i++) {
		text_add_format(text, " %u", captured->holders[i].pid);
		if (captured->holders[i].has_fd)
			text_add_format(text, ":%u", captured->holders[i].fd);
	}
	text_add(text, "; ");
}

/* Every code but what the world itself lacks. */
static inline void write_warnings(struct text *text, const struct planted *planted)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(planted->warnings, &count);

	for (size_t i = 0; i < count; i++) {
		text_add_format(text, "%s %s", warning_code_name(warnings[i].code),
				warnings[i].file ? warnings[i].file : "");
		if (warnings[i].has_range)
			text_add_format(text, " %" PRIu64 "+%" PRIu64, warnings[i].offset,
					warnings[i].length);
		else if (warnings[i].bytes)
			text_add_format(text, " %" PRIu64, warnings[i].bytes);
		text_add(text, "; ");
	}
}

static inline void capture(struct planted *planted, struct captured_list *list)
{
	assert_int_equal(image_set_checkpoint(planted->images,
					      &(struct model_options){ .final = true },
					      &planted->checkpoint, NULL),
			 0);
	assert_int_equal(image_set_captured(planted->images, planted->checkpoint, planted->files,
					    list, NULL),
			 0);
	assert_int_equal(captured_list_sort(list, planted->warnings, NULL), 0);
}

/* Adds the memory file's pages, without which it is told as missing. */
static inline void add_pages(struct planted *planted)
{
	static const struct item items[] = { { 0x1000, 1, PRESENT }, { 0x3000, 1, PRESENT } };
	struct builder pagemap = { .length = 0 };
	uint8_t *pages = calloc(2, 4096);
	uint32_t file;

	memcpy(pages, "one", 3);
	memcpy(pages + 4096, "fourx", 5);
	put_pagemap(&pagemap, 50, items, 2);
	add(planted, "pagemap-shmem-77.img", &pagemap);
	assert_int_equal(file_table_add_memory(planted->files, pages, 8192, "pages", &file, NULL),
			 0);
	assert_int_equal(image_set_add_pages(planted->images, 50, file, 0, 8192, NULL), 0);
}

struct captured_case {
	const char *name;
	void (*build)(struct planted *planted);
	const char *expected; /* without the memory file, which is in all of them */
};

/* For a case in which the memory file's pages are missing. */
static inline void memory_file_without_pages(struct planted *planted)
{
	(void)planted;
}

static inline bool run_captured_case(const struct captured_case *test)
{
	struct captured_list list = { .arena = arena_new(0) };
	struct planted planted;
	struct text text = { 0 };
	bool same;

	planted_prepare(&planted);
	add_world(&planted);
	if (test->build != memory_file_without_pages)
		add_pages(&planted);
	test->build(&planted);
	capture(&planted, &list);
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].origin != ORIGIN_MEMFD)
			write_captured(&text, &planted, &list.items[i]);
	}
	write_warnings(&text, &planted);
	same = strcmp(text.data ? text.data : "", test->expected) == 0;
	if (!same)
		fail_msg("%s:\n  %s\nis not\n  %s", test->name, text.data ? text.data : "",
			 test->expected);
	text_release(&text);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
	return same;
}

static inline void run_captured_cases(const struct captured_case *cases, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		print_message("%s\n", cases[i].name);
		wrong += !run_captured_case(&cases[i]);
	}
	assert_int_equal(wrong, 0);
}

/* Every content holds together, and each of its stored pieces can be read. */
static inline void capture_damaged(const struct captured_case *test, uint32_t damage)
{
	struct captured_list list = { .arena = arena_new(0) };
	struct planted planted;
	struct text text = { 0 };

	planted_prepare(&planted);
	world_damage = damage;
	add_world(&planted);
	add_pages(&planted);
	test->build(&planted);
	world_damage = 0;
	capture(&planted, &list);
	for (size_t i = 0; i < list.count; i++)
		write_captured(&text, &planted, &list.items[i]);
	text_release(&text);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
}

static inline void capture_all_damaged(const struct captured_case *cases, size_t count)
{
	for (uint32_t damage = 1; damage <= 60; damage++) {
		for (size_t i = 0; i < count; i++)
			capture_damaged(&cases[i], damage * 7919u + (uint32_t)i);
	}
}

#endif
