#include "engine/expression/window.h"

#include <limits.h>
#include <string.h>

#include "engine/expression/spelling.h"
#include "engine/expression/weights.h"

/* A literal of about four bytes is good enough not to try classes, which scan slower. */
#define WEIGHT_GOOD_LITERAL 60
/* How much better classes must be to be taken instead of a shorter literal. */
#define WEIGHT_CLASSES_LEAD 10
/* Below, nearly every byte would be a candidate: searching without atoms is cheaper. */
#define WEIGHT_LEAST 8
/*
 * How much heavier other classes may be than those among which one shares no byte with the ones before it. Bytes of one
 * class come in runs: sixteen hexadecimal digits are common, fourteen with two other letters behind them are not.
 */
#define WEIGHT_NEW_CLASS 15

/* A part of the row that could be the window. */
struct place {
	const struct window
		*branches; /* atoms of an alternation's branches; NULL: @first and @count say it */
	size_t first, count; /* slots */
	int weight;
	int variety; /* of classes: what is added where they are compared with others */
	bool found, fits_zeros, classes, caseless;
};

struct chooser {
	const struct layout *layout;
	const struct layout_options *options;
	struct arena *arena;
	struct error *err;
};

static bool place_is_better(const struct place *place, const struct place *than)
{
	if (!than->found || place->fits_zeros != than->fits_zeros)
		return !than->found || !place->fits_zeros;
	return place->weight + place->variety > than->weight + than->variety;
}

static void consider(struct place *best, const struct place *place)
{
	if (place_is_better(place, best))
		*best = *place;
}

/* Each candidate behind a gap means so many starts to try. */
static int distance_cost(const struct slot *slot)
{
	uint64_t range = slot->distance_max - slot->distance_min;

	return weight_of_choices(range < REGEX_SPAN_BYTES ? range + 1 : REGEX_SPAN_BYTES);
}

static void consider_literals_at(const struct chooser *chooser, size_t first, bool caseless,
				 struct place *best)
{
	const struct layout *layout = chooser->layout;
	struct spelling spelling = spelling_empty(caseless);

	for (size_t i = first; i < layout->count && !spelling_is_full(&spelling); i++) {
		struct place place = { .first = first,
				       .count = i - first + 1,
				       .caseless = caseless };

		if (!spelling_add_slot(&spelling, &layout->slots[i], chooser->options))
			break;
		place.weight = spelling_weight(&spelling) - distance_cost(&layout->slots[first]);
		place.found = place.weight >= WEIGHT_LEAST;
		place.fits_zeros = spelling_fits_zeros(&spelling);
		if (place.found)
			consider(best, &place);
	}
}

static bool has_case_pairs(const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->slots[i].kind == SLOT_SET &&
		    byte_set_has_case_pair(&layout->slots[i].set))
			return true;
	return false;
}

static void consider_literals(const struct chooser *chooser, struct place *best)
{
	bool nocase = chooser->options->nocase;
	bool pairs = nocase || has_case_pairs(chooser->layout);

	for (size_t i = 0; i < chooser->layout->count; i++) {
		if (!nocase)
			consider_literals_at(chooser, i, false, best);
		if (pairs)
			consider_literals_at(chooser, i, true, best);
	}
}

static size_t classes_at(const struct layout *layout, size_t first, struct byte_set *sets)
{
	size_t count = 0;

	while (count < WINDOW_POSITIONS && first + count < layout->count) {
		const struct slot *slot = &layout->slots[first + count];

		if (slot->kind != SLOT_SET || byte_set_count(&slot->set) == 0)
			break;
		sets[count++] = slot->set;
	}
	while (count > 0 && weight_of_classes(&sets[count - 1], 1) == 0)
		count--;
	return count > 0 && weight_of_classes(sets, 1) > 0 ? count : 0;
}

static int variety_of_classes(const struct byte_set *sets, size_t count)
{
	struct byte_set seen = sets[0];
	int variety = 0;

	for (size_t i = 1; i < count; i++) {
		if (!byte_sets_meet(&seen, &sets[i]))
			variety += WEIGHT_NEW_CLASS;
		byte_set_unite(&seen, &sets[i]);
	}
	return variety;
}

static bool classes_fit_zeros(const struct byte_set *sets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!byte_set_has(&sets[i], 0))
			return false;
	return true;
}

static void consider_classes(const struct chooser *chooser, struct place *best)
{
	const struct layout *layout = chooser->layout;
	struct byte_set sets[WINDOW_POSITIONS];

	for (size_t i = 0; i < layout->count; i++) {
		size_t count = classes_at(layout, i, sets);
		struct place place = { .first = i, .count = count, .classes = true };

		if (count == 0)
			continue;
		place.weight = weight_of_classes(sets, count) - distance_cost(&layout->slots[i]);
		place.variety = variety_of_classes(sets, count);
		place.fits_zeros = classes_fit_zeros(sets, count);
		place.found = place.weight >= WEIGHT_LEAST;
		if (place.found)
			consider(best, &place);
	}
}

static int reserve_leads(struct window *window, size_t needed, const struct chooser *chooser)
{
	size_t capacity = 2 * needed;
	struct lead *leads;

	if (needed <= window->capacity)
		return 0;
	leads = arena_alloc_array(chooser->arena, capacity, sizeof(*leads));
	if (!leads)
		return error_no_memory(chooser->err, "atoms of an alternation");
	if (window->count)
		memcpy(leads, window->leads, window->count * sizeof(*leads));
	window->leads = leads;
	window->capacity = capacity;
	return 0;
}

static uint32_t cap_distance(uint64_t distance)
{
	return distance < REGEX_SPAN_BYTES ? (uint32_t)distance : REGEX_SPAN_BYTES;
}

static int append_leads(struct window *window, const struct window *more, const struct slot *slot,
			const struct chooser *chooser)
{
	int ret = reserve_leads(window, window->count + more->count, chooser);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < more->count; i++) {
		struct lead *lead = &window->leads[window->count++];

		*lead = more->leads[i];
		lead->use.distance_min = cap_distance(lead->use.distance_min + slot->distance_min);
		lead->use.distance_max = cap_distance(lead->use.distance_max + slot->distance_max);
	}
	return 0;
}

/* The best of each branch, together; no leads where some branch has none. */
static int choose_branches(struct window *out, const struct slot *slot,
			   const struct chooser *chooser)
{
	struct window all = { .weight = INT_MAX };

	for (size_t i = 0; i < slot->choice->child_count; i++) {
		struct window one;
		int ret = window_choose(&one, slot->choice->children[i], chooser->options,
					chooser->arena, chooser->err);

		if (ret == 0 && one.count > 0)
			ret = append_leads(&all, &one, slot, chooser);
		if (ret < 0)
			return ret;
		if (one.count == 0) {
			*out = (struct window){ 0 };
			return 0;
		}
		all.weight = one.weight < all.weight ? one.weight : all.weight;
		all.fits_zeros = all.fits_zeros || one.fits_zeros;
	}
	*out = all;
	return 0;
}

static int consider_branches(const struct chooser *chooser, struct place *best)
{
	for (size_t i = 0; i < chooser->layout->count; i++) {
		const struct slot *slot = &chooser->layout->slots[i];
		struct place place = { .first = i, .count = 1, .found = true };
		struct window *window;
		int ret;

		if (slot->kind != SLOT_CHOICE)
			continue;
		window = arena_alloc(chooser->arena, sizeof(*window));
		if (!window)
			return error_no_memory(chooser->err, "atoms of an alternation");
		ret = choose_branches(window, slot, chooser);
		if (ret < 0)
			return ret;
		place.branches = window;
		place.weight =
			window->weight - weight_of_choices(window->count) - distance_cost(slot);
		place.fits_zeros = window->fits_zeros;
		if (window->count > 0)
			consider(best, &place);
	}
	return 0;
}

static int best_place(struct place *best, const struct chooser *chooser)
{
	struct place classes = { .found = false };
	int ret;

	*best = (struct place){ .found = false };
	consider_literals(chooser, best);
	ret = consider_branches(chooser, best);
	if (ret < 0)
		return ret;
	if (best->found && !best->fits_zeros && best->weight >= WEIGHT_GOOD_LITERAL)
		return 0;
	consider_classes(chooser, &classes);
	if (!classes.found)
		return 0;
	classes.weight -= WEIGHT_CLASSES_LEAD;
	classes.variety = 0; /* a literal is compared by weight alone */
	consider(best, &classes);
	return 0;
}

/* Up to eight sets in a row that end before slot @first; returns how many, in order, in @sets. */
static size_t sets_before(const struct layout *layout, size_t first, struct byte_set *sets)
{
	size_t count = 0;

	while (count < sizeof(uint64_t) && count < first &&
	       layout->slots[first - count - 1].kind == SLOT_SET)
		count++;
	for (size_t i = 0; i < count; i++)
		sets[i] = layout->slots[first - count + i].set;
	return count;
}

static size_t sets_after(const struct layout *layout, size_t end, struct byte_set *sets)
{
	size_t count = 0;

	while (count < sizeof(uint64_t) && end + count < layout->count &&
	       layout->slots[end + count].kind == SLOT_SET) {
		sets[count] = layout->slots[end + count].set;
		count++;
	}
	return count;
}

static bool place_has_fixed_length(const struct layout *layout, const struct place *place)
{
	for (size_t i = 0; i < place->count; i++)
		if (layout->slots[place->first + i].kind != SLOT_SET)
			return false;
	return true;
}

static struct atom_check neighbour_check(const struct layout *layout, const struct place *place)
{
	struct byte_set sets[sizeof(uint64_t)];
	size_t count = sets_before(layout, place->first, sets);
	struct atom_check before = atom_check_of(sets, count, -(int32_t)count);
	struct atom_check after;

	if (!place_has_fixed_length(layout, place))
		return before;
	count = sets_after(layout, place->first + place->count, sets);
	after = atom_check_of(sets, count, (int32_t)place->count);
	return __builtin_popcountll(after.mask) > __builtin_popcountll(before.mask) ? after
										    : before;
}

static struct atom_use use_of_place(const struct layout *layout, const struct place *place,
				    const struct layout_options *options)
{
	const struct slot *slot = &layout->slots[place->first];

	return (struct atom_use){
		.check = neighbour_check(layout, place),
		.distance_min = cap_distance(slot->distance_min),
		.distance_max = cap_distance(slot->distance_max),
		.wide = options->wide,
	};
}

static int make_literals(struct window *out, const struct place *place,
			 const struct chooser *chooser)
{
	struct atom_use use = use_of_place(chooser->layout, place, chooser->options);
	struct spelling spelling = spelling_empty(place->caseless);

	for (size_t i = 0; i < place->count; i++)
		spelling_add_slot(&spelling, &chooser->layout->slots[place->first + i],
				  chooser->options);
	out->leads = arena_alloc_array(chooser->arena, spelling.count, sizeof(*out->leads));
	if (!out->leads)
		return error_no_memory(chooser->err, "atoms of a regular expression");
	out->count = spelling.count;
	for (size_t i = 0; i < spelling.count; i++) {
		struct lead *lead = &out->leads[i];

		lead->use = use;
		lead->atom.length = spelling.lengths[i];
		lead->atom.caseless = spelling.caseless;
		memcpy(lead->atom.bytes, spelling.bytes[i], spelling.lengths[i]);
	}
	return 0;
}

static int make_classes(struct window *out, const struct place *place,
			const struct chooser *chooser)
{
	struct byte_set sets[WINDOW_POSITIONS];

	classes_at(chooser->layout, place->first, sets);
	out->leads = arena_alloc(chooser->arena, sizeof(*out->leads));
	if (!out->leads)
		return error_no_memory(chooser->err, "a window of a regular expression");
	out->count = 1;
	out->leads->use = use_of_place(chooser->layout, place, chooser->options);
	out->leads->atom.length = (uint8_t)place->count;
	out->leads->atom.classes = arena_copy(chooser->arena, sets, place->count * sizeof(*sets));
	if (!out->leads->atom.classes)
		return error_no_memory(chooser->err, "a window of a regular expression");
	return 0;
}

static int make_window(struct window *out, const struct place *place, const struct chooser *chooser)
{
	if (place->branches) {
		*out = *place->branches;
	} else if (place->found) {
		int ret = place->classes ? make_classes(out, place, chooser)
					 : make_literals(out, place, chooser);

		if (ret < 0)
			return ret;
	}
	out->weight = place->weight;
	out->fits_zeros = place->fits_zeros;
	return 0;
}

int window_choose(struct window *out, const struct regex_node *tree,
		  const struct layout_options *options, struct arena *arena, struct error *err)
{
	struct layout layout;
	struct chooser chooser = {
		.layout = &layout, .options = options, .arena = arena, .err = err
	};
	struct place place;
	struct window window = { 0 };
	int ret = layout_init(&layout, tree, options, err);

	if (ret == 0)
		ret = best_place(&place, &chooser);
	if (ret == 0)
		ret = make_window(&window, &place, &chooser);
	layout_release(&layout);
	if (ret == 0)
		*out = window;
	return ret;
}
