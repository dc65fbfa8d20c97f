#include "scanners/core_dump/core_dump.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/core_dump/core_arguments.h"
#include "scanners/core_dump/core_file.h"
#include "scanners/core_dump/core_files.h"
#include "scanners/core_dump/core_notes.h"
#include "scanners/core_dump/core_vmas.h"

#define SMALLEST_PAGE 4096u
#define LARGEST_PAGE 65536u
/* Notes are a few KiB a thread; of what is longer the sum tells no more. */
#define SUMMED_NOTE_BYTES (UINT64_C(256) << 20)

static bool is_page(uint64_t bytes)
{
	return bytes >= SMALLEST_PAGE && bytes <= LARGEST_PAGE && (bytes & (bytes - 1)) == 0;
}

static uint64_t page_bytes_of(const struct core_notes *notes, const struct core_file *file)
{
	uint64_t bytes;

	if (core_notes_vector(notes, file, VECTOR_PAGE_BYTES, &bytes) && is_page(bytes))
		return bytes;
	return is_page(notes->file_page_bytes) ? notes->file_page_bytes : SMALLEST_PAGE;
}

static enum process_state state_of(const struct core_notes *notes)
{
	if (!notes->has_process)
		return PROCESS_UNKNOWN;
	return notes->state == 'T' ? PROCESS_STOPPED : PROCESS_ALIVE;
}

static int compare_threads(const void *left_item, const void *right_item)
{
	const struct thread *left = left_item, *right = right_item;

	return (left->id > right->id) - (left->id < right->id);
}

/* Each id once; of the names only the process's own is known. */
static int fill_threads(struct process *process, const struct core_notes *notes,
			struct arena *arena, struct error *err)
{
	struct thread *threads =
		arena_alloc_array(arena, notes->thread_count + 1, sizeof(*threads));
	size_t kept = 0;

	if (!threads)
		return error_no_memory(err, "threads");
	for (size_t i = 0; i < notes->thread_count; i++)
		threads[i] = (struct thread){ notes->threads[i].id, "" };
	threads[notes->thread_count] = (struct thread){ process->pid, "" };
	qsort(threads, notes->thread_count + 1, sizeof(*threads), compare_threads);
	for (size_t i = 0; i <= notes->thread_count; i++) {
		if (!kept || threads[kept - 1].id != threads[i].id)
			threads[kept++] = threads[i];
		if (threads[kept - 1].id == process->pid)
			threads[kept - 1].name = process->name;
	}
	process->threads = threads;
	process->thread_count = (uint32_t)kept;
	return 0;
}

static int fill_process(struct process *process, const struct core_notes *notes,
			struct arena *arena, struct error *err)
{
	*process = (struct process){
		.pid = notes->pid,
		.ppid = notes->ppid,
		.has_ppid = notes->ppid != 0,
		.uid = notes->uid,
		.has_uid = notes->has_process,
		.state = state_of(notes),
		.name = arena_copy(arena, notes->name, sizeof(notes->name)),
	};
	if (!process->name)
		return error_no_memory(err, "a process's name");
	if (!notes->has_process && notes->thread_count)
		process->pid = notes->threads[0].id;
	return fill_threads(process, notes, arena, err);
}

static void fill_executable(struct process *process, const struct core_file *file,
			    const struct core_notes *notes)
{
	const struct core_mapping *mapping = NULL;
	const struct vma *vma = NULL;
	uint64_t address;

	if (core_notes_vector(notes, file, VECTOR_HEADERS, &address))
		mapping = core_notes_mapping(notes, address);
	if (!mapping && core_notes_vector(notes, file, VECTOR_ENTRY, &address))
		mapping = core_notes_mapping(notes, address);
	for (size_t i = 0; mapping && i < process->vma_count && !vma; i++) {
		if (process->vmas[i].start <= address && address < process->vmas[i].end)
			vma = &process->vmas[i];
	}
	if (!vma || !vma->path)
		return;
	process->executable = vma->path;
	if (vma->kind == VMA_MEMFD)
		process->executable_state = EXECUTABLE_MEMFD;
	else if (vma->deleted)
		process->executable_state = EXECUTABLE_DELETED;
}

static int fill_image(struct checkpoint *checkpoint, const struct core_file *file,
		      struct error *err)
{
	struct page_image *image = arena_alloc_array(checkpoint->arena, 1, sizeof(*image));

	if (!image)
		return error_no_memory(err, "the model of a core dump");
	*image = (struct page_image){
		.name = arena_copy_string(checkpoint->arena, file->name, strlen(file->name)),
		.length = file->bytes.length,
		.file = file->bytes.file,
		.offset = file->bytes.offset,
	};
	checkpoint->images = image;
	checkpoint->image_count = 1;
	return image->name ? 0 : error_no_memory(err, "the model of a core dump");
}

static int fill_checkpoint(struct checkpoint *checkpoint, const struct core_file *file,
			   const struct core_notes *notes, struct error *err)
{
	struct process *process = arena_alloc_array(checkpoint->arena, 1, sizeof(*process));
	struct vma *vmas = NULL;
	int ret = process ? 0 : error_no_memory(err, "the model of a core dump");

	checkpoint->processes = process;
	if (!ret)
		ret = fill_image(checkpoint, file, err);
	if (!ret)
		ret = fill_process(process, notes, checkpoint->arena, err);
	if (!ret) {
		process->page_bytes = page_bytes_of(notes, file);
		ret = core_vmas_fill(process, &vmas, file, notes, checkpoint->arena, err);
	}
	if (!ret)
		ret = core_files_fill(checkpoint, vmas, process->vma_count, file, err);
	if (!ret)
		ret = core_arguments_find(process, file, notes, err);
	if (ret)
		return ret;
	fill_executable(process, file, notes);
	checkpoint->process_count = 1;
	return 0;
}

static int make_checkpoint(struct checkpoint **out, const struct core_file *file,
			   const struct core_notes *notes, struct error *err)
{
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));
	int ret;

	if (!checkpoint)
		return error_no_memory(err, "the model of a core dump");
	checkpoint->arena = arena_new(0);
	ret = checkpoint->arena ? fill_checkpoint(checkpoint, file, notes, err)
				: error_no_memory(err, "the model of a core dump");
	if (ret)
		checkpoint_free(checkpoint);
	else
		*out = checkpoint;
	return ret;
}

int core_dump_checkpoint(struct checkpoint **out, struct file_table *files,
			 const struct stored_bytes *core, const char *name,
			 struct warning_list *warnings, struct error *err)
{
	struct core_file file = {
		.files = files, .bytes = *core, .name = name, .warnings = warnings
	};
	struct core_notes notes;
	int ret = core_file_open(&file, err);

	if (ret)
		return ret;
	ret = core_notes_read(&notes, &file, err);
	if (!ret) {
		ret = make_checkpoint(out, &file, &notes, err);
		core_notes_release(&notes);
	}
	core_file_release(&file);
	return ret;
}

/* The length, then as many of the bytes as there are, of which at most *@left are summed up. */
static int add_range(struct digest *digest, const struct core_file *file, uint64_t offset,
		     uint64_t length, uint64_t *left, struct error *err)
{
	uint8_t buffer[16384], size[8];
	uint64_t there = core_file_clip(file, offset, length);
	int ret;

	for (size_t i = 0; i < sizeof(size); i++)
		size[i] = (uint8_t)(length >> (8 * i));
	ret = digest_add(digest, size, sizeof(size), err);
	if (there > *left)
		there = *left;
	*left -= there;
	while (there && !ret) {
		size_t part = there < sizeof(buffer) ? (size_t)there : sizeof(buffer);

		if (!core_file_read(file, offset, buffer, part))
			return ret;
		ret = digest_add(digest, buffer, part, err);
		offset += part;
		there -= part;
	}
	return ret;
}

static int sum_up(struct digest *digest, const struct core_file *file, struct error *err)
{
	uint64_t headers = UINT64_MAX, notes = SUMMED_NOTE_BYTES;
	int ret = add_range(digest, file, 0, file->header_bytes, &headers, err);

	if (!ret)
		ret = add_range(digest, file, file->table_offset, file->table_bytes, &headers, err);
	for (size_t i = 0; i < file->segment_count && !ret; i++) {
		const struct core_segment *segment = &file->segments[i];

		if (segment->type == SEGMENT_NOTE)
			ret = add_range(digest, file, segment->offset, segment->file_bytes, &notes,
					err);
	}
	return ret;
}

int core_dump_digest(struct file_table *files, const struct stored_bytes *core,
		     uint8_t out[DIGEST_BYTES], struct error *err)
{
	struct core_file file = { .files = files, .bytes = *core, .name = "core dump" };
	struct digest *digest;
	int ret = core_file_open(&file, err);

	if (ret)
		return ret;
	ret = digest_new(&digest, err);
	if (!ret) {
		ret = sum_up(digest, &file, err);
		if (!ret)
			ret = digest_end(digest, out, err);
		digest_free(digest);
	}
	core_file_release(&file);
	return ret;
}
