#ifndef CKPT_RULES_MODULES_DISTRIBUTION_H
#define CKPT_RULES_MODULES_DISTRIBUTION_H

#include "rules/module.h"

/* How often each byte stands in a range of a target. */
struct distribution {
	uint64_t counts[256];
	uint64_t total;
};

/* Those that were counted last for one target: rules ask for the same range again and again. */
struct distribution_cache;

/* In context->arena; NULL: no memory. */
struct distribution_cache *distribution_cache_new(struct module_context *context);

/* As range_walk(); *@out is lent until the next call, NULL where it is not defined. */
int distribution_of_range(struct distribution_cache *cache, struct module_context *context,
			  int64_t offset, int64_t length, const struct distribution **out,
			  struct error *err);
/* As range_walk_all(). */
int distribution_of_all(struct distribution_cache *cache, struct module_context *context,
			const struct distribution **out, struct error *err);

/* In bits for each byte; 0 of no bytes. */
double distribution_entropy(const struct distribution *distribution);
/* Both are not a number where there are no bytes. */
double distribution_mean(const struct distribution *distribution);
double distribution_deviation(const struct distribution *distribution, double mean);
/* The byte that stands most often, the lowest of several. */
unsigned distribution_mode(const struct distribution *distribution);

#endif
