#include "engine/read/inflater.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/thread.h"
#include "engine/read/lease_ring.h"
#include "engine/read/own_node.h"

#define INPUT_BYTES ((size_t)256 << 10)
/* How often a wait looks at the flag that stops the run. */
#define STOP_CHECK_MS 100

struct inflate_input {
	int descriptor;
	int wake; /* readable when the thread is to end */
	const _Atomic int *stop;
	_Atomic uint64_t consumed;
	bool left; /* bytes that are none of the stream, from @left_offset on */
	uint64_t left_offset;
	struct bytes start; /* read before, not yet given */
	const struct file_table *files; /* NULL: the descriptor is read */
	uint32_t file;
	uint64_t offset, rest; /* of the range: what was not given yet */
	uint8_t buffer[INPUT_BYTES];
};

struct inflater {
	pthread_t thread;
	const struct decoder *decoder;
	struct lease_ring *ring;
	uint8_t *start;
	struct inflate_input input;
};

static void count_consumed(struct inflate_input *input, size_t length)
{
	atomic_fetch_add_explicit(&input->consumed, length, memory_order_relaxed);
}

static bool stopped(const struct inflate_input *input)
{
	return input->stop && atomic_load_explicit(input->stop, memory_order_relaxed);
}

/* Waits for bytes or for the end of the thread; a plain file never makes it wait. */
static int wait_for_bytes(const struct inflate_input *input, struct error *err)
{
	struct pollfd sources[] = {
		{ .fd = input->wake, .events = POLLIN },
		{ .fd = input->descriptor, .events = POLLIN },
	};

	int ready = 0;

	while (ready == 0 && !stopped(input)) {
		ready = poll(sources, 2, input->stop ? STOP_CHECK_MS : -1);
		if (ready < 0 && errno != EINTR)
			return error_set(err, ERROR_SYSTEM, errno, "wait for input");
		if (ready < 0)
			ready = 0;
	}
	if (ready == 0 || sources[0].revents)
		return error_set(err, ERROR_INTERRUPTED, 0, "stopped");
	return 0;
}

/* The table never makes it wait, but a decoder may take much and give nothing. */
static bool is_stopped(const struct inflate_input *input)
{
	struct pollfd wake = { .fd = input->wake, .events = POLLIN };

	return stopped(input) || poll(&wake, 1, 0) > 0;
}

/* Copied, so that the decoder sees what is there or nothing: a page that the file has lost reads as zeros. */
static int copy_from_table(struct inflate_input *input, size_t wanted, size_t *got,
			   struct error *err)
{
	struct address_range damage;
	struct bytes lent;
	int ret;

	if (!file_table_lend(input->files, input->file, input->offset, wanted, &lent, NULL)) {
		if (lent.length > 0)
			memcpy(input->buffer, lent.data, lent.length);
		*got = lent.length;
	} else {
		ret = file_table_read(input->files, input->file, input->offset, input->buffer,
				      wanted, got, err);
		if (ret && ret != ERROR_NOT_KEPT)
			return ret;
		if (ret)
			*got = 0;
	}
	if (*got > 0 && file_table_damaged(input->files, input->file, input->offset, *got, &damage))
		*got = (size_t)(damage.start - input->offset);
	return 0;
}

static int next_from_table(struct inflate_input *input, struct bytes *out, struct error *err)
{
	size_t wanted = input->rest < INPUT_BYTES ? (size_t)input->rest : INPUT_BYTES, got = 0;

	if (is_stopped(input))
		return error_set(err, ERROR_INTERRUPTED, 0, "stopped");

	int ret = copy_from_table(input, wanted, &got, err);

	if (ret)
		return ret;
	input->offset += got;
	input->rest -= got;
	count_consumed(input, got);
	*out = (struct bytes){ input->buffer, got };
	return 0;
}

static int next_from_descriptor(struct inflate_input *input, struct bytes *out, struct error *err)
{
	ssize_t got;

	do {
		int ret = wait_for_bytes(input, err);

		if (ret)
			return ret;
		got = read(input->descriptor, input->buffer, sizeof(input->buffer));
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		return error_set(err, ERROR_SYSTEM, errno, "read");
	count_consumed(input, (size_t)got);
	*out = (struct bytes){ input->buffer, (size_t)got };
	return 0;
}

int inflate_input_next(struct inflate_input *input, struct bytes *out, struct error *err)
{
	if (input->start.length > 0) {
		*out = input->start;
		input->start.length = 0;
		count_consumed(input, out->length);
		return 0;
	}
	return input->files ? next_from_table(input, out, err)
			    : next_from_descriptor(input, out, err);
}

void inflate_input_leave(struct inflate_input *input, struct bytes rest)
{
	size_t zeros = 0;

	while (zeros < rest.length && rest.data[zeros] == 0)
		zeros++;
	input->left = zeros < rest.length;
	input->left_offset = atomic_load_explicit(&input->consumed, memory_order_relaxed) -
			     (rest.length - zeros);
}

/* Whole buffers, so that what is aligned in the stream stays so in memory. */
static int fill(struct inflater *inflater, void *state, uint8_t *data, size_t *length,
		struct error *err)
{
	size_t got = 1;

	*length = 0;
	while (*length < INFLATE_BUFFER_BYTES && got > 0) {
		int ret = inflater->decoder->read(state, data + *length,
						  INFLATE_BUFFER_BYTES - *length, &got, err);

		if (ret)
			return ret;
		*length += got;
	}
	return 0;
}

static int inflate_all(struct inflater *inflater, void *state, struct error *err)
{
	size_t length;
	int ret;

	do {
		struct ring_buffer *buffer = lease_ring_take(inflater->ring);

		if (!buffer)
			return error_set(err, ERROR_INTERRUPTED, 0, "stopped");
		ret = fill(inflater, state, ring_buffer_data(buffer), &length, err);
		lease_ring_put(inflater->ring, buffer, length);
	} while (!ret && length == INFLATE_BUFFER_BYTES);
	return ret;
}

static void *inflater_run(void *context)
{
	struct inflater *inflater = context;
	struct error error = { 0 };
	void *state;
	int ret;

	own_node_stay();
	ret = inflater->decoder->open(&state, &inflater->input, &error);

	if (!ret) {
		ret = inflate_all(inflater, state, &error);
		inflater->decoder->close(state);
	}
	lease_ring_end(inflater->ring, ret, &error);
	return NULL;
}

static void inflater_release(struct inflater *inflater)
{
	lease_ring_free(inflater->ring);
	if (inflater->input.wake >= 0)
		close(inflater->input.wake);
	free(inflater->start);
	free(inflater);
}

static int start_thread(struct inflater *inflater, struct error *err)
{
	int failed = thread_start(&inflater->thread, inflater_run, inflater);

	return failed ? error_set(err, ERROR_SYSTEM, failed, "start the inflating thread") : 0;
}

static int copy_start(struct inflater *inflater, struct bytes start, struct error *err)
{
	if (start.length == 0)
		return 0;
	inflater->start = malloc(start.length);
	if (!inflater->start)
		return error_no_memory(err, "an inflater");
	memcpy(inflater->start, start.data, start.length);
	inflater->input.start = (struct bytes){ inflater->start, start.length };
	return 0;
}

int inflater_start(struct inflater **out, const struct decoder *decoder,
		   const struct inflater_options *options, struct error *err)
{
	struct inflater *inflater = calloc(1, sizeof(*inflater));
	int ret;

	if (!inflater)
		return error_no_memory(err, "an inflater");
	inflater->decoder = decoder;
	inflater->input.descriptor = options->descriptor;
	inflater->input.files = options->files;
	inflater->input.file = options->file;
	inflater->input.offset = options->offset;
	inflater->input.rest = options->length;
	inflater->input.stop = options->stop;
	inflater->input.wake = eventfd(0, EFD_CLOEXEC);
	if (inflater->input.wake < 0) {
		ret = error_set(err, ERROR_SYSTEM, errno, "start the inflating thread");
		goto fail;
	}
	ret = copy_start(inflater, options->start, err);
	if (!ret)
		ret = lease_ring_new(&inflater->ring, INFLATE_BUFFERS, INFLATE_BUFFER_BYTES, err);
	if (!ret)
		ret = start_thread(inflater, err);
	if (ret)
		goto fail;
	*out = inflater;
	return 0;
fail:
	inflater_release(inflater);
	return ret;
}

int inflater_next(struct inflater *inflater, struct lease *out, struct error *err)
{
	return lease_ring_next(inflater->ring, out, err);
}

uint64_t inflater_consumed(const struct inflater *inflater)
{
	return atomic_load_explicit(&inflater->input.consumed, memory_order_relaxed);
}

bool inflater_left(const struct inflater *inflater, uint64_t *offset)
{
	*offset = inflater->input.left_offset;
	return inflater->input.left;
}

void inflater_stop(struct inflater *inflater)
{
	if (!inflater)
		return;

	uint64_t one = 1;

	lease_ring_stop(inflater->ring);
	while (write(inflater->input.wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(inflater->thread, NULL);
	inflater_release(inflater);
}
