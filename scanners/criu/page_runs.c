#include "scanners/criu/page_runs.h"

#include <stdlib.h>

#include "engine/base/array.h"

/* Why pages are lost; each is told once for a page map, with all its bytes. */
enum loss {
	LOSS_PARENT,
	LOSS_LAZY,
	LOSS_ENCODED,
	LOSS_CUT,
	LOSS_MISSING,
	LOSS_MISPLACED,
	LOSS_FLAGS,
	LOSSES
};

static const struct {
	enum warning_code code;
	const char *what;
} losses[LOSSES] = {
	[LOSS_PARENT] = { WARNING_MISSING_PARENT,
			  "pages lie in a parent checkpoint that is not read" },
	[LOSS_LAZY] = { WARNING_LAZY_PAGES,
			"pages were left to a lazy migration and are not in the dump" },
	[LOSS_ENCODED] = { WARNING_UNKNOWN_ENCODING,
			   "pages are compressed or encoded in an unknown way" },
	[LOSS_CUT] = { WARNING_TRUNCATED, "the pages image ends before these pages" },
	[LOSS_MISSING] = { WARNING_MISSING_IMAGE, "the pages image is missing" },
	[LOSS_MISPLACED] = { WARNING_CORRUPT, "a damaged entry hides where these pages lie" },
	[LOSS_FLAGS] = { WARNING_CORRUPT, "the flags of entries contradict each other" },
};

struct lost {
	uint64_t first, last, bytes; /* addresses, both included */
};

struct maker {
	struct page_runs *out;
	const struct page_layout *layout;
	struct warning_list *warnings;
	struct lost lost[LOSSES];
	uint64_t offset; /* of the next present page; meaningless once misplaced */
	bool misplaced; /* from here on nobody knows the offset */
	enum loss why; /* ... because of this */
	bool any;
	uint64_t last; /* last address described so far, with any */
};

static bool follows(const struct page_run *before, const struct page_run *run)
{
	/* Within one map addresses never go down, so this cannot wrap into an earlier run. */
	return before->address + before->length == run->address && before->lost == run->lost &&
	       (run->lost || before->offset + before->length == run->offset);
}

static int append(struct maker *maker, struct page_run run, struct error *err)
{
	struct page_runs *out = maker->out;
	struct page_run *grown;

	if (!run.length)
		return 0;
	if (out->count && follows(&out->items[out->count - 1], &run)) {
		out->items[out->count - 1].length += run.length;
		return 0;
	}
	grown = array_grow(out->items, &out->capacity, out->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "page runs");
	out->items = grown;
	out->items[out->count++] = run;
	return 0;
}

static int append_lost(struct maker *maker, uint64_t address, uint64_t length, enum loss why,
		       struct error *err)
{
	struct lost *lost = &maker->lost[why];

	if (!length)
		return 0;
	if (!lost->bytes)
		lost->first = address;
	lost->last = address + length - 1;
	lost->bytes += length;
	return append(maker,
		      (struct page_run){ .address = address,
					 .length = length,
					 .image = maker->layout->image,
					 .lost = true },
		      err);
}

/* Whole pages from @offset that the pages image really holds. */
static uint64_t available(const struct page_layout *layout, uint64_t offset, uint64_t length)
{
	if (layout->pages_length == UINT64_MAX)
		return length;
	if (offset >= layout->pages_length)
		return 0;

	uint64_t there = layout->pages_length - offset;

	return there >= length ? length : there / layout->page_bytes * layout->page_bytes;
}

static int append_present(struct maker *maker, uint64_t address, uint64_t length, struct error *err)
{
	const struct page_layout *layout = maker->layout;
	uint64_t there;
	int ret;

	if (maker->misplaced)
		return append_lost(maker, address, length, maker->why, err);
	there = available(layout, maker->offset, length);
	ret = append(maker,
		     (struct page_run){ .address = address,
					.length = there,
					.image = layout->image,
					.offset = maker->offset },
		     err);
	if (ret < 0)
		return ret;
	return append_lost(maker, address + there, length - there,
			   layout->pages_missing ? LOSS_MISSING : LOSS_CUT, err);
}

static void misplace(struct maker *maker, enum loss why)
{
	if (!maker->misplaced)
		maker->why = why;
	maker->misplaced = true;
}

/* What comes after these bytes in the pages image. */
static void advance(struct maker *maker, const struct pagemap_entry *entry, uint64_t length)
{
	if (!entry->stored)
		return;
	if (entry->state == PAGES_ENCODED)
		misplace(maker, LOSS_ENCODED);
	else if (__builtin_add_overflow(maker->offset, length, &maker->offset))
		misplace(maker, LOSS_MISPLACED);
}

static int warn_entry(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
		      const char *what, struct error *err)
{
	const struct page_layout *layout = maker->layout;
	struct warning warning = {
		.code = WARNING_CORRUPT,
		.file = layout->name,
		.has_memory =
			layout->has_pid && length > 0 && length - 1 <= UINT64_MAX - entry->address,
		.pid = layout->pid,
		.start = entry->address,
		.end = entry->address + length,
		.bytes = length,
	};

	if (maker->warnings &&
	    warning_list_add(maker->warnings, &warning, "%s: an entry of %llu pages at %#llx %s",
			     layout->name, (unsigned long long)entry->pages,
			     (unsigned long long)entry->address, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* NULL: the entry can be used. */
static const char *fault(const struct maker *maker, const struct pagemap_entry *entry,
			 uint64_t length)
{
	if (!length)
		return "is empty";
	if (entry->address % maker->layout->page_bytes)
		return "does not start at a page";
	if (length - 1 > UINT64_MAX - entry->address)
		return "ends past the last address";
	if (maker->any && entry->address <= maker->last)
		return "overlaps one before it, or is out of order";
	return NULL;
}

static int append_entry(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
			struct error *err)
{
	switch (entry->state) {
	case PAGES_PRESENT:
		return append_present(maker, entry->address, length, err);
	case PAGES_PARENT:
		return append_lost(maker, entry->address, length, LOSS_PARENT, err);
	case PAGES_LAZY:
		return append_lost(maker, entry->address, length, LOSS_LAZY, err);
	case PAGES_ENCODED:
		return append_lost(maker, entry->address, length, LOSS_ENCODED, err);
	case PAGES_DAMAGED:
		break;
	}
	return append_lost(maker, entry->address, length, LOSS_FLAGS, err);
}

static int take_entry(struct maker *maker, const struct pagemap_entry *entry, struct error *err)
{
	uint64_t length;
	const char *what;
	int ret;

	if (__builtin_mul_overflow(entry->pages, maker->layout->page_bytes, &length)) {
		if (entry->stored)
			misplace(maker, LOSS_MISPLACED);
		return warn_entry(maker, entry, 0, "is longer than any memory", err);
	}
	what = fault(maker, entry, length);
	if (what) {
		ret = warn_entry(maker, entry, length, what, err);
	} else {
		ret = append_entry(maker, entry, length, err);
		maker->any = true;
		maker->last = entry->address + length - 1;
	}
	advance(maker, entry, length);
	return ret;
}

static int warn_losses(const struct maker *maker, struct error *err)
{
	const struct page_layout *layout = maker->layout;

	for (size_t why = 0; why < LOSSES; why++) {
		const struct lost *lost = &maker->lost[why];
		bool of_pages = why == LOSS_CUT || why == LOSS_MISSING;
		struct warning warning = {
			.code = losses[why].code,
			.file = of_pages ? layout->pages_name : layout->name,
			.has_memory = layout->has_pid,
			.pid = layout->pid,
			.start = lost->first,
			.end = lost->last + 1,
			.bytes = lost->bytes,
		};

		if (lost->bytes && warning_list_add(maker->warnings, &warning, "%s: %s",
						    warning.file, losses[why].what) < 0)
			return error_no_memory(err, "a warning");
	}
	return 0;
}

int page_runs_make(struct page_runs *out, const struct page_layout *layout,
		   struct warning_list *warnings, uint64_t *described, struct error *err)
{
	struct maker maker = { .out = out, .layout = layout, .warnings = warnings };
	int ret = 0;

	for (size_t i = 0; i < layout->pagemap->count && ret == 0; i++)
		ret = take_entry(&maker, &layout->pagemap->entries[i], err);
	*described = maker.misplaced ? DESCRIBED_UNKNOWN : maker.offset;
	if (ret == 0 && warnings)
		ret = warn_losses(&maker, err);
	return ret;
}

void page_runs_release(struct page_runs *runs)
{
	free(runs->items);
	*runs = (struct page_runs){ 0 };
}
