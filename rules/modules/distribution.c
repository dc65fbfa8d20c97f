#include "rules/modules/distribution.h"

#include <math.h>

#include "rules/modules/range.h"

#define ENTRIES 16u
/* No range begins there. */
#define ALL_BYTES INT64_MIN

struct entry {
	int64_t offset, length;
	bool used, defined;
	struct distribution distribution;
};

struct distribution_cache {
	struct entry entries[ENTRIES];
	unsigned next; /* to be replaced */
};

struct distribution_cache *distribution_cache_new(struct module_context *context)
{
	return arena_alloc(context->arena, sizeof(struct distribution_cache));
}

static int count(void *to, struct bytes part, bool new_block, struct error *err)
{
	struct distribution *distribution = to;

	(void)new_block;
	(void)err;
	for (size_t i = 0; i < part.length; i++)
		distribution->counts[part.data[i]]++;
	distribution->total += part.length;
	return 0;
}

static const struct entry *find(const struct distribution_cache *cache, int64_t offset,
				int64_t length)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		const struct entry *entry = &cache->entries[i];

		if (entry->used && entry->offset == offset && entry->length == length)
			return entry;
	}
	return NULL;
}

static int fill(struct entry *entry, struct module_context *context, struct error *err)
{
	struct distribution *to = &entry->distribution;

	if (entry->offset == ALL_BYTES)
		return range_walk_all(context, count, to, &entry->defined, err);
	return range_walk(context, entry->offset, entry->length, count, to, &entry->defined, err);
}

static int look_up(struct distribution_cache *cache, struct module_context *context, int64_t offset,
		   int64_t length, const struct distribution **out, struct error *err)
{
	const struct entry *known = find(cache, offset, length);

	if (!known) {
		struct entry *entry = &cache->entries[cache->next];
		int ret;

		*entry = (struct entry){ .offset = offset, .length = length };
		ret = fill(entry, context, err);
		if (ret < 0)
			return ret;
		entry->used = true;
		cache->next = (cache->next + 1) % ENTRIES;
		known = entry;
	}
	*out = known->defined ? &known->distribution : NULL;
	return 0;
}

int distribution_of_range(struct distribution_cache *cache, struct module_context *context,
			  int64_t offset, int64_t length, const struct distribution **out,
			  struct error *err)
{
	*out = NULL;
	if (offset < 0 || length < 0)
		return 0;
	return look_up(cache, context, offset, length, out, err);
}

int distribution_of_all(struct distribution_cache *cache, struct module_context *context,
			const struct distribution **out, struct error *err)
{
	return look_up(cache, context, ALL_BYTES, 0, out, err);
}

/* These add in the order of the bytes' values, as YARA does: another order would round otherwise. */
double distribution_entropy(const struct distribution *distribution)
{
	double entropy = 0.0;

	for (unsigned i = 0; i < 256; i++) {
		double share = (double)distribution->counts[i] / (double)distribution->total;

		if (distribution->counts[i])
			entropy -= share * log2(share);
	}
	return entropy;
}

double distribution_mean(const struct distribution *distribution)
{
	double sum = 0.0;

	for (unsigned i = 0; i < 256; i++)
		sum += (double)i * (double)distribution->counts[i];
	return sum / (double)distribution->total;
}

double distribution_deviation(const struct distribution *distribution, double mean)
{
	double sum = 0.0;

	for (unsigned i = 0; i < 256; i++)
		sum += fabs((double)i - mean) * (double)distribution->counts[i];
	return sum / (double)distribution->total;
}

unsigned distribution_mode(const struct distribution *distribution)
{
	unsigned mode = 0;

	for (unsigned i = 1; i < 256; i++) {
		if (distribution->counts[i] > distribution->counts[mode])
			mode = i;
	}
	return mode;
}
