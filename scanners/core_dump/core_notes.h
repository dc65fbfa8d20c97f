#ifndef CKPT_SCANNERS_CORE_DUMP_CORE_NOTES_H
#define CKPT_SCANNERS_CORE_DUMP_CORE_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/core_dump/core_file.h"

/* A range of memory that shows a file: an entry of NT_FILE. */
struct core_mapping {
	uint64_t start, end;
	uint64_t offset; /* of @start in the file, bytes */
	const char *
		path; /* as the kernel prints it, " (deleted)" included; lives as long as the notes */
};

struct core_thread {
	uint32_t id;
	uint64_t stack_pointer; /* with has_stack_pointer */
	bool has_stack_pointer;
};

#define CORE_NAME_BYTES 17

/* What the notes of a core dump say, of all of its note segments. */
struct core_notes {
	bool has_process; /* NT_PRPSINFO was there */
	uint32_t pid, ppid, uid;
	char name[CORE_NAME_BYTES];
	char state; /* as ps prints it: R, S, D, T, Z...; 0: not known */
	struct core_thread *threads; /* in the file's order: the one that died first */
	size_t thread_count, thread_capacity;
	struct core_mapping *mappings; /* ascending by start */
	size_t mapping_count, mapping_capacity;
	char *paths; /* of the mappings */
	uint64_t file_page_bytes; /* unit of offsets in NT_FILE; 0: none */
	uint8_t *vector; /* NT_AUXV as it stands, up to its end */
	size_t vector_bytes;
};

/* Damage is a warning. Fails only without memory. */
int core_notes_read(struct core_notes *out, const struct core_file *file, struct error *err);
void core_notes_release(struct core_notes *notes);

enum vector_type {
	VECTOR_END = 0,
	VECTOR_HEADERS = 3,
	VECTOR_PAGE_BYTES = 6,
	VECTOR_ENTRY = 9,
	VECTOR_RANDOM = 25,
	VECTOR_EXECUTED = 31,
	VECTOR_VDSO = 33,
};
/* False: it is not there. */
bool core_notes_vector(const struct core_notes *notes, const struct core_file *file,
		       enum vector_type type, uint64_t *out);
/* The mapping that holds @address; NULL: none. */
const struct core_mapping *core_notes_mapping(const struct core_notes *notes, uint64_t address);

#endif
