#include "engine/search/fetch.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/thread.h"
#include "engine/read/direct.h"
#include "engine/read/residency.h"
#include "engine/search/fetch_slot.h"
#include "engine/search/search_block.h"
#include "engine/search/state.h"

/* Slots that are read into while workers search others. */
#define SLOTS_UNDER_WAY 4
/* However many workers there are: by then it is the disk that they wait for. */
#define MOST_SLOTS 32
#define MOST_BYTES ((uint64_t)128 << 20) /* of all slots */
/*
 * Measured on a virtual disk that reads 1.3 to 1.9 GB/s around the page cache, 4 GiB, with 6 to 16 slots: a slot of one
 * shard of 2 MiB took 2.5 to 3.1 s, of two 2.3 to 2.6 s, of four 2.2 to 2.5 s; of how many slots there are no difference
 * was seen beyond 6.
 */
#define SHARDS_PER_SLOT 2
#define LEAST_SLOT_BYTES ((uint64_t)4 << 20) /* where shards are made small, slots hold many */
#define MOST_SLOT_BYTES ((uint64_t)16 << 20)
/* Beyond shards with their margins: for a few small ones, and for rounding. */
#define SLOT_EXTRA_BYTES ((uint64_t)256 << 10)
#define SLOT_ROUNDING ((uint64_t)64 << 10)
#define RING_DEPTH 128
/* Files with a second descriptor; others are read through the page cache. */
#define MOST_DIRECT 64
/* Of a shard's bytes, when at most this part is missing in the page cache, it is not read anew. */
#define MOST_MISSING 8

enum file_state { FILE_NEW, FILE_USED, FILE_REFUSED };

struct fetch_file_entry { /* of the reading thread */
	enum file_state state;
	int direct; /* -1: none */
	int ring_file;
};

struct fetch {
	struct search *search;
	enum read_mode mode;
	/* Of the thread that adds. */
	struct residency *residency;
	bool running, refused;
	/* Of the reading thread, once it runs. */
	pthread_t thread;
	struct ring *ring;
	bool broken; /* the ring is */
	size_t slot_count, slot_bytes;
	struct fetch_slot *slots;
	struct fetch_slot *open; /* being filled */
	struct fetch_slot *pending, **last_pending; /* with reads to be started */
	size_t slots_under_way;
	struct fetch_file_entry *files; /* by file number */
	size_t file_capacity, direct_count;
	struct span_list spans;
	/* Everybody's. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct shard *queue, **last_queued; /* linked by next_free */
	struct fetch_slot *free_slots;
	bool closing;
};

int fetch_new(struct fetch **out, struct search *search, struct error *err)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));
	int ret;

	if (!fetch)
		return error_no_memory(err, "a reader");
	ret = residency_new(&fetch->residency, search->plan->files, err);
	if (ret) {
		free(fetch);
		return ret;
	}
	fetch->search = search;
	fetch->mode = search->plan->read_mode;
	fetch->last_queued = &fetch->queue;
	fetch->last_pending = &fetch->pending;
	pthread_mutex_init(&fetch->lock, NULL);
	pthread_cond_init(&fetch->changed, NULL);
	*out = fetch;
	return 0;
}

static void free_slots(struct fetch *fetch)
{
	for (size_t i = 0; fetch->slots && i < fetch->slot_count; i++)
		workers_release_memory(fetch->search->workers, fetch->slots[i].data,
				       fetch->slot_bytes);
	free(fetch->slots);
	fetch->slots = NULL;
}

void fetch_free(struct fetch *fetch)
{
	if (!fetch)
		return;
	if (fetch->running) {
		pthread_mutex_lock(&fetch->lock);
		fetch->closing = true;
		pthread_cond_signal(&fetch->changed);
		pthread_mutex_unlock(&fetch->lock);
		pthread_join(fetch->thread, NULL);
	}
	ring_free(fetch->ring);
	free_slots(fetch);
	for (size_t i = 0; i < fetch->file_capacity; i++)
		if (fetch->files[i].state != FILE_NEW && fetch->files[i].direct >= 0)
			close(fetch->files[i].direct);
	free(fetch->files);
	free(fetch->spans.items);
	residency_free(fetch->residency);
	pthread_mutex_destroy(&fetch->lock);
	pthread_cond_destroy(&fetch->changed);
	free(fetch);
}

/* By the last who reads from the slot. */
static void slot_released(struct lease_owner *owner)
{
	struct fetch_slot *slot = (struct fetch_slot *)owner;
	struct fetch *fetch = slot->fetch;

	pthread_mutex_lock(&fetch->lock);
	slot->next = fetch->free_slots;
	fetch->free_slots = slot;
	pthread_cond_signal(&fetch->changed);
	pthread_mutex_unlock(&fetch->lock);
}

/* Room for the largest shards of any purpose, if that is sensible. */
static uint64_t wanted_slot_bytes(const struct search *search)
{
	uint64_t most = 0;

	for (size_t i = 0; i < search->plan->purpose_count; i++) {
		const struct margins *margins = &search->margins[i];

		most = later(most, search->shard_bytes[i] + margins->left + margins->right);
	}
	most = later(SHARDS_PER_SLOT * most, LEAST_SLOT_BYTES) + SLOT_EXTRA_BYTES;
	most = earlier(most, MOST_SLOT_BYTES) + SLOT_ROUNDING - 1;
	return most - most % SLOT_ROUNDING;
}

/* Their memory is touched when they are used for the first time. */
static int make_slots(struct fetch *fetch, struct error *err)
{
	struct workers *workers = fetch->search->workers;
	size_t nodes = workers_node_count(workers);

	fetch->slots = calloc(fetch->slot_count, sizeof(fetch->slots[0]));
	if (!fetch->slots)
		return error_no_memory(err, "a reader's buffers");
	for (size_t i = 0; i < fetch->slot_count; i++) {
		struct fetch_slot *slot = &fetch->slots[i];

		*slot = (struct fetch_slot){ .owner.release = slot_released,
					     .fetch = fetch,
					     .bytes = fetch->slot_bytes,
					     .node = i % nodes,
					     .number = (uint32_t)i,
					     .next = fetch->free_slots };
		slot->data = workers_memory_on_node(workers, slot->node, slot->bytes);
		if (!slot->data)
			return error_no_memory(err, "a reader's buffers");
		/*
		 * Only a wish, but one that counts: of a small page the disk is given an entry of its own. The same
		 * reads of 4 MiB, 4 GiB in all, took 1.7 s into large pages and 3.0 to 4.0 s into small ones.
		 */
		madvise(slot->data, slot->bytes, MADV_HUGEPAGE);
		fetch->free_slots = slot;
	}
	return 0;
}

static int make_ring(struct fetch *fetch, struct error *err)
{
	size_t wanted = SLOTS_UNDER_WAY + 2 * workers_count(fetch->search->workers);
	int ret;

	fetch->slot_bytes = (size_t)wanted_slot_bytes(fetch->search);
	fetch->slot_count =
		(size_t)earlier(earlier(wanted, MOST_SLOTS), MOST_BYTES / fetch->slot_bytes);
	ret = make_slots(fetch, err);
	return ret ? ret : ring_new(&fetch->ring, RING_DEPTH, (unsigned int)fetch->slot_count, err);
}

static void *read_shards(void *argument);

static int start(struct fetch *fetch, struct error *err)
{
	int ret = make_ring(fetch, err);

	if (!ret) {
		ret = thread_start(&fetch->thread, read_shards, fetch);
		if (ret)
			ret = error_set(err, ERROR_SYSTEM, ret, "start a reader");
	}
	if (!ret) {
		fetch->running = true;
		return 0;
	}
	fetch->refused = true;
	free_slots(fetch);
	return ret;
}

/* Whether enough of the starts' own bytes is neither in memory nor in the page cache. */
static bool is_wanted(struct fetch *fetch, const struct shard *shard)
{
	const struct view *view = shard->view;
	const struct file_table *files = fetch->search->plan->files;
	uint64_t wanted = 0, all = 0;

	for (size_t i = view_span_at(view, shard->start); i < view->span_count; i++) {
		const struct span *span = &view->spans[i];
		uint64_t from = later(span->start, shard->start);
		uint64_t to = earlier(span_end(span), shard->end);

		if (span->start >= shard->end)
			break;
		if (span->kind == SPAN_ZERO || from >= to)
			continue;
		all += to - from;
		if (span->kind == SPAN_FILE && file_table_descriptor(files, span->file) >= 0 &&
		    (fetch->mode == READ_RING ||
		     !residency_has(fetch->residency, span->file,
				    span->offset + (from - span->start), to - from)))
			wanted += to - from;
	}
	return wanted > 0 && (fetch->mode == READ_RING || wanted > all / MOST_MISSING);
}

int fetch_take(struct fetch *fetch, struct shard *shard, bool *taken, struct error *err)
{
	*taken = false;
	if (fetch->refused || !is_wanted(fetch, shard))
		return 0;
	if (!fetch->running) {
		int ret = start(fetch, err);

		if (ret)
			return fetch->mode == READ_RING ? ret : 0;
	}
	*taken = true;
	shard->next_free = NULL;
	pthread_mutex_lock(&fetch->lock);
	*fetch->last_queued = shard;
	fetch->last_queued = &shard->next_free;
	pthread_cond_signal(&fetch->changed);
	pthread_mutex_unlock(&fetch->lock);
	return 0;
}

/* The first in the queue; NULL: none. Nobody but the reading thread takes one away. */
static struct shard *first_queued(struct fetch *fetch)
{
	struct shard *shard;

	pthread_mutex_lock(&fetch->lock);
	shard = fetch->queue;
	pthread_mutex_unlock(&fetch->lock);
	return shard;
}

static void drop_first(struct fetch *fetch)
{
	pthread_mutex_lock(&fetch->lock);
	fetch->queue = fetch->queue->next_free;
	if (!fetch->queue)
		fetch->last_queued = &fetch->queue;
	pthread_mutex_unlock(&fetch->lock);
}

static struct fetch_slot *take_slot(struct fetch *fetch)
{
	struct fetch_slot *slot;

	pthread_mutex_lock(&fetch->lock);
	slot = fetch->free_slots;
	if (slot)
		fetch->free_slots = slot->next;
	pthread_mutex_unlock(&fetch->lock);
	if (!slot)
		return NULL;
	/* To register it would bring all of it into memory, which a small checkpoint does not need. */
	if (slot->used)
		ring_add_buffer(fetch->ring, slot->number, slot->data, slot->bytes);
	fetch_slot_clear(slot);
	return slot;
}

static int open_file(struct fetch *fetch, uint32_t number, struct fetch_file_entry *file)
{
	int descriptor = file_table_descriptor(fetch->search->plan->files, number);

	file->state = FILE_REFUSED;
	file->direct = -1;
	if (descriptor < 0)
		return -1;
	if (fetch->direct_count < MOST_DIRECT)
		file->direct = direct_open(descriptor);
	if (file->direct >= 0) {
		fetch->direct_count++;
		descriptor = file->direct;
	}
	if (ring_add_file(fetch->ring, descriptor, &file->ring_file, NULL) < 0)
		return -1;
	file->state = FILE_USED;
	return file->ring_file;
}

static int ring_file_of(void *context, uint32_t number)
{
	struct fetch *fetch = context;
	size_t old = fetch->file_capacity;
	struct fetch_file_entry *grown =
		array_grow(fetch->files, &fetch->file_capacity, (size_t)number + 1, sizeof(*grown));

	if (!grown)
		return -1;
	fetch->files = grown;
	for (size_t i = old; i < fetch->file_capacity; i++)
		grown[i] = (struct fetch_file_entry){ .state = FILE_NEW };
	if (grown[number].state == FILE_NEW)
		return open_file(fetch, number, &grown[number]);
	return grown[number].state == FILE_USED ? grown[number].ring_file : -1;
}

static void pass_on(struct fetch *fetch, struct shard *shard, size_t node)
{
	shard->work.node = node;
	workers_add(fetch->search->workers, &shard->work);
}

/* With a view of what was read; what was not it finds in the file. Without memory its own view will do. */
static void deliver_shard(struct fetch *fetch, struct fetch_slot *slot, struct shard *shard)
{
	struct search *search = fetch->search;
	const struct margins *margins = &search->margins[shard->view->block->purpose];
	struct view *view;

	if (fetch_slot_view(slot, shard->view, margins, shard->start, shard->end, &fetch->spans,
			    &view, NULL) == 0) {
		view_release(shard->view, NO_WORKER);
		shard->view = view;
	}
	pass_on(fetch, shard, workers_node_count(search->workers) > 1 ? slot->node : SIZE_MAX);
}

static void count_bytes(const struct fetch *fetch, const struct fetch_slot *slot)
{
	_Atomic uint64_t *count = fetch->search->plan->bytes_fetched;

	for (size_t i = 0; count && i < slot->read_count; i++) {
		const struct ring_read *read = &slot->reads[i].ring;

		/* Relaxed: a figure for people who watch. */
		if (read->done >= read->needed)
			atomic_fetch_add_explicit(count, read->needed, memory_order_relaxed);
	}
}

static void deliver(struct fetch *fetch, struct fetch_slot *slot)
{
	struct lease lease = { slot->data, slot->used, &slot->owner };
	struct shard *shard = slot->shards;

	count_bytes(fetch, slot);
	atomic_store(&slot->owner.holders, 1);
	while (shard) {
		struct shard *next = shard->next_free;

		deliver_shard(fetch, slot, shard);
		shard = next;
	}
	fetch->slots_under_way--;
	lease_release(&lease);
}

static void close_slot(struct fetch *fetch)
{
	struct fetch_slot *slot = fetch->open;

	fetch->open = NULL;
	fetch->slots_under_way++;
	slot->next = NULL;
	*fetch->last_pending = slot;
	fetch->last_pending = &slot->next;
}

static void start_reads(struct fetch *fetch)
{
	while (fetch->pending && ring_has_room(fetch->ring)) {
		struct fetch_slot *slot = fetch->pending;

		ring_start(fetch->ring, &slot->reads[slot->started++].ring);
		if (slot->started < slot->read_count)
			continue;
		fetch->pending = slot->next;
		if (!fetch->pending)
			fetch->last_pending = &fetch->pending;
	}
	if (!fetch->broken)
		ring_send(fetch->ring);
}

/* False: the shard must wait until a slot is free. */
static bool place_shard(struct fetch *fetch, struct shard *shard)
{
	const struct margins *margins = &fetch->search->margins[shard->view->block->purpose];

	for (;;) {
		enum fetch_fit fit;

		if (!fetch->open)
			fetch->open = take_slot(fetch);
		if (!fetch->open)
			return false;
		fit = fetch_slot_add(fetch->open, shard->view, margins, shard->start, shard->end,
				     ring_file_of, fetch);
		if (fit == FETCH_FULL) {
			close_slot(fetch);
			start_reads(fetch); /* before more memory is prepared */
			continue;
		}
		drop_first(fetch);
		if (fit == FETCH_FITS)
			fetch_slot_add_shard(fetch->open, shard);
		else
			pass_on(fetch, shard, SIZE_MAX);
		return true;
	}
}

/* A slot that is not full waits for more as long as enough are read anyway. */
static void fill_slots(struct fetch *fetch)
{
	struct shard *shard;

	while ((shard = first_queued(fetch))) {
		if (fetch->broken || search_stopped(fetch->search)) {
			drop_first(fetch);
			pass_on(fetch, shard, SIZE_MAX);
		} else if (!place_shard(fetch, shard)) {
			return;
		}
	}
	if (fetch->open && fetch->open->shards && fetch->slots_under_way < SLOTS_UNDER_WAY / 2)
		close_slot(fetch);
}

/* All that was to be read goes on as it lies in the files. */
static void give_up(struct fetch *fetch)
{
	fetch->broken = true;
	if (fetch->open && fetch->open->shards)
		close_slot(fetch);
	fetch->pending = NULL;
	fetch->last_pending = &fetch->pending;
	for (size_t i = 0; i < fetch->slot_count; i++) {
		struct fetch_slot *slot = &fetch->slots[i];

		if (!slot->shards || slot->ended == slot->read_count)
			continue;
		slot->ended = slot->read_count;
		deliver(fetch, slot);
	}
}

static void wait_for_read(struct fetch *fetch)
{
	struct ring_read *ended = NULL;
	struct fetch_slot *slot;

	if (ring_wait(fetch->ring, &ended, NULL)) {
		give_up(fetch);
		return;
	}
	slot = ((struct fetch_read *)ended)->slot;
	if (++slot->ended == slot->read_count)
		deliver(fetch, slot);
}

/* Until there is a shard and a slot for it; false: the end. */
static bool wait_for_work(struct fetch *fetch)
{
	bool more;

	pthread_mutex_lock(&fetch->lock);
	while (!fetch->closing && !(fetch->queue && (fetch->open || fetch->free_slots)))
		pthread_cond_wait(&fetch->changed, &fetch->lock);
	more = fetch->queue != NULL;
	pthread_mutex_unlock(&fetch->lock);
	return more;
}

static void *read_shards(void *argument)
{
	struct fetch *fetch = argument;

	do {
		fill_slots(fetch);
		start_reads(fetch);
		while (fetch->slots_under_way) {
			wait_for_read(fetch);
			fill_slots(fetch);
			start_reads(fetch);
		}
	} while (wait_for_work(fetch));
	return NULL;
}
