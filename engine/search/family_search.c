#include "engine/search/family_search.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/search/seam.h"
#include "engine/search/search_block.h"
#include "engine/search/search_target.h"

/* Starts nearer to each other than that are searched together: one more call costs as much. */
#define NEAR_BYTES 512u
/* What all members of a shard may hold of chains' parts is no more than four blocks that are searched alone. */
#define MOST_PARTS (1u << 18)

enum sibling_state {
	SIBLING_ABSENT, /* it has no live start there */
	SIBLING_ALONE, /* not all of its bytes can be read */
	SIBLING_AT_HAND,
};

/* A member's share of the shard that is at hand. */
struct sibling {
	struct view *view;
	uint64_t address; /* of position 0 */
	struct address_range own; /* positions of the starts */
	enum sibling_state state;
	struct stretch stretch;
	const struct span *in_place; /* that the stretch was lent from; NULL: a copy */
	struct piece piece; /* of the stretch */
	struct part_buffer parts;
	size_t first_target, target_count; /* in the arrays of the hand */
	bool damaged; /* since it was lent */
};

/* Where matches go, one entry for each placement. */
struct target_list {
	struct placement *placements;
	struct match_store **stores;
	uint8_t *members;
	size_t count, placement_capacity, store_capacity, member_capacity;
};

struct family_hand {
	struct sibling siblings[SAME_MOST_MEMBERS];
	struct same_strip strips[SAME_MOST_MEMBERS];
	struct sharer_parts parts[SAME_MOST_MEMBERS];
	size_t count;
	struct same_bytes same;
	struct target_list
		all; /* of all siblings at hand, at the addresses of the first bytes of their blocks */
	struct target_list some; /* of those for whom one of them searches */
};

/* A search for the starts that one member searches. */
struct family_run {
	struct family_hand *family;
	struct scanner *scanner;
	const struct margins *margins;
	size_t member;
	uint32_t listed; /* members that are in family->some; 0: none yet */
};

/* Hands. */

static int family_hand_of(struct hand *hand, struct family_hand **out, struct error *err)
{
	if (!hand->family)
		hand->family = calloc(1, sizeof(*hand->family));
	if (!hand->family)
		return error_no_memory(err, "a worker's buffers");
	*out = hand->family;
	return 0;
}

static void target_list_release(struct target_list *list)
{
	free(list->placements);
	free(list->stores);
	free(list->members);
}

void family_hand_free(struct family_hand *family)
{
	if (!family)
		return;
	for (size_t i = 0; i < SAME_MOST_MEMBERS; i++) {
		stretch_release(&family->siblings[i].stretch);
		part_buffer_release(&family->siblings[i].parts);
	}
	same_bytes_release(&family->same);
	target_list_release(&family->all);
	target_list_release(&family->some);
	free(family);
}

static int target_list_add(struct target_list *list, const struct placement *placement,
			   struct match_store *store, size_t member, struct error *err)
{
	size_t count = list->count + 1;
	struct placement *placements =
		array_grow(list->placements, &list->placement_capacity, count, sizeof(*placements));
	struct match_store **stores;
	uint8_t *members;

	if (placements)
		list->placements = placements;
	stores = array_grow(list->stores, &list->store_capacity, count, sizeof(*stores));
	if (stores)
		list->stores = stores;
	members = array_grow(list->members, &list->member_capacity, count, sizeof(*members));
	if (members)
		list->members = members;
	if (!placements || !stores || !members)
		return error_no_memory(err, "a worker's buffers");
	placements[list->count] = *placement;
	stores[list->count] = store;
	members[list->count++] = (uint8_t)member;
	return 0;
}

/* Bytes. */

/* NULL: the bytes of the stretch do not lie together. */
static const struct span *span_around(const struct view *view, const struct stretch *stretch)
{
	const struct span *span = &view->spans[view_span_at(view, stretch->start)];

	return span->kind != SPAN_ZERO && stretch->end <= span_end(span) ? span : NULL;
}

static int take_bytes(struct sibling *sibling, const struct margins *margins,
		      const struct file_table *files, struct error *err)
{
	const struct span *span;
	uint64_t lent = 0;

	stretch_begin_around(&sibling->stretch, sibling->view, margins, sibling->own.start,
			     sibling->own.end);
	span = span_around(sibling->view, &sibling->stretch);
	sibling->in_place = NULL;
	if (span) {
		int ret = seam_lend(&sibling->stretch, span, files, &lent, err);

		if (ret)
			return ret;
		if (lent >= sibling->stretch.end - sibling->stretch.start) {
			sibling->in_place = span;
			return 0;
		}
	}
	return seam_copy(&sibling->stretch, sibling->view, files, err);
}

static int take_sibling(struct search *search, struct sibling *sibling,
			const struct margins *margins, struct error *err)
{
	bool more = false;
	int ret;

	sibling->state = SIBLING_ABSENT;
	sibling->damaged = false;
	if (sibling->own.start >= sibling->own.end ||
	    shard_next_live(sibling->view, margins, sibling->own.start) >= sibling->own.end)
		return 0;
	ret = take_bytes(sibling, margins, search->plan->files, err);
	if (ret)
		return ret;
	sibling->state = SIBLING_ALONE;
	if (sibling->stretch.hole_count)
		return 0;
	ret = stretch_next_piece(&sibling->stretch, sibling->view, &sibling->piece, &more, err);
	if (!ret && more)
		sibling->state = SIBLING_AT_HAND;
	return ret;
}

static struct same_strip strip_of(const struct sibling *sibling)
{
	const struct piece *piece = &sibling->piece;
	uint64_t start = sibling->address + piece->position;

	if (sibling->state != SIBLING_AT_HAND)
		return (struct same_strip){ .data = NULL };
	return (struct same_strip){ .data = piece->data,
				    .start = start,
				    .end = start + piece->length,
				    .own_start = sibling->address + sibling->own.start,
				    .own_end = sibling->address + sibling->own.end,
				    .first = piece->first,
				    .last = piece->last,
				    .dumped = piece->dumped,
				    .dumped_count = piece->dumped_count };
}

/* Where matches go. */

static int list_targets(struct family_hand *family, size_t member, size_t worker, struct error *err)
{
	struct sibling *sibling = &family->siblings[member];
	const struct search_block *block = sibling->view->block;
	int ret = 0;

	sibling->first_target = family->all.count;
	sibling->target_count = block->placement_count;
	for (size_t i = 0; !ret && i < block->placement_count; i++) {
		struct placement placement = block->placements[i];
		struct match_store *store = NULL;

		ret = search_target_store(block->targets[i], worker, &store, err);
		if (!ret)
			ret = target_list_add(&family->all, &placement, store, member, err);
	}
	return ret;
}

static void begin_parts(struct hand *hand, struct sibling *sibling)
{
	const struct search_block *block = sibling->view->block;

	part_buffer_clear(&sibling->parts);
	sibling->parts.store = block->chains;
	sibling->parts.database = hand->databases[block->purpose];
	sibling->parts.most = MOST_PARTS;
}

/* @members as @run->member sees them: at addresses that lead to theirs from positions in its block. */
static int choose_targets(struct family_run *run, uint32_t members, struct error *err)
{
	struct family_hand *family = run->family;
	uint64_t here = family->siblings[run->member].address;
	int ret = 0;

	if (members == run->listed)
		return 0;
	family->some.count = 0;
	for (size_t i = 0; !ret && i < family->all.count; i++) {
		size_t member = family->all.members[i];
		struct placement placement = family->all.placements[i];

		if (!(members >> member & 1))
			continue;
		placement.address += here - family->siblings[member].address;
		ret = target_list_add(&family->some, &placement, family->all.stores[i], member,
				      err);
	}
	run->listed = members;
	return ret;
}

/* Indexes into the bytes of @run->member become those of the others. */
static void shift_parts(struct family_run *run)
{
	struct family_hand *family = run->family;

	for (size_t i = 0; i < family->count; i++)
		family->parts[i] = (struct sharer_parts){
			.buffer = &family->siblings[i].parts,
			.piece = &family->siblings[i].piece,
			.shift = family->strips[run->member].start - family->strips[i].start,
		};
}

/* Searching. */

/* Starts [@start, @end), as addresses, for the members that any of them counts for. */
static int scan_starts(struct family_run *run, uint64_t start, uint64_t end, uint32_t members,
		       struct error *err)
{
	struct family_hand *family = run->family;
	const struct sibling *sibling = &family->siblings[run->member];
	uint64_t strip = family->strips[run->member].start;
	bool chains = sibling->view->block->chains;
	struct piece piece = sibling->piece;
	uint64_t live = shard_next_live(sibling->view, run->margins, start - sibling->address);
	int ret = choose_targets(run, members, err);

	if (ret || live >= end - sibling->address)
		return ret;

	const struct sharers sharers = { .zones = same_bytes_zones(&family->same, run->member),
					 .bias = strip - family->same.origin,
					 .head = family->same.head,
					 .tail = family->same.tail,
					 .members = family->some.members,
					 .parts = chains ? family->parts : NULL,
					 .member_count = (uint32_t)family->count };
	const struct piece_targets targets = { .placements = family->some.placements,
					       .stores = family->some.stores,
					       .count = family->some.count,
					       .sharers = &sharers };

	piece.own_start = (size_t)(sibling->address + live - strip);
	piece.own_end = (size_t)(end - strip);
	return scanner_scan(run->scanner, &piece, &targets, err);
}

/* All that a member searches: its zones, those that are near to each other together. */
static int scan_member(struct family_run *run, struct error *err)
{
	const struct same_bytes *same = &run->family->same;
	const struct same_strip *strip = &run->family->strips[run->member];
	const uint32_t *zones = same_bytes_zones(same, run->member);
	uint64_t start = 0, end = 0;
	uint32_t members = 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < same->cell_count * SHARERS_ZONES; i++) {
		uint64_t zone_start, zone_end;

		if (!zones[i])
			continue;
		same_bytes_zone(same, i, &zone_start, &zone_end);
		zone_start = later(zone_start, strip->own_start);
		zone_end = earlier(zone_end, strip->own_end);
		if (members && zone_start - end > NEAR_BYTES) {
			ret = scan_starts(run, start, end, members, err);
			members = 0;
		}
		if (!members)
			start = zone_start;
		end = zone_end;
		members |= zones[i];
	}
	return ret || !members ? ret : scan_starts(run, start, end, members, err);
}

static int search_members(struct search *search, struct hand *hand, uint32_t purpose,
			  struct error *err)
{
	struct family_hand *family = hand->family;
	struct family_run run = { .family = family,
				  .scanner = hand->scanners[purpose],
				  .margins = &search->margins[purpose] };
	int ret = 0;

	for (size_t i = 0; !ret && i < family->count && !search_stopped(search); i++) {
		struct sibling *sibling = &family->siblings[i];

		if (sibling->state != SIBLING_AT_HAND)
			continue;
		run.member = i;
		run.listed = 0;
		shift_parts(&run);
		ret = scan_member(&run, err);
		if (!ret && sibling->view->block->chains)
			ret = part_buffer_flush(&sibling->parts, &sibling->piece, err);
	}
	return ret;
}

/* What was searched, and what was lost. */

static int look_for_damage(const struct search *search, struct sibling *sibling, struct error *err)
{
	struct stretch *stretch = &sibling->stretch;
	int ret;

	if (!sibling->in_place || sibling->in_place->kind != SPAN_FILE)
		return 0;
	ret = seam_add_damage(stretch, sibling->in_place, search->plan->files, stretch->start,
			      stretch->end, err);
	sibling->damaged = stretch->hole_count > 0;
	return ret;
}

/* Whether a member whose file was cut while it was searched was searched for @member too. */
static bool relied_on_damage(const struct family_hand *family, size_t member)
{
	size_t zones = family->same.cell_count * SHARERS_ZONES;

	for (size_t i = 0; i < member; i++) {
		const uint32_t *searched = same_bytes_zones(&family->same, i);

		for (size_t zone = 0; family->siblings[i].damaged && zone < zones; zone++)
			if (searched[zone] >> member & 1)
				return true;
	}
	return false;
}

/* What was found in zeros that came of a cut is no answer for the others: all of it counts as lost. */
static int lose_all(struct sibling *sibling, struct error *err)
{
	const struct view *view = sibling->view;
	int ret = 0;

	sibling->stretch.hole_count = 0;
	for (size_t i = view_span_at(view, sibling->own.start); !ret && i < view->span_count; i++) {
		const struct span *span = &view->spans[i];
		uint64_t start = later(span->start, sibling->own.start);
		uint64_t end = earlier(span_end(span), sibling->own.end);
		struct hole hole = { start, end, span->offset + (start - span->start), span->file,
				     WARNING_CHANGED_WHILE_READ };

		if (span->kind != SPAN_ZERO && start < end)
			ret = stretch_add_hole(&sibling->stretch, hole, err);
	}
	return ret;
}

static int report_members(struct search *search, struct hand *hand, size_t worker,
			  struct error *err)
{
	struct family_hand *family = hand->family;
	int ret = 0;

	for (size_t i = 0; !ret && i < family->count; i++)
		if (family->siblings[i].state == SIBLING_AT_HAND)
			ret = look_for_damage(search, &family->siblings[i], err);
	for (size_t i = 0; !ret && i < family->count; i++) {
		struct sibling *sibling = &family->siblings[i];

		if (sibling->state != SIBLING_AT_HAND)
			continue;
		if (relied_on_damage(family, i))
			ret = lose_all(sibling, err);
		if (!ret)
			ret = piece_maker_count(&hand->maker, sibling->view, &sibling->stretch,
						err);
		if (!ret)
			ret = hand_report(search, hand, worker, sibling->view->block, err);
	}
	return ret;
}

/* The shard. */

static int search_alone(struct search *search, struct hand *hand, size_t worker,
			const struct shard *shard, size_t index, struct error *err)
{
	struct address_range own = family_starts(shard->family, index, shard->start, shard->end);

	if (own.start >= own.end)
		return 0;
	return hand_search_view(search, hand, worker, shard->family->members[index].view, own.start,
				own.end, err);
}

static int take_siblings(struct search *search, struct hand *hand, size_t worker,
			 const struct shard *shard, size_t *at_hand, struct error *err)
{
	const struct family *from = shard->family;
	struct family_hand *family = hand->family;
	int ret = 0;

	*at_hand = 0;
	family->count = from->count;
	family->all.count = 0;
	for (size_t i = 0; !ret && i < family->count; i++) {
		struct sibling *sibling = &family->siblings[i];

		sibling->view = from->members[i].view;
		sibling->address = from->members[i].address;
		sibling->own = family_starts(from, i, shard->start, shard->end);
		begin_parts(hand, sibling);
		ret = take_sibling(search, sibling, &search->margins[from->purpose], err);
		family->strips[i] = strip_of(sibling);
		if (ret || sibling->state != SIBLING_AT_HAND)
			continue;
		++*at_hand;
		ret = list_targets(family, i, worker, err);
	}
	return ret;
}

static int share(struct search *search, struct hand *hand, const struct shard *shard,
		 struct error *err)
{
	struct family *from = shard->family;
	const struct margins *margins = &search->margins[from->purpose];
	struct family_hand *family = hand->family;
	const struct same_range range = { shard->start, shard->end, margins->left, margins->right };
	int ret;

	family->same.compared = family->same.equal = 0;
	ret = same_bytes_find(&family->same, family->strips, family->count, &range, err);
	if (ret)
		return ret;
	/* Relaxed: an estimate. */
	atomic_fetch_add_explicit(&from->compared, family->same.compared, memory_order_relaxed);
	atomic_fetch_add_explicit(&from->equal, family->same.equal, memory_order_relaxed);
	return search_members(search, hand, from->purpose, err);
}

int family_search(struct search *search, struct hand *hand, size_t worker,
		  const struct shard *shard, struct error *err)
{
	struct family_hand *family = NULL;
	size_t at_hand = 0;
	int ret = family_hand_of(hand, &family, err);
	bool together = !ret && family_compares(shard->family);

	if (together)
		ret = take_siblings(search, hand, worker, shard, &at_hand, err);
	if (!ret && at_hand)
		ret = share(search, hand, shard, err);
	if (!ret && at_hand)
		ret = report_members(search, hand, worker, err);
	for (size_t i = 0; !ret && i < shard->family->count && !search_stopped(search); i++)
		if (!together || family->siblings[i].state == SIBLING_ALONE)
			ret = search_alone(search, hand, worker, shard, i, err);
	return ret;
}
