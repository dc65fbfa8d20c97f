#include "scanners/criu/page_runs.h"

#include <stdlib.h>

#include "engine/base/array.h"

/*
 * What a warning about lost pages says; each is told once for a page map of a layer, with all its bytes. Without words:
 * whoever lost them has told it.
 */
static const struct {
	enum warning_code code;
	const char *what;
	bool of_pages; /* about the pages image, not the page map */
} losses[FATES] = {
	[FATE_PARENT] = { WARNING_MISSING_PARENT,
			  "pages lie in a parent checkpoint that is not read", false },
	[FATE_LAZY] = { WARNING_LAZY_PAGES,
			"pages were left to a lazy migration and are not in the dump", false },
	[FATE_ENCODED] = { WARNING_UNKNOWN_ENCODING,
			   "pages are compressed or encoded in an unknown way", false },
	[FATE_CUT] = { WARNING_TRUNCATED, "the pages image ends before these pages", true },
	[FATE_NOT_KEPT] = { WARNING_LIMIT, NULL, true },
	[FATE_MISSING] = { WARNING_MISSING_IMAGE, "the pages image is missing", true },
	[FATE_ENCRYPTED] = { WARNING_ENCRYPTED, "encrypted", true },
	[FATE_FOREIGN] = { WARNING_UNSUPPORTED,
			   "pages compressed as a whole by a fork of CRIU stand in its place",
			   true },
	[FATE_MISPLACED] = { WARNING_CORRUPT, "a damaged entry hides where these pages lie",
			     false },
	[FATE_FLAGS] = { WARNING_CORRUPT, "the flags of entries contradict each other", false },
	[FATE_NOT_UNPACKED] = { WARNING_UNKNOWN_ENCODING,
				"pages are compressed and were not unpacked", false },
	[FATE_SPOILED] = { WARNING_CORRUPT, "compressed pages are damaged", true },
	[FATE_BAD_SIZES] = { WARNING_CORRUPT,
			     "sizes of compressed pages contradict each other and hide where pages "
			     "lie",
			     false },
	[FATE_TOO_MUCH] = { WARNING_LIMIT, "compressed pages unpack to more than may be kept",
			    true },
	[FATE_NO_SPACE] = { WARNING_NO_SPACE, "no place for unpacked pages", true },
	[FATE_UNREADABLE] = { WARNING_READ_ERROR, "compressed pages could not be read", true },
	[FATE_STOPPED] = { WARNING_INTERRUPTED, "the run ended before these pages were unpacked",
			   true },
	[FATE_ABSENT] = { WARNING_MISSING_PARENT,
			  "pages that were left to this parent are not in it", false },
	[FATE_NO_MAP] = { WARNING_MISSING_PARENT, "missing in a parent that pages were left to",
			  false },
	[FATE_NO_PARENT] = { WARNING_MISSING_PARENT, "pages lie in a parent that is missing",
			     false },
	[FATE_LOOP] = { WARNING_PARENT_LOOP, "pages lie in a parent, but the parents are a loop",
			false },
	[FATE_TOO_DEEP] = { WARNING_LIMIT, "pages lie in a parent behind too many others", false },
	[FATE_TOO_DIVIDED] = { WARNING_LIMIT,
			       "pages lie in parents that divide them into too many ranges",
			       false },
};

struct lost {
	uint64_t first, last, bytes; /* addresses, both included */
};

struct resolver {
	const struct page_layers *layers;
	struct warning_list *warnings;
	struct page_places found; /* of all layers: apart from each other, but not ascending */
	struct page_places asked, left; /* of this layer, and what is left to the next one */
	struct page_places places; /* of this layer */
	struct lost lost[FATES]; /* in this layer */
};

static int take(struct resolver *resolver, const struct page_place *place, struct error *err)
{
	struct lost *lost = &resolver->lost[place->fate];

	if (!lost->bytes)
		lost->first = place->address;
	lost->last = place->address + place->length - 1;
	lost->bytes += place->length;
	return page_places_add(&resolver->found, place, err);
}

static int lose(struct resolver *resolver, const struct page_place *place, enum page_fate fate,
		struct error *err)
{
	const struct page_place lost = {
		.address = place->address,
		.length = place->length,
		.image = UINT32_MAX,
		.fate = fate,
	};

	return take(resolver, &lost, err);
}

static int lose_asked(struct resolver *resolver, enum page_fate fate, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < resolver->asked.count && !ret; i++)
		ret = lose(resolver, &resolver->asked.items[i], fate, err);
	return ret;
}

static int take_or_leave(struct resolver *resolver, const struct page_place *place,
			 struct error *err)
{
	if (place->fate == FATE_PARENT)
		return page_places_add(&resolver->left, place, err);
	return take(resolver, place, err);
}

/* The part of @place from @address on, @length bytes of it. */
static struct page_place part(const struct page_place *place, uint64_t address, uint64_t length)
{
	struct page_place out = *place;

	out.offset += address - place->address;
	out.address = address;
	out.length = length;
	return out;
}

static uint64_t last_of(const struct page_place *place)
{
	return place->address + (place->length - 1);
}

/* What this layer says of one range that it is asked for; *@next is the first place that may matter. */
static int answer(struct resolver *resolver, const struct page_place *asked, size_t *next,
		  struct error *err)
{
	uint64_t address = asked->address, last = last_of(asked);
	const struct page_places *places = &resolver->places;
	int ret = 0;

	while (!ret) {
		const struct page_place *place;
		struct page_place piece;

		while (*next < places->count && last_of(&places->items[*next]) < address)
			++*next;
		place = *next < places->count ? &places->items[*next] : NULL;
		if (!place || place->address > last) {
			piece = part(asked, address, last - address + 1);
			return lose(resolver, &piece, FATE_ABSENT, err);
		}
		if (place->address > address) {
			piece = part(asked, address, place->address - address);
			ret = lose(resolver, &piece, FATE_ABSENT, err);
			address = place->address;
		}
		if (!ret) {
			uint64_t end = last_of(place) < last ? last_of(place) : last;

			piece = part(place, address, end - address + 1);
			ret = take_or_leave(resolver, &piece, err);
			if (end == last)
				return ret;
			address = end + 1;
		}
	}
	return ret;
}

static int answer_all(struct resolver *resolver, struct error *err)
{
	uint64_t steps = (uint64_t)resolver->asked.count + resolver->places.count;
	size_t next = 0;
	int ret = 0;

	if (steps > *resolver->layers->steps)
		return lose_asked(resolver, FATE_TOO_DIVIDED, err);
	*resolver->layers->steps -= steps;
	for (size_t i = 0; i < resolver->asked.count && !ret; i++)
		ret = answer(resolver, &resolver->asked.items[i], &next, err);
	return ret;
}

static int answer_first(struct resolver *resolver, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < resolver->places.count && !ret; i++)
		ret = take_or_leave(resolver, &resolver->places.items[i], err);
	return ret;
}

static int warn_loss(const struct resolver *resolver, const struct page_layout *layout,
		     enum page_fate fate, struct error *err)
{
	const struct lost *lost = &resolver->lost[fate];
	const char *missing = fate == FATE_NO_PARENT ? resolver->layers->missing : NULL;
	struct warning warning = {
		.code = losses[fate].code,
		.file = losses[fate].of_pages ? layout->pages_name : layout->name,
		.has_memory = layout->has_pid,
		.pid = layout->pid,
		.start = lost->first,
		.end = lost->last + 1,
		.bytes = lost->bytes,
	};

	if (warning_list_add(resolver->warnings, &warning, "%s: %s%s%s", warning.file,
			     losses[fate].what, missing ? ": " : "", missing ? missing : "") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* Tells what was lost in one layer, and forgets it. */
static int warn_losses(struct resolver *resolver, const struct page_layout *layout,
		       struct error *err)
{
	int ret = 0;

	for (enum page_fate fate = FATE_STORED + 1; fate < FATES && !ret; fate++) {
		if (resolver->warnings && losses[fate].what && resolver->lost[fate].bytes)
			ret = warn_loss(resolver, layout, fate, err);
	}
	for (size_t i = 0; i < FATES; i++)
		resolver->lost[i] = (struct lost){ 0 };
	return ret;
}

static int read_layer(struct resolver *resolver, uint32_t layer, const struct page_layout *layout,
		      struct error *err)
{
	const struct page_layers *layers = resolver->layers;
	uint64_t described;
	int ret;

	resolver->places.count = 0;
	resolver->places.dropped = 0;
	ret = page_places_make(&resolver->places, layout, layer ? &resolver->asked : NULL,
			       resolver->warnings, &described, err);
	if (!ret)
		ret = layers->note(layers->context, layout, described, err);
	/* What a parent dropped and is asked for is lost as not in it. */
	if (!layer)
		resolver->found.dropped = resolver->places.dropped;
	if (!ret)
		ret = layer ? answer_all(resolver, err) : answer_first(resolver, err);
	return ret;
}

/* What is left to the next layer is what that one is asked for. */
static void descend(struct resolver *resolver)
{
	struct page_places asked = resolver->asked;

	resolver->asked = resolver->left;
	resolver->left = asked;
	resolver->left.count = 0;
}

static int resolve(struct resolver *resolver, struct error *err)
{
	const struct page_layers *layers = resolver->layers;
	int ret = 0;

	for (uint32_t layer = 0; !ret && (!layer || resolver->asked.count); layer++) {
		struct page_layout layout = { 0 };
		enum page_fate fate = layers->find(layers->context, layer, &layout);

		if (fate == FATE_STORED)
			ret = read_layer(resolver, layer, &layout, err);
		else
			ret = lose_asked(resolver, fate, err);
		if (!ret)
			ret = warn_losses(resolver, &layout, err);
		descend(resolver);
	}
	return ret;
}

static bool follows(const struct page_run *before, const struct page_run *run)
{
	return run->address && before->address + before->length == run->address &&
	       before->lost == run->lost && before->image == run->image &&
	       (run->lost || before->offset + before->length == run->offset);
}

static int append(struct page_runs *out, const struct page_place *place, struct error *err)
{
	const struct page_run run = {
		.address = place->address,
		.length = place->length,
		.offset = place->fate == FATE_STORED ? place->offset : 0,
		.image = place->fate == FATE_STORED ? place->image : UINT32_MAX,
		.lost = place->fate != FATE_STORED,
	};
	struct page_run *grown;

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

int page_runs_make(struct page_runs *out, const struct page_layers *layers,
		   struct warning_list *warnings, struct error *err)
{
	struct resolver resolver = { .layers = layers, .warnings = warnings };
	int ret = resolve(&resolver, err);

	if (!ret)
		page_places_sort(&resolver.found);
	out->dropped = resolver.found.dropped;
	for (size_t i = 0; i < resolver.found.count && !ret; i++)
		ret = append(out, &resolver.found.items[i], err);
	page_places_release(&resolver.found);
	page_places_release(&resolver.asked);
	page_places_release(&resolver.left);
	page_places_release(&resolver.places);
	return ret;
}

void page_runs_release(struct page_runs *runs)
{
	free(runs->items);
	*runs = (struct page_runs){ 0 };
}
