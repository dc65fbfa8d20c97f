#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/scanners/captured_world.h"

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

/* Before CRIU 3.4 Unix sockets had an image of their own. */
static void old_unix_queue(struct planted *planted)
{
	struct builder image;

	start(&image, 0x54373943);
	record(&image, 1, N(30), 2, N(950), 3, N(2), 0);
	add(planted, "unixsk.img", &image);
	start(&image, MAGIC_SOCKETS);
	record(&image, 1, N(30), 2, N(3), 0);
	put(&image, "one");
	record(&image, 1, N(30), 2, N(3), 0);
	put(&image, "two");
	add(planted, "sk-queues.img", &image);
}
static void tcp_with_more(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_TCP);
	record(&image, 1, N(2), 3, N(0), 0);
	put(&image, "inrest");
	add(planted, "tcp-stream-2a.img", &image);
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

/* Numbers of pipes are those of one file system, of named pipes those of any. */
static void pipe_like_a_fifo(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_PIPES);
	record(&image, 1, N(88), 2, N(3), 0);
	put(&image, "one");
	add(planted, "pipes-data.img", &image);
	start(&image, MAGIC_FIFOS);
	record(&image, 1, N(88), 2, N(3), 0);
	put(&image, "two");
	add(planted, "fifo-data.img", &image);
}

static void put_segment(struct builder *image, uint32_t id, uint64_t size, bool in_pagemaps)
{
	struct builder segment = { .length = 0 }, identity = { .length = 0 };

	put_number(&identity, 1, 0x1234);
	put_number(&identity, 7, id);
	put_message(&segment, 1, &identity);
	put_number(&segment, 2, size);
	if (in_pagemaps)
		put_number(&segment, 3, 1);
	put_entry(image, &segment);
}

static void segments(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_SHM);
	put_segment(&image, 0, 1 << 20, true);
	put_segment(&image, 32769, 4096, true);
	add(planted, "ipcns-shm-11.img", &image);
}

static void segments_before_3_0(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_SHM);
	put_segment(&image, 0, 5, false);
	put_bytes(&image, "first\0\0\0", 8);
	put_segment(&image, 7, 4096, true);
	put_segment(&image, 32769, 4, false);
	put(&image, "last");
	add(planted, "ipcns-shm-11.img", &image);
}

static void cut_segment(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_SHM);
	put_segment(&image, 3, 4096, false);
	put(&image, "abc");
	add(planted, "ipcns-shm-11.img", &image);
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

/* Two pages of one System V segment, of which process 3 maps from @offset on. */
static void object_with_window(struct planted *planted, uint64_t offset, uint64_t bytes)
{
	const struct mapping mapping = { .start = 0x10000,
					 .end = 0x10000 + bytes,
					 .status = 0x501,
					 .source = 0,
					 .offset = offset };

	object_of_nobody(planted);
	add_process(planted, 3, &mapping, 1);
}

static void object_shown_in_part(struct planted *planted)
{
	object_with_window(planted, 0, 0x1000);
}

static void object_shown_in_full(struct planted *planted)
{
	object_with_window(planted, 0x1000, 0x1000);
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

static void encrypted(struct planted *planted)
{
	struct builder cipher;

	start(&cipher, 0x50034653);
	add(planted, "cipher.img", &cipher);
	pipes(planted);
	unnamed_pages(planted);
}

/* Rows of formats.md on bytes in flight, memory files and the GPU, whole and damaged. */
static const struct captured_case cases[] = {
	{ "nothing but a memory file", nothing, "" },
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
	{ "the queue of a socket in an image of its own", old_unix_queue,
	  "socket 950 received unix [one|two]; " },
	{ "a TCP connection", tcp,
	  "socket 42 received tcp established 127.0.0.1:80 127.0.0.2:5000 [input] 1:10; "
	  "socket 42 sent tcp established 127.0.0.1:80 127.0.0.2:5000 [out] 1:10; " },
	{ "a connection that is cut", cut_tcp,
	  "socket 64222 received tcp [inp,?*2]; socket 64222 sent tcp [?*3]; "
	  "truncated tcp-stream-fade.img 19+2; truncated tcp-stream-fade.img 19+3; " },
	{ "a connection with bytes behind its queues", tcp_with_more,
	  "socket 42 received tcp established 127.0.0.1:80 127.0.0.2:5000 [in] 1:10; "
	  "longer-than-described tcp-stream-2a.img 18+4; " },
	{ "a connection with empty queues", idle_tcp, "" },
	{ "a terminal", terminal, "terminal 5 [passwd] 1:12 1:14; " },
	{ "messages", messages, "message 6 [abc|12345678]; message 8 [x]; " },
	{ "messages of two namespaces", messages_of_two_namespaces,
	  "message 11:0 [11111111]; message 12:0 [22222222]; " },
	{ "fewer messages than are counted", fewer_messages_than_counted,
	  "message 6 [12345678]; truncated ipcns-msg-11.img; " },
	{ "a pipe with the number of a named pipe", pipe_like_a_fifo,
	  "pipe 88 [one]; pipe /run/fifo 88.2 [two] 1:11; " },
	{ "segments whose bytes are pages", segments, "" },
	{ "segments before CRIU 3.0", segments_before_3_0,
	  "file image ipcns-shm-11.img 0 [first]; file image ipcns-shm-11.img 32769 [last]; " },
	{ "a segment that is cut", cut_segment,
	  "file image ipcns-shm-11.img 3 [abc,?*4093]; truncated ipcns-shm-11.img 25+4093; " },
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
	{ "shared memory of which a process maps a part", object_shown_in_part,
	  "file image pagemap-shmem-0.img 0 [0*4096,sysv\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
	  "\\x00\\x00\\x00\\x00..4096] 3; duplicate-member core-3.img; "
	  "duplicate-member mm-3.img; duplicate-member pagemap-3.img; " },
	{ "shared memory that a process maps in full", object_shown_in_full,
	  "duplicate-member core-3.img; duplicate-member mm-3.img; "
	  "duplicate-member pagemap-3.img; " },
	{ "shared memory whose pages are missing", object_without_its_pages,
	  "file image pagemap-shmem-0.img 0 [0*4096,?*8192]; missing-image pages-61.img 8192; " },
	{ "a memory file without its pages", memory_file_without_pages,
	  "missing-image pagemap-shmem-77.img; " },
	{ "an encrypted checkpoint", encrypted,
	  "encrypted cipher.img; encrypted pages-50.img 0+8192; encrypted pages-50.img 8192; "
	  "encrypted pages-60.img 0+8; encrypted pipes-data.img 0+54; " },
};

static void what_images_hold_comes_out_of_them(void **state)
{
	(void)state;
	run_captured_cases(cases, COUNT(cases));
}

static void changed_bytes_break_nothing(void **state)
{
	(void)state;
	capture_all_damaged(cases, COUNT(cases));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_images_hold_comes_out_of_them),
		cmocka_unit_test(changed_bytes_break_nothing),
		cmocka_unit_test(a_memory_file_is_as_long_as_it_says),
		cmocka_unit_test(entries_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
