#include "scanners/criu/model.h"

#include <string.h>

/* Mappings that are told by one status bit, the first that fits. What the table leaves out is in dress_*(). */
static const struct {
	uint32_t status;
	enum vma_kind kind;
	enum backing backing;
	const char *path;
} special[] = {
	{ STATUS_VSYSCALL, VMA_OTHER, BACKING_NOTHING, "[vsyscall]" },
	{ STATUS_VVAR, VMA_OTHER, BACKING_NOTHING, "[vvar]" },
	/* All of its pages are in the dump; one that is not cannot be told. */
	{ STATUS_VDSO, VMA_VDSO, BACKING_NOTHING, "[vdso]" },
	{ STATUS_AIO_RING, VMA_OTHER, BACKING_NOTHING, "/[aio]" },
	{ STATUS_UPROBES, VMA_OTHER, BACKING_NOTHING, "[uprobes]" },
	{ STATUS_SOCKET, VMA_OTHER, BACKING_NOTHING, NULL },
	{ STATUS_PLUGIN, VMA_OTHER, BACKING_NOTHING, NULL },
	{ STATUS_HEAP, VMA_HEAP, BACKING_ZERO, "[heap]" },
	{ STATUS_STACK, VMA_STACK, BACKING_ZERO, "[stack]" },
	{ STATUS_ANON_PRIVATE, VMA_ANONYMOUS, BACKING_ZERO, NULL },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void dress_file(const struct model *model, struct vma *vma, const struct mm_vma *from)
{
	vma->kind = VMA_FILE;
	vma->backing = BACKING_FILE;
	vma->offset = from->offset;
	vma->file = model_file(model, from->source);
	if (!vma->file || vma->file->kind != OPEN_FILE_FILE)
		return;
	vma->path = vma->file->path;
	vma->deleted = vma->file->deleted;
}

/* Shared anonymous memory is a memory file of this name. */
static bool is_shared_anonymous(const struct memfd *memfd)
{
	return strcmp(memfd->name, "/dev/zero") == 0;
}

static int dress_object(struct model *model, struct vma *vma, const struct mm_vma *from,
			uint32_t pid, struct error *err)
{
	const struct memfd *memfd;
	int ret = model_object(model, from, pid, &vma->object, &vma->left_out, &memfd, err);

	vma->backing = BACKING_OBJECT;
	vma->offset = from->offset;
	if (from->status & STATUS_MEMFD)
		vma->kind = memfd && is_shared_anonymous(memfd) ? VMA_SHARED : VMA_MEMFD;
	else
		vma->kind = from->status & STATUS_SYSVIPC ? VMA_SYSV : VMA_SHARED;
	if (vma->kind == VMA_MEMFD && vma->object)
		vma->path = vma->object->name;
	return ret;
}

static void dress_special(struct vma *vma, const struct mm_vma *from)
{
	vma->kind = VMA_OTHER;
	vma->backing = from->flags & MAPPED_ANONYMOUS ? BACKING_ZERO : BACKING_NOTHING;
	for (size_t i = 0; i < COUNT(special); i++) {
		if (!(from->status & special[i].status))
			continue;
		vma->kind = special[i].kind;
		vma->backing = special[i].backing;
		vma->path = special[i].path;
		break;
	}
	if (vma->kind == VMA_ANONYMOUS && from->flags & MAPPED_GROWSDOWN) {
		vma->kind = VMA_STACK;
		vma->path = "[stack]";
	}
	/* The kernel may take such memory away at any time, so that CRIU leaves it out. */
	if (from->flags & MAPPED_DROPPABLE)
		vma->backing = BACKING_NOTHING;
}

/* Memory of a device, which only its driver's plugin can read; the device itself is a file. */
static void dress_device(const struct model *model, struct vma *vma, const struct mm_vma *from)
{
	const struct open_file *device = model_file(model, from->source);

	dress_special(vma, from);
	vma->backing = BACKING_NOTHING;
	if (from->status & (STATUS_FILE_PRIVATE | STATUS_FILE_SHARED) && device)
		vma->path = device->path;
}

static int make_vma(struct model *model, struct vma *vma, const struct mm_vma *from, uint32_t pid,
		    struct error *err)
{
	const uint32_t file = STATUS_FILE_PRIVATE | STATUS_FILE_SHARED;
	const uint32_t object = STATUS_MEMFD | STATUS_ANON_SHARED | STATUS_SYSVIPC;

	*vma = (struct vma){
		.start = from->start,
		.end = from->end,
		.protection = from->protection,
		.shared = from->flags & MAPPED_SHARED,
	};
	if (from->status & STATUS_PLUGIN)
		dress_device(model, vma, from);
	else if (from->status & object)
		return dress_object(model, vma, from, pid, err);
	else if (from->status & file)
		dress_file(model, vma, from);
	else
		dress_special(vma, from);
	return 0;
}

int model_make_vmas(struct model *model, struct process *process, const struct mm *mm,
		    struct error *err)
{
	struct arena *arena = model->checkpoint->arena;
	struct vma *vmas = arena_alloc_array(arena, mm->vma_count, sizeof(*vmas));
	int ret = 0;

	process->guards = arena_copy(arena, mm->guards, mm->guard_count * sizeof(*mm->guards));
	if (!vmas || !process->guards)
		return error_no_memory(err, "mappings");
	for (size_t i = 0; i < mm->vma_count && ret == 0; i++)
		ret = make_vma(model, &vmas[i], &mm->vmas[i], process->pid, err);
	process->vmas = vmas;
	process->vma_count = mm->vma_count;
	process->guard_count = mm->guard_count;
	return ret;
}

void model_executable(const struct model *model, struct process *process, const struct mm *mm)
{
	const struct open_file *file =
		mm->has_executable ? model_file(model, mm->executable) : NULL;

	if (!file)
		return;
	process->executable = file->path;
	if (file->kind == OPEN_FILE_MEMFD)
		process->executable_state = EXECUTABLE_MEMFD;
	else if (file->deleted)
		process->executable_state = EXECUTABLE_DELETED;
}
