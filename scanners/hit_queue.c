#include "scanners/hit_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/bitmap.h"
#include "engine/read/spill.h"
#include "scanners/image_index.h"
#include "scanners/target_outline.h"

#define HELD_BYTES (16u << 20)

/* How a target's hits wait. */
struct parked {
	uint64_t offset; /* in the file, packed */
	size_t length; /* there; 0: they are in memory */
	uint64_t held_bytes; /* of memory, while they are there */
};

struct hit_queue {
	const struct hit_queue_plan *plan;
	struct image_index *images; /* NULL: there are none */
	struct spill *spill; /* NULL until it is needed */
	struct parked *parked; /* by target */
	uint64_t held_bytes; /* in memory */
	pthread_mutex_t lock;
	uint64_t *done; /* bitmap by target */
	size_t next; /* lowest target not delivered */
	uint64_t hits;
	struct error failure; /* of the sink: it is not called again; code 0: none */
};

int hit_queue_new(struct hit_queue **out, const struct hit_queue_plan *plan, struct error *err)
{
	struct hit_queue *queue = calloc(1, sizeof(*queue));
	int ret = 0;

	if (!queue)
		return error_no_memory(err, "the queue of hits");
	pthread_mutex_init(&queue->lock, NULL);
	queue->plan = plan;
	queue->done = calloc(BITMAP_WORDS(plan->targets->count) + 1, sizeof(*queue->done));
	queue->parked = calloc(plan->targets->count + 1, sizeof(*queue->parked));
	if (!queue->done || !queue->parked)
		ret = error_no_memory(err, "the queue of hits");
	if (!ret && plan->checkpoint)
		ret = image_index_new(&queue->images, plan->checkpoint, err);
	if (ret) {
		hit_queue_free(queue);
		return ret;
	}
	*out = queue;
	return 0;
}

void hit_queue_free(struct hit_queue *queue)
{
	if (!queue)
		return;
	pthread_mutex_destroy(&queue->lock);
	image_index_free(queue->images);
	spill_free(queue->spill);
	free(queue->parked);
	free(queue->done);
	free(queue);
}

uint64_t hit_queue_count(const struct hit_queue *queue)
{
	return queue->hits;
}

static void show_vma(struct hit_match *match, const struct memory_place *place)
{
	struct hit_vma *vma = &match->vma;

	*vma = (struct hit_vma){
		.start = place->vma_start,
		.end = place->vma_end,
		.kind = vma_kind_name(place->kind),
		.path = place->path,
		.offset = place->path_offset,
		.deleted = place->deleted,
	};
	vma->protection[0] = place->protection & PROTECTION_READ ? 'r' : '-';
	vma->protection[1] = place->protection & PROTECTION_WRITE ? 'w' : '-';
	vma->protection[2] = place->protection & PROTECTION_EXECUTE ? 'x' : '-';
	vma->protection[3] = place->shared ? 's' : 'p';
	match->has_vma = true;
	if (place->in_image) {
		match->image_file = place->image;
		match->image_offset = place->image_offset;
		match->image_layer = place->image_layer;
		match->image_layer = place->image_layer;
	}
}

/* The target whose hits are delivered. */
struct delivered {
	const struct target *target;
	const struct target_outline *outline;
	const struct process_memory *memory; /* of a process, else NULL */
};

/* Memory files lie in page images. */
static void show_image(struct hit_match *match, const struct hit_queue *queue,
		       const struct content *content)
{
	const struct piece *piece = content_piece(content, match->address);
	const struct page_image *image = NULL;
	uint64_t offset;

	if (queue->images && piece && piece->kind == PIECE_STORED)
		image = image_index_find(queue->images, piece->file,
					 piece->offset + (match->address - piece->start), &offset);
	if (!image)
		return;
	match->image_file = image->name;
	match->image_offset = page_image_stored_offset(image, offset);
	match->image_layer = image->layer;
}

static void show_place(struct hit_match *match, const struct process_memory *memory)
{
	struct memory_place place;

	if (process_memory_place(memory, match->address, &place))
		show_vma(match, &place);
	match->from_file = process_memory_from_file(memory, match->address, match->length);
}

static void show_match(struct hit_match *out, const struct held_match *match,
		       const struct hit_queue *queue, const struct delivered *delivered)
{
	*out = (struct hit_match){
		.string = match->string,
		.address = match->address,
		.length = match->length,
		.before = match->before,
		.data = match->data,
		.after = match->after,
		.has_xor_key = match->string->has_xor_key,
		.xor_key = match->xor_key,
	};
	if (delivered->memory)
		show_place(out, delivered->memory);
	else
		show_image(out, queue, &delivered->target->captured.content);
}

static int deliver_hit(struct hit_queue *queue, const struct held_hit *held,
		       const struct delivered *delivered, struct error *err)
{
	struct hit_match *matches = calloc(held->match_count_listed + 1, sizeof(*matches));

	if (!matches)
		return error_no_memory(err, "a hit");
	for (size_t i = 0; i < held->match_count_listed; i++)
		show_match(&matches[i], &held->matches[i], queue, delivered);

	struct hit hit = {
		.checkpoint = queue->plan->outline,
		.target = delivered->outline,
		.rule = held->rule,
		.match_count = held->match_count,
		.match_count_limited = held->match_count_limited,
		.matches = matches,
		.match_count_listed = held->match_count_listed,
		.has_first = held->has_first,
		.first_string = held->has_first ? held->first_string->name : NULL,
		.first_address = held->first_address,
	};
	int ret = queue->plan->sink->hit(queue->plan->sink->context, &hit, err);

	free(matches);
	if (ret)
		return ret;
	queue->hits++;
	if (queue->plan->hit_count)
		atomic_fetch_add_explicit(queue->plan->hit_count, 1, memory_order_relaxed);
	return 0;
}

static int deliver_log(struct hit_queue *queue, const struct held_log *held,
		       const struct target_outline *target, struct error *err)
{
	const struct hit_sink *sink = queue->plan->sink;
	const struct console_message message = {
		.checkpoint = queue->plan->outline,
		.target = target,
		.rule = held->rule,
		.text = held->text,
	};

	return sink->log(sink->context, &message, err);
}

/* By rule, what it logged first. */
static int deliver_all(struct hit_queue *queue, const struct delivered *delivered,
		       struct error *err)
{
	const struct held_hits *held = delivered->target->hits;
	size_t hit_count, log_count, log = 0;
	const struct held_hit *hits = held_hits_list(held, &hit_count);
	const struct held_log *logs = held_hits_logs(held, &log_count);
	int ret = 0;

	for (size_t i = 0; !ret && i < hit_count; i++) {
		while (!ret && log < log_count && logs[log].rule_number <= hits[i].rule_number)
			ret = deliver_log(queue, &logs[log++], delivered->outline, err);
		if (!ret)
			ret = deliver_hit(queue, &hits[i], delivered, err);
	}
	while (!ret && log < log_count)
		ret = deliver_log(queue, &logs[log++], delivered->outline, err);
	return ret;
}

/* Where the facts are another model's (the images that came last told more), places come from it too. */
static int deliver_target(struct hit_queue *queue, const struct target *target, struct arena *arena,
			  struct error *err)
{
	const struct process *facts = target_facts(target, queue->plan->facts);
	struct process_memory *memory = NULL;
	struct target_outline outline;
	int ret = target_outline_make(&outline, target, facts, queue->plan->files,
				      queue->plan->container, arena, err);

	if (!ret && facts != target->process)
		ret = process_memory_new(&memory, queue->plan->facts, facts, err);
	const struct delivered delivered = { target, &outline, memory ? memory : target->memory };

	if (!ret)
		ret = deliver_all(queue, &delivered, err);
	process_memory_free(memory);
	return ret;
}

static bool has_any(const struct held_hits *held)
{
	size_t hits = 0, logs = 0;

	if (held) {
		held_hits_list(held, &hits);
		held_hits_logs(held, &logs);
	}
	return hits || logs;
}

/* Hits that wait long, or many of them, wait in a file. */

static int park(struct hit_queue *queue, size_t number, struct error *err)
{
	struct target *target = &queue->plan->targets->targets[number];
	struct parked *parked = &queue->parked[number];
	uint8_t *packed = NULL;
	size_t length = 0;
	int ret = 0;

	if (!queue->spill)
		ret = spill_new(&queue->spill, 0, queue->plan->memory->no_spill,
				queue->plan->memory->directory, err);
	if (!ret)
		ret = held_hits_pack(target->hits, &packed, &length, err);
	if (!ret)
		ret = spill_reserve(queue->spill, length, &parked->offset, err);
	if (!ret)
		ret = spill_write(queue->spill, parked->offset, (struct bytes){ packed, length },
				  err);
	free(packed);
	if (ret)
		return ret;
	parked->length = length;
	queue->held_bytes -= parked->held_bytes;
	parked->held_bytes = 0;
	held_hits_free(target->hits);
	target->hits = NULL;
	return 0;
}

/* Where the file cannot take them (not allowed, no space) hits stay in memory: none is ever lost. */
static void hold(struct hit_queue *queue, size_t number)
{
	uint64_t most = queue->plan->held_bytes ? queue->plan->held_bytes : HELD_BYTES;
	struct target *target = &queue->plan->targets->targets[number];
	struct parked *parked = &queue->parked[number];
	struct error ignored;

	if (!has_any(target->hits))
		return;
	parked->held_bytes = held_hits_bytes(target->hits);
	queue->held_bytes += parked->held_bytes;
	if (queue->held_bytes > most)
		(void)park(queue, number, &ignored);
}

static int fetch(struct hit_queue *queue, struct target *target, const struct parked *parked,
		 struct error *err)
{
	uint8_t *packed = malloc(parked->length);
	size_t done = 0;
	int ret = 0;

	if (!packed)
		return error_no_memory(err, "hits that waited");
	while (!ret && done < parked->length) {
		ssize_t got = pread(spill_descriptor(queue->spill), packed + done,
				    parked->length - done, (off_t)(parked->offset + done));

		if (got > 0)
			done += (size_t)got;
		else if (got == 0 || errno != EINTR)
			ret = error_set(err, ERROR_SYSTEM, got ? errno : EIO,
					"hits that waited cannot be read back");
	}
	if (!ret)
		ret = held_hits_unpack(&target->hits, queue->plan->rules,
				       (struct bytes){ packed, done }, err);
	free(packed);
	return ret;
}

static int deliver(struct hit_queue *queue, size_t number, struct error *err)
{
	struct target *target = &queue->plan->targets->targets[number];
	const struct parked *parked = &queue->parked[number];

	queue->held_bytes -= parked->held_bytes;
	if (parked->length) {
		int fetched = fetch(queue, target, parked, err);

		if (fetched)
			return fetched;
	}

	int ret = 0;

	if (has_any(target->hits)) {
		struct arena *arena = arena_new(0);

		ret = arena ? deliver_target(queue, target, arena, err)
			    : error_no_memory(err, "a target's outline");
		arena_free(arena);
	}
	held_hits_free(target->hits);
	target->hits = NULL;
	return ret;
}

/* Delivers up to the first target that may still come; @all: there is none. */
static int deliver_ready(struct hit_queue *queue, bool all, struct error *err)
{
	struct target_list *targets = queue->plan->targets;
	int ret = queue->failure.code;

	while (!ret && queue->next < targets->count &&
	       (all || bitmap_test(queue->done, queue->next)))
		ret = deliver(queue, queue->next++, &queue->failure);
	if (ret && err)
		*err = queue->failure;
	return ret;
}

int hit_queue_done(struct hit_queue *queue, size_t target, struct error *err)
{
	int ret;

	pthread_mutex_lock(&queue->lock);
	bitmap_set(queue->done, target);
	if (target != queue->next)
		hold(queue, target);
	ret = deliver_ready(queue, false, err);
	pthread_mutex_unlock(&queue->lock);
	return ret;
}

int hit_queue_flush(struct hit_queue *queue, struct error *err)
{
	return deliver_ready(queue, true, err);
}
