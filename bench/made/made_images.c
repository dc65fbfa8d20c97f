#include "bench/made/made_images.h"

#include <stdio.h>
#include <string.h>

enum {
	MAGIC_INVENTORY = 0x58313116,
	MAGIC_COMMON = 0x54564319,
	MAGIC_PSTREE = 0x50273030,
	MAGIC_CORE = 0x55053847,
	MAGIC_MM = 0x57492820,
	MAGIC_PAGEMAP = 0x56084025,
	MAGIC_FILES = 0x56303138,
	MAGIC_MEMFD = 0x48453499,
};

enum { FILE_EXECUTABLE = 1, FILE_LIBRARY = 2, FILE_MEMFD = 3 };
enum { TYPE_REGULAR = 1, TYPE_MEMFD = 18 };
enum { MEMFD_INODE = 1, MEMFD_SHMID = 1048, SYSV_ID = 0 };
enum { PAGES_PARENT = 1, PAGES_PRESENT = 4, PAGES_ALIGNED = 8 };
enum { MACHINE_X86_64 = 1, MACHINE_AARCH64 = 3 };

/* What is written, and of which layer. */
struct maker {
	const struct made_memory *memory;
	const struct made_form *form;
	size_t layer;
};

static void begin(struct image_bytes *image, uint32_t magic)
{
	image->length = 0;
	if (magic != MAGIC_INVENTORY)
		image_add_u32(image, MAGIC_COMMON);
	image_add_u32(image, magic);
}

static void make_inventory(struct image_bytes *image, const struct maker *maker)
{
	const struct made_form *form = maker->form;
	struct image_bytes message = { 0 };
	bool packed = form->packing != MADE_RAW;

	begin(image, MAGIC_INVENTORY);
	image_add_number(&message, 1, maker->layer ? 0 : packed ? 3 : 2); /* img_version */
	image_add_number(&message, 2, 1); /* fdinfo_per_id */
	if (packed && maker->layer % 2 == 0)
		image_add_number(&message, 15, form->packing == MADE_BY_PAGE ? 1 : 2);
	if (packed && maker->layer % 2 == 0 && form->packing == MADE_BY_REGION)
		image_add_number(&message, 16, MADE_REGION);
	image_add_entry(image, &message);
	image_release(&message);
}

static void make_pstree(struct image_bytes *image, const struct made_memory *memory)
{
	struct image_bytes message = { 0 };

	begin(image, MAGIC_PSTREE);
	for (size_t i = 0; i < memory->process_count; i++) {
		uint32_t pid = memory->processes[i].pid;

		image_add_number(&message, 1, pid);
		image_add_number(&message, 2, i ? 1 : 0); /* ppid */
		image_add_number(&message, 3, 1);
		image_add_number(&message, 4, 1);
		image_add_number(&message, 5, pid); /* threads */
		image_add_entry(image, &message);
	}
	image_release(&message);
}

static void make_core(struct image_bytes *image, const struct maker *maker,
		      const struct made_process *process)
{
	struct image_bytes message = { 0 }, task = { 0 }, thread = { 0 }, creds = { 0 };
	char name[16];

	begin(image, MAGIC_CORE);
	image_add_number(&message, 1,
			 maker->memory->page_bytes == MADE_UNIT ? MACHINE_X86_64 : MACHINE_AARCH64);
	snprintf(name, sizeof(name), "made-%u", process->pid);
	image_add_number(&task, 1, 1); /* alive */
	image_add_number(&task, 2, 0);
	image_add_text(&task, 6, name);
	image_add_message(&message, 3, &task);
	image_add_number(&creds, 1, 1000);
	image_add_message(&thread, 10, &creds);
	image_add_message(&message, 5, &thread);
	image_add_entry(image, &message);
	image_release(&message);
	image_release(&task);
	image_release(&thread);
	image_release(&creds);
}

static void add_vma(struct image_bytes *message, const struct made_vma *vma)
{
	struct image_bytes entry = { 0 };

	image_add_number(&entry, 1, vma->start);
	image_add_number(&entry, 2, vma->end);
	image_add_number(&entry, 3, vma->offset);
	image_add_number(&entry, 4, vma->shmid);
	image_add_number(&entry, 5, vma->protection);
	image_add_number(&entry, 6, vma->flags);
	image_add_number(&entry, 7, vma->status);
	image_add_number(&entry, 8, 1); /* fd -1, as a zigzag number */
	image_add_message(message, 14, &entry);
	image_release(&entry);
}

static void make_mm(struct image_bytes *image, const struct maker *maker,
		    const struct made_process *process)
{
	struct image_bytes message = { 0 };

	begin(image, MAGIC_MM);
	image_add_number(&message, 6, process->heap_start);
	image_add_number(&message, 7, process->heap_end);
	image_add_number(&message, 8, process->argument_start);
	image_add_number(&message, 9, process->argument_end);
	image_add_number(&message, 12, FILE_EXECUTABLE);
	image_add_number(&message, 13, 6); /* AT_PAGESZ */
	image_add_number(&message, 13, maker->memory->page_bytes);
	for (size_t i = 0; i < process->vma_count; i++)
		add_vma(&message, &process->vmas[i]);
	/* Guard ranges come last, as the kernel's own list has them. */
	for (size_t i = 0; i < process->guard_count; i++)
		add_vma(&message, &process->guards[i]);
	image_add_entry(image, &message);
	image_release(&message);
}

uint32_t made_pages_id(const struct made_pages *pages, size_t layer)
{
	return pages->id + (uint32_t)layer;
}

static void add_varint(struct image_bytes *message, uint64_t value)
{
	for (; value > 127; value >>= 7)
		image_add_bytes(message, &(uint8_t){ (uint8_t)(value | 128) }, 1);
	image_add_bytes(message, &(uint8_t){ (uint8_t)value }, 1);
}

static void add_packing(struct image_bytes *message, const struct made_entry *entry)
{
	struct image_bytes sizes = { 0 };
	uint64_t total = 0;

	for (size_t i = 0; i < entry->size_count; i++) {
		add_varint(&sizes, entry->sizes[i]);
		total += entry->sizes[i];
	}
	image_add_message(message, 6, &sizes);
	image_add_number(message, 7, total);
	if (entry->block_pages > 1)
		image_add_number(message, 8, entry->block_pages);
	image_release(&sizes);
}

static void make_pagemap(struct image_bytes *image, const struct maker *maker,
			 const struct made_pages *pages)
{
	struct image_bytes message = { 0 };
	struct made_map map;

	begin(image, MAGIC_PAGEMAP);
	image_add_number(&message, 1, made_pages_id(pages, maker->layer));
	image_add_entry(image, &message);
	made_map_make(&map, maker->memory, pages, maker->form, maker->layer);
	for (size_t i = 0; i < map.count; i++) {
		const struct made_entry *entry = &map.entries[i];
		uint32_t flags = entry->parent ? PAGES_PARENT : PAGES_PRESENT;

		image_add_number(&message, 1, entry->address);
		image_add_number(&message, 2, 0);
		image_add_number(&message, 4, flags | (entry->aligned ? PAGES_ALIGNED : 0));
		image_add_number(&message, 5, entry->pages);
		if (entry->block_pages)
			add_packing(&message, entry);
		image_add_entry(image, &message);
	}
	made_map_release(&map);
	image_release(&message);
}

static void add_regular(struct image_bytes *image, uint32_t id, const char *path)
{
	struct image_bytes message = { 0 }, file = { 0 };

	image_add_number(&file, 1, id);
	image_add_number(&file, 2, 0);
	image_add_text(&file, 6, path);
	image_add_number(&message, 1, TYPE_REGULAR);
	image_add_number(&message, 2, id);
	image_add_message(&message, 3, &file);
	image_add_entry(image, &message);
	image_release(&message);
	image_release(&file);
}

static void make_files(struct image_bytes *image)
{
	struct image_bytes message = { 0 }, file = { 0 };

	begin(image, MAGIC_FILES);
	add_regular(image, FILE_EXECUTABLE, "/usr/bin/made");
	add_regular(image, FILE_LIBRARY, "/usr/lib/libmade.so");
	image_add_number(&file, 1, FILE_MEMFD);
	image_add_number(&file, 5, MEMFD_INODE);
	image_add_number(&message, 1, TYPE_MEMFD);
	image_add_number(&message, 2, FILE_MEMFD);
	image_add_message(&message, 20, &file);
	image_add_entry(image, &message);
	image_release(&message);
	image_release(&file);
}

static void make_memfd(struct image_bytes *image, const struct maker *maker)
{
	struct image_bytes message = { 0 };

	begin(image, MAGIC_MEMFD);
	image_add_text(&message, 1, "made");
	image_add_number(&message, 4, 6 * maker->memory->page_bytes);
	image_add_number(&message, 5, MEMFD_SHMID);
	image_add_number(&message, 7, MEMFD_INODE);
	image_add_entry(image, &message);
	image_release(&message);
}

static void each_process(const struct maker *maker, const char *prefix,
			 void (*make)(struct image_bytes *, const struct maker *,
				      const struct made_process *),
			 made_image_each *each, void *context)
{
	struct image_bytes image = { 0 };

	for (size_t i = 0; i < maker->memory->process_count; i++) {
		const struct made_process *process = &maker->memory->processes[i];
		char name[64];

		snprintf(name, sizeof(name), "%s-%u.img", prefix, process->pid);
		make(&image, maker, process);
		each(context, name, &image);
	}
	image_release(&image);
}

static void make_process_pagemap(struct image_bytes *image, const struct maker *maker,
				 const struct made_process *process)
{
	make_pagemap(image, maker, &process->pages);
}

static void write_pagemaps(const struct maker *maker, made_image_each *each, void *context)
{
	struct image_bytes image = { 0 };
	char name[64];

	each_process(maker, "pagemap", make_process_pagemap, each, context);
	make_pagemap(&image, maker, &maker->memory->sysv);
	snprintf(name, sizeof(name), "pagemap-shmem-%d.img", SYSV_ID);
	each(context, name, &image);
	make_pagemap(&image, maker, &maker->memory->memfd);
	snprintf(name, sizeof(name), "pagemap-shmem-%d.img", MEMFD_SHMID);
	each(context, name, &image);
	image_release(&image);
}

void made_images_write(const struct made_memory *memory, const struct made_form *form, size_t layer,
		       made_image_each *each, void *context)
{
	const struct maker maker = { memory, form, layer };
	struct image_bytes image = { 0 };

	if (!layer) {
		each_process(&maker, "core", make_core, each, context);
		make_files(&image);
		each(context, "files.img", &image);
	}
	make_inventory(&image, &maker);
	each(context, "inventory.img", &image);
	if (!layer) {
		make_memfd(&image, &maker);
		each(context, "memfd.img", &image);
		each_process(&maker, "mm", make_mm, each, context);
	}
	write_pagemaps(&maker, each, context);
	if (!layer) {
		make_pstree(&image, memory);
		each(context, "pstree.img", &image);
	}
	image_release(&image);
}

void made_metadata_write(made_image_each *each, void *context)
{
	static const char config[] =
		"{\"id\":\"6d616465\",\"name\":\"made\",\"rootfsImageName\":\"localhost/made:1\","
		"\"createdTime\":\"2026-11-20T08:00:01Z\",\"checkpointedTime\":\"2026-11-24T12:58:"
		"40Z\","
		"\"runtime\":\"crun\"}\n";
	static const char spec[] =
		"{\"ociVersion\":\"1.2.0\",\"annotations\":{\"io.container.manager\":\"libpod\"},"
		"\"process\":{\"args\":[\"/usr/bin/made\",\"--serve\"]}}\n";
	struct image_bytes image = { 0 };

	image_add_bytes(&image, config, sizeof(config) - 1);
	each(context, "config.dump", &image);
	image.length = 0;
	image_add_bytes(&image, spec, sizeof(spec) - 1);
	each(context, "spec.dump", &image);
	image_release(&image);
}
