#include "scanners/criu/parent_chain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/criu/image_set.h"
#include "scanners/source/member_name.h"

/* A directory's place: which source, which of its directories. */
struct place {
	size_t source, directory;
};

/* One source while links are followed. */
struct followed {
	const struct chain_source *source;
	size_t *by_path; /* indices of its directories */
	bool *visited; /* by directory */
	bool used; /* one of its directories is in the chain */
};

struct follower {
	struct followed *sources;
	size_t source_count;
	struct arena *arena;
	struct image_set **sets;
	size_t count, capacity;
};

static const char *path_at(const struct followed *followed, size_t rank)
{
	return followed->source->directories[followed->by_path[rank]].path;
}

static int compare_paths(const void *left_item, const void *right_item, void *directories)
{
	const struct chain_directory *all = directories;
	const size_t *left = left_item, *right = right_item;

	return strcmp(all[*left].path, all[*right].path);
}

static bool is_sorted(const struct followed *followed)
{
	for (size_t i = 1; i < followed->source->count; i++) {
		if (strcmp(path_at(followed, i - 1), path_at(followed, i)) > 0)
			return false;
	}
	return true;
}

static int followed_open(struct followed *followed, const struct chain_source *source,
			 struct error *err)
{
	followed->source = source;
	followed->by_path = calloc(source->count + 1, sizeof(*followed->by_path));
	followed->visited = calloc(source->count + 1, sizeof(*followed->visited));
	if (!followed->by_path || !followed->visited)
		return error_no_memory(err, "a chain of parents");
	for (size_t i = 0; i < source->count; i++)
		followed->by_path[i] = i;
	if (!is_sorted(followed))
		qsort_r(followed->by_path, source->count, sizeof(*followed->by_path), compare_paths,
			(void *)source->directories);
	return 0;
}

static bool find_path(const struct followed *followed, const char *path, size_t *out)
{
	size_t low = 0, high = followed->source->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(path_at(followed, middle), path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == followed->source->count || strcmp(path_at(followed, low), path) != 0)
		return false;
	*out = followed->by_path[low];
	return true;
}

/*
 * Where @link leads from @from, cleaned; NULL: out of the source. *@out is owned.
 */
static int resolve(const char *from, const char *link, char **out, struct error *err)
{
	*out = NULL;
	return *link == '/' ? 0 : member_name_join(out, from, strlen(from), link, err);
}

static const struct chain_directory *directory_at(const struct follower *follower,
						  struct place place)
{
	return &follower->sources[place.source].source->directories[place.directory];
}

/* The link, or the plain directory that stands where it would; NULL: neither. */
static int link_of(const struct followed *followed, size_t directory, const char **out,
		   char **target, struct error *err)
{
	const struct chain_directory *from = &followed->source->directories[directory];
	size_t found;
	int ret;

	*out = image_set_parent(from->images);
	ret = resolve(from->path, *out ? *out : "parent", target, err);
	if (!ret && !*out && *target && find_path(followed, *target, &found))
		*out = "parent";
	return ret;
}

/* Its one directory that no other of it names as parent. */
static int find_head(const struct followed *followed, bool *found, size_t *out, struct error *err)
{
	const struct chain_source *source = followed->source;
	bool *named = calloc(source->count + 1, sizeof(*named));
	size_t heads = 0, at;
	int ret = named ? 0 : error_no_memory(err, "a chain of parents");

	for (size_t i = 0; !ret && i < source->count; i++) {
		char *target = NULL;
		const char *link;

		ret = link_of(followed, i, &link, &target, err);
		if (!ret && link && target && find_path(followed, target, &at) && at != i)
			named[at] = true;
		free(target);
	}
	for (size_t i = 0; !ret && i < source->count; i++) {
		if (!named[i]) {
			*out = i;
			heads++;
		}
	}
	*found = heads == 1;
	free(named);
	return ret;
}

/* The same path in another source; those that have given nothing yet, newest first. */
static bool find_elsewhere(const struct follower *follower, size_t source, const char *target,
			   struct place *out)
{
	for (size_t i = 0; i < follower->source_count; i++) {
		if (i != source && i != 0 && !follower->sources[i].used &&
		    find_path(&follower->sources[i], target, &out->directory)) {
			out->source = i;
			return true;
		}
	}
	return false;
}

/* The last component, which slashes may follow. */
static const char *last_component(const char *path, size_t *length)
{
	const char *end = path + strlen(path), *start;

	while (end > path && end[-1] == '/')
		end--;
	for (start = end; start > path && start[-1] != '/';)
		start--;
	*length = (size_t)(end - start);
	return start;
}

/* Whether a source was opened under the name that @link leads to. */
static bool is_called(const struct followed *followed, const char *link)
{
	const char *path = followed->source->path, *name, *wanted;
	size_t length, wanted_length;

	if (!path || !link)
		return false;
	name = last_component(path, &length);
	wanted = last_component(link, &wanted_length);
	return length && length == wanted_length && memcmp(name, wanted, length) == 0;
}

/* Given in the wrong order, directories of a chain still have their names. Returns 0 if none is left. */
static size_t next_source(const struct follower *follower, const char *link)
{
	size_t next = 0;

	for (size_t i = follower->source_count - 1; i > 0; i--) {
		if (!follower->sources[i].used)
			next = i;
	}
	for (size_t i = 1; i < follower->source_count; i++) {
		if (!follower->sources[i].used && is_called(&follower->sources[i], link))
			return i;
	}
	return next;
}

static int find_next_head(const struct follower *follower, const char *link, bool *found,
			  struct place *out, struct error *err)
{
	*found = false;
	out->source = next_source(follower, link);
	if (!out->source)
		return 0;
	return find_head(&follower->sources[out->source], found, &out->directory, err);
}

static int find_parent(const struct follower *follower, struct place place, const char *link,
		       const char *target, bool *found, struct place *out, struct error *err)
{
	*found = true;
	out->source = place.source;
	if (target && (find_path(&follower->sources[place.source], target, &out->directory) ||
		       find_elsewhere(follower, place.source, target, out)))
		return 0;
	return find_next_head(follower, link, found, out, err);
}

static int append(struct follower *follower, struct place place, struct error *err)
{
	struct followed *followed = &follower->sources[place.source];
	struct image_set **grown = follower->sets;

	if (follower->count == follower->capacity) {
		size_t capacity = follower->capacity ? 2 * follower->capacity : 8;

		grown = arena_alloc_array(follower->arena, capacity, sizeof(struct image_set *));
		if (!grown)
			return error_no_memory(err, "a chain of parents");
		if (follower->count)
			memcpy(grown, follower->sets, follower->count * sizeof(struct image_set *));
		follower->sets = grown;
		follower->capacity = capacity;
	}
	grown[follower->count++] = directory_at(follower, place)->images;
	followed->visited[place.directory] = true;
	followed->used = true;
	return 0;
}

/* One step from @place; *@end tells why there is none, CHAIN_WHOLE with *@more that there is one. */
static int step(struct follower *follower, struct place *place, struct parent_chain *chain,
		bool *more, struct error *err)
{
	const struct followed *followed = &follower->sources[place->source];
	const struct image_set *images = directory_at(follower, *place)->images;
	char *target = NULL;
	struct place next = { 0 };
	const char *link;
	bool found = false;
	int ret = link_of(followed, place->directory, &link, &target, err);

	*more = false;
	if (!ret && !link) {
		free(target);
		target = NULL;
	}
	if (!ret && (link || image_set_needs_parent(images))) {
		ret = find_parent(follower, *place, link, target, &found, &next, err);
		if (!found) {
			chain->end = CHAIN_MISSING;
			chain->missing = link;
		} else if (follower->sources[next.source].visited[next.directory]) {
			chain->end = CHAIN_LOOP;
		} else if (follower->count == PARENT_CHAIN_MOST) {
			chain->end = CHAIN_LIMIT;
		} else {
			*more = true;
			*place = next;
		}
	}
	free(target);
	return ret;
}

static int follow(struct follower *follower, struct place place, struct parent_chain *chain,
		  struct error *err)
{
	bool more = true;
	int ret = 0;

	follower->sources[0].visited[place.directory] = true;
	follower->sources[0].used = true;
	while (!ret && more) {
		ret = step(follower, &place, chain, &more, err);
		if (!ret && more)
			ret = append(follower, place, err);
	}
	return ret;
}

static int keep_used(struct parent_chain *chain, const struct follower *follower, struct error *err)
{
	bool *used = arena_alloc_array(follower->arena, follower->source_count, sizeof(*used));

	if (!used)
		return error_no_memory(err, "a chain of parents");
	for (size_t i = 0; i < follower->source_count; i++)
		used[i] = follower->sources[i].used;
	chain->used = used;
	return 0;
}

static int keep_missing(struct parent_chain *chain, struct arena *arena, struct error *err)
{
	if (!chain->missing)
		return 0;
	chain->missing = arena_copy_string(arena, chain->missing, strlen(chain->missing));
	return chain->missing ? 0 : error_no_memory(err, "a chain of parents");
}

int parent_chain_make(struct parent_chain *out, const struct chain_source *sources,
		      size_t source_count, size_t directory, struct arena *arena, struct error *err)
{
	struct follower follower = { .source_count = source_count, .arena = arena };
	struct parent_chain chain = { .end = CHAIN_WHOLE };
	int ret = 0;

	follower.sources = calloc(source_count + 1, sizeof(*follower.sources));
	if (!follower.sources)
		return error_no_memory(err, "a chain of parents");
	for (size_t i = 0; !ret && i < source_count; i++)
		ret = followed_open(&follower.sources[i], &sources[i], err);
	if (!ret)
		ret = follow(&follower, (struct place){ 0, directory }, &chain, err);
	if (!ret)
		ret = keep_missing(&chain, arena, err);
	if (!ret)
		ret = keep_used(&chain, &follower, err);
	if (!ret) {
		chain.sets = follower.sets;
		chain.count = follower.count;
		*out = chain;
	}
	for (size_t i = 0; i < source_count; i++) {
		free(follower.sources[i].by_path);
		free(follower.sources[i].visited);
	}
	free(follower.sources);
	return ret;
}
