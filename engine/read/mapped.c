#include "engine/read/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/bitmap.h"

#define REGISTRY_SLOTS 65536
#define NO_TAIL UINT64_MAX

struct mapped {
	uint8_t *data;
	size_t length; /* of the file's bytes */
	size_t mapped_length; /* in whole pages */
	size_t page_bytes;
	size_t slot;
	int descriptor; /* -1: none */
	bool owned; /* to be unmapped here */
	_Atomic bool damaged;
	_Atomic uint64_t tail; /* all from here is zeros; NO_TAIL: nothing */
	_Atomic uint64_t *pages; /* a bit for each page that became zeros by itself */
};

/*
 * What the handler looks through. A slot is free while @start is 0; @owner is followed only for an address
 * within, whose reader keeps the mapping alive.
 */
struct slot {
	_Atomic uintptr_t start;
	_Atomic uintptr_t end;
	_Atomic(struct mapped *) owner;
};

static struct slot registry[REGISTRY_SLOTS];
static _Atomic size_t registry_used; /* slots beyond were never taken */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction previous_action;

static struct mapped *registry_find(uintptr_t address)
{
	size_t used = atomic_load_explicit(&registry_used, memory_order_acquire);

	for (size_t i = 0; i < used; i++) {
		uintptr_t start = atomic_load_explicit(&registry[i].start, memory_order_acquire);
		uintptr_t end = atomic_load_explicit(&registry[i].end, memory_order_acquire);

		if (start == 0 || address < start || address >= end)
			continue;

		struct mapped *owner =
			atomic_load_explicit(&registry[i].owner, memory_order_acquire);

		/* The slot may have been given to another mapping between the loads. */
		if (owner && (uintptr_t)owner->data == start &&
		    address - start < owner->mapped_length)
			return owner;
	}
	return NULL;
}

static bool replace_pages(struct mapped *mapped, size_t offset, size_t length)
{
	return mmap(mapped->data + offset, length, PROT_READ,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

static void lower(_Atomic uint64_t *value, uint64_t to)
{
	uint64_t seen = atomic_load(value);

	while (to < seen && !atomic_compare_exchange_weak(value, &seen, to))
		;
}

/* Damage is noted first, so that whoever has read a zero finds the note. */
static bool replace_tail(struct mapped *mapped, size_t offset)
{
	lower(&mapped->tail, offset);
	return replace_pages(mapped, offset, mapped->mapped_length - offset);
}

static bool replace_page(struct mapped *mapped, size_t offset)
{
	size_t page = offset / mapped->page_bytes;

	atomic_fetch_or(&mapped->pages[page / 64], (uint64_t)1 << (page % 64));
	return replace_pages(mapped, offset, mapped->page_bytes);
}

/* Only what may be called from a signal handler: fstat(), mmap() as a system call, atomics. */
static bool patch(struct mapped *mapped, uintptr_t address)
{
	size_t offset = address - (uintptr_t)mapped->data;
	struct stat info;

	offset -= offset % mapped->page_bytes;
	atomic_store(&mapped->damaged, true);
	if (mapped->descriptor >= 0 && fstat(mapped->descriptor, &info) == 0 &&
	    (uint64_t)info.st_size <= offset)
		return replace_tail(mapped, offset);
	/* Where a page of its own is refused, it is because there are too many mappings: have fewer. */
	return replace_page(mapped, offset) || replace_tail(mapped, offset);
}

static void handle_bus_error(int number, siginfo_t *info, void *context)
{
	int saved_errno = errno;
	bool fault = info->si_code > 0;
	struct mapped *mapped = fault ? registry_find((uintptr_t)info->si_addr) : NULL;

	(void)context;
	if (!mapped || !patch(mapped, (uintptr_t)info->si_addr)) {
		/* Not ours: a fault comes again by itself when the handler returns. */
		sigaction(number, &previous_action, NULL);
		if (!fault)
			raise(number);
	}
	errno = saved_errno;
}

/* With every mapping: whoever took the signal meanwhile becomes the action before ours. */
static void install_handler(void)
{
	struct sigaction action = { .sa_sigaction = handle_bus_error, .sa_flags = SA_SIGINFO };
	struct sigaction current;

	if (sigaction(SIGBUS, NULL, &current) < 0 || current.sa_sigaction == handle_bus_error)
		return;
	previous_action = current;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

static size_t first_free_slot(void)
{
	size_t used = atomic_load(&registry_used);

	for (size_t i = 0; i < used; i++)
		if (atomic_load(&registry[i].start) == 0)
			return i;
	return used;
}

static int registry_add(struct mapped *mapped, struct error *err)
{
	int ret = 0;

	pthread_mutex_lock(&registry_lock);
	install_handler();
	size_t used = atomic_load(&registry_used);
	size_t slot = used < REGISTRY_SLOTS ? used : first_free_slot();

	/* The last slots come free first when a table is freed: keep the part in use short. */
	while (used < REGISTRY_SLOTS && slot > 0 && atomic_load(&registry[slot - 1].start) == 0)
		slot--;
	if (slot == REGISTRY_SLOTS) {
		ret = error_set(err, ERROR_LIMIT, 0, "more than %d mapped files", REGISTRY_SLOTS);
		goto out;
	}
	mapped->slot = slot;
	atomic_store(&registry[slot].owner, mapped);
	atomic_store(&registry[slot].end, (uintptr_t)mapped->data + mapped->mapped_length);
	atomic_store_explicit(&registry[slot].start, (uintptr_t)mapped->data, memory_order_release);
	atomic_store_explicit(&registry_used, slot < used ? slot + 1 : used + 1,
			      memory_order_release);
out:
	pthread_mutex_unlock(&registry_lock);
	return ret;
}

static void registry_remove(const struct mapped *mapped)
{
	pthread_mutex_lock(&registry_lock);
	atomic_store_explicit(&registry[mapped->slot].start, 0, memory_order_release);
	atomic_store(&registry[mapped->slot].end, 0);
	atomic_store(&registry[mapped->slot].owner, NULL);
	pthread_mutex_unlock(&registry_lock);
}

static struct mapped *mapped_describe(void *data, size_t length)
{
	struct mapped *mapped = calloc(1, sizeof(*mapped));

	if (!mapped)
		return NULL;
	mapped->page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	size_t pages = (length - 1) / mapped->page_bytes + 1;

	/* Untouched until something breaks, so it costs addresses only. */
	mapped->pages = calloc(BITMAP_WORDS(pages), sizeof(*mapped->pages));
	if (!mapped->pages) {
		free(mapped);
		return NULL;
	}
	mapped->data = data;
	mapped->length = length;
	mapped->mapped_length = pages * mapped->page_bytes;
	mapped->descriptor = -1;
	atomic_init(&mapped->tail, NO_TAIL);
	return mapped;
}

static void mapped_forget(struct mapped *mapped)
{
	free(mapped->pages);
	free(mapped);
}

int mapped_guard(struct mapped **out, void *data, size_t length, struct error *err)
{
	struct mapped *mapped = mapped_describe(data, length);

	if (!mapped)
		return error_no_memory(err, "a mapping");

	int ret = registry_add(mapped, err);

	if (ret) {
		mapped_forget(mapped);
		return ret;
	}
	*out = mapped;
	return 0;
}

int mapped_new(struct mapped **out, int descriptor, size_t length, bool keep_descriptor,
	       struct error *err)
{
	struct mapped *mapped;
	void *data = mmap(NULL, length, PROT_READ, MAP_SHARED, descriptor, 0);

	if (data == MAP_FAILED)
		return error_set(err, ERROR_SYSTEM, errno, "map %zu bytes", length);

	int ret = mapped_guard(&mapped, data, length, err);

	if (ret) {
		munmap(data, length);
		return ret;
	}
	mapped->owned = true;
	if (keep_descriptor)
		mapped->descriptor = descriptor;
	else
		close(descriptor);
	*out = mapped;
	return 0;
}

void mapped_free(struct mapped *mapped)
{
	if (!mapped)
		return;
	registry_remove(mapped);
	if (mapped->owned)
		munmap(mapped->data, mapped->mapped_length);
	if (mapped->descriptor >= 0)
		close(mapped->descriptor);
	mapped_forget(mapped);
}

const uint8_t *mapped_data(const struct mapped *mapped)
{
	return mapped->data;
}

int mapped_descriptor(const struct mapped *mapped)
{
	return mapped->descriptor;
}

static bool is_cut(const struct mapped *mapped, uint64_t *size)
{
	struct stat info;

	if (mapped->descriptor < 0 || fstat(mapped->descriptor, &info) < 0 ||
	    (uint64_t)info.st_size >= mapped->length)
		return false;
	*size = (uint64_t)info.st_size;
	return true;
}

/*
 * Where the rest of the file is gone, as far as that is before @end. A cut within a page raises no signal, so the
 * next page is read: while the file has that one, it was not cut before. Only where the file has no next page
 * must the system be asked, which takes as long as searching some KiB.
 */
static uint64_t tail_start(const struct mapped *mapped, uint64_t end)
{
	uint64_t next = end + (mapped->page_bytes - 1), tail, size;

	next -= next % mapped->page_bytes;
	if (next < mapped->length)
		(void)*(const volatile uint8_t *)(mapped->data + next);
	tail = atomic_load(&mapped->tail);
	if ((next >= mapped->length || tail != NO_TAIL) && is_cut(mapped, &size) && size < tail)
		return size;
	return tail;
}

static bool page_is_damaged(const struct mapped *mapped, uint64_t page)
{
	return atomic_load_explicit(&mapped->pages[page / 64], memory_order_relaxed) >>
		       (page % 64) &
	       1;
}

static bool first_damaged_pages(const struct mapped *mapped, uint64_t start, uint64_t end,
				struct address_range *out)
{
	uint64_t last = (end - 1) / mapped->page_bytes, page = start / mapped->page_bytes;

	if (!atomic_load(&mapped->damaged))
		return false;
	while (page <= last && !page_is_damaged(mapped, page))
		page++;
	if (page > last)
		return false;
	out->start = page * mapped->page_bytes;
	while (page <= last && page_is_damaged(mapped, page))
		page++;
	out->end = page * mapped->page_bytes;
	return true;
}

bool mapped_damaged(const struct mapped *mapped, uint64_t offset, uint64_t length,
		    struct address_range *out)
{
	struct address_range found = { 0, 0 };

	if (offset >= mapped->length || length == 0)
		return false;

	uint64_t left = mapped->length - offset, end = offset + (length < left ? length : left);
	uint64_t tail = tail_start(mapped, end);
	bool pages = first_damaged_pages(mapped, offset, end, &found);

	if (!pages && tail >= end)
		return false;
	if (!pages || tail <= found.end) {
		found.start = pages && found.start < tail ? found.start : tail;
		found.end = end;
	}
	out->start = found.start < offset ? offset : found.start;
	out->end = found.end < end ? found.end : end;
	return true;
}
