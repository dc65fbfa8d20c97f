#include "engine/read/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/read/direct.h"

#define FILE_BYTES 100000u
#define BUFFER_BYTES (256u << 10)
#define READS 20

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 31 + offset / 256);
}

/* Below @directory, without a name; -1: there is no such place. */
static int made_file(const char *directory)
{
	char path[128];
	uint8_t bytes[FILE_BYTES];
	int descriptor;

	snprintf(path, sizeof(path), "%s/test_ring_XXXXXX", directory);
	descriptor = mkstemp(path);
	if (descriptor < 0)
		return -1;
	unlink(path);
	for (size_t i = 0; i < FILE_BYTES; i++)
		bytes[i] = byte_at(i);
	assert_int_equal(write(descriptor, bytes, FILE_BYTES), FILE_BYTES);
	return descriptor;
}

struct fixture {
	struct ring *ring;
	uint8_t *buffer;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->buffer = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(fixture->buffer != MAP_FAILED);
	if (ring_new(&fixture->ring, 8, 2, NULL))
		fixture->ring = NULL;
	else
		ring_add_buffer(fixture->ring, 0, fixture->buffer, BUFFER_BYTES);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	ring_free(fixture->ring);
	munmap(fixture->buffer, BUFFER_BYTES);
	free(fixture);
	return 0;
}

static struct fixture *ring_or_skip(void **state)
{
	struct fixture *fixture = *state;

	if (!fixture->ring) {
		print_message("io_uring is missing here\n");
		skip();
	}
	return fixture;
}

/* One read from its beginning to its end; the file is @descriptor's. */
static int error_of(struct fixture *fixture, int descriptor, uint64_t offset, uint32_t length,
		    uint32_t needed)
{
	struct ring_read read = {
		.offset = offset, .target = fixture->buffer, .length = length, .needed = needed
	};
	struct ring_read *ended;

	assert_int_equal(ring_add_file(fixture->ring, descriptor, &read.file, NULL), 0);
	ring_start(fixture->ring, &read);
	assert_int_equal(ring_wait(fixture->ring, &ended, NULL), 0);
	assert_ptr_equal(ended, &read);
	assert_int_equal(ring_under_way(fixture->ring), 0);
	return read.error;
}

static void assert_bytes(const uint8_t *bytes, uint64_t offset, size_t length)
{
	for (size_t i = 0; i < length; i++)
		assert_int_equal(bytes[i], byte_at(offset + i));
}

static void reads_beside_each_other_bring_their_own_bytes(void **state)
{
	struct fixture *fixture = ring_or_skip(state);
	struct ring_read reads[READS] = { { 0 } };
	int descriptor = made_file("/tmp"), file;
	size_t started = 0, ended = 0;

	assert_int_equal(ring_add_file(fixture->ring, descriptor, &file, NULL), 0);
	while (ended < READS) {
		struct ring_read *read;

		while (started < READS && ring_has_room(fixture->ring)) {
			read = &reads[started];
			*read = (struct ring_read){ .offset = started * 4099,
						    .target = fixture->buffer + started * 8192,
						    .length = 5000,
						    .needed = 5000,
						    .file = file };
			ring_start(fixture->ring, read);
			started++;
		}
		assert_true(ring_under_way(fixture->ring) <= 8);
		ring_send(fixture->ring);
		assert_int_equal(ring_wait(fixture->ring, &read, NULL), 0);
		assert_int_equal(read->error, 0);
		assert_bytes(read->target, read->offset, 5000);
		ended++;
	}
	close(descriptor);
}

static void the_end_of_a_file_is_enough_where_no_more_is_needed(void **state)
{
	static const struct {
		const char *name;
		uint64_t offset;
		uint32_t length, needed;
		int error;
	} rows[] = {
		{ "all", 0, FILE_BYTES, FILE_BYTES, 0 },
		{ "beyond the end", 0, 200000, FILE_BYTES, 0 },
		{ "one byte too many", 0, 200000, FILE_BYTES + 1, ENODATA },
		{ "behind the end", 300000, 4096, 1, ENODATA },
		{ "the last byte", FILE_BYTES - 1, 4096, 1, 0 },
	};
	struct fixture *fixture = ring_or_skip(state);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int descriptor = made_file("/tmp");
		int error = error_of(fixture, descriptor, rows[i].offset, rows[i].length,
				     rows[i].needed);

		if (error != rows[i].error)
			fail_msg("%s: %d", rows[i].name, error);
		if (!error)
			assert_bytes(fixture->buffer, rows[i].offset, rows[i].needed);
		close(descriptor);
	}
}

static void a_file_that_was_cut_is_told(void **state)
{
	struct fixture *fixture = ring_or_skip(state);
	int descriptor = made_file("/tmp");

	assert_int_equal(ftruncate(descriptor, 50000), 0);
	assert_int_equal(error_of(fixture, descriptor, 40960, 16384, 16384), ENODATA);
	close(descriptor);
}

static void a_hole_is_zeros(void **state)
{
	struct fixture *fixture = ring_or_skip(state);
	int descriptor = made_file("/tmp");

	assert_int_equal(ftruncate(descriptor, 1 << 20), 0);
	memset(fixture->buffer, 0xff, 8192);
	assert_int_equal(error_of(fixture, descriptor, 512 << 10, 8192, 8192), 0);
	for (size_t i = 0; i < 8192; i++)
		assert_int_equal(fixture->buffer[i], 0);
	close(descriptor);
}

static void what_cannot_be_read_is_the_reads_failure_alone(void **state)
{
	struct fixture *fixture = ring_or_skip(state);
	int folder = open("/tmp", O_RDONLY | O_DIRECTORY),
	    only_written = open("/dev/null", O_WRONLY);
	int descriptor = made_file("/tmp");

	assert_int_equal(error_of(fixture, folder, 0, 4096, 4096), EISDIR);
	assert_int_equal(error_of(fixture, only_written, 0, 4096, 4096), EBADF);
	assert_int_equal(error_of(fixture, descriptor, 0, 4096, 4096), 0);
	close(folder);
	close(only_written);
	close(descriptor);
}

static void any_number_of_files_can_be_read(void **state)
{
	struct fixture *fixture = ring_or_skip(state);

	for (size_t i = 0; i < 100; i++) {
		int descriptor = made_file("/tmp");

		assert_int_equal(error_of(fixture, descriptor, i * 100, 100, 100), 0);
		assert_bytes(fixture->buffer, i * 100, 100);
		close(descriptor);
	}
}

static void buffers_need_not_be_registered(void **state)
{
	struct fixture *fixture = ring_or_skip(state);
	int descriptor = made_file("/tmp");

	ring_free(fixture->ring);
	assert_int_equal(ring_new(&fixture->ring, 1, 0, NULL), 0);
	ring_add_buffer(fixture->ring, 0, fixture->buffer, BUFFER_BYTES);
	assert_int_equal(error_of(fixture, descriptor, 77, 1000, 1000), 0);
	assert_bytes(fixture->buffer, 77, 1000);
	close(descriptor);
}

static void a_second_descriptor_reads_the_same_around_the_cache(void **state)
{
	/* Memory is no disk: some kernels refuse there. */
	static const char *const directories[] = { "/tmp", "/dev/shm", "." };
	struct fixture *fixture = ring_or_skip(state);

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		int descriptor = made_file(directories[i]), direct;

		if (descriptor < 0)
			continue;
		direct = direct_open(descriptor);
		if (direct >= 0) {
			assert_true(fcntl(direct, F_GETFL) & O_DIRECT);
			assert_int_equal(error_of(fixture, direct, 8192, 131072, FILE_BYTES - 8192),
					 0);
			assert_bytes(fixture->buffer, 8192, FILE_BYTES - 8192);
			close(direct);
		}
		close(descriptor);
	}
}

static void what_cannot_be_opened_again_has_no_second_descriptor(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(direct_open(-1), -1);
	close(ends[0]);
	assert_int_equal(direct_open(ends[0]), -1);
	close(ends[1]);
}

int main(void)
{
#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RING_TEST(reads_beside_each_other_bring_their_own_bytes),
		RING_TEST(the_end_of_a_file_is_enough_where_no_more_is_needed),
		RING_TEST(a_file_that_was_cut_is_told),
		RING_TEST(a_hole_is_zeros),
		RING_TEST(what_cannot_be_read_is_the_reads_failure_alone),
		RING_TEST(any_number_of_files_can_be_read),
		RING_TEST(buffers_need_not_be_registered),
		RING_TEST(a_second_descriptor_reads_the_same_around_the_cache),
		cmocka_unit_test(what_cannot_be_opened_again_has_no_second_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
