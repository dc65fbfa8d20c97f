#include "engine/read/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/read/mapped.h"

#define NOT_ON_DISK UINT64_MAX

struct kept {
	struct spill *spill;
	uint64_t length;
	uint64_t page_bytes;
	uint8_t *window;
	struct address_range *ranges; /* ascending, apart from each other */
	size_t range_count, range_capacity;
	uint64_t memory_taken; /* of the account */
	uint64_t
		memory_end; /* bytes before this may be written to the window: their pages are paid */
	uint64_t disk_from; /* what is added from here on lies in the file */
	uint64_t disk_offset; /* in the file, of the byte at disk_from */
	struct mapped *guard; /* of the file's part of the window; NULL: not mapped */
	bool zeros;
};

static uint64_t page_floor(const struct kept *kept, uint64_t offset)
{
	return offset - offset % kept->page_bytes;
}

static uint64_t page_ceiling(const struct kept *kept, uint64_t offset)
{
	return page_floor(kept, offset + kept->page_bytes - 1);
}

static int open_window(struct kept *kept, struct error *err)
{
	if (kept->window || kept->length == 0)
		return 0;

	void *window = mmap(NULL, kept->length, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (window == MAP_FAILED)
		return error_set(err, ERROR_LIMIT, 0, "no addresses for a file of %llu bytes",
				 (unsigned long long)kept->length);
	/* One byte would take a huge page, and the account counts small ones. Older kernels may not know. */
	madvise(window, kept->length, MADV_NOHUGEPAGE);
	kept->window = window;
	return 0;
}

int kept_new(struct kept **out, struct spill *spill, uint64_t length, bool zeros, struct error *err)
{
	if (length > (uint64_t)INT64_MAX / 2)
		return error_set(err, ERROR_LIMIT, 0, "a file of %llu bytes cannot be kept",
				 (unsigned long long)length);

	struct kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return error_no_memory(err, "a kept file");
	kept->spill = spill;
	kept->length = length;
	kept->zeros = zeros;
	kept->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	kept->disk_from = NOT_ON_DISK;

	int ret = open_window(kept, err);

	if (ret) {
		kept_free(kept);
		return ret;
	}
	*out = kept;
	return 0;
}

void kept_free(struct kept *kept)
{
	if (!kept)
		return;
	mapped_free(kept->guard);
	if (kept->window)
		munmap(kept->window, kept->length);
	spill_give_memory(kept->spill, kept->memory_taken);
	if (kept->disk_from != NOT_ON_DISK)
		spill_discard(kept->spill, kept->disk_offset, kept->length - kept->disk_from);
	free(kept->ranges);
	free(kept);
}

static int note_range(struct kept *kept, uint64_t offset, uint64_t end, struct error *err)
{
	if (kept->range_count && kept->ranges[kept->range_count - 1].end == offset) {
		kept->ranges[kept->range_count - 1].end = end;
		return 0;
	}

	struct address_range *grown = array_grow(kept->ranges, &kept->range_capacity,
						 kept->range_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "kept ranges");
	kept->ranges = grown;
	kept->ranges[kept->range_count++] = (struct address_range){ offset, end };
	return 0;
}

static bool pay_pages(struct kept *kept, uint64_t offset, uint64_t end)
{
	uint64_t first = page_floor(kept, offset), past = page_ceiling(kept, end);

	if (first < kept->memory_end)
		first = kept->memory_end;
	if (past <= first)
		return true;
	if (!spill_take_memory(kept->spill, past - first))
		return false;
	kept->memory_taken += past - first;
	kept->memory_end = past;
	return true;
}

static void map_disk_part(struct kept *kept)
{
	uint64_t length = kept->length - kept->disk_from;
	uint8_t *place = kept->window + kept->disk_from;

	if (mmap(place, length, PROT_READ, MAP_SHARED | MAP_FIXED, spill_descriptor(kept->spill),
		 (off_t)kept->disk_offset) == MAP_FAILED)
		return;
	/* Unguarded bytes are never lent: kept_read() then takes them from the file. */
	if (mapped_guard(&kept->guard, place, length, NULL))
		kept->guard = NULL;
}

static int move_to_disk(struct kept *kept, uint64_t from, struct error *err)
{
	uint64_t offset;
	int ret = spill_reserve(kept->spill, kept->length - from, &offset, err);

	if (ret)
		return ret;
	/* Only a hole that is read needs to lie within the file. */
	if (kept->zeros)
		ret = spill_extend(kept->spill, offset + kept->length - from, err);
	if (ret)
		return ret;
	kept->disk_from = from;
	kept->disk_offset = offset;
	map_disk_part(kept);
	return 0;
}

static int add_to_disk(struct kept *kept, uint64_t offset, struct bytes bytes, struct error *err)
{
	if (kept->disk_from == NOT_ON_DISK) {
		int ret = move_to_disk(kept, page_floor(kept, offset), err);

		if (ret)
			return ret;
	}
	return spill_write(kept->spill, kept->disk_offset + (offset - kept->disk_from), bytes, err);
}

/* Copies what fits into paid memory, up to the first byte that lies on the disk. */
static size_t add_to_memory(struct kept *kept, uint64_t offset, struct bytes bytes)
{
	uint64_t end = offset + bytes.length;

	if (kept->disk_from == NOT_ON_DISK)
		pay_pages(kept, offset, end);
	if (offset >= kept->memory_end)
		return 0;

	uint64_t room = kept->memory_end - offset;
	size_t length = bytes.length < room ? bytes.length : (size_t)room;

	memcpy(kept->window + offset, bytes.data, length);
	return length;
}

static int check_order(const struct kept *kept, uint64_t offset, uint64_t length, struct error *err)
{
	uint64_t least = kept->range_count ? kept->ranges[kept->range_count - 1].end : 0;

	if (offset >= least && offset <= kept->length && length <= kept->length - offset)
		return 0;
	return error_set(err, ERROR_USAGE, 0,
			 "bytes at %llu are out of order or past the end of their file",
			 (unsigned long long)offset);
}

int kept_add(struct kept *kept, uint64_t offset, struct bytes bytes, struct error *err)
{
	if (bytes.length == 0)
		return 0;

	int ret = check_order(kept, offset, bytes.length, err);

	if (ret)
		return ret;

	size_t copied = add_to_memory(kept, offset, bytes);
	struct bytes rest = { bytes.data + copied, bytes.length - copied };

	if (rest.length > 0) {
		ret = add_to_disk(kept, offset + copied, rest, err);
		if (ret)
			return ret;
	}
	return note_range(kept, offset, offset + bytes.length, err);
}

/* Memory that was never written reads as zeros, and so does the file as far as it is long. */
int kept_add_zeros(struct kept *kept, uint64_t offset, uint64_t length, struct error *err)
{
	if (length == 0)
		return 0;

	int ret = check_order(kept, offset, length, err);

	if (!ret && kept->disk_from != NOT_ON_DISK)
		ret = spill_extend(kept->spill,
				   kept->disk_offset + (offset + length - kept->disk_from), err);
	return ret ? ret : note_range(kept, offset, offset + length, err);
}

bool kept_range(const struct kept *kept, uint64_t offset, struct address_range *out)
{
	size_t low = 0, high = kept->range_count;

	if (kept->zeros) {
		*out = (struct address_range){ 0, kept->length };
		return offset < kept->length;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kept->ranges[middle].end <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == kept->range_count || offset < kept->ranges[low].start)
		return false;
	*out = kept->ranges[low];
	return true;
}

bool kept_lend(const struct kept *kept, struct address_range range, struct bytes *out)
{
	if (!kept->guard && range.end > kept->disk_from)
		return false;
	*out = (struct bytes){ kept->window + range.start, (size_t)(range.end - range.start) };
	return true;
}

static int read_disk(const struct kept *kept, uint64_t offset, uint8_t *buffer, uint64_t length,
		     struct error *err)
{
	while (length > 0) {
		ssize_t got = pread(spill_descriptor(kept->spill), buffer, (size_t)length,
				    (off_t)(kept->disk_offset + (offset - kept->disk_from)));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return error_set(err, ERROR_SYSTEM, got < 0 ? errno : EIO,
					 "read the spill file");
		buffer += got;
		offset += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return 0;
}

int kept_read(const struct kept *kept, struct address_range range, uint8_t *buffer,
	      struct error *err)
{
	uint64_t memory_end = range.end < kept->disk_from ? range.end : kept->disk_from;

	if (range.start < memory_end) {
		memcpy(buffer, kept->window + range.start, (size_t)(memory_end - range.start));
		buffer += memory_end - range.start;
		range.start = memory_end;
	}
	return read_disk(kept, range.start, buffer, range.end - range.start, err);
}

bool kept_damaged(const struct kept *kept, uint64_t offset, uint64_t length,
		  struct address_range *out)
{
	uint64_t end = length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
	uint64_t start = offset < kept->disk_from ? kept->disk_from : offset;

	if (!kept->guard || start >= end ||
	    !mapped_damaged(kept->guard, start - kept->disk_from, end - start, out))
		return false;
	out->start += kept->disk_from;
	out->end += kept->disk_from;
	return true;
}
