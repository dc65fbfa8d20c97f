#include "cli/kept_memory.h"

#include "engine/machine_limits.h"

struct file_table_options kept_memory(const struct settings *settings)
{
	uint64_t quarter = machine_limits_read().memory_bytes / 4;

	return (struct file_table_options){
		.memory_bytes = settings->memory_bytes ? settings->memory_bytes : quarter,
		.no_spill = settings->no_spill,
	};
}
