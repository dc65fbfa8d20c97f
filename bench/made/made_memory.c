#include "bench/made/made_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

enum { READ = 1, WRITE = 2, EXECUTE = 4 };
enum { SHARED = 0x1, PRIVATE = 0x2, ANONYMOUS = 0x20 };
enum {
	STATUS_ANONYMOUS = 0x201,
	STATUS_HEAP = 0x221,
	STATUS_STACK = 0x203,
	STATUS_FILE = 0x41,
	STATUS_MEMFD = 0x4081,
	STATUS_SYSV = 0x501,
	STATUS_GUARD = 0x10000,
};

/* Ids in files.img, see made_images.c. */
enum { FILE_LIBRARY = 2, FILE_MEMFD = 3 };

#define FILLER_VMA_PAGES 65536u
#define LONGEST_RUN 188u /* so that the mean is that of real processes, 94 */
#define PLANT_EVERY_PAGES 2048u

struct maker {
	struct made_memory *memory;
	struct made_process *process;
	uint64_t random;
	uint64_t next; /* address of the next mapping */
	uint64_t page; /* bytes */
};

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void *grown(void *items, size_t *capacity, size_t count, size_t size)
{
	void *more = array_grow(items, capacity, count + 1, size);

	if (!more) {
		fputs("no memory for a made checkpoint\n", stderr);
		exit(4);
	}
	return more;
}

/* Mappings and pages. */

static uint64_t add_vma(struct maker *maker, uint64_t pages, uint32_t protection, uint32_t flags,
			uint32_t status)
{
	struct made_process *process = maker->process;
	uint64_t start = maker->next;

	process->vmas = grown(process->vmas, &process->vma_capacity, process->vma_count,
			      sizeof(*process->vmas));
	process->vmas[process->vma_count++] = (struct made_vma){
		.start = start,
		.end = start + pages * maker->page,
		.protection = protection,
		.flags = flags,
		.status = status,
	};
	maker->next = start + pages * maker->page;
	return start;
}

static void leave_hole(struct maker *maker)
{
	maker->next += 16 * maker->page;
}

static uint64_t add_anonymous(struct maker *maker, uint64_t pages)
{
	return add_vma(maker, pages, READ | WRITE, PRIVATE | ANONYMOUS, STATUS_ANONYMOUS);
}

static void add_guard(struct maker *maker, uint64_t start, uint64_t pages)
{
	struct made_process *process = maker->process;

	process->guards = grown(process->guards, &process->guard_capacity, process->guard_count,
				sizeof(*process->guards));
	process->guards[process->guard_count++] = (struct made_vma){
		.start = start, .end = start + pages * maker->page, .status = STATUS_GUARD
	};
}

static void add_run(struct made_pages *pages, uint64_t address, uint64_t count)
{
	pages->runs =
		grown(pages->runs, &pages->run_capacity, pages->run_count, sizeof(*pages->runs));
	pages->runs[pages->run_count++] = (struct made_run){ address, count };
	pages->page_count += count;
}

/* Offset in the page image of an address; SIZE_MAX where no run has it. */
static uint64_t image_offset(const struct made_pages *pages, uint64_t address)
{
	uint64_t end = pages->page_count * pages->page_bytes;

	/* From the last run back: what is planted is near what was added last. */
	for (size_t i = pages->run_count; i > 0; i--) {
		const struct made_run *run = &pages->runs[i - 1];
		uint64_t length = run->pages * pages->page_bytes;

		end -= length;
		if (address >= run->address && address - run->address < length)
			return end + (address - run->address);
	}
	return UINT64_MAX;
}

/* Writes bytes into pages, wherever they lie; those outside of any run are dropped. */
static void write_bytes(struct made_pages *pages, uint64_t address, const uint8_t *bytes,
			size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint64_t offset = image_offset(pages, address + i);
		struct made_plant_bytes *last =
			pages->plant_count ? &pages->plants[pages->plant_count - 1] : NULL;

		if (offset == UINT64_MAX)
			continue;
		if (!last || last->offset + last->length != offset ||
		    last->length == sizeof(last->bytes)) {
			pages->plants = grown(pages->plants, &pages->plant_capacity,
					      pages->plant_count, sizeof(*pages->plants));
			last = &pages->plants[pages->plant_count++];
			*last = (struct made_plant_bytes){ .offset = offset };
		}
		last->bytes[last->length++] = bytes[i];
	}
}

/* Planting. */

static size_t make_needle(struct maker *maker, uint8_t *out)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

	memcpy(out, "MADE~", 5);
	for (size_t i = 5; i < 24; i++)
		out[i] = (uint8_t)letters[random_next(&maker->random) % (sizeof(letters) - 1)];
	out[24] = '~';
	return 25;
}

static void note(struct maker *maker, const char *name, uint32_t pid, uint64_t address,
		 const uint8_t *bytes, size_t length, bool found)
{
	struct made_memory *memory = maker->memory;

	memory->plants = grown(memory->plants, &memory->plant_capacity, memory->plant_count,
			       sizeof(*memory->plants));

	struct made_plant *plant = &memory->plants[memory->plant_count++];

	*plant = (struct made_plant){
		.pid = pid, .address = address, .length = length, .found = found
	};
	snprintf(plant->name, sizeof(plant->name), "%s", name);
	memcpy(plant->bytes, bytes, length);
}

static void plant(struct maker *maker, const char *name, uint64_t address, bool found)
{
	uint8_t needle[64];
	size_t length = make_needle(maker, needle);

	write_bytes(&maker->process->pages, address, needle, length);
	note(maker, name, maker->process->pid, address, needle, length, found);
}

/* The corners: each a mapping or two of its own, with a hole behind. */

static void make_heap(struct maker *maker)
{
	uint64_t start = add_vma(maker, 8, READ | WRITE, PRIVATE | ANONYMOUS, STATUS_HEAP);

	maker->process->heap_start = start;
	maker->process->heap_end = start + 8 * maker->page;
	add_run(&maker->process->pages, start, 6);
	plant(maker, "heap_page_cross", start + 2 * maker->page - 9, true);
	leave_hole(maker);
}

static void make_first_and_last(struct maker *maker)
{
	uint64_t start = add_anonymous(maker, 4);

	add_run(&maker->process->pages, start, 4);
	plant(maker, "vma_first_byte", start, true);
	plant(maker, "vma_last_byte", start + 4 * maker->page - 25, true);
	leave_hole(maker);
}

static void make_entry_cross(struct maker *maker)
{
	uint64_t start = add_anonymous(maker, 4);

	add_run(&maker->process->pages, start, 2);
	add_run(&maker->process->pages, start + 2 * maker->page, 2);
	plant(maker, "pagemap_entry_cross", start + 2 * maker->page - 13, true);
	leave_hole(maker);
}

/* Never-written pages are zeros, and neighbours of what was written. */
static void make_zero_neighbours(struct maker *maker)
{
	uint8_t bytes[64];
	uint64_t start = add_anonymous(maker, 8);
	struct made_pages *pages = &maker->process->pages;

	add_run(pages, start + 2 * maker->page, 2);
	add_run(pages, start + 6 * maker->page, 1);
	memset(bytes, 0, sizeof(bytes));
	make_needle(maker, bytes);
	write_bytes(pages, start + 4 * maker->page - 25, bytes, 25);
	note(maker, "zeros_behind", maker->process->pid, start + 4 * maker->page - 25, bytes, 45,
	     true);
	memset(bytes, 0, sizeof(bytes));
	make_needle(maker, bytes + 20);
	write_bytes(pages, start + 6 * maker->page, bytes + 20, 25);
	note(maker, "zeros_before", maker->process->pid, start + 6 * maker->page - 20, bytes, 45,
	     true);
	leave_hole(maker);
}

/* Two mappings touch, and one page-map entry spans both: never joined. */
static void make_adjacent(struct maker *maker)
{
	uint64_t start = add_anonymous(maker, 2);

	add_vma(maker, 2, READ, PRIVATE | ANONYMOUS, STATUS_ANONYMOUS);
	add_run(&maker->process->pages, start, 4);
	plant(maker, "adjacent_vmas", start + 2 * maker->page - 12, false);
	plant(maker, "before_adjacent", start + 2 * maker->page - 100, true);
	plant(maker, "behind_adjacent", start + 2 * maker->page + 100, true);
	leave_hole(maker);
}

static void make_guarded(struct maker *maker)
{
	uint64_t start = add_anonymous(maker, 5);

	add_run(&maker->process->pages, start, 2);
	add_run(&maker->process->pages, start + 3 * maker->page, 2);
	add_guard(maker, start + 2 * maker->page, 1);
	plant(maker, "guard_behind", start + 2 * maker->page - 25, true);
	plant(maker, "guard_before", start + 3 * maker->page, true);
	leave_hole(maker);
}

static void make_unreadable(struct maker *maker)
{
	uint64_t start = add_vma(maker, 2, 0, PRIVATE | ANONYMOUS, STATUS_ANONYMOUS);

	add_run(&maker->process->pages, start, 1);
	plant(maker, "prot_none", start + 512, true);
	leave_hole(maker);
	start = add_vma(maker, 1, READ | EXECUTE, PRIVATE | ANONYMOUS, STATUS_ANONYMOUS);
	add_run(&maker->process->pages, start, 1);
	plant(maker, "executable", start + 64, true);
	leave_hole(maker);
}

static void make_unmapped(struct maker *maker)
{
	add_run(&maker->process->pages, maker->next, 2);
	plant(maker, "unmapped", maker->next + maker->page - 7, true);
	maker->next += 2 * maker->page;
	leave_hole(maker);
}

/* Pages that the dump leaves out of a mapped file are the file's: nothing matches across them. */
static void make_file(struct maker *maker)
{
	uint64_t start = add_vma(maker, 4, READ | WRITE, PRIVATE, STATUS_FILE);
	struct made_vma *vma = &maker->process->vmas[maker->process->vma_count - 1];

	vma->shmid = FILE_LIBRARY;
	vma->offset = 8 * maker->page;
	add_run(&maker->process->pages, start + maker->page, 1);
	add_run(&maker->process->pages, start + 3 * maker->page, 1);
	plant(maker, "file_page", start + maker->page + 40, true);
	plant(maker, "file_page_last", start + 3 * maker->page, true);
	leave_hole(maker);
}

/* An object seen through two windows; offsets inside it are no addresses. */
static void make_shared(struct maker *maker, uint32_t status, uint64_t shmid, const char *name,
			const uint8_t *needle, uint64_t planted_at)
{
	char text[48];
	uint64_t start = add_vma(maker, 6, READ | WRITE, SHARED, status);
	struct made_vma *vma = &maker->process->vmas[maker->process->vma_count - 1];

	vma->shmid = shmid;
	note(maker, name, maker->process->pid, start + planted_at, needle, 25, true);
	leave_hole(maker);
	start = add_vma(maker, 2, READ, SHARED, status);
	vma = &maker->process->vmas[maker->process->vma_count - 1];
	vma->shmid = shmid;
	vma->offset = 2 * maker->page;
	snprintf(text, sizeof(text), "%s_window", name);
	note(maker, text, maker->process->pid, start + planted_at - 2 * maker->page, needle, 25,
	     true);
	leave_hole(maker);
}

static void make_stack(struct maker *maker)
{
	static const char arguments[] = "/usr/bin/made\0--serve\0";
	uint64_t start =
		add_vma(maker, 4, READ | WRITE, PRIVATE | ANONYMOUS | 0x100, STATUS_ANONYMOUS);

	add_run(&maker->process->pages, start + 2 * maker->page, 2);
	maker->process->argument_start = start + 4 * maker->page - 256;
	maker->process->argument_end = maker->process->argument_start + sizeof(arguments) - 1;
	plant(maker, "stack", start + 2 * maker->page, true);
	write_bytes(&maker->process->pages, maker->process->argument_start,
		    (const uint8_t *)arguments, sizeof(arguments) - 1);
	leave_hole(maker);
}

/* The bulk: runs of pages with gaps of never-written ones, a needle now and then. */
static void make_filler_vma(struct maker *maker, uint64_t pages)
{
	uint64_t start = add_anonymous(maker, pages + pages / 8 + 64);
	uint64_t end = maker->process->vmas[maker->process->vma_count - 1].end;
	uint64_t address = start, until_plant = random_next(&maker->random) % PLANT_EVERY_PAGES;

	while (pages && address + LONGEST_RUN * maker->page < end) {
		uint64_t length = 1 + random_next(&maker->random) % LONGEST_RUN;
		uint64_t gap = random_next(&maker->random) % 16;

		if (length > pages)
			length = pages;
		add_run(&maker->process->pages, address, length);
		if (until_plant < length) {
			uint64_t place = address + until_plant * maker->page +
					 random_next(&maker->random) % (maker->page - 64);

			plant(maker, "filler", place, true);
			until_plant += PLANT_EVERY_PAGES;
		}
		until_plant -= length;
		pages -= length;
		address += (length + (gap < 10 ? 0 : gap)) * maker->page;
	}
	leave_hole(maker);
}

static int compare_plants(const void *left, const void *right)
{
	uint64_t a = ((const struct made_plant_bytes *)left)->offset;
	uint64_t b = ((const struct made_plant_bytes *)right)->offset;

	return (a > b) - (a < b);
}

static void make_process(struct made_memory *memory, size_t index, uint64_t filler_pages,
			 const uint8_t *memfd_needle, const uint8_t *sysv_needle)
{
	struct made_process *process = &memory->processes[index];
	uint64_t layout = memory->siblings ? 0 : index;
	struct maker maker = {
		.memory = memory,
		.process = process,
		.random = (memory->seed + layout) * 0x9e3779b97f4a7c15u + 1,
		.page = memory->page_bytes,
		.next = 0x550000000000u + layout * 0x1000000000u,
	};

	process->pid = (uint32_t)index + 1;
	process->pages.page_bytes = memory->page_bytes;
	process->pages.id = (uint32_t)index + 2;
	process->pages.like = (uint32_t)layout + 2;
	make_heap(&maker);
	maker.next = 0x7f0000000000u + layout * 0x2000000000u;
	make_first_and_last(&maker);
	make_entry_cross(&maker);
	make_zero_neighbours(&maker);
	make_adjacent(&maker);
	make_guarded(&maker);
	make_unreadable(&maker);
	make_unmapped(&maker);
	make_file(&maker);
	make_shared(&maker, STATUS_MEMFD, FILE_MEMFD, "memfd", memfd_needle, 3 * maker.page - 5);
	make_shared(&maker, STATUS_SYSV, 0, "sysv", sysv_needle, 3 * maker.page + 17);
	while (filler_pages) {
		uint64_t pages = filler_pages < FILLER_VMA_PAGES ? filler_pages : FILLER_VMA_PAGES;

		make_filler_vma(&maker, pages);
		filler_pages -= pages;
	}
	make_stack(&maker);
	qsort(process->pages.plants, process->pages.plant_count, sizeof(*process->pages.plants),
	      compare_plants);
}

static void make_object(struct made_memory *memory, struct made_pages *object, uint32_t id,
			uint64_t at, uint8_t *needle)
{
	struct maker maker = { .memory = memory, .random = memory->seed * 31 + id };

	object->id = object->like = id;
	object->page_bytes = memory->page_bytes;
	add_run(object, memory->page_bytes, 3);
	make_needle(&maker, needle);
	write_bytes(object, at, needle, 25);
}

static void make_memory(struct made_memory *memory, uint64_t filler_bytes)
{
	uint8_t memfd_needle[64], sysv_needle[64];
	size_t process_count = memory->process_count;
	uint64_t page_bytes = memory->page_bytes;

	memory->processes = calloc(process_count, sizeof(*memory->processes));
	if (!memory->processes) {
		fputs("no memory for a made checkpoint\n", stderr);
		exit(4);
	}
	make_object(memory, &memory->memfd, 1, 3 * page_bytes - 5, memfd_needle);
	make_object(memory, &memory->sysv, (uint32_t)process_count + 2, 3 * page_bytes + 17,
		    sysv_needle);
	for (size_t i = 0; i < process_count; i++)
		make_process(memory, i, filler_bytes / page_bytes / process_count, memfd_needle,
			     sysv_needle);
}

void made_memory_init(struct made_memory *memory, uint64_t seed, size_t process_count,
		      uint64_t filler_bytes, uint64_t page_bytes)
{
	*memory = (struct made_memory){ .seed = seed,
					.page_bytes = page_bytes,
					.process_count = process_count };
	make_memory(memory, filler_bytes);
}

void made_memory_init_siblings(struct made_memory *memory, uint64_t seed, size_t process_count,
			       uint32_t own_percent, uint64_t filler_bytes, uint64_t page_bytes)
{
	*memory = (struct made_memory){ .seed = seed,
					.page_bytes = page_bytes,
					.siblings = true,
					.own_percent = own_percent,
					.process_count = process_count };
	make_memory(memory, filler_bytes);
}

void made_memory_add_stale(struct made_memory *memory)
{
	struct maker maker = { .memory = memory, .random = memory->seed * 37 + 5 };

	memory->stale_length = make_needle(&maker, memory->stale);
	note(&maker, "replaced", 1, 0, memory->stale, memory->stale_length, false);
}

static void release_pages(struct made_pages *pages)
{
	free(pages->runs);
	free(pages->plants);
}

void made_memory_release(struct made_memory *memory)
{
	for (size_t i = 0; i < memory->process_count; i++) {
		free(memory->processes[i].vmas);
		free(memory->processes[i].guards);
		release_pages(&memory->processes[i].pages);
	}
	release_pages(&memory->memfd);
	release_pages(&memory->sysv);
	free(memory->processes);
	free(memory->plants);
}

/* A third zeros and small numbers, a third pointers, a third text: what engine measurements found. */
static void fill_unit(uint64_t seed, uint32_t image, uint64_t unit, uint8_t out[MADE_UNIT])
{
	static const char text[] =
		"GET /api/v1/items?id= HTTP/1.1 Host: localhost Accept: text/plain {\"a\":1}";
	uint64_t random = (seed + image) * 0x9e3779b97f4a7c15u + (unit + 1) * 0xbf58476d1ce4e5b9u;
	uint64_t kind;

	random_next(&random);
	random_next(&random);
	kind = random_next(&random) % 3;
	for (size_t i = 0; i < MADE_UNIT; i += 8) {
		uint64_t word = random_next(&random);

		if (kind == 0)
			word = word % 4 ? 0 : word >> 52;
		else if (kind == 1)
			word = 0x7f0000000000u | (word >> 30 & ~7u);
		else
			memcpy(&word, text + word % (sizeof(text) - 9), sizeof(word));
		memcpy(out + i, &word, sizeof(word));
	}
}

static bool page_is_own(const struct made_memory *memory, const struct made_pages *pages,
			uint64_t page)
{
	uint64_t random =
		(memory->seed + pages->id) * 0xd6e8feb86659fd93u + (page + 1) * 0xa0761d6478bd642fu;

	random_next(&random);
	random_next(&random);
	return random_next(&random) % 100 < memory->own_percent;
}

/* @seed: the memory's, or that of what it held before. */
static void fill_page(const struct made_memory *memory, uint64_t seed,
		      const struct made_pages *pages, uint64_t page, uint8_t *out)
{
	uint64_t units = pages->page_bytes / MADE_UNIT;
	uint32_t image = page_is_own(memory, pages, page) ? pages->id : pages->like;

	for (uint64_t i = 0; i < units; i++)
		fill_unit(seed, image, page * units + i, out + i * MADE_UNIT);
}

/* The first that reaches behind @offset; plants are short, so that their ends ascend as their starts do. */
static size_t first_plant(const struct made_pages *pages, uint64_t offset)
{
	size_t low = 0, high = pages->plant_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pages->plants[middle].offset + pages->plants[middle].length <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void made_page_make(const struct made_memory *memory, const struct made_pages *pages, uint64_t page,
		    uint8_t *out)
{
	uint64_t start = page * pages->page_bytes, end = start + pages->page_bytes;

	fill_page(memory, memory->seed, pages, page, out);
	for (size_t i = first_plant(pages, start);
	     i < pages->plant_count && pages->plants[i].offset < end; i++) {
		const struct made_plant_bytes *plant = &pages->plants[i];

		for (size_t j = 0; j < plant->length; j++) {
			if (plant->offset + j >= start && plant->offset + j < end)
				out[plant->offset + j - start] = plant->bytes[j];
		}
	}
}

void made_page_make_stale(const struct made_memory *memory, const struct made_pages *pages,
			  uint64_t page, uint8_t *out)
{
	fill_page(memory, memory->seed + 1000003, pages, page, out);
	memcpy(out + 100, memory->stale, memory->stale_length);
}
