#include "engine/read/lease_ring.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct ring_buffer {
	struct lease_owner owner; /* first: a release is given only this */
	struct lease_ring *ring;
	struct ring_buffer *next;
	uint8_t *data;
	size_t length;
};

struct lease_ring {
	pthread_mutex_t lock;
	pthread_cond_t freed, filled;
	struct ring_buffer *free;
	struct ring_buffer *first, *last; /* queued */
	size_t references; /* the owner's, and one for each buffer that is queued or lent */
	bool ended, stopped;
	int code;
	struct error error;
	uint8_t *memory;
	size_t memory_bytes;
	struct ring_buffer buffers[];
};

static void ring_destroy(struct lease_ring *ring)
{
	pthread_mutex_destroy(&ring->lock);
	pthread_cond_destroy(&ring->freed);
	pthread_cond_destroy(&ring->filled);
	munmap(ring->memory, ring->memory_bytes);
	free(ring);
}

static void make_free(struct lease_ring *ring, struct ring_buffer *buffer)
{
	buffer->next = ring->free;
	ring->free = buffer;
	pthread_cond_signal(&ring->freed);
}

static void drop_reference(struct lease_ring *ring, struct ring_buffer *buffer)
{
	pthread_mutex_lock(&ring->lock);
	if (buffer)
		make_free(ring, buffer);
	bool last = --ring->references == 0;
	pthread_mutex_unlock(&ring->lock);
	if (last)
		ring_destroy(ring);
}

static void buffer_release(struct lease_owner *owner)
{
	struct ring_buffer *buffer = (struct ring_buffer *)owner;

	drop_reference(buffer->ring, buffer);
}

int lease_ring_new(struct lease_ring **out, size_t buffer_count, size_t buffer_bytes,
		   struct error *err)
{
	struct lease_ring *ring =
		calloc(1, sizeof(*ring) + buffer_count * sizeof(struct ring_buffer));

	if (!ring)
		return error_no_memory(err, "buffers");
	ring->memory_bytes = buffer_count * buffer_bytes;
	/* Whole pages, given only when first written to: a small archive needs one buffer. */
	ring->memory = mmap(NULL, ring->memory_bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ring->memory == MAP_FAILED) {
		free(ring);
		return error_no_memory(err, "buffers");
	}
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->freed, NULL);
	pthread_cond_init(&ring->filled, NULL);
	ring->references = 1;
	for (size_t i = buffer_count; i-- > 0;) {
		struct ring_buffer *buffer = &ring->buffers[i];

		buffer->owner.release = buffer_release;
		buffer->ring = ring;
		buffer->data = ring->memory + i * buffer_bytes;
		make_free(ring, buffer);
	}
	*out = ring;
	return 0;
}

struct ring_buffer *lease_ring_take(struct lease_ring *ring)
{
	struct ring_buffer *buffer = NULL;

	pthread_mutex_lock(&ring->lock);
	while (!ring->free && !ring->stopped)
		pthread_cond_wait(&ring->freed, &ring->lock);
	if (!ring->stopped) {
		buffer = ring->free;
		ring->free = buffer->next;
	}
	pthread_mutex_unlock(&ring->lock);
	return buffer;
}

uint8_t *ring_buffer_data(const struct ring_buffer *buffer)
{
	return buffer->data;
}

void lease_ring_put(struct lease_ring *ring, struct ring_buffer *buffer, size_t length)
{
	pthread_mutex_lock(&ring->lock);
	if (length == 0) {
		make_free(ring, buffer);
	} else {
		buffer->length = length;
		buffer->next = NULL;
		atomic_store(&buffer->owner.holders, 1);
		if (ring->first)
			ring->last->next = buffer;
		else
			ring->first = buffer;
		ring->last = buffer;
		ring->references++;
		pthread_cond_signal(&ring->filled);
	}
	pthread_mutex_unlock(&ring->lock);
}

void lease_ring_end(struct lease_ring *ring, int code, const struct error *err)
{
	pthread_mutex_lock(&ring->lock);
	ring->ended = true;
	ring->code = code;
	if (code)
		ring->error = *err;
	pthread_cond_broadcast(&ring->filled);
	pthread_mutex_unlock(&ring->lock);
}

static struct ring_buffer *pop(struct lease_ring *ring)
{
	struct ring_buffer *buffer = ring->first;

	if (buffer)
		ring->first = buffer->next;
	return buffer;
}

int lease_ring_next(struct lease_ring *ring, struct lease *out, struct error *err)
{
	struct ring_buffer *buffer;

	pthread_mutex_lock(&ring->lock);
	while (!(buffer = pop(ring)) && !ring->ended)
		pthread_cond_wait(&ring->filled, &ring->lock);
	int code = buffer ? 0 : ring->code;
	pthread_mutex_unlock(&ring->lock);

	if (code) {
		/* The filling thread has ended, so that nobody writes it now. */
		if (err)
			*err = ring->error;
		return code;
	}
	if (buffer)
		*out = (struct lease){ buffer->data, buffer->length, &buffer->owner };
	else
		*out = (struct lease){ NULL, 0, NULL };
	return 0;
}

void lease_ring_stop(struct lease_ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->stopped = true;
	pthread_cond_broadcast(&ring->freed);
	pthread_mutex_unlock(&ring->lock);
}

void lease_ring_free(struct lease_ring *ring)
{
	struct ring_buffer *buffer;

	if (!ring)
		return;
	while ((buffer = pop(ring)))
		drop_reference(ring, buffer);
	drop_reference(ring, NULL);
}
