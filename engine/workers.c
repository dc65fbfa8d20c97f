#include "engine/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/thread.h"
#include "engine/machine_limits.h"
#include "engine/topology.h"

/* On cache lines of its own, for what it counts. */
struct worker {
	_Alignas(128) struct workers *workers;
	pthread_t thread;
	size_t number, node;
	_Atomic uint64_t bytes, steals, waits;
	pthread_cond_t woken; /* with workers->idle_lock */
	struct worker *next_idle; /* while it sleeps */
	bool awake;
};

/* On cache lines of its own: nodes that are busy must not slow each other down. */
struct queue {
	_Alignas(128) pthread_mutex_t lock;
	struct work *first, *last;
	struct worker *idle; /* sleepers of this node; under workers->idle_lock */
};

struct workers {
	struct topology *topology;
	struct worker *items;
	struct queue *queues; /* one per node */
	size_t count, node_count;
	bool bound; /* each to its core; else only to its node */
	pthread_mutex_t idle_lock;
	_Atomic size_t queued, idle_count, next_worker;
	bool ending; /* under idle_lock */
};

static void push(struct queue *queue, struct work *work)
{
	work->next = NULL;
	pthread_mutex_lock(&queue->lock);
	if (queue->last)
		queue->last->next = work;
	else
		queue->first = work;
	queue->last = work;
	pthread_mutex_unlock(&queue->lock);
}

static struct work *pop(struct queue *queue)
{
	struct work *work;

	pthread_mutex_lock(&queue->lock);
	work = queue->first;
	if (work) {
		queue->first = work->next;
		if (!queue->first)
			queue->last = NULL;
	}
	pthread_mutex_unlock(&queue->lock);
	return work;
}

/* Relaxed: a figure for people. Only the worker itself adds. */
static void count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

/*
 * The own node's first, then what the others have. A thief takes the oldest, as the owner does: what is queued follows
 * itself in files that are read ahead and in buffers that are waited for.
 */
static struct work *take(struct worker *worker)
{
	struct workers *workers = worker->workers;

	for (size_t rank = 0; rank < workers->node_count; rank++) {
		size_t node = topology_nearest(workers->topology, worker->node, rank);
		struct work *work = pop(&workers->queues[node]);

		if (!work)
			continue;
		atomic_fetch_sub(&workers->queued, 1);
		if (rank)
			count(&worker->steals, 1);
		return work;
	}
	return NULL;
}

/* Under idle_lock. */
static void wake(struct workers *workers, struct queue *queue)
{
	struct worker *worker = queue->idle;

	queue->idle = worker->next_idle;
	atomic_fetch_sub(&workers->idle_count, 1);
	worker->awake = true;
	pthread_cond_signal(&worker->woken);
}

static void wake_one(struct workers *workers, size_t node)
{
	pthread_mutex_lock(&workers->idle_lock);
	for (size_t rank = 0; rank < workers->node_count; rank++) {
		size_t near = topology_nearest(workers->topology, node, rank);
		struct queue *queue = &workers->queues[near];

		if (queue->idle) {
			wake(workers, queue);
			break;
		}
	}
	pthread_mutex_unlock(&workers->idle_lock);
}

static void leave_idle(struct workers *workers, struct worker *worker)
{
	struct worker **link = &workers->queues[worker->node].idle;

	while (*link != worker)
		link = &(*link)->next_idle;
	*link = worker->next_idle;
	atomic_fetch_sub(&workers->idle_count, 1);
}

/*
 * Sleeps until there may be work; false when there will be none any more.
 *
 * Whoever adds counts the work first and looks for sleepers afterwards; whoever sleeps counts
 * itself first and looks for work afterwards. Both counters are sequentially consistent, so at
 * least one of the two sees the other, and no work is left lying.
 */
static bool sleep_until_work(struct worker *worker)
{
	struct workers *workers = worker->workers;
	struct queue *queue = &workers->queues[worker->node];
	bool more = true;

	pthread_mutex_lock(&workers->idle_lock);
	worker->awake = false;
	worker->next_idle = queue->idle;
	queue->idle = worker;
	atomic_fetch_add(&workers->idle_count, 1);
	if (atomic_load(&workers->queued) == 0 && !workers->ending) {
		count(&worker->waits, 1);
		while (!worker->awake)
			pthread_cond_wait(&worker->woken, &workers->idle_lock);
	} else {
		more = atomic_load(&workers->queued) != 0 || !workers->ending;
		leave_idle(workers, worker);
	}
	pthread_mutex_unlock(&workers->idle_lock);
	return more;
}

/* Where a sandbox forbids binding the work is done all the same, only slower. */
static void bind_worker(const struct worker *worker)
{
	const struct workers *workers = worker->workers;

	if (workers->bound)
		topology_bind(workers->topology, worker->number, NULL);
	else if (workers->node_count > 1)
		topology_bind_to_node(workers->topology, worker->node, NULL);
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;

	bind_worker(worker);
	do {
		struct work *work;

		while ((work = take(worker)))
			work->run(work, worker->number);
	} while (sleep_until_work(worker));
	return NULL;
}

static int start(struct workers *workers, size_t thread_count, struct error *err)
{
	int failure = 0;

	while (workers->count < thread_count && !failure) {
		struct worker *worker = &workers->items[workers->count];

		*worker = (struct worker){
			.workers = workers,
			.number = workers->count,
			.node = topology_node_of(workers->topology, workers->count),
		};
		pthread_cond_init(&worker->woken, NULL);
		failure = thread_start(&worker->thread, worker_main, worker);
		if (failure)
			pthread_cond_destroy(&worker->woken);
		else
			workers->count++;
	}
	return failure ? error_set(err, ERROR_SYSTEM, failure, "start worker %zu of %zu",
				   workers->count, thread_count)
		       : 0;
}

static size_t usable_threads(const struct topology *topology)
{
	size_t cores = topology_core_count(topology), allowed = machine_limits_read().cores;

	return cores < allowed ? cores : allowed;
}

int workers_new(struct workers **out, size_t thread_count, struct error *err)
{
	struct workers *workers = calloc(1, sizeof(*workers));
	int ret;

	if (!workers)
		return error_no_memory(err, "workers");
	pthread_mutex_init(&workers->idle_lock, NULL);
	ret = topology_new(&workers->topology, err);
	if (ret)
		goto failed;
	if (!thread_count)
		thread_count = usable_threads(workers->topology);
	/* With fewer threads than cores two runs at a time would be bound to the same few cores. */
	workers->bound = thread_count >= topology_core_count(workers->topology);
	workers->items =
		aligned_alloc(_Alignof(struct worker), thread_count * sizeof(*workers->items));
	size_t node_count = topology_node_count(workers->topology);

	workers->queues = aligned_alloc(_Alignof(struct queue), node_count * sizeof(struct queue));
	if (!workers->items || !workers->queues) {
		ret = error_no_memory(err, "workers");
		goto failed;
	}
	for (; workers->node_count < node_count; workers->node_count++) {
		workers->queues[workers->node_count] = (struct queue){ .first = NULL };
		pthread_mutex_init(&workers->queues[workers->node_count].lock, NULL);
	}
	ret = start(workers, thread_count, err);
	if (ret)
		goto failed;
	*out = workers;
	return 0;
failed:
	workers_free(workers);
	return ret;
}

void workers_free(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->idle_lock);
	workers->ending = true;
	for (size_t node = 0; node < workers->node_count; node++)
		while (workers->queues[node].idle)
			wake(workers, &workers->queues[node]);
	pthread_mutex_unlock(&workers->idle_lock);
	for (size_t i = 0; i < workers->count; i++) {
		pthread_join(workers->items[i].thread, NULL);
		pthread_cond_destroy(&workers->items[i].woken);
	}
	for (size_t node = 0; node < workers->node_count; node++)
		pthread_mutex_destroy(&workers->queues[node].lock);
	pthread_mutex_destroy(&workers->idle_lock);
	topology_free(workers->topology);
	free(workers->queues);
	free(workers->items);
	free(workers);
}

size_t workers_count(const struct workers *workers)
{
	return workers->count;
}

size_t workers_node_count(const struct workers *workers)
{
	return workers->node_count;
}

size_t workers_node_of(const struct workers *workers, size_t worker)
{
	return workers->items[worker].node;
}

size_t workers_node_of_memory(const struct workers *workers, const void *address)
{
	return topology_node_of_memory(workers->topology, address);
}

void *workers_memory_on_node(const struct workers *workers, size_t node, size_t bytes)
{
	return topology_alloc(workers->topology, node, bytes);
}

void workers_release_memory(const struct workers *workers, void *memory, size_t bytes)
{
	topology_release(workers->topology, memory, bytes);
}

void workers_count_bytes(struct workers *workers, size_t worker, uint64_t bytes)
{
	count(&workers->items[worker].bytes, bytes);
}

void workers_stats(const struct workers *workers, struct workers_stats *out,
		   uint64_t *bytes_by_node)
{
	*out = (struct workers_stats){ 0 };
	memset(bytes_by_node, 0, workers->node_count * sizeof(*bytes_by_node));
	for (size_t i = 0; i < workers->count; i++) {
		const struct worker *worker = &workers->items[i];

		out->steals += atomic_load_explicit(&worker->steals, memory_order_relaxed);
		out->waits += atomic_load_explicit(&worker->waits, memory_order_relaxed);
		bytes_by_node[worker->node] +=
			atomic_load_explicit(&worker->bytes, memory_order_relaxed);
	}
}

void workers_add(struct workers *workers, struct work *work)
{
	size_t node = work->node;

	/* Relaxed: only an even spread is wanted, over the nodes that have workers. */
	if (node == SIZE_MAX) {
		size_t next =
			atomic_fetch_add_explicit(&workers->next_worker, 1, memory_order_relaxed);

		node = workers->items[next % workers->count].node;
	}
	node %= workers->node_count;
	atomic_fetch_add(&workers->queued, 1);
	push(&workers->queues[node], work);
	if (atomic_load(&workers->idle_count) > 0)
		wake_one(workers, node);
}
