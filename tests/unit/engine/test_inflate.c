#include "engine/read/inflater.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

/* Bytes that compress a little: what a decoder meets is neither noise nor one long run. */
static uint8_t *make_text(size_t length, uint32_t seed)
{
	uint8_t *text = malloc(length + 1);

	for (size_t i = 0; i < length; i++) {
		seed = seed * 1664525 + 1013904223;
		text[i] = (uint8_t) "abcdefgh\0\0\0\0\0\0\0\1"[seed >> 28];
	}
	return text;
}

static size_t gzip_member(const uint8_t *text, size_t length, uint8_t *out, size_t capacity)
{
	struct isal_zstream stream;

	isal_deflate_init(&stream);
	stream.end_of_stream = 1;
	stream.gzip_flag = IGZIP_GZIP;
	stream.next_in = (uint8_t *)(uintptr_t)text;
	stream.avail_in = (uint32_t)length;
	stream.next_out = out;
	stream.avail_out = (uint32_t)capacity;
	assert_int_equal(isal_deflate(&stream), COMP_OK);
	return stream.total_out;
}

static size_t zstd_frame(const uint8_t *text, size_t length, uint8_t *out, size_t capacity)
{
	size_t got = ZSTD_compress(out, capacity, text, length, 3);

	assert_false(ZSTD_isError(got));
	return got;
}

/* As xz writes it: sizes do not stand in the header of the block. */
static size_t xz_stream(const uint8_t *text, size_t length, uint8_t *out, size_t capacity)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	size_t got;

	assert_int_equal(lzma_easy_encoder(&stream, 1, LZMA_CHECK_CRC64), LZMA_OK);
	stream.next_in = text;
	stream.avail_in = length;
	stream.next_out = out;
	stream.avail_out = capacity;
	assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
	got = (size_t)stream.total_out;
	lzma_end(&stream);
	return got;
}

static size_t skippable_frame(const uint8_t *text, size_t length, uint8_t *out, size_t capacity)
{
	(void)text;
	(void)length;
	assert_true(capacity >= 28);
	memcpy(out, "\x5e\x2a\x4d\x18\x14\0\0\0 and twenty more bytes", 28);
	return 28;
}

static size_t garbage(const uint8_t *text, size_t length, uint8_t *out, size_t capacity)
{
	(void)text;
	(void)length;
	(void)capacity;
	memset(out, 0, 1000);
	return 1000;
}

static size_t copy(const uint8_t *text, size_t length, uint8_t *out, size_t capacity)
{
	assert_true(capacity >= length);
	memcpy(out, text, length);
	return length;
}

typedef size_t packer(const uint8_t *text, size_t length, uint8_t *out, size_t capacity);

struct form {
	const char *name;
	const struct decoder *decoder;
	struct {
		packer *pack;
		size_t length; /* of the text it takes; 0: none */
	} parts[5];
};

static const struct form forms[] = {
	{ "plain", &decoder_plain, { { copy, 3000000 } } },
	{ "one gzip member", &decoder_gzip, { { gzip_member, 3000000 } } },
	{ "three gzip members",
	  &decoder_gzip,
	  { { gzip_member, 1000 }, { gzip_member, 2000000 }, { gzip_member, 77 } } },
	{ "gzip and garbage", &decoder_gzip, { { gzip_member, 50000 }, { garbage, 0 } } },
	{ "one zstd frame", &decoder_zstd, { { zstd_frame, 3000000 } } },
	{ "zstd frames and skippable ones",
	  &decoder_zstd,
	  { { skippable_frame, 0 },
	    { zstd_frame, 5 },
	    { skippable_frame, 0 },
	    { zstd_frame, 2000000 },
	    { skippable_frame, 0 } } },
	{ "zstd and garbage", &decoder_zstd, { { zstd_frame, 50000 }, { garbage, 0 } } },
	{ "one xz stream", &decoder_xz, { { xz_stream, 3000000 } } },
	{ "xz streams with zeros behind each",
	  &decoder_xz,
	  { { xz_stream, 5 }, { garbage, 0 }, { xz_stream, 100000 }, { garbage, 0 } } },
};

struct packed {
	uint8_t *text, *data;
	size_t text_length, length;
};

static struct packed pack(const struct form *form)
{
	struct packed packed = { .text = NULL };
	size_t capacity = 65536;

	for (size_t i = 0; i < 5; i++)
		packed.text_length += form->parts[i].length;
	packed.text = make_text(packed.text_length, 7);
	capacity += packed.text_length * 2;
	packed.data = malloc(capacity);

	const uint8_t *text = packed.text;

	for (size_t i = 0; i < 5 && form->parts[i].pack; i++) {
		packed.length +=
			form->parts[i].pack(text, form->parts[i].length,
					    packed.data + packed.length, capacity - packed.length);
		text += form->parts[i].length;
	}
	return packed;
}

static void packed_release(struct packed *packed)
{
	free(packed->text);
	free(packed->data);
}

/* What writes into the pipe, in pieces of @step bytes. */
struct writer {
	int descriptor;
	const uint8_t *data;
	size_t length, step;
};

static void *write_pieces(void *context)
{
	struct writer *writer = context;

	for (size_t at = 0; at < writer->length;) {
		size_t left = writer->length - at;
		ssize_t put = write(writer->descriptor, writer->data + at,
				    left < writer->step ? left : writer->step);

		if (put < 0)
			break;
		at += (size_t)put;
	}
	close(writer->descriptor);
	return NULL;
}

/* Inflates through a pipe; returns the code at the end, and how many right bytes came before it. */
static int inflate(const struct decoder *decoder, const uint8_t *data, size_t length, size_t step,
		   const uint8_t *text, size_t *got, struct error *err)
{
	struct writer writer = { .data = data, .length = length, .step = step };
	struct inflater_options options = { 0 };
	struct inflater *inflater;
	struct lease lease;
	pthread_t thread;
	int ends[2], ret;

	assert_int_equal(pipe(ends), 0);
	writer.descriptor = ends[1];
	options.descriptor = ends[0];
	pthread_create(&thread, NULL, write_pieces, &writer);
	*got = 0;
	assert_int_equal(inflater_start(&inflater, decoder, &options, err), 0);
	while ((ret = inflater_next(inflater, &lease, err)) == 0 && lease.length > 0) {
		assert_memory_equal(lease.data, text + *got, lease.length);
		*got += lease.length;
		lease_release(&lease);
	}
	inflater_stop(inflater);
	close(ends[0]);
	pthread_join(thread, NULL);
	return ret;
}

static void every_form_gives_its_text(void **state)
{
	(void)state;
	static const size_t steps[] = { 65536, 4096, 511, 7 };

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct packed packed = pack(&forms[i]);

		for (size_t s = 0; s < sizeof(steps) / sizeof(*steps); s++) {
			struct error error = { 0 };
			size_t got;

			if (packed.length / steps[s] > 200000)
				continue;
			print_message("  %s in steps of %zu\n", forms[i].name, steps[s]);
			assert_int_equal(inflate(forms[i].decoder, packed.data, packed.length,
						 steps[s], packed.text, &got, &error),
					 0);
			assert_int_equal(got, packed.text_length);
		}
		packed_release(&packed);
	}
}

/* Within a file of the table: what stands around it is none of it. */
static struct file_table *table_of(const struct packed *packed, uint32_t *file)
{
	const struct file_table_options options = { .memory_bytes = 0 };
	struct file_table *files;
	uint8_t *copy = calloc(1, packed->length + 2000);

	memcpy(copy + 1000, packed->data, packed->length);
	assert_int_equal(file_table_new(&files, &options, NULL), 0);
	assert_int_equal(
		file_table_add_memory(files, copy, packed->length + 2000, "outer", file, NULL), 0);
	return files;
}

static int inflate_part(const struct decoder *decoder, const struct inflater_options *options,
			const uint8_t *text, size_t *got, uint64_t *consumed)
{
	struct inflater *inflater;
	struct lease lease;
	int ret;

	*got = 0;
	assert_int_equal(inflater_start(&inflater, decoder, options, NULL), 0);
	while ((ret = inflater_next(inflater, &lease, NULL)) == 0 && lease.length > 0) {
		assert_memory_equal(lease.data, text + *got, lease.length);
		*got += lease.length;
		lease_release(&lease);
	}
	*consumed = inflater_consumed(inflater);
	inflater_stop(inflater);
	return ret;
}

static void every_form_gives_its_text_within_a_file_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct packed packed = pack(&forms[i]);
		struct inflater_options options = { .offset = 1000, .length = packed.length };
		struct file_table *files = table_of(&packed, &options.file);
		uint64_t consumed;
		size_t got;

		print_message("  %s\n", forms[i].name);
		options.files = files;
		assert_int_equal(
			inflate_part(forms[i].decoder, &options, packed.text, &got, &consumed), 0);
		assert_int_equal(got, packed.text_length);
		assert_int_equal(consumed, packed.length);
		file_table_free(files);
		packed_release(&packed);
	}
}

static void input_from_the_table_ends_where_it_was_not_kept(void **state)
{
	(void)state;
	const struct file_table_options memory = { .memory_bytes = 1 << 20 };
	const uint8_t *text = make_text(400000, 3);
	struct inflater_options options = { .length = UINT64_MAX };
	struct file_table *files;
	uint64_t consumed;
	size_t got;

	assert_int_equal(file_table_new(&files, &memory, NULL), 0);
	assert_int_equal(file_table_add_passing(files, 400000, "kept", &options.file, NULL), 0);
	assert_int_equal(
		file_table_keep(files, options.file, 0, (struct bytes){ text, 300000 }, NULL), 0);
	options.files = files;
	assert_int_equal(inflate_part(&decoder_plain, &options, text, &got, &consumed), 0);
	assert_int_equal(got, 300000);
	file_table_free(files);
	free((void *)(uintptr_t)text);
}

/* What the file has lost reads as zeros, and must not be taken for its bytes. */
static void input_from_the_table_ends_where_the_file_was_cut(void **state)
{
	(void)state;
	const struct file_table_options none = { .memory_bytes = 0 };
	char path[] = "/tmp/test_inflate_XXXXXX";
	int descriptor = mkstemp(path);
	uint8_t *text = make_text(1 << 20, 3);
	struct inflater_options options = { .length = 1 << 20 };
	struct file_table *files;
	uint64_t consumed;
	size_t got;

	assert_int_equal(write(descriptor, text, 1 << 20), 1 << 20);
	assert_int_equal(file_table_new(&files, &none, NULL), 0);
	assert_int_equal(file_table_add_descriptor(files, descriptor, path, &options.file, NULL),
			 0);
	assert_int_equal(truncate(path, 500001), 0);
	options.files = files;
	assert_int_equal(inflate_part(&decoder_plain, &options, text, &got, &consumed), 0);
	assert_int_equal(got, 500001);
	file_table_free(files);
	unlink(path);
	free(text);
}

static void small_streams_survive_pieces_of_one_byte(void **state)
{
	(void)state;
	static const struct form small[] = {
		{ "gzip",
		  &decoder_gzip,
		  { { gzip_member, 300 }, { gzip_member, 0 }, { gzip_member, 5 } } },
		{ "zstd",
		  &decoder_zstd,
		  { { zstd_frame, 300 }, { skippable_frame, 0 }, { zstd_frame, 5 } } },
		{ "xz", &decoder_xz, { { xz_stream, 300 }, { xz_stream, 5 } } },
	};

	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		struct packed packed = pack(&small[i]);
		struct error error = { 0 };
		size_t got;

		assert_int_equal(inflate(small[i].decoder, packed.data, packed.length, 1,
					 packed.text, &got, &error),
				 0);
		assert_int_equal(got, packed.text_length);
		packed_release(&packed);
	}
}

static void a_stream_cut_anywhere_is_truncated(void **state)
{
	(void)state;
	static const struct form cut[] = {
		{ "gzip", &decoder_gzip, { { gzip_member, 4000 } } },
		{ "zstd", &decoder_zstd, { { zstd_frame, 4000 } } },
		{ "xz", &decoder_xz, { { xz_stream, 4000 } } },
	};

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		struct packed packed = pack(&cut[i]);

		for (size_t length = 0; length < packed.length; length += 1 + length / 30) {
			struct error error = { 0 };
			size_t got;

			if (inflate(cut[i].decoder, packed.data, length, 65536, packed.text, &got,
				    &error) != ERROR_TRUNCATED)
				fail_msg("%s cut at %zu", cut[i].name, length);
			assert_true(got <= packed.text_length);
		}
		packed_release(&packed);
	}
}

static void a_damaged_byte_is_told(void **state)
{
	(void)state;
	static const struct form damaged[] = {
		{ "gzip", &decoder_gzip, { { gzip_member, 100000 } } },
	};
	struct packed packed = pack(&damaged[0]);
	struct error error = { 0 };
	size_t got;

	/* The check sum stands in the last eight bytes. */
	packed.data[packed.length - 6] ^= 1;
	assert_int_equal(inflate(&decoder_gzip, packed.data, packed.length, 65536, packed.text,
				 &got, &error),
			 ERROR_FORMAT);
	assert_string_equal(error.message, "gzip: the check sum is wrong");
	packed_release(&packed);
}

static void a_window_beyond_the_limit_is_refused(void **state)
{
	(void)state;
	/* A frame header with a window of 2^30 bytes, then nothing. */
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00 };
	struct error error = { 0 };
	size_t got;

	assert_int_equal(inflate(&decoder_zstd, frame, sizeof(frame), 100, frame, &got, &error),
			 ERROR_LIMIT);
}

/*
 *	12	13	14	15	16		17	20
 *	length	flags	0x21	1	dictionary	zeros	CRC-32 of these
 */
static void a_dictionary_beyond_the_limit_is_refused(void **state)
{
	/* From 1 GiB to the largest that there is. */
	static const uint8_t sizes[] = { 36, 38, 40 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes); i++) {
		uint8_t text[64] = { 0 }, stream[256];
		size_t length = xz_stream(text, sizeof(text), stream, sizeof(stream)), got;
		struct error error = { 0 };
		uint32_t check;

		assert_int_equal(stream[14], 0x21);
		stream[16] = sizes[i];
		check = lzma_crc32(stream + 12, 8, 0);
		memcpy(stream + 20, &check, sizeof(check));
		assert_int_equal(inflate(&decoder_xz, stream, length, 100, text, &got, &error),
				 ERROR_LIMIT);
		assert_string_equal(error.message, "xz: a dictionary of more than 512 MiB");
	}
}

static void a_damaged_end_of_an_xz_stream_is_told_after_its_bytes(void **state)
{
	static const struct form form = { "xz", &decoder_xz, { { xz_stream, 300000 } } };
	struct packed packed = pack(&form);
	struct error error = { 0 };
	size_t got;

	(void)state;
	packed.data[packed.length - 5] ^= 0x55;
	assert_int_equal(
		inflate(&decoder_xz, packed.data, packed.length, 65536, packed.text, &got, &error),
		ERROR_FORMAT);
	assert_int_equal(got, packed.text_length);
	packed_release(&packed);
}

static void bytes_that_were_read_before_come_first(void **state)
{
	(void)state;
	int ends[2];
	struct inflater *inflater;
	struct lease lease;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "world", 5), 5);
	close(ends[1]);
	assert_int_equal(inflater_start(&inflater, &decoder_plain,
					&(struct inflater_options){
						.descriptor = ends[0],
						.start = { (const uint8_t *)"hello ", 6 } },
					NULL),
			 0);
	assert_int_equal(inflater_next(inflater, &lease, NULL), 0);
	assert_int_equal(lease.length, 11);
	assert_memory_equal(lease.data, "hello world", 11);
	assert_int_equal(inflater_consumed(inflater), 11);
	/* The bytes stay while they are lent. */
	inflater_stop(inflater);
	assert_memory_equal(lease.data, "hello world", 11);
	lease_release(&lease);
	close(ends[0]);
}

static void a_thread_that_waits_for_input_can_be_stopped(void **state)
{
	(void)state;
	int ends[2];
	struct inflater *inflater;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(inflater_start(&inflater, &decoder_gzip,
					&(struct inflater_options){ .descriptor = ends[0] }, NULL),
			 0);
	inflater_stop(inflater);
	close(ends[0]);
	close(ends[1]);
}

static void the_flag_that_stops_the_run_ends_a_wait(void **state)
{
	(void)state;
	_Atomic int stop = 0;
	struct inflater *inflater;
	struct lease lease;
	struct error error;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(
		inflater_start(&inflater, &decoder_gzip,
			       &(struct inflater_options){ .descriptor = ends[0], .stop = &stop },
			       NULL),
		0);
	atomic_store(&stop, 2);
	assert_int_equal(inflater_next(inflater, &lease, &error), ERROR_INTERRUPTED);
	inflater_stop(inflater);
	close(ends[0]);
	close(ends[1]);
}

static void a_thread_that_waits_for_buffers_can_be_stopped(void **state)
{
	(void)state;
	int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct lease leases[INFLATE_BUFFERS];
	struct inflater *inflater;

	assert_int_equal(inflater_start(&inflater, &decoder_plain,
					&(struct inflater_options){ .descriptor = zeros }, NULL),
			 0);
	for (size_t i = 0; i < INFLATE_BUFFERS; i++) {
		assert_int_equal(inflater_next(inflater, &leases[i], NULL), 0);
		assert_int_equal(leases[i].length, INFLATE_BUFFER_BYTES);
	}
	inflater_stop(inflater);
	for (size_t i = 0; i < INFLATE_BUFFERS; i++)
		lease_release(&leases[i]);
	close(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_gives_its_text),
		cmocka_unit_test(every_form_gives_its_text_within_a_file_of_the_table),
		cmocka_unit_test(input_from_the_table_ends_where_it_was_not_kept),
		cmocka_unit_test(input_from_the_table_ends_where_the_file_was_cut),
		cmocka_unit_test(small_streams_survive_pieces_of_one_byte),
		cmocka_unit_test(a_stream_cut_anywhere_is_truncated),
		cmocka_unit_test(a_damaged_byte_is_told),
		cmocka_unit_test(a_window_beyond_the_limit_is_refused),
		cmocka_unit_test(a_dictionary_beyond_the_limit_is_refused),
		cmocka_unit_test(a_damaged_end_of_an_xz_stream_is_told_after_its_bytes),
		cmocka_unit_test(bytes_that_were_read_before_come_first),
		cmocka_unit_test(a_thread_that_waits_for_input_can_be_stopped),
		cmocka_unit_test(the_flag_that_stops_the_run_ends_a_wait),
		cmocka_unit_test(a_thread_that_waits_for_buffers_can_be_stopped),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
