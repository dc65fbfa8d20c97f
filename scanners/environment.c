#include "scanners/environment.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/cleanup.h"

static int warn(const struct process *process, struct warning_list *warnings,
		enum warning_code code, uint64_t start, const char *what, struct error *err)
{
	const struct warning warning = {
		.code = code,
		.has_memory = true,
		.pid = process->pid,
		.start = start,
		.end = process->environment_end,
		.bytes = process->environment_end - start,
	};

	if (warning_list_add(warnings, &warning, "the environment of process %u %s", process->pid,
			     what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int tell(struct bytes variable,
		int (*each)(void *context, struct bytes name, struct bytes value,
			    struct error *err),
		void *context, struct error *err)
{
	const uint8_t *equals = memchr(variable.data, '=', variable.length);
	struct bytes name = variable, value = { NULL, 0 };

	if (equals) {
		name.length = (size_t)(equals - variable.data);
		value = (struct bytes){ equals + 1, variable.length - name.length - 1 };
	}
	return each(context, name, value, err);
}

static int tell_all(const uint8_t *text, size_t length,
		    int (*each)(void *context, struct bytes name, struct bytes value,
				struct error *err),
		    void *context, struct error *err)
{
	size_t at = 0;
	int ret = 0;

	while (at < length && !ret) {
		const uint8_t *end = memchr(text + at, '\0', length - at);
		size_t there = end ? (size_t)(end - text) - at : length - at;

		if (there)
			ret = tell((struct bytes){ text + at, there }, each, context, err);
		at += there + 1;
	}
	return ret;
}

int environment_each(const struct process *process, const struct process_memory *memory,
		     const struct file_table *files, struct warning_list *warnings,
		     int (*each)(void *context, struct bytes name, struct bytes value,
				 struct error *err),
		     void *context, struct error *err)
{
	uint64_t described = process->environment_end > process->environment_start
				     ? process->environment_end - process->environment_start
				     : 0;
	size_t wanted = described < ENVIRONMENT_BYTES ? (size_t)described : ENVIRONMENT_BYTES;
	CLEANUP_FREE uint8_t *text = malloc(wanted + 1);
	size_t length;
	int ret = 0;

	if (!text)
		return error_no_memory(err, "an environment");
	length = process_memory_copy(memory, files, process->environment_start, wanted, text);
	if (length < wanted)
		ret = warn(process, warnings, WARNING_TRUNCATED,
			   process->environment_start + length, "is not all there", err);
	else if (wanted < described)
		ret = warn(process, warnings, WARNING_LIMIT, process->environment_start + length,
			   "is longer than 8 MiB", err);
	return ret ? ret : tell_all(text, length, each, context, err);
}
