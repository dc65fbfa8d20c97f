#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "scanners/criu/mm.h"
#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	MAGIC_PIPES = 0x56453709,
	MAGIC_FIFOS = 0x59333054,
	MAGIC_SOCKETS = 0x56264026,
	MAGIC_TCP = 0x51465506,
	MAGIC_TTY = 0x59413026,
	MAGIC_MSG = 0x55453737,
	MAGIC_BPF = 0x64324033,
	MAGIC_GHOST = 0x52583605,
	REGULAR = 0100644,
};

static void add(struct planted *planted, const char *name, const struct builder *builder)
{
	planted_take(planted, name, builder_copy(builder), builder->length);
}

static void start(struct builder *builder, uint32_t magic)
{
	builder->length = 0;
	put_word(builder, 0x54564319);
	put_word(builder, magic);
}

/* An entry of numbers: field, value, field, value ... 0. */
static void record(struct builder *builder, ...)
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

static void put(struct builder *builder, const char *text)
{
	put_bytes(builder, text, strlen(text));
}

/* The world in which images are read: two processes, and what they have open. */
static void put_file(struct builder *files, uint32_t type, uint32_t id, uint32_t field,
		     const struct builder *what)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, type);
	put_number(&entry, 2, id);
	put_message(&entry, field, what);
	put_entry(files, &entry);
}

static void put_numbered(struct builder *files, uint32_t type, uint32_t id, uint32_t field,
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

static void put_regular(struct builder *files, uint32_t id, const char *path)
{
	struct builder what = { .length = 0 };

	put_number(&what, 1, id);
	put_text(&what, 6, path);
	put_file(files, 1, id, 3, &what);
}

static void put_unix(struct builder *files, uint32_t id, uint32_t inode, uint32_t type,
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

static void put_tcp(struct builder *files)
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

static void add_files(struct planted *planted)
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
	add(planted, "files.img", &files);
}

static void add_descriptors(struct planted *planted)
{
	static const uint32_t files[] = { 8, 13, 9, 12, 15, 16, 17, 18, 19, 21, 22 };
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

static void add_remaps(struct planted *planted)
{
	struct builder remaps;

	start(&remaps, 0x59133954);
	record(&remaps, 1, N(12), 2, N(0x1f), 3, N(1), 0);
	add(planted, "remap-fpath.img", &remaps);
}

static void add_memfd(struct planted *planted)
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

static void add_process(struct planted *planted, uint32_t pid, const struct mapping *mappings,
			size_t count)
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

static void add_world(struct planted *planted)
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
static void write_word(struct text *text, const char *word)
{
	if (word)
		text_add_format(text, " %s", word);
}

static void write_stored(struct text *text, const struct planted *planted,
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

static void write_content(struct text *text, const struct planted *planted,
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

static void write_captured(struct text *text, const struct planted *planted,
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
static void write_warnings(struct text *text, const struct planted *planted)
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

static void capture(struct planted *planted, struct captured_list *list)
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
static void add_pages(struct planted *planted)
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

static void ghost(struct planted *planted, const char *name, const char *content, int mode)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(mode), 0);
	put(&image, content);
	add(planted, name, &image);
}

static void small_ghost(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "content", REGULAR);
}

static void unknown_ghost(struct planted *planted)
{
	ghost(planted, "ghost-file-2.img", "content", REGULAR);
}

static void empty_ghost(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "", REGULAR);
}

static void ghost_directory(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "", 040755);
}

static void ghost_device_with_content(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "content", 020600);
}

static void ghost_twice(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "first", REGULAR);
	ghost(planted, "ghost-file-1f.img", "second", REGULAR);
}

static void sparse_ghost(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(20), 0);
	record(&image, 1, N(4), 2, N(2), 0);
	put(&image, "abcd");
	record(&image, 1, N(8), 2, N(16), 0);
	put(&image, "endXXXXX");
	add(planted, "ghost-file-1f.img", &image);
}

static void ghost_with_a_hole_at_its_end(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(UINT64_MAX), 0);
	record(&image, 1, N(2), 2, N(8), 0);
	put(&image, "ef");
	record(&image, 1, N(4), 2, N(0), 0);
	put(&image, "abcd");
	add(planted, "ghost-file-1f.img", &image);
}

static void ghost_of_overlapping_pieces(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(6), 0);
	record(&image, 1, N(4), 2, N(0), 0);
	put(&image, "abcd");
	record(&image, 1, N(4), 2, N(2), 0);
	put(&image, "wxyz");
	add(planted, "ghost-file-1f.img", &image);
}

static void cut_ghost(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(12), 0);
	record(&image, 1, N(6), 2, N(1), 0);
	put(&image, "abc");
	add(planted, "ghost-file-1f.img", &image);
}

static void ghost_past_all_offsets(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(4), 0);
	record(&image, 1, N(2), 2, N(UINT64_MAX), 0);
	put(&image, "ab");
	record(&image, 1, N(UINT64_MAX), 2, N(1), 0);
	put(&image, "cd");
	add(planted, "ghost-file-1f.img", &image);
}

static void pipes(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	record(&image, 1, N(700), 2, N(3), 3, N(65536), 0);
	put(&image, "abc");
	record(&image, 1, N(701), 2, N(0), 0);
	record(&image, 1, N(702), 2, N(1), 0);
	put(&image, "x");
	record(&image, 1, N(700), 2, N(2), 0);
	put(&image, "de");
	add(planted, "pipes-data.img", &image);
}

static void cut_pipe(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	record(&image, 1, N(702), 2, N(1), 0);
	put(&image, "x");
	record(&image, 1, N(700), 2, N(9), 0);
	put(&image, "abc");
	add(planted, "pipes-data.img", &image);
}

static void pipe_cut_in_an_entry(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	record(&image, 1, N(702), 2, N(1), 0);
	put(&image, "x");
	put_word(&image, 77);
	put(&image, "abc");
	add(planted, "pipes-data.img", &image);
}

static void pipe_cut_in_a_length(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	put(&image, "ab");
	add(planted, "pipes-data.img", &image);
}

static void pipe_entry_of_gigabytes(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	put_word(&image, 0xfffffff0);
	put(&image, "ab");
	add(planted, "pipes-data.img", &image);
}

static void pipe_entry_that_is_none(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	put_word(&image, 2);
	put(&image, "\xff\xff");
	put(&image, "after");
	add(planted, "pipes-data.img", &image);
}

static void pipe_image_of_another_name(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_FIFOS);
	put(&image, "abcd");
	add(planted, "pipes-data.img", &image);
}

static void empty_pipe_image(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	add(planted, "pipes-data.img", &image);
}

static void old_pipe_image(struct planted *planted)
{
	struct builder image = { .length = 0 };

	put_word(&image, MAGIC_PIPES);
	record(&image, 1, N(702), 2, N(1), 0);
	put(&image, "x");
	add(planted, "pipes-data.img", &image);
}

static void swapped_pipe_image(struct planted *planted)
{
	static const char bytes[] = "\x54\x56\x43\x19\x56\x45\x37\x09\0\0\0\5\x08\xbe\5\x10\1"
				    "x\0\0\0\5\x08\xbf\5\x10\2yz";
	struct builder image = { .length = 0 };

	put_bytes(&image, bytes, sizeof(bytes) - 1);
	add(planted, "pipes-data.img", &image);
}

static void fifo(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_FIFOS);
	record(&image, 1, N(88), 2, N(3), 0);
	put(&image, "abc");
	add(planted, "fifo-data.img", &image);
}

static void unix_queues(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_SOCKETS);
	record(&image, 1, N(15), 2, N(2), 0);
	put(&image, "ab");
	record(&image, 1, N(17), 2, N(3), 0);
	put(&image, "one");
	record(&image, 1, N(15), 2, N(1), 0);
	put(&image, "c");
	record(&image, 1, N(17), 2, N(3), 0);
	put(&image, "two");
	record(&image, 1, N(999), 2, N(1), 0);
	put(&image, "z");
	add(planted, "sk-queues.img", &image);
}

static void tcp(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_TCP);
	record(&image, 1, N(5), 2, N(9), 3, N(3), 4, N(9), 0);
	put(&image, "inputout");
	add(planted, "tcp-stream-2a.img", &image);
}

static void cut_tcp(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_TCP);
	record(&image, 1, N(5), 3, N(3), 0);
	put(&image, "inp");
	add(planted, "tcp-stream-fade.img", &image);
}

static void idle_tcp(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_TCP);
	record(&image, 1, N(0), 3, N(0), 0);
	add(planted, "tcp-stream-2a.img", &image);
}

static void terminal(struct planted *planted)
{
	struct builder image, entry = { .length = 0 };

	start(&image, MAGIC_TTY);
	put_number(&entry, 1, 5);
	put_text(&entry, 2, "passwd");
	put_entry(&image, &entry);
	add(planted, "tty-data.img", &image);
}

static void put_queue(struct builder *image, uint32_t id, uint32_t count)
{
	struct builder queue = { .length = 0 }, identity = { .length = 0 };

	put_number(&identity, 1, 0x1234);
	put_number(&identity, 7, id);
	put_message(&queue, 1, &identity);
	put_number(&queue, 2, 16384);
	put_number(&queue, 3, count);
	put_entry(image, &queue);
}

static void messages(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_MSG);
	put_queue(&image, 6, 2);
	record(&image, 1, N(1), 2, N(3), 0);
	put_bytes(&image, "abc\0\0\0\0\0", 8);
	record(&image, 1, N(2), 2, N(8), 0);
	put_bytes(&image, "12345678", 8);
	put_queue(&image, 7, 0);
	put_queue(&image, 8, 1);
	record(&image, 1, N(1), 2, N(1), 0);
	put_bytes(&image, "x\0\0\0\0\0\0\0", 8);
	add(planted, "ipcns-msg-11.img", &image);
}

static void messages_of_two_namespaces(struct planted *planted)
{
	static const char *const names[] = { "ipcns-msg-11.img", "ipcns-msg-12.img" };
	struct builder image;

	for (size_t i = 0; i < 2; i++) {
		start(&image, MAGIC_MSG);
		put_queue(&image, 0, 1);
		record(&image, 1, N(1), 2, N(8), 0);
		put_bytes(&image, i ? "22222222" : "11111111", 8);
		add(planted, names[i], &image);
	}
}

static void fewer_messages_than_counted(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_MSG);
	put_queue(&image, 6, UINT32_MAX);
	record(&image, 1, N(1), 2, N(8), 0);
	put_bytes(&image, "12345678", 8);
	add(planted, "ipcns-msg-11.img", &image);
}

static void bpf_map(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_BPF);
	record(&image, 1, N(33), 2, N(4), 3, N(6), 4, N(2), 0);
	put(&image, "k1k2v1v2v3");
	add(planted, "bpfmap-data.img", &image);
}

static void unnamed_pages(struct planted *planted)
{
	uint32_t file;
	uint8_t *data = malloc(8);

	memcpy(data, "nobody's", 8);
	assert_int_equal(file_table_add_memory(planted->files, data, 8, "pages", &file, NULL), 0);
	assert_int_equal(image_set_add_pages(planted->images, 60, file, 0, 8, NULL), 0);
}

static void object_of_nobody(struct planted *planted)
{
	static const struct item items[] = { { 0x1000, 1, PRESENT } };
	struct builder pagemap = { .length = 0 };
	uint32_t file;
	uint8_t *data = calloc(1, 4096);

	memcpy(data, "sysv", 4);
	put_pagemap(&pagemap, 61, items, 1);
	add(planted, "pagemap-shmem-0.img", &pagemap);
	assert_int_equal(file_table_add_memory(planted->files, data, 4096, "pages", &file, NULL),
			 0);
	assert_int_equal(image_set_add_pages(planted->images, 61, file, 0, 4096, NULL), 0);
}

static void object_without_its_pages(struct planted *planted)
{
	static const struct item items[] = { { 0x1000, 2, PRESENT } };
	struct builder pagemap = { .length = 0 };

	put_pagemap(&pagemap, 61, items, 1);
	add(planted, "pagemap-shmem-0.img", &pagemap);
}

static void put_buffer(struct builder *state, uint64_t size, uint32_t flags, uint32_t gpu)
{
	struct builder buffer = { .length = 0 };

	put_number(&buffer, 1, 0x7f0000000000);
	put_number(&buffer, 2, size);
	put_number(&buffer, 4, flags);
	put_number(&buffer, 5, gpu);
	put_message(state, 6, &buffer);
}

static void add_text(struct planted *planted, const char *name, const char *content)
{
	struct builder image = { .length = 0 };

	put(&image, content);
	add(planted, name, &image);
}

static void gpu_memory(struct planted *planted)
{
	struct builder state = { .length = 0 };

	put_number(&state, 1, 1);
	put_buffer(&state, 4, 1, 0xab);
	put_buffer(&state, 3, 2, 0xab);
	put_buffer(&state, 4096, 8, 0xab);
	put_buffer(&state, 9, 1, 0x12345);
	put_buffer(&state, 6, 1, 0xcd);
	add(planted, "amdgpu-kfd-1.img", &state);
	add_text(planted, "amdgpu-pages-1-00ab.img", "vramgtt");
	add_text(planted, "amdgpu-pages-1-12345.img", "short");
	add_text(planted, "amdgpu-drm-pages-1-2-0003.img", "drm");
	add_text(planted, "amdgpu-renderD-1.img", "\x08\1");
	add_text(planted, "amdgpu-new-kind", "new");
}

static void device_memory(struct planted *planted)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x14000, .status = 0x8000081, .source = 20, .flags = 1 },
	};

	add_process(planted, 3, mappings, COUNT(mappings));
}

static void device_memory_with_its_image(struct planted *planted)
{
	device_memory(planted);
	add_text(planted, "amdgpu-pages-1-00ab.img", "vram");
}

static void damaged_gpu_state(struct planted *planted)
{
	add_text(planted, "amdgpu-kfd-1.img", "\xff\xff\xff");
}

static void nothing(struct planted *planted)
{
	(void)planted;
}

static void memory_file_without_pages(struct planted *planted)
{
	(void)planted;
}

static void encrypted(struct planted *planted)
{
	struct builder cipher;

	start(&cipher, 0x50034653);
	add(planted, "cipher.img", &cipher);
	pipes(planted);
	small_ghost(planted);
}

/* Rows of formats.md on captured files and bytes in flight, whole and damaged. */
static const struct {
	const char *name;
	void (*build)(struct planted *planted);
	const char *expected; /* without the memory file, which is in all of them */
} cases[] = {
	{ "nothing but a memory file", nothing, "" },
	{ "a small deleted file", small_ghost, "file deleted /tmp/gone 1f [content] 1:6 3; " },
	{ "a deleted file that no descriptor leads to", unknown_ghost,
	  "file deleted ghost-file-2.img 2 [content]; " },
	{ "a deleted file without content", empty_ghost, "file deleted /tmp/gone 1f [] 1:6 3; " },
	{ "a deleted directory", ghost_directory, "" },
	{ "a device with content", ghost_device_with_content,
	  "longer-than-described ghost-file-1f.img 15+7; " },
	{ "an image that comes twice", ghost_twice,
	  "file deleted /tmp/gone 1f [second] 1:6 3; duplicate-member ghost-file-1f.img; " },
	{ "a deleted file in chunks", sparse_ghost,
	  "file deleted /tmp/gone 1f [0*2,abcd,0*10,endX] 1:6 3; " },
	{ "chunks in any order, and a hole at the end", ghost_with_a_hole_at_its_end,
	  "file deleted /tmp/gone 1f [abcd,0*4,ef,0*18446744073709551605] 1:6 3; " },
	{ "chunks over one another", ghost_of_overlapping_pieces,
	  "file deleted /tmp/gone 1f [abcd,yz] 1:6 3; corrupt ghost-file-1f.img 0+2; " },
	{ "a chunk that is cut", cut_ghost,
	  "file deleted /tmp/gone 1f [0*1,abc,?*8] 1:6 3; truncated ghost-file-1f.img 31+3; " },
	{ "chunks that end past all offsets", ghost_past_all_offsets,
	  "file deleted /tmp/gone 1f [0*1,cd,?*1] 1:6 3; "
	  "truncated ghost-file-1f.img 58+18446744073709551613; "
	  "corrupt ghost-file-1f.img 37+2; " },
	{ "pipes", pipes, "pipe 700 [abc,de] 1:3 1:4 3:3; pipe 702 [x]; " },
	{ "a pipe that is cut", cut_pipe,
	  "pipe 700 [abc,?*6] 1:3 1:4 3:3; pipe 702 [x]; truncated pipes-data.img 30+6; " },
	{ "a pipe cut in an entry", pipe_cut_in_an_entry,
	  "pipe 702 [x]; truncated pipes-data.img 18+7; " },
	{ "a pipe cut in a length", pipe_cut_in_a_length, "truncated pipes-data.img 8+2; " },
	{ "an entry of gigabytes", pipe_entry_of_gigabytes, "corrupt pipes-data.img 8+6; " },
	{ "an entry that is none", pipe_entry_that_is_none, "corrupt pipes-data.img 8+11; " },
	{ "an image of another name", pipe_image_of_another_name, "corrupt pipes-data.img 0+12; " },
	{ "an image without entries", empty_pipe_image, "" },
	{ "an image of the first version", old_pipe_image, "pipe 702 [x]; " },
	{ "an image of the other byte order", swapped_pipe_image, "pipe 702 [x]; pipe 703 [yz]; " },
	{ "a named pipe", fifo, "pipe /run/fifo 88 [abc] 1:11; " },
	{ "Unix sockets: a stream, datagrams, one that nothing describes", unix_queues,
	  "socket 900 received unix established /run/s [ab,c] 1:7 1:8; "
	  "socket 902 received unix established /run/d [one|two] 1:9; "
	  "socket 999 received unix [z]; " },
	{ "a TCP connection", tcp,
	  "socket 42 received tcp established 127.0.0.1:80 127.0.0.2:5000 [input] 1:10; "
	  "socket 42 sent tcp established 127.0.0.1:80 127.0.0.2:5000 [out] 1:10; " },
	{ "a connection that is cut", cut_tcp,
	  "socket 64222 received tcp [inp,?*2]; socket 64222 sent tcp [?*3]; "
	  "truncated tcp-stream-fade.img 19+2; truncated tcp-stream-fade.img 19+3; " },
	{ "a connection with empty queues", idle_tcp, "" },
	{ "a terminal", terminal, "terminal 5 [passwd] 1:12; " },
	{ "messages", messages, "message 6 [abc|12345678]; message 8 [x]; " },
	{ "messages of two namespaces", messages_of_two_namespaces,
	  "message 11:0 [11111111]; message 12:0 [22222222]; " },
	{ "fewer messages than are counted", fewer_messages_than_counted,
	  "message 6 [12345678]; truncated ipcns-msg-11.img; " },
	{ "a BPF map", bpf_map, "file bpf counters 33 [k1k2|v1v2v3] 1:13; " },
	{ "pages that no page map names", unnamed_pages,
	  "file image pages-60.img 60 [nobody's]; missing-image pages-60.img 0+8; " },
	{ "a damaged description of a GPU", damaged_gpu_state, "corrupt amdgpu-kfd-1.img 0+3; " },
	{ "memory of GPUs", gpu_memory,
	  "file gpu amdgpu-drm-pages-1-2-0003.img [drm]; file gpu amdgpu-new-kind [new]; "
	  "file gpu amdgpu-pages-1-00ab.img [vramgtt]; "
	  "file gpu amdgpu-pages-1-12345.img [short]; "
	  "gpu-memory amdgpu-pages-1-00cd.img 6; gpu-memory amdgpu-pages-1-12345.img 5+4; " },
	{ "device memory without images of it", device_memory,
	  "gpu-memory  16384; duplicate-member core-3.img; duplicate-member mm-3.img; "
	  "duplicate-member pagemap-3.img; " },
	{ "device memory with images of it", device_memory_with_its_image,
	  "file gpu amdgpu-pages-1-00ab.img [vram]; duplicate-member core-3.img; "
	  "duplicate-member mm-3.img; duplicate-member pagemap-3.img; " },
	{ "shared memory that nobody maps", object_of_nobody,
	  "file image pagemap-shmem-0.img 0 [0*4096,sysv\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
	  "\\x00\\x00\\x00\\x00..4096]; " },
	{ "shared memory whose pages are missing", object_without_its_pages,
	  "file image pagemap-shmem-0.img 0 [0*4096,?*8192]; missing-image pages-61.img 8192; " },
	{ "a memory file without its pages", memory_file_without_pages,
	  "missing-image pagemap-shmem-77.img; " },
	{ "an encrypted checkpoint", encrypted,
	  "encrypted cipher.img; encrypted ghost-file-1f.img 0+23; encrypted pages-50.img 0+8192; "
	  "missing-image pages-50.img 8192; encrypted pipes-data.img 0+54; " },
};

static bool run(size_t index)
{
	struct captured_list list = { .arena = arena_new(0) };
	struct planted planted;
	struct text text = { 0 };
	bool same;

	planted_prepare(&planted);
	add_world(&planted);
	if (cases[index].build != memory_file_without_pages)
		add_pages(&planted);
	cases[index].build(&planted);
	capture(&planted, &list);
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].origin != ORIGIN_MEMFD)
			write_captured(&text, &planted, &list.items[i]);
	}
	write_warnings(&text, &planted);
	same = strcmp(text.data ? text.data : "", cases[index].expected) == 0;
	if (!same)
		fail_msg("%s:\n  %s\nis not\n  %s", cases[index].name, text.data ? text.data : "",
			 cases[index].expected);
	text_release(&text);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
	return same;
}

static void files_and_bytes_in_flight_come_out_of_their_images(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		wrong += !run(i);
	}
	assert_int_equal(wrong, 0);
}

static void a_memory_file_is_as_long_as_it_says(void **state)
{
	struct captured_list list = { .arena = arena_new(0) };
	struct planted planted;
	struct text text = { 0 };

	(void)state;
	planted_prepare(&planted);
	add_world(&planted);
	add_pages(&planted);
	capture(&planted, &list);
	assert_int_equal(list.count, 1);
	write_captured(&text, &planted, &list.items[0]);
	assert_string_equal(text.data,
			    "file memfd payload 77 [0*4096,one\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
			    "\\x00\\x00\\x00\\x00\\x00\\x00..4096,0*4096,fourx] 1:5 3; ");
	assert_true(list.items[0].has_file_id);
	assert_int_equal(list.items[0].file_id, 9);
	text_release(&text);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
}

static const struct {
	const char *name;
	const char *place; /* NULL: not known */
	bool tmpfs;
} tmpfs_names[] = {
	{ "tmpfs-dev-89.tar.gz.img", "/dev", true },
	{ "tmpfs-dev-90.tar.gz.img", "/run/x", true },
	{ "tmpfs-31.tar.gz.img", "/run/x", true },
	{ "tmpfs-dev-7.tar.gz.img", NULL, true },
	{ "tmpfs-99.tar.gz.img", NULL, true },
	{ "tmpfs-dev-.tar.gz.img", NULL, false },
	{ "tmpfs-dev-89.img", NULL, false },
	{ "tmpfs-x.tar.gz.img", NULL, false },
	{ "tmpfs-dev-18446744073709551616.tar.gz.img", NULL, false },
};

static void put_mount(struct builder *image, uint32_t id, uint32_t device, const char *root,
		      const char *place)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, 5);
	put_number(&entry, 2, id);
	put_number(&entry, 3, device);
	put_text(&entry, 6, root);
	put_text(&entry, 7, place);
	put_entry(image, &entry);
}

static void archives_of_mounts_have_their_place(void **state)
{
	struct planted planted;
	struct builder image;

	(void)state;
	planted_prepare(&planted);
	start(&image, 0x55563928);
	put_mount(&image, 29, 89, "/empty", "/proc/acpi");
	put_mount(&image, 30, 89, "/", "/dev");
	put_mount(&image, 31, 90, "/", "./run/x");
	add(&planted, "mountpoints-13.img", &image);
	for (size_t i = 0; i < COUNT(tmpfs_names); i++) {
		const char *place;

		print_message("%s\n", tmpfs_names[i].name);
		assert_int_equal(image_set_tmpfs(planted.images, tmpfs_names[i].name, &place),
				 tmpfs_names[i].tmpfs);
		assert_int_equal(place == NULL, tmpfs_names[i].place == NULL);
		if (place)
			assert_string_equal(place, tmpfs_names[i].place);
	}
	planted_close(&planted);
}

static const struct {
	const char *name;
	bool wanted;
} payload_names[] = {
	{ "pipes-data.img", true },
	{ "fifo-data.img", true },
	{ "sk-queues.img", true },
	{ "tcp-stream-1f.img", true },
	{ "tcp-stream-1F.img", false },
	{ "tcp-stream-.img", false },
	{ "ghost-file-0.img", true },
	{ "ghost-file-g.img", false },
	{ "ghost-file-10000000000000000.img", false },
	{ "ipcns-msg-11.img", true },
	{ "ipcns-msg-b.img", false },
	{ "ipcns-sem-11.img", false },
	{ "bpfmap-data.img", true },
	{ "tty-data.img", true },
	{ "tty-info.img", false },
	{ "amdgpu-pages-1-00ab.img", true },
	{ "amdgpu-drm-pages-1-2-3.img", true },
	{ "amdgpu-kfd-0.img", true },
	{ "amdgpu-anything", true },
	{ "pipes.img", false },
	{ "pages-1.img", false },
	{ "", false },
};

static void images_with_bytes_are_told_by_their_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(payload_names); i++) {
		if (image_set_wants_payload(payload_names[i].name) != payload_names[i].wanted)
			fail_msg("%s", payload_names[i].name);
	}
}

/* An image of nothing but empty entries, which would take long to go through. */
static void entries_are_counted(void **state)
{
	const size_t length = 8 + 4 * (1000000 + 5);
	struct captured_list list = { .arena = arena_new(0) };
	struct planted planted;
	struct text text = { 0 };
	struct builder image;
	uint8_t *data = calloc(1, length);

	(void)state;
	planted_prepare(&planted);
	start(&image, MAGIC_PIPES);
	memcpy(data, image.bytes, 8);
	planted_take(&planted, "pipes-data.img", data, length);
	capture(&planted, &list);
	write_warnings(&text, &planted);
	assert_int_equal(list.count, 0);
	assert_non_null(strstr(text.data, "limit pipes-data.img 4000008+20; "));
	text_release(&text);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
}

static void same_text(const char *left, const char *right)
{
	assert_int_equal(left == NULL, right == NULL);
	if (left)
		assert_string_equal(left, right);
}

static bool contains(const struct planted *planted, const struct captured *captured,
		     const char *needle)
{
	char bytes[16384];
	size_t got;
	const struct piece *piece = captured->content.pieces;

	for (size_t i = 0; i < captured->content.piece_count; i++) {
		if (piece[i].kind != PIECE_STORED)
			continue;
		assert_int_equal(
			file_table_read(planted->files, piece[i].file, piece[i].offset, bytes,
					piece[i].length < sizeof(bytes) ? (size_t)piece[i].length
									: sizeof(bytes),
					&got, NULL),
			0);
		if (memmem(bytes, got, needle, strlen(needle)))
			return true;
	}
	return false;
}

/* Bytes of the needle with this name, from what the process wrote down before it was frozen. */
static size_t read_needle(const char *truth, const char *name, char out[64])
{
	FILE *file = fopen(truth, "r");
	char line[1024], key[64];
	size_t length = 0;

	assert_non_null(file);
	snprintf(key, sizeof(key), "\"name\":\"%s\"", name);
	while (!length && fgets(line, sizeof(line), file)) {
		const char *hex = strstr(line, "\"hex\":\"");
		unsigned byte;

		if (!hex || !strstr(line, key))
			continue;
		for (hex += 7; length < 63 && sscanf(hex, "%2x", &byte) == 1; hex += 2)
			out[length++] = (char)byte;
	}
	fclose(file);
	out[length] = 0;
	return length;
}

static const struct {
	const char *needle;
	enum target_kind kind;
	enum captured_origin origin;
	const char *path;
} places[] = {
	{ "ghost", TARGET_FILE, ORIGIN_DELETED, "/tmp/ghost.bin" },
	{ "memfd", TARGET_FILE, ORIGIN_MEMFD, "payload" },
	{ "shared_anon", TARGET_FILE, ORIGIN_MEMFD, "/dev/zero" },
	{ "pipe", TARGET_PIPE, ORIGIN_NONE, NULL },
	{ "sockq", TARGET_SOCKET, ORIGIN_NONE, NULL },
};

/* Each needle is in what it was put into, and in nothing else. */
static void check_places(const struct planted *planted, const struct captured_list *list,
			 const char *truth)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		size_t found = 0;
		char needle[64];

		assert_true(read_needle(truth, places[i].needle, needle) > 0);
		for (size_t j = 0; j < list->count; j++) {
			const struct captured *captured = &list->items[j];

			if (!contains(planted, captured, needle))
				continue;
			found++;
			assert_int_equal(captured->kind, places[i].kind);
			assert_int_equal(captured->origin, places[i].origin);
			same_text(captured->path, places[i].path);
			assert_true(captured->holder_count >= 3);
		}
		if (found != 1)
			fail_msg("%s is found %zu times", places[i].needle, found);
	}
}

static void check_fixture(const char *folder, const char *name, const char *extension)
{
	struct captured_list list = { .arena = arena_new(0) };
	char path[1024], truth[1024];
	struct planted planted;
	size_t count;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, extension);
	snprintf(truth, sizeof(truth), "%s/%s.truth.jsonl", folder, name);
	if (access(path, R_OK) != 0) {
		print_message("skipped: no %s\n", path);
		arena_free(list.arena);
		return;
	}
	print_message("%s\n", name);
	planted_open(&planted, path);
	assert_int_equal(
		image_set_captured(planted.images, planted.checkpoint, planted.files, &list, NULL),
		0);
	assert_int_equal(captured_list_sort(&list, planted.warnings, NULL), 0);
	check_places(&planted, &list, truth);
	warning_list_sorted(planted.warnings, &count);
	assert_int_equal(count, 0);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
}

static void real_checkpoints_hold_what_was_planted(void **state)
{
	static const char *const packed[] = {
		"containerd-cri", "crun-dir", "docker-container",
		"docker-dir",	  "runc-dir", "runc-leave-running",
	};

	(void)state;
	check_fixture(TEST_DATA_DIR, "podman-zstd", ".tar");
	check_fixture(SHARED_DIR "/checkpoints", "podman-none", ".tar");
	check_fixture(SHARED_DIR "/checkpoints", "podman-gzip", ".tar");
	for (size_t i = 0; i < COUNT(packed); i++)
		check_fixture(SHARED_DIR "/checkpoints", packed[i], ".tar.zst");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_bytes_in_flight_come_out_of_their_images),
		cmocka_unit_test(a_memory_file_is_as_long_as_it_says),
		cmocka_unit_test(archives_of_mounts_have_their_place),
		cmocka_unit_test(images_with_bytes_are_told_by_their_names),
		cmocka_unit_test(entries_are_counted),
		cmocka_unit_test(real_checkpoints_hold_what_was_planted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
