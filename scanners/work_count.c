#include "scanners/work_count.h"

int work_count_begin(struct work_count *out, const struct workers *workers, struct arena *arena,
		     struct error *err)
{
	const size_t nodes = workers_node_count(workers);
	uint64_t *before = arena_alloc_array(arena, nodes, sizeof(*before));
	uint64_t *after = arena_alloc_array(arena, nodes, sizeof(*after));

	if (!before || !after)
		return error_no_memory(err, "the statistics");
	*out = (struct work_count){
		.workers = workers,
		.bytes_before = before,
		.stats = { .bytes_by_node = after, .node_count = nodes },
	};
	workers_stats(workers, &out->before, before);
	return 0;
}

void work_count_end(struct work_count *count)
{
	struct work_stats *stats = &count->stats;
	struct workers_stats after;

	workers_stats(count->workers, &after, stats->bytes_by_node);
	for (size_t node = 0; node < stats->node_count; node++)
		stats->bytes_by_node[node] -= count->bytes_before[node];
	stats->steals = after.steals - count->before.steals;
	stats->waits = after.waits - count->before.waits;
}
