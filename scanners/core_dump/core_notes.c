#include "scanners/core_dump/core_notes.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

/*
 * A note, in a note segment (core(5), and the structures of sys/procfs.h that the kernel fills in):
 *
 *	u32 name length | u32 length | u32 type | name, padded to 4 | length bytes, padded to 4
 */
enum note_type {
	NOTE_STATUS = 1, /* NT_PRSTATUS, one for each thread */
	NOTE_PROCESS = 3, /* NT_PRPSINFO */
	NOTE_VECTOR = 6, /* NT_AUXV */
	NOTE_FILES = 0x46494c45, /* NT_FILE */
};

/* Each thread has about ten of them; what is longer than any real note is not read. */
#define MOST_NOTES 10000000u
#define LONGEST_FILES (UINT32_C(64) << 20)
#define LONGEST_OTHER 65536u
#define HEADER_BYTES 12u
#define NAME_BYTES 5u

struct note {
	uint32_t type, length;
	uint64_t offset; /* of its bytes in the core */
};

struct parse {
	struct core_notes *notes;
	const struct core_file *file;
	uint64_t note_count;
};

enum machine {
	MACHINE_386 = 3,
	MACHINE_MIPS = 8,
	MACHINE_PPC = 20,
	MACHINE_PPC64 = 21,
	MACHINE_S390 = 22,
	MACHINE_ARM = 40,
	MACHINE_X86_64 = 62,
	MACHINE_AARCH64 = 183,
	MACHINE_RISCV = 243,
	MACHINE_LOONGARCH = 258,
};

/* Which of the registers of NT_PRSTATUS is the stack pointer; [1] is for 64 bits. */
static const struct {
	uint16_t machine;
	int8_t registers[2];
} stack_pointers[] = {
	{ MACHINE_386, { 15, -1 } },	{ MACHINE_MIPS, { 35, 29 } },
	{ MACHINE_PPC, { 1, -1 } },	{ MACHINE_PPC64, { -1, 1 } },
	{ MACHINE_S390, { 17, 17 } },	{ MACHINE_ARM, { 13, -1 } },
	{ MACHINE_X86_64, { -1, 19 } }, { MACHINE_AARCH64, { -1, 31 } },
	{ MACHINE_RISCV, { 2, 2 } },	{ MACHINE_LOONGARCH, { 3, 3 } },
};

enum { STATUS_PID_AT_32 = 24, STATUS_REGISTERS_AT_32 = 72 };
enum { STATUS_PID_AT_64 = 32, STATUS_REGISTERS_AT_64 = 112 };

static int stack_pointer_register(const struct core_file *file)
{
	for (size_t i = 0; i < sizeof(stack_pointers) / sizeof(stack_pointers[0]); i++) {
		if (stack_pointers[i].machine == file->machine)
			return stack_pointers[i].registers[file->wide];
	}
	return -1;
}

static int damaged(const struct parse *parse, const struct note *note, const char *what,
		   struct error *err)
{
	return core_file_warn(parse->file, WARNING_CORRUPT, note->offset, note->length, what, err);
}

static void read_stack_pointer(const struct core_file *file, const uint8_t *bytes, size_t length,
			       struct core_thread *thread)
{
	size_t word = core_file_word(file);
	size_t registers = file->wide ? STATUS_REGISTERS_AT_64 : STATUS_REGISTERS_AT_32;
	int index = stack_pointer_register(file);

	if (index < 0 || length < registers + ((size_t)index + 1) * word)
		return;
	thread->stack_pointer =
		core_file_number(file, bytes + registers + (size_t)index * word, word);
	thread->has_stack_pointer = true;
}

static int take_status(struct parse *parse, const struct note *note, const uint8_t *bytes,
		       struct error *err)
{
	struct core_notes *notes = parse->notes;
	size_t pid_at = parse->file->wide ? STATUS_PID_AT_64 : STATUS_PID_AT_32;
	struct core_thread *grown, thread = { 0 };

	if (note->length < pid_at + 4)
		return damaged(parse, note, "a thread's status is too short", err);
	thread.id = (uint32_t)core_file_number(parse->file, bytes + pid_at, 4);
	read_stack_pointer(parse->file, bytes, note->length, &thread);
	grown = array_grow(notes->threads, &notes->thread_capacity, notes->thread_count + 1,
			   sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "threads of a core dump");
	notes->threads = grown;
	notes->threads[notes->thread_count++] = thread;
	return 0;
}

/* Where user id, process id and name stand: machines differ in the width of an id, which the length tells. */
static const struct process_layout {
	uint32_t length, uid_at, uid_bytes, pid_at, name_at;
} process_layouts[] = {
	{ 136, 16, 4, 24, 40 }, /* 64 bits */
	{ 128, 8, 4, 16, 32 }, /* 32 bits: PowerPC, MIPS, RISC-V... */
	{ 124, 8, 2, 12, 28 }, /* 32 bits: x86, ARM... */
};

static int take_process(struct parse *parse, const struct note *note, const uint8_t *bytes,
			struct error *err)
{
	struct core_notes *notes = parse->notes;
	const struct process_layout *layout = NULL;

	for (size_t i = 0; i < sizeof(process_layouts) / sizeof(process_layouts[0]); i++) {
		if (process_layouts[i].length == note->length)
			layout = &process_layouts[i];
	}
	if (!layout || (layout->length == 136) != parse->file->wide)
		return damaged(parse, note, "what is said of the process is of an unknown form",
			       err);
	notes->has_process = true;
	notes->state = (char)bytes[1];
	notes->uid =
		(uint32_t)core_file_number(parse->file, bytes + layout->uid_at, layout->uid_bytes);
	notes->pid = (uint32_t)core_file_number(parse->file, bytes + layout->pid_at, 4);
	notes->ppid = (uint32_t)core_file_number(parse->file, bytes + layout->pid_at + 4, 4);
	memcpy(notes->name, bytes + layout->name_at, CORE_NAME_BYTES - 1);
	notes->name[CORE_NAME_BYTES - 1] = '\0';
	return 0;
}

/* Up to the pair that ends it, so that it can be looked for as it stands in memory. */
static size_t vector_end(const struct core_file *file, const uint8_t *bytes, size_t length)
{
	size_t pair = 2 * core_file_word(file);

	for (size_t at = 0; length - at >= pair; at += pair) {
		if (core_file_number(file, bytes + at, pair / 2) == VECTOR_END)
			return at + pair;
	}
	return length - length % pair;
}

static int take_vector(struct parse *parse, const struct note *note, const uint8_t *bytes,
		       struct error *err)
{
	struct core_notes *notes = parse->notes;
	size_t length = vector_end(parse->file, bytes, note->length);
	uint8_t *copy;

	if (notes->vector || !length)
		return 0;
	copy = malloc(length);
	if (!copy)
		return error_no_memory(err, "the vector of a core dump");
	memcpy(copy, bytes, length);
	notes->vector = copy;
	notes->vector_bytes = length;
	return 0;
}

static int add_mapping(struct core_notes *notes, const struct core_mapping *mapping,
		       struct error *err)
{
	struct core_mapping *grown = array_grow(notes->mappings, &notes->mapping_capacity,
						notes->mapping_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "mappings of a core dump");
	notes->mappings = grown;
	notes->mappings[notes->mapping_count++] = *mapping;
	return 0;
}

static struct core_mapping mapping_at(const struct core_file *file, const uint8_t *entry,
				      uint64_t page_bytes)
{
	size_t word = core_file_word(file);
	struct core_mapping mapping = {
		.start = core_file_number(file, entry, word),
		.end = core_file_number(file, entry + word, word),
	};

	if (__builtin_mul_overflow(core_file_number(file, entry + 2 * word, word), page_bytes,
				   &mapping.offset))
		mapping.offset = 0;
	return mapping;
}

/*
 * word count | word page bytes | count times: word start, word end, word offset in pages | count times: path, '\0'
 *
 * @notes owns @bytes, which ends with a zero byte behind @length.
 */
static int take_mappings(struct parse *parse, const struct note *note, const char *bytes,
			 struct error *err)
{
	struct core_notes *notes = parse->notes;
	const struct core_file *file = parse->file;
	size_t word = core_file_word(file), at;
	const char *end = bytes + note->length;
	uint64_t count;
	int ret = 0;

	if (note->length < 2 * word)
		return damaged(parse, note, "the list of mapped files is cut off", err);
	count = core_file_number(file, bytes, word);
	notes->file_page_bytes = core_file_number(file, bytes + word, word);
	if (count > (note->length - 2 * word) / (3 * word))
		return damaged(parse, note, "the list of mapped files is shorter than it says",
			       err);
	at = 2 * word + (size_t)count * 3 * word;

	const char *path = bytes + at;

	for (size_t i = 0; i < count && !ret; i++) {
		struct core_mapping mapping =
			mapping_at(file, (const uint8_t *)bytes + 2 * word + i * 3 * word,
				   notes->file_page_bytes);

		if (path >= end)
			return damaged(parse, note, "paths of mapped files are cut off", err);
		mapping.path = path;
		path += strlen(path) + 1;
		if (mapping.start < mapping.end)
			ret = add_mapping(notes, &mapping, err);
	}
	return ret;
}

static int compare_mappings(const void *left_item, const void *right_item)
{
	const struct core_mapping *left = left_item, *right = right_item;
	int order = (left->start > right->start) - (left->start < right->start);

	return order ? order : (left->end > right->end) - (left->end < right->end);
}

static int take_files(struct parse *parse, const struct note *note, struct error *err)
{
	struct core_notes *notes = parse->notes;
	int ret;

	if (notes->paths)
		return damaged(parse, note, "a second list of mapped files", err);
	if (note->length > LONGEST_FILES)
		return core_file_warn(parse->file, WARNING_LIMIT, note->offset, note->length,
				      "the list of mapped files is longer than 64 MiB", err);
	notes->paths = malloc((size_t)note->length + 1);
	if (!notes->paths)
		return error_no_memory(err, "mappings of a core dump");
	notes->paths[note->length] = '\0';
	if (!core_file_read(parse->file, note->offset, notes->paths, note->length))
		return core_file_warn(parse->file, WARNING_READ_ERROR, note->offset, note->length,
				      "its list of mapped files cannot be read", err);
	ret = take_mappings(parse, note, notes->paths, err);
	if (notes->mapping_count)
		qsort(notes->mappings, notes->mapping_count, sizeof(*notes->mappings),
		      compare_mappings);
	return ret;
}

static int take_short(struct parse *parse, const struct note *note, struct error *err)
{
	uint8_t *bytes = malloc((size_t)note->length + 1);
	int ret;

	if (!bytes)
		return error_no_memory(err, "a note of a core dump");
	if (!core_file_read(parse->file, note->offset, bytes, note->length))
		ret = core_file_warn(parse->file, WARNING_READ_ERROR, note->offset, note->length,
				     "a note cannot be read", err);
	else if (note->type == NOTE_STATUS)
		ret = take_status(parse, note, bytes, err);
	else if (note->type == NOTE_PROCESS)
		ret = take_process(parse, note, bytes, err);
	else
		ret = take_vector(parse, note, bytes, err);
	free(bytes);
	return ret;
}

static int take_note(struct parse *parse, const struct note *note, struct error *err)
{
	if (note->type == NOTE_FILES)
		return take_files(parse, note, err);
	if (note->type != NOTE_STATUS && note->type != NOTE_PROCESS && note->type != NOTE_VECTOR)
		return 0;
	if (note->length > LONGEST_OTHER)
		return damaged(parse, note, "a note is longer than any of its kind", err);
	return take_short(parse, note, err);
}

static uint64_t padded(uint64_t length)
{
	return (length + 3) & ~UINT64_C(3);
}

/* Reads the note at @offset. False: the segment, of which there are @rest bytes, ends within it. */
static bool note_at(const struct core_file *file, uint64_t offset, uint64_t rest, struct note *note,
		    bool *is_core, uint64_t *total)
{
	uint8_t header[HEADER_BYTES + NAME_BYTES] = { 0 };
	uint64_t name_bytes;
	size_t read = rest < sizeof(header) ? (size_t)rest : sizeof(header);

	if (rest < HEADER_BYTES || !core_file_read(file, offset, header, read))
		return false;
	name_bytes = core_file_number(file, header, 4);
	note->length = (uint32_t)core_file_number(file, header + 4, 4);
	note->type = (uint32_t)core_file_number(file, header + 8, 4);
	note->offset = offset + HEADER_BYTES + padded(name_bytes);
	*is_core = name_bytes == NAME_BYTES && memcmp(header + HEADER_BYTES, "CORE", 5) == 0;
	*total = HEADER_BYTES + padded(name_bytes) + padded(note->length);
	/* The last one need not be padded. */
	return HEADER_BYTES + padded(name_bytes) + note->length <= rest;
}

static int read_segment(struct parse *parse, const struct core_segment *segment, struct error *err)
{
	const struct core_file *file = parse->file;
	uint64_t there = core_file_clip(file, segment->offset, segment->file_bytes), at = 0;
	int ret = 0;

	while (at < there && !ret) {
		struct note note;
		bool is_core;
		uint64_t total;

		if (++parse->note_count > MOST_NOTES)
			return core_file_warn(file, WARNING_LIMIT, segment->offset + at, there - at,
					      "more than 10000000 notes", err);
		if (!note_at(file, segment->offset + at, there - at, &note, &is_core, &total))
			return core_file_warn(file,
					      there < segment->file_bytes ? WARNING_TRUNCATED
									  : WARNING_CORRUPT,
					      segment->offset + at, segment->file_bytes - at,
					      "cut off within its notes", err);
		if (is_core)
			ret = take_note(parse, &note, err);
		at += total;
	}
	if (!ret && at < segment->file_bytes && there < segment->file_bytes)
		ret = core_file_warn(file, WARNING_TRUNCATED, segment->offset + there,
				     segment->file_bytes - there, "its notes are cut off", err);
	return ret;
}

int core_notes_read(struct core_notes *out, const struct core_file *file, struct error *err)
{
	struct parse parse = { .notes = out, .file = file };
	int ret = 0;

	*out = (struct core_notes){ 0 };
	for (size_t i = 0; i < file->segment_count && !ret; i++) {
		if (file->segments[i].type == SEGMENT_NOTE)
			ret = read_segment(&parse, &file->segments[i], err);
	}
	if (ret)
		core_notes_release(out);
	return ret;
}

void core_notes_release(struct core_notes *notes)
{
	free(notes->threads);
	free(notes->mappings);
	free(notes->paths);
	free(notes->vector);
	*notes = (struct core_notes){ 0 };
}

bool core_notes_vector(const struct core_notes *notes, const struct core_file *file,
		       enum vector_type type, uint64_t *out)
{
	size_t word = core_file_word(file);

	for (size_t at = 0; notes->vector_bytes - at >= 2 * word; at += 2 * word) {
		if (core_file_number(file, notes->vector + at, word) != (uint64_t)type)
			continue;
		*out = core_file_number(file, notes->vector + at + word, word);
		return true;
	}
	return false;
}

const struct core_mapping *core_notes_mapping(const struct core_notes *notes, uint64_t address)
{
	size_t low = 0, high = notes->mapping_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (notes->mappings[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || notes->mappings[low - 1].end <= address)
		return NULL;
	return &notes->mappings[low - 1];
}
