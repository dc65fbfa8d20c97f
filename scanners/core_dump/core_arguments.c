#include "scanners/core_dump/core_arguments.h"

#include <stdlib.h>
#include <string.h>

/* The vector ends less than this below the random bytes that it points to: two names and padding lie between. */
#define NEAR_BYTES 4096u
/* Pointers of the arguments and the environment, which the kernel bounds by a quarter of the stack. */
#define MOST_POINTERS (UINT32_C(1) << 20)

/* Pointers, read downwards from where they end. */
struct pointers {
	const struct process *process;
	const struct core_file *file;
	uint64_t address; /* of the last one read */
	uint64_t read;
	/* What was read at once. */
	uint8_t bytes[4096];
	uint64_t bytes_start;
	size_t bytes_length;
};

/* The run that holds an address, and can be read; NULL: none. */
static const struct page_run *find_run(const struct process *process, uint64_t address)
{
	size_t low = 0, high = process->run_count;
	const struct page_run *run;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->runs[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	run = &process->runs[low - 1];
	return !run->lost && address - run->address < run->length ? run : NULL;
}

/* Bytes of the process that lie in one run. */
static bool read_memory(const struct process *process, const struct core_file *file,
			uint64_t address, void *buffer, size_t length)
{
	const struct page_run *run = find_run(process, address);

	if (!run || length > run->length - (address - run->address))
		return false;
	return core_file_read(file, run->offset + (address - run->address), buffer, length);
}

/* Up to @most bytes that end at @end, all that lie in one run with it. */
static bool fill(struct pointers *pointers, uint64_t end)
{
	size_t word = core_file_word(pointers->file), length = sizeof(pointers->bytes);

	for (; length >= word; length /= 2) {
		if (length > end || !read_memory(pointers->process, pointers->file, end - length,
						 pointers->bytes, length))
			continue;
		pointers->bytes_start = end - length;
		pointers->bytes_length = length;
		return true;
	}
	return false;
}

/* The pointer below the last one. */
static bool next_below(struct pointers *pointers, uint64_t *out)
{
	size_t word = core_file_word(pointers->file);

	if (++pointers->read > MOST_POINTERS || pointers->address < word)
		return false;
	if (pointers->address - word < pointers->bytes_start || !pointers->bytes_length) {
		if (!fill(pointers, pointers->address))
			return false;
	}
	pointers->address -= word;
	*out = core_file_number(pointers->file,
				pointers->bytes + (pointers->address - pointers->bytes_start),
				word);
	return true;
}

/* Address of the vector on the stack. */
static bool find_vector(const struct process *process, const struct core_file *file,
			const struct core_notes *notes, uint64_t *out)
{
	size_t length = notes->vector_bytes + NEAR_BYTES;
	const struct page_run *run;
	uint64_t random;
	uint8_t *memory, *found = NULL;

	if (!core_notes_vector(notes, file, VECTOR_RANDOM, &random))
		return false;
	run = find_run(process, random);
	if (!run)
		return false;
	if (length > random - run->address)
		length = (size_t)(random - run->address);
	memory = malloc(length + 1);
	if (!memory)
		return false;
	if (read_memory(process, file, random - length, memory, length))
		found = memmem(memory, length, notes->vector, notes->vector_bytes);
	if (found)
		*out = random - length + (uint64_t)(found - memory);
	free(memory);
	return found != NULL;
}

/* The environment's first pointer, 0 where it has none; @pointers then stands at the zero below it. */
static bool walk_environment(struct pointers *pointers, uint64_t *first)
{
	uint64_t pointer;

	*first = 0;
	if (!next_below(pointers, &pointer) || pointer != 0)
		return false;
	while (next_below(pointers, &pointer)) {
		if (!pointer)
			return true;
		*first = pointer;
	}
	return false;
}

/* The first argument's pointer, 0 where there is none: what is below it counts them. */
static bool walk_arguments(struct pointers *pointers, uint64_t *first)
{
	uint64_t pointer, count = 0;

	*first = 0;
	while (next_below(pointers, &pointer)) {
		if (pointer == count)
			return true;
		*first = pointer;
		count++;
	}
	return false;
}

/* A range that is memory of the process, from its start to its end in one run. */
static bool is_memory(const struct process *process, const struct core_file *file, uint64_t start,
		      uint64_t end)
{
	uint8_t byte;

	return start < end && read_memory(process, file, start, &byte, 1) &&
	       read_memory(process, file, end - 1, &byte, 1);
}

int core_arguments_find(struct process *process, const struct core_file *file,
			const struct core_notes *notes, struct error *err)
{
	struct pointers *pointers = calloc(1, sizeof(*pointers));
	uint64_t arguments, environment, executed, end;

	if (!pointers)
		return error_no_memory(err, "a process's arguments");
	pointers->process = process;
	pointers->file = file;
	if (!core_notes_vector(notes, file, VECTOR_EXECUTED, &executed) ||
	    !find_vector(process, file, notes, &pointers->address) ||
	    !walk_environment(pointers, &environment) || !walk_arguments(pointers, &arguments))
		goto out;
	end = environment ? environment : executed;
	if (arguments && is_memory(process, file, arguments, end)) {
		process->argument_start = arguments;
		process->argument_end = end;
	}
	if (environment && is_memory(process, file, environment, executed)) {
		process->environment_start = environment;
		process->environment_end = executed;
	}
out:
	free(pointers);
	return 0;
}
