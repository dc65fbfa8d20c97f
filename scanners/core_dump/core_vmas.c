#include "scanners/core_dump/core_vmas.h"

#include <stdlib.h>
#include <string.h>

#define VSYSCALL_ADDRESS UINT64_C(0xffffffffff600000)
#define X86_64 62
/* Segments may show the same bytes of the file: together so many times the file at most, or a small file is days of work. */
#define SHOWN_TIMES 64u

/* The VMAs and runs as they are made; both have room for all segments. */
struct making {
	const struct core_file *file;
	const struct core_notes *notes;
	struct process *process;
	struct arena *arena;
	struct vma *vmas;
	struct page_run *runs;
	size_t vma_count, run_count;
	uint64_t shown; /* bytes of the file in all runs */
};

/* @lost: bytes from @start to @end that are not seen. */
static int warn(const struct making *making, enum warning_code code, uint64_t start, uint64_t end,
		uint64_t lost, const char *what, struct error *err)
{
	const struct core_file *file = making->file;
	const struct warning warning = {
		.code = code,
		.file = file->name,
		.has_memory = true,
		.pid = making->process->pid,
		.start = start,
		.end = end,
		.bytes = lost,
	};

	if (file->warnings &&
	    warning_list_add(file->warnings, &warning, "%s: a segment at %#llx %s", file->name,
			     (unsigned long long)start, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int compare_segments(const void *left_item, const void *right_item)
{
	const struct core_segment *left = *(const struct core_segment *const *)left_item;
	const struct core_segment *right = *(const struct core_segment *const *)right_item;
	int order = (left->address > right->address) - (left->address < right->address);

	return order ? order : (left > right) - (left < right);
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	return length >= strlen(end) && memcmp(text + length - strlen(end), end, strlen(end)) == 0;
}

/* What the kernel calls files that are no files, and of what kind their memory is. */
static const struct {
	const char *start;
	enum vma_kind kind;
	bool shows_name; /* what stands behind @start */
} unreal_files[] = {
	{ "/memfd:", VMA_MEMFD, true },
	{ "/dev/zero", VMA_SHARED, false },
	{ "/SYSV", VMA_SYSV, false },
};

static int dress_file(const struct making *making, struct vma *vma,
		      const struct core_mapping *mapping, struct error *err)
{
	static const char deleted[] = " (deleted)";
	const char *path = mapping->path;
	size_t length = strlen(path);

	vma->kind = VMA_FILE;
	vma->backing = BACKING_FILE;
	if (__builtin_add_overflow(mapping->offset, vma->start - mapping->start, &vma->offset))
		vma->offset = 0;
	if (ends_with(path, length, deleted)) {
		length -= strlen(deleted);
		vma->deleted = true;
	}
	for (size_t i = 0; vma->deleted && i < sizeof(unreal_files) / sizeof(unreal_files[0]);
	     i++) {
		size_t start = strlen(unreal_files[i].start);

		if (strncmp(path, unreal_files[i].start, start) != 0)
			continue;
		vma->kind = unreal_files[i].kind;
		vma->backing = BACKING_NOTHING;
		vma->shared = true;
		vma->deleted = false;
		if (!unreal_files[i].shows_name)
			return 0;
		path += start;
		length -= start;
		break;
	}
	vma->path = arena_copy_string(making->arena, path, length);
	return vma->path ? 0 : error_no_memory(err, "a path");
}

static bool holds(const struct making *making, const struct vma *vma, enum vector_type type)
{
	uint64_t address;

	return core_notes_vector(making->notes, making->file, type, &address) &&
	       address >= vma->start && address < vma->end;
}

/*
 * The kernel puts random bytes on the stack of a new program. Where it did not, the stack pointer of the process's own
 * thread tells; a program may have pointed it elsewhere since.
 */
static bool is_stack(const struct making *making, const struct vma *vma)
{
	const struct core_notes *notes = making->notes;
	const struct core_thread *own = NULL;
	uint64_t random;

	if (core_notes_vector(notes, making->file, VECTOR_RANDOM, &random))
		return random >= vma->start && random < vma->end;
	for (size_t i = 0; i < notes->thread_count && !own; i++) {
		if (notes->threads[i].id == making->process->pid)
			own = &notes->threads[i];
	}
	return own && own->has_stack_pointer && own->stack_pointer >= vma->start &&
	       own->stack_pointer < vma->end;
}

static void dress_special(const struct making *making, struct vma *vma)
{
	vma->kind = VMA_ANONYMOUS;
	vma->backing = BACKING_NOTHING;
	if (holds(making, vma, VECTOR_VDSO)) {
		vma->kind = VMA_VDSO;
		vma->path = "[vdso]";
	} else if (vma->start == VSYSCALL_ADDRESS && making->file->machine == X86_64) {
		vma->kind = VMA_OTHER;
		vma->path = "[vsyscall]";
	} else if (is_stack(making, vma)) {
		vma->kind = VMA_STACK;
		vma->path = "[stack]";
	}
}

static uint32_t protection_of(uint32_t flags)
{
	return (flags & SEGMENT_READ ? PROTECTION_READ : 0u) |
	       (flags & SEGMENT_WRITE ? PROTECTION_WRITE : 0u) |
	       (flags & SEGMENT_EXECUTE ? PROTECTION_EXECUTE : 0u);
}

static int add_vma(struct making *making, uint64_t start, uint64_t end, uint32_t protection,
		   struct error *err)
{
	struct vma *vma = &making->vmas[making->vma_count++];
	const struct core_mapping *mapping = core_notes_mapping(making->notes, start);

	*vma = (struct vma){ .start = start, .end = end, .protection = protection };
	if (mapping)
		return dress_file(making, vma, mapping, err);
	dress_special(making, vma);
	return 0;
}

static void add_run(struct making *making, uint64_t address, uint64_t length, uint64_t offset,
		    bool lost)
{
	if (length)
		making->runs[making->run_count++] = (struct page_run){
			.address = address, .length = length, .offset = offset, .lost = lost
		};
}

/* Whole pages of what there is: half of one cannot be told from one that was half zero. */
static uint64_t whole_pages(const struct making *making, uint64_t length)
{
	return length - length % making->process->page_bytes;
}

/* The bytes of the file that a segment shows from @start on. */
static int add_bytes(struct making *making, const struct core_segment *segment, uint64_t start,
		     struct error *err)
{
	uint64_t skipped = start - segment->address, length = segment->file_bytes - skipped;
	uint64_t offset, there = 0, most = making->file->bytes.length;
	enum warning_code code = WARNING_TRUNCATED;
	const char *what = "is cut off";

	if (!__builtin_add_overflow(segment->offset, skipped, &offset))
		there = core_file_clip(making->file, offset, length);
	if (there < length)
		there = whole_pages(making, there);
	if (!__builtin_mul_overflow(most, SHOWN_TIMES, &most) && there > most - making->shown) {
		there = 0;
		code = WARNING_LIMIT;
		what = "shows bytes of the file that others have shown many times over";
	}
	making->shown += there;
	add_run(making, start, there, offset, false);
	add_run(making, start + there, length - there, 0, true);
	if (there == length)
		return 0;
	return warn(making, code, start + there, start + length, length - there, what, err);
}

/* A segment with its length in memory, which is at least that in the file. */
static int take_segment(struct making *making, const struct core_segment *segment,
			struct error *err)
{
	uint64_t start = segment->address, end = start + segment->memory_bytes;
	const struct vma *last = making->vma_count ? &making->vmas[making->vma_count - 1] : NULL;
	int ret = 0;

	if (last && start < last->end) {
		ret = warn(making, WARNING_CORRUPT, start, end < last->end ? end : last->end, 0,
			   "overlaps the one before it", err);
		start = last->end;
	}
	if (ret || start >= end)
		return ret;
	ret = add_vma(making, start, end, protection_of(segment->flags), err);
	if (!ret && start - segment->address < segment->file_bytes)
		ret = add_bytes(making, segment, start, err);
	return ret;
}

static int check_segment(struct making *making, const struct core_segment *segment,
			 struct error *err)
{
	struct core_segment checked = *segment;

	if (segment->file_bytes > segment->memory_bytes) {
		int ret = warn(making, WARNING_CORRUPT, segment->address, segment->address, 0,
			       "has more bytes in the file than in memory", err);

		if (ret)
			return ret;
		checked.memory_bytes = segment->file_bytes;
	}
	if (!checked.memory_bytes)
		return 0;
	if (checked.memory_bytes > UINT64_MAX - checked.address)
		return warn(making, WARNING_CORRUPT, checked.address, 0, 0,
			    "ends behind the last address", err);
	return take_segment(making, &checked, err);
}

/* What of a file's mapping lies between the VMAs from *@next on, which do not end before @start. */
static int add_gaps(struct making *making, size_t segment_vmas, size_t *next, uint64_t start,
		    uint64_t end, struct error *err)
{
	int ret = 0;

	while (start < end && !ret) {
		const struct vma *vma;
		uint64_t gap_end = end;

		while (*next < segment_vmas && making->vmas[*next].end <= start)
			(*next)++;
		vma = *next < segment_vmas ? &making->vmas[*next] : NULL;
		if (vma && vma->start <= start) {
			start = vma->end;
			continue;
		}
		if (vma && vma->start < gap_end)
			gap_end = vma->start;
		/* No note says what is allowed there; files are mapped to be read. */
		ret = add_vma(making, start, gap_end, PROTECTION_READ, err);
		start = gap_end;
	}
	return ret;
}

static int compare_vmas(const void *left_item, const void *right_item)
{
	const struct vma *left = left_item, *right = right_item;

	return (left->start > right->start) - (left->start < right->start);
}

/* gcore leaves out the segments of files that nobody wrote to; that they are mapped the list of files says. */
static int take_undumped_files(struct making *making, struct error *err)
{
	const struct core_notes *notes = making->notes;
	size_t segment_vmas = making->vma_count, next = 0;
	uint64_t covered = 0;
	int ret = 0;

	for (size_t i = 0; i < notes->mapping_count && !ret; i++) {
		const struct core_mapping *mapping = &notes->mappings[i];
		uint64_t start = mapping->start > covered ? mapping->start : covered;

		ret = add_gaps(making, segment_vmas, &next, start, mapping->end, err);
		if (mapping->end > covered)
			covered = mapping->end;
	}
	if (making->vma_count)
		qsort(making->vmas, making->vma_count, sizeof(*making->vmas), compare_vmas);
	return ret;
}

/* Each VMA of a segment may cut one mapping in two. */
static int take_segments(struct making *making, const struct core_segment **sorted, size_t count,
			 struct error *err)
{
	size_t most = 2 * count + making->notes->mapping_count;
	int ret = 0;

	qsort(sorted, count, sizeof(const struct core_segment *), compare_segments);
	making->vmas = arena_alloc_array(making->arena, most, sizeof(*making->vmas));
	making->runs = arena_alloc_array(making->arena, 2 * count, sizeof(*making->runs));
	if (!making->vmas || !making->runs)
		return error_no_memory(err, "mappings");
	for (size_t i = 0; i < count && !ret; i++)
		ret = check_segment(making, sorted[i], err);
	return ret ? ret : take_undumped_files(making, err);
}

int core_vmas_fill(struct process *process, struct vma **vmas, const struct core_file *file,
		   const struct core_notes *notes, struct arena *arena, struct error *err)
{
	struct making making = { .file = file, .notes = notes, .process = process, .arena = arena };
	const struct core_segment **sorted =
		calloc(file->segment_count + 1, sizeof(const struct core_segment *));
	size_t count = 0;
	int ret;

	if (!sorted)
		return error_no_memory(err, "mappings");
	for (size_t i = 0; i < file->segment_count; i++) {
		if (file->segments[i].type == SEGMENT_LOAD)
			sorted[count++] = &file->segments[i];
	}
	ret = take_segments(&making, sorted, count, err);
	free(sorted);
	process->vmas = *vmas = making.vmas;
	process->vma_count = making.vma_count;
	process->runs = making.runs;
	process->run_count = making.run_count;
	return ret;
}
