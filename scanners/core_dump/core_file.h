#ifndef CKPT_SCANNERS_CORE_DUMP_CORE_FILE_H
#define CKPT_SCANNERS_CORE_DUMP_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/content.h"

/*
 * The frame of an ELF core dump (System V ABI, "Object Files"; core(5)):
 *
 *	ELF header | program headers | notes | bytes of the segments | section header 0 (with 65535 segments or more)
 *
 * Numbers are little- or big-endian, addresses and lengths of 32 or 64 bits, as the first bytes say.
 */
enum segment_type { SEGMENT_LOAD = 1, SEGMENT_NOTE = 4 };
/* As the format numbers them, the other way round than mmap() does. */
enum segment_flag { SEGMENT_EXECUTE = 1, SEGMENT_WRITE = 2, SEGMENT_READ = 4 };

struct core_segment {
	uint32_t type, flags;
	uint64_t address; /* of a SEGMENT_LOAD */
	uint64_t memory_bytes; /* may be more than there is in the file */
	uint64_t offset, file_bytes; /* in the core; not checked against its end */
};

struct core_file {
	struct file_table *files; /* borrowed */
	struct stored_bytes bytes;
	const char *name; /* for warnings; borrowed */
	struct warning_list *warnings; /* NULL: nobody wants them */
	bool wide; /* 64 bits */
	bool big; /* big-endian */
	uint16_t machine; /* EM_* */
	uint64_t header_bytes; /* of the ELF header; 0: it is cut off, and nothing else is known */
	uint64_t table_offset, table_bytes; /* the program headers that there are */
	struct core_segment
		*segments; /* SEGMENT_LOAD and SEGMENT_NOTE, in the file's order; malloc'd */
	size_t segment_count, segment_capacity;
};

/*
 * Reads the headers; @out's files, bytes, name and warnings are set by the caller, the rest is zeroed. ERROR_FORMAT:
 * no ELF core dump. What is cut off or damaged is a warning, and what stands before it is kept.
 */
int core_file_open(struct core_file *out, struct error *err);
void core_file_release(struct core_file *file);

/* Exactly @length bytes at @offset of the core; false: it ends before, or cannot be read. */
bool core_file_read(const struct core_file *file, uint64_t offset, void *buffer, size_t length);
/* Bytes that there are of a range; less than @length where the core ends. */
uint64_t core_file_clip(const struct core_file *file, uint64_t offset, uint64_t length);

/* The number of 2, 4 or 8 bytes at @bytes. */
uint64_t core_file_number(const struct core_file *file, const void *bytes, size_t width);
/* Bytes of an address. */
static inline size_t core_file_word(const struct core_file *file)
{
	return file->wide ? 8 : 4;
}

/* Fails only without memory. */
int core_file_warn(const struct core_file *file, enum warning_code code, uint64_t offset,
		   uint64_t length, const char *what, struct error *err);

#endif
