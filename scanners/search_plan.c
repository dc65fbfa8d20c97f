#include "scanners/search_plan.h"

#define SMALLEST_MATCH_BYTES (UINT64_C(64) << 20)
#define MATCHES_LISTED 100u

/* Of all match stores together. */
static uint64_t match_bytes(const struct scan_options *options)
{
	uint64_t bytes = options->memory.memory_bytes / 4;

	return bytes > SMALLEST_MATCH_BYTES ? bytes : SMALLEST_MATCH_BYTES;
}

void search_plan_make(struct search_plan *plan, struct search_purpose *purposes,
		      const struct compiled_rules *rules, const struct scan_options *options,
		      const struct file_table *files, struct warning_list *warnings)
{
	for (int purpose = 0; purpose < PURPOSES; purpose++)
		purposes[purpose] = (struct search_purpose){
			compiled_rules_database(rules, (enum scan_purpose)purpose),
			compiled_rules_needs(rules, (enum scan_purpose)purpose),
		};
	*plan = (struct search_plan){
		.purposes = purposes,
		.purpose_count = PURPOSES,
		.files = files,
		.read_mode = options->read_mode,
		.shard_bytes = options->shard_bytes,
		.max_listed = options->max_listed ? options->max_listed : MATCHES_LISTED,
		.data_bytes = options->data_bytes,
		.context_bytes = options->context_bytes,
		.match_bytes = match_bytes(options),
		.warnings = warnings,
		.bytes_done = options->progress ? &options->progress->bytes_done : NULL,
		.stop = options->stop,
		.sharing = options->sharing,
	};
}
