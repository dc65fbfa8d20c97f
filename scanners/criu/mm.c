#include "scanners/criu/mm.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/mm.pb-c.h"

#define AT_PAGESZ 6
#define SMALLEST_PAGE 4096u
#define LARGEST_PAGE 65536u

struct parse {
	struct mm *mm;
	const struct image *image;
};

bool page_bytes_valid(uint64_t bytes)
{
	return bytes >= SMALLEST_PAGE && bytes <= LARGEST_PAGE && (bytes & (bytes - 1)) == 0;
}

/* Pairs of type and value. */
static uint64_t page_bytes_of_pairs(const uint64_t *values, size_t count)
{
	for (size_t i = 0; i + 1 < count; i += 2) {
		if (values[i] == AT_PAGESZ && page_bytes_valid(values[i + 1]))
			return values[i + 1];
	}
	return 0;
}

/* Of a 32-bit process: its vector of 32-bit words was read 8 bytes at a time. */
static uint64_t page_bytes_of_halves(const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if ((uint32_t)values[i] == AT_PAGESZ && page_bytes_valid(values[i] >> 32))
			return values[i] >> 32;
	}
	return 0;
}

static int warn_vma(const struct parse *parse, uint64_t start, uint64_t end, const char *what,
		    struct error *err)
{
	struct warning warning = {
		.code = WARNING_CORRUPT,
		.file = parse->image->name,
		.has_memory = true,
		.pid = parse->image->pid,
		.start = start,
		.end = end,
	};

	if (warning_list_add(parse->image->warnings, &warning,
			     "%s: a mapping from %#llx to %#llx %s", parse->image->name,
			     (unsigned long long)start, (unsigned long long)end, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int append_guard(struct mm *mm, const Criu__MmVma *vma, struct error *err)
{
	struct address_range *grown =
		array_grow(mm->guards, &mm->guard_capacity, mm->guard_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "guard ranges");
	mm->guards = grown;
	mm->guards[mm->guard_count++] = (struct address_range){ vma->start, vma->end };
	return 0;
}

static int append_vma(struct mm *mm, const Criu__MmVma *vma, struct error *err)
{
	struct mm_vma *grown =
		array_grow(mm->vmas, &mm->vma_capacity, mm->vma_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "mappings");
	mm->vmas = grown;
	mm->vmas[mm->vma_count++] = (struct mm_vma){
		.start = vma->start,
		.end = vma->end,
		.offset = vma->pgoff,
		.source = vma->shmid,
		.protection = vma->prot & 7,
		.flags = vma->flags,
		.status = vma->status,
	};
	if (vma->status & (STATUS_FILE_PRIVATE | STATUS_FILE_SHARED))
		mm->uses_files = true;
	if (vma->status & STATUS_MEMFD)
		mm->uses_memfds = true;
	return 0;
}

static int take_vma(const struct parse *parse, const Criu__MmVma *vma, struct error *err)
{
	uint64_t page = parse->mm->page_bytes ? parse->mm->page_bytes : SMALLEST_PAGE;

	if (vma->end <= vma->start)
		return warn_vma(parse, vma->start, vma->end, "ends before it starts", err);
	if (vma->start % page || vma->end % page)
		return warn_vma(parse, vma->start, vma->end, "is not of whole pages", err);
	/* Alone it is a range within other mappings. */
	if (vma->status == STATUS_GUARD)
		return append_guard(parse->mm, vma, err);
	return append_vma(parse->mm, vma, err);
}

static int take_entry(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	const struct parse *parse = context;
	struct mm *mm = parse->mm;
	const Criu__Mm *entry = (const Criu__Mm *)message;
	int ret = 0;

	if (index > 0)
		return 0;
	mm->decoded = true;
	mm->has_executable = entry->has_exe_file_id;
	mm->executable = entry->exe_file_id;
	mm->argument_start = entry->mm_arg_start;
	mm->argument_end = entry->mm_arg_end;
	mm->environment_start = entry->mm_env_start;
	mm->environment_end = entry->mm_env_end;
	mm->page_bytes = page_bytes_of_pairs(entry->mm_saved_auxv, entry->n_mm_saved_auxv);
	if (!mm->page_bytes)
		mm->page_bytes = page_bytes_of_halves(entry->mm_saved_auxv, entry->n_mm_saved_auxv);
	for (size_t i = 0; i < entry->n_vmas && ret == 0; i++)
		ret = take_vma(parse, entry->vmas[i], err);
	return ret;
}

static int compare_vmas(const void *left_item, const void *right_item)
{
	const struct mm_vma *left = left_item, *right = right_item;
	int order = (left->start > right->start) - (left->start < right->start);

	return order ? order : (left->end > right->end) - (left->end < right->end);
}

static int compare_ranges(const void *left_item, const void *right_item)
{
	const struct address_range *left = left_item, *right = right_item;

	return (left->start > right->start) - (left->start < right->start);
}

static int drop_overlapping(const struct parse *parse, struct error *err)
{
	struct mm *mm = parse->mm;
	size_t kept = 0;
	int ret = 0;

	for (size_t i = 0; i < mm->vma_count && ret == 0; i++) {
		const struct mm_vma *vma = &mm->vmas[i];

		if (kept && vma->start < mm->vmas[kept - 1].end)
			ret = warn_vma(parse, vma->start, vma->end, "overlaps the one before it",
				       err);
		else
			mm->vmas[kept++] = *vma;
	}
	mm->vma_count = kept;
	return ret;
}

/* Guard ranges may touch or overlap: each is one call of the process. */
static void join_guards(struct mm *mm)
{
	size_t kept = 0;

	for (size_t i = 0; i < mm->guard_count; i++) {
		struct address_range *last = kept ? &mm->guards[kept - 1] : NULL;

		if (!last || mm->guards[i].start > last->end)
			mm->guards[kept++] = mm->guards[i];
		else if (mm->guards[i].end > last->end)
			last->end = mm->guards[i].end;
	}
	mm->guard_count = kept;
}

int mm_parse(struct mm *out, const struct image *image, struct error *err)
{
	struct parse parse = { out, image };
	int ret = image_entries(image, &criu__mm__descriptor, &criu__mm__descriptor, take_entry,
				&parse, err);

	if (out->guard_count)
		qsort(out->guards, out->guard_count, sizeof(*out->guards), compare_ranges);
	join_guards(out);
	if (out->vma_count)
		qsort(out->vmas, out->vma_count, sizeof(*out->vmas), compare_vmas);
	return ret < 0 ? ret : drop_overlapping(&parse, err);
}

void mm_release(struct mm *mm)
{
	free(mm->vmas);
	free(mm->guards);
	*mm = (struct mm){ 0 };
}
