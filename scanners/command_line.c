#include "scanners/command_line.h"

#include <string.h>

static size_t count_arguments(const uint8_t *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += text[i] == '\0';
	return count + (length && text[length - 1] != '\0');
}

int command_line_read(struct command_line *out, const struct process *process,
		      const struct process_memory *memory, const struct file_table *files,
		      struct arena *arena, struct error *err)
{
	uint8_t text[COMMAND_LINE_BYTES];
	uint64_t described = process->argument_end - process->argument_start;
	size_t wanted = described < sizeof(text) ? (size_t)described : sizeof(text);
	size_t length = process_memory_copy(memory, files, process->argument_start, wanted, text);

	*out = (struct command_line){ 0 };
	/* A program that writes a title over its arguments leaves zeros behind it. */
	while (length && text[length - 1] == '\0')
		length--;
	if (!length)
		return 0;

	size_t count = count_arguments(text, length);
	const char **arguments = arena_alloc_array(arena, count, sizeof(*arguments));
	char *copy = arena_copy_string(arena, (const char *)text, length);

	if (!arguments || !copy)
		return error_no_memory(err, "a command line");
	for (size_t i = 0; i < count; i++) {
		arguments[i] = copy;
		copy += strlen(copy) + 1;
	}
	*out = (struct command_line){ arguments, count, described > sizeof(text) };
	return 0;
}
