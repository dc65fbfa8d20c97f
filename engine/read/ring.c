#include "engine/read/ring.h"

#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "engine/base/array.h"

/* Beyond these, files are used by their descriptors. */
#define REGISTERED_FILES 64
/* A read that comes short or is put off is asked for again so often; then it has failed. */
#define MOST_ATTEMPTS 16

struct ring {
	struct io_uring uring;
	int *descriptors;
	size_t file_count, file_capacity;
	unsigned int depth;
	size_t prepared, under_way; /* not sent yet; both kinds together */
	bool files_registered;
	uint32_t buffer_count;
	bool registered[]; /* of each buffer */
};

int ring_new(struct ring **out, unsigned int depth, unsigned int buffer_count, struct error *err)
{
	struct ring *ring = calloc(1, sizeof(*ring) + buffer_count * sizeof(ring->registered[0]));
	int ret;

	if (!ring)
		return error_no_memory(err, "io_uring");
	ring->depth = depth;
	ret = io_uring_queue_init(depth, &ring->uring, 0);
	if (ret < 0) {
		free(ring);
		return error_set(err, ERROR_SYSTEM, -ret, "set up io_uring");
	}
	if (buffer_count && io_uring_register_buffers_sparse(&ring->uring, buffer_count) == 0)
		ring->buffer_count = buffer_count;
	ring->files_registered =
		io_uring_register_files_sparse(&ring->uring, REGISTERED_FILES) == 0;
	*out = ring;
	return 0;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	io_uring_queue_exit(&ring->uring);
	free(ring->descriptors);
	free(ring);
}

int ring_add_file(struct ring *ring, int descriptor, int *out, struct error *err)
{
	int *grown = array_grow(ring->descriptors, &ring->file_capacity, ring->file_count + 1,
				sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "files to read");
	ring->descriptors = grown;
	if (ring->files_registered && ring->file_count < REGISTERED_FILES &&
	    io_uring_register_files_update(&ring->uring, (unsigned int)ring->file_count,
					   &descriptor, 1) != 1)
		return error_set(err, ERROR_SYSTEM, errno, "register a file");
	grown[ring->file_count] = descriptor;
	*out = (int)ring->file_count++;
	return 0;
}

void ring_add_buffer(struct ring *ring, uint32_t number, void *data, size_t bytes)
{
	struct iovec buffer = { data, bytes };
	__u64 tag = 0;

	if (number < ring->buffer_count && !ring->registered[number])
		ring->registered[number] = io_uring_register_buffers_update_tag(
						   &ring->uring, number, &buffer, &tag, 1) == 1;
}

int ring_has_room(const struct ring *ring)
{
	return ring->under_way < ring->depth;
}

size_t ring_under_way(const struct ring *ring)
{
	return ring->under_way;
}

static void prepare(struct ring *ring, struct ring_read *read)
{
	/* Never NULL: no more are under way than there are entries. */
	struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);
	bool registered = ring->files_registered && read->file < REGISTERED_FILES;
	int file = registered ? read->file : ring->descriptors[read->file];
	uint8_t *target = read->target + read->done;
	unsigned int length = read->length - read->done;
	uint64_t offset = read->offset + read->done;

	if (read->buffer < ring->buffer_count && ring->registered[read->buffer])
		io_uring_prep_read_fixed(entry, file, target, length, offset, (int)read->buffer);
	else
		io_uring_prep_read(entry, file, target, length, offset);
	if (registered)
		io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
	io_uring_sqe_set_data(entry, read);
	ring->prepared++;
}

void ring_start(struct ring *ring, struct ring_read *read)
{
	read->done = read->attempts = 0;
	read->error = 0;
	ring->under_way++;
	prepare(ring, read);
}

void ring_send(struct ring *ring)
{
	int sent = ring->prepared ? io_uring_submit(&ring->uring) : 0;

	if (sent > 0)
		ring->prepared -= (size_t)sent;
}

/* Whether the read has ended; else it was prepared again. */
static bool settle(struct ring *ring, struct ring_read *read, int result)
{
	bool again = result == -EINTR || result == -EAGAIN;

	if (result > 0)
		read->done += (uint32_t)result;
	if (read->done >= read->needed && result >= 0)
		return true;
	if ((result > 0 || again) && ++read->attempts < MOST_ATTEMPTS) {
		prepare(ring, read);
		return false;
	}
	read->error = result < 0 ? -result : ENODATA;
	return true;
}

/* Sends what was prepared and waits for an entry, as one call where that is possible. */
static int next_entry(struct ring *ring, struct io_uring_cqe **out, struct error *err)
{
	for (;;) {
		int ret = io_uring_peek_cqe(&ring->uring, out);

		if (ret == 0)
			return 0;
		ret = io_uring_submit_and_wait(&ring->uring, 1);
		if (ret > 0)
			ring->prepared -= (size_t)ret;
		if (ret >= 0 || ret == -EINTR)
			continue;
		/* What the kernel has taken makes room when it ends; without such there is no use in waiting. */
		if (ring->prepared < ring->under_way && io_uring_wait_cqe(&ring->uring, out) == 0)
			return 0;
		return error_set(err, ERROR_SYSTEM, -ret, "read through io_uring");
	}
}

int ring_wait(struct ring *ring, struct ring_read **out, struct error *err)
{
	for (;;) {
		struct io_uring_cqe *entry = NULL;
		struct ring_read *read;
		int result, ret = next_entry(ring, &entry, err);

		if (ret)
			return ret;
		read = io_uring_cqe_get_data(entry);
		result = entry->res;
		io_uring_cqe_seen(&ring->uring, entry);
		if (!settle(ring, read, result))
			continue;
		ring->under_way--;
		*out = read;
		return 0;
	}
}
