#include "engine/search/family.h"

#include <stdlib.h>

/* 1 MiB of one member is enough to see whether they are siblings. */
#define CELLS_TO_SEE 256u
/* Of so many cells one must be equal: comparing costs a tenth of the dearest search that it is used with. */
#define CELLS_FOR_ONE 4u

int family_new(struct family **out, uint32_t purpose, bool always, struct error *err)
{
	struct family *family = malloc(sizeof(*family));

	if (!family)
		return error_no_memory(err, "a family of blocks");
	family->purpose = purpose;
	family->always = always;
	family->count = 0;
	atomic_init(&family->holders, 1);
	atomic_init(&family->compared, 0);
	atomic_init(&family->equal, 0);
	*out = family;
	return 0;
}

void family_add(struct family *family, struct view *view, uint64_t address)
{
	view_hold(view);
	family->members[family->count++] = (struct family_member){ view, address };
}

void family_hold(struct family *family)
{
	/* Relaxed: whoever holds one more already has one. */
	atomic_fetch_add_explicit(&family->holders, 1, memory_order_relaxed);
}

void family_release(struct family *family, size_t worker)
{
	/* What others did with the members must be over before the last one gives them up. */
	if (!family || atomic_fetch_sub_explicit(&family->holders, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < family->count; i++)
		view_release(family->members[i].view, worker);
	free(family);
}

/* An empty match may stand at the end of a block, so it has one start more than bytes. */
struct address_range family_starts(const struct family *family, size_t index, uint64_t start,
				   uint64_t end)
{
	const struct family_member *member = &family->members[index];
	uint64_t limit = member->address + member->view->length + 1;

	start = later(start, member->address);
	end = earlier(end, limit);
	if (start >= end)
		return (struct address_range){ 0, 0 };
	return (struct address_range){ start - member->address, end - member->address };
}

static uint64_t next_live(const struct family_member *member, const struct margins *margins,
			  uint64_t address)
{
	uint64_t position = later(address, member->address) - member->address;
	uint64_t live;

	if (position > member->view->length)
		return UINT64_MAX;
	live = shard_next_live(member->view, margins, position);
	return live == UINT64_MAX ? UINT64_MAX : member->address + live;
}

bool family_next_shard(const struct family *family, const struct margins *margins,
		       uint64_t shard_bytes, uint64_t *start, uint64_t *end)
{
	uint64_t live = UINT64_MAX;

	for (size_t i = 0; i < family->count; i++)
		live = earlier(live, next_live(&family->members[i], margins, *start));
	if (live == UINT64_MAX)
		return false;
	*start = live;
	*end = live + shard_bytes;
	/* At a cell's border, so that no cell is compared twice. */
	if (shard_bytes > SHARERS_CELL_BYTES)
		*end -= *end % SHARERS_CELL_BYTES;
	return true;
}

bool family_compares(const struct family *family)
{
	/* Relaxed: an estimate, of which nothing but time depends. */
	uint64_t compared = atomic_load_explicit(&family->compared, memory_order_relaxed);
	uint64_t equal = atomic_load_explicit(&family->equal, memory_order_relaxed);

	return family->always || compared < CELLS_TO_SEE || equal >= compared / CELLS_FOR_ONE;
}
