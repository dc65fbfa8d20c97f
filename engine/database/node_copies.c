#include "engine/database/node_copies.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/base/array.h"

struct node_copy {
	pthread_mutex_t lock; /* held while it is made: who needs it too waits */
	struct database *database; /* NULL: not made yet */
};

struct node_copies {
	pthread_mutex_t lock;
	struct node_copy **items; /* by node; NULL: nobody asked */
	size_t capacity;
};

struct node_copies *node_copies_new(void)
{
	struct node_copies *copies = calloc(1, sizeof(*copies));

	if (copies)
		pthread_mutex_init(&copies->lock, NULL);
	return copies;
}

/*
 * The bytes are made once more for each node rather than kept: nodes are few, and a database is a large part of what
 * this program needs.
 */
static int copy_database(struct database **out, const struct database *original, struct error *err)
{
	struct byte_writer saved = { 0 };
	int ret = database_save(original, &saved, err);

	if (!ret) {
		struct bytes_reader in = bytes_reader_at(saved.data, saved.length);

		ret = database_load(out, database_patterns(original),
				    database_pattern_count(original), &in, err);
	}
	byte_writer_release(&saved);
	return ret ? error_context(err, "copy the search database to a node") : 0;
}

static int room_for(struct node_copies *copies, size_t node, struct error *err)
{
	size_t old = copies->capacity;
	struct node_copy **grown =
		array_grow(copies->items, &copies->capacity, node + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "copies of the search database");
	for (size_t i = old; i < copies->capacity; i++)
		grown[i] = NULL;
	copies->items = grown;
	return 0;
}

static int find_or_add(struct node_copies *copies, size_t node, struct node_copy **out,
		       struct error *err)
{
	struct node_copy *copy;
	int ret = room_for(copies, node, err);

	if (ret)
		return ret;
	copy = copies->items[node];
	if (!copy) {
		copy = calloc(1, sizeof(*copy));
		if (!copy)
			return error_no_memory(err, "copies of the search database");
		pthread_mutex_init(&copy->lock, NULL);
		copies->items[node] = copy;
	}
	*out = copy;
	return 0;
}

int node_copies_get(struct node_copies *copies, const struct database *original, size_t node,
		    const struct database **out, struct error *err)
{
	struct node_copy *copy = NULL;
	int ret;

	pthread_mutex_lock(&copies->lock);
	ret = find_or_add(copies, node, &copy, err);
	pthread_mutex_unlock(&copies->lock);
	if (ret)
		return ret;
	/* Its own lock, so that nodes make theirs at a time. */
	pthread_mutex_lock(&copy->lock);
	if (!copy->database)
		ret = copy_database(&copy->database, original, err);
	if (!ret)
		*out = copy->database;
	pthread_mutex_unlock(&copy->lock);
	return ret;
}

size_t node_copies_count(struct node_copies *copies)
{
	size_t count = 0;

	pthread_mutex_lock(&copies->lock);
	for (size_t i = 0; i < copies->capacity; i++) {
		struct node_copy *copy = copies->items[i];

		if (!copy)
			continue;
		pthread_mutex_lock(&copy->lock);
		count += copy->database != NULL;
		pthread_mutex_unlock(&copy->lock);
	}
	pthread_mutex_unlock(&copies->lock);
	return count;
}

static void free_copy(struct node_copy *copy)
{
	if (!copy)
		return;
	database_free(copy->database);
	pthread_mutex_destroy(&copy->lock);
	free(copy);
}

void node_copies_free(struct node_copies *copies)
{
	if (!copies)
		return;
	for (size_t i = 0; i < copies->capacity; i++)
		free_copy(copies->items[i]);
	pthread_mutex_destroy(&copies->lock);
	free(copies->items);
	free(copies);
}
