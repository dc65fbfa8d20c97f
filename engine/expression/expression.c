#include "engine/expression/expression.h"

#include <string.h>

#include "engine/expression/layout.h"
#include "engine/expression/weights.h"
#include "engine/expression/window.h"

/* Distances are 32 bits; rules are shorter by far. */
#define LITERAL_LIMIT ((size_t)1 << 30)
/*
 * Where a literal's window may begin; with up to 512 variants of an xor string the choice must be quick. One literal
 * under each key costs little more than one under one: 5 such strings (2,560 atoms) scan as fast as one, 50 of them
 * (25,600 atoms, 1 MiB, 0.75 s to compile) at two thirds of that.
 */
#define STARTS_TRIED 4096
#define STARTS_TRIED_XOR 16
/* Fewer keys are no burden. */
#define KEYS_WORTH_JOINING 16u
/* What the differences of a keyed atom must weigh: four of them that are not alike, nor all of what memory is full of. */
#define WEIGHT_GOOD_DIFFERENCES 60
/* Of long literals no shorter windows are tried. */
#define WINDOW_SHORTEST 4
/* Nodes of a regex that are visited, all copies of repeats together. */
#define LAYOUT_STEPS ((uint64_t)1 << 18)

struct literal_variant {
	const struct bytes *literal;
	size_t length; /* bytes in memory */
	uint8_t xor_key;
	bool wide, nocase;
};

struct stretch {
	size_t first, length;
};

static uint8_t byte_at(const struct literal_variant *variant, size_t index)
{
	uint8_t byte = variant_byte(variant->literal, variant->wide, variant->xor_key, index);

	return variant->nocase ? byte_lower(byte) : byte;
}

static size_t smaller(size_t left, size_t right)
{
	return left < right ? left : right;
}

static void copy_stretch(const struct literal_variant *variant, struct stretch stretch,
			 uint8_t *bytes)
{
	for (size_t i = 0; i < stretch.length; i++)
		bytes[i] = byte_at(variant, stretch.first + i);
}

static bool stretch_is_zeros(const struct literal_variant *variant, struct stretch stretch)
{
	for (size_t i = 0; i < stretch.length; i++)
		if (byte_at(variant, stretch.first + i) != 0)
			return false;
	return true;
}

static struct stretch heaviest_stretch(const struct literal_variant *variant, size_t starts)
{
	size_t shortest = variant->length >= ATOM_BYTES ? WINDOW_SHORTEST : 1;
	struct stretch best = { 0, smaller(variant->length, ATOM_BYTES) };
	int best_weight = 0, weights[ATOM_BYTES];
	uint8_t bytes[ATOM_BYTES];

	for (size_t first = 0; first < starts && first < variant->length; first++) {
		struct stretch stretch = { first, smaller(variant->length - first, ATOM_BYTES) };

		copy_stretch(variant, stretch, bytes);
		weights_of_prefixes(bytes, stretch.length, variant->nocase, weights);
		for (; stretch.length >= shortest; stretch.length--) {
			int weight = weights[stretch.length - 1];

			if (weight <= best_weight || stretch_is_zeros(variant, stretch))
				continue;
			best_weight = weight;
			best = stretch;
		}
	}
	return best;
}

/* Zeros alone only where there is nothing else: memory that was never written is not searched for others. */
static struct stretch choose_stretch(const struct literal_variant *variant, size_t starts)
{
	struct stretch best = heaviest_stretch(variant, starts);
	size_t first = 0;

	if (!stretch_is_zeros(variant, best))
		return best;
	while (first < variant->length && byte_at(variant, first) == 0)
		first++;
	if (first < variant->length)
		best = (struct stretch){ first, smaller(variant->length - first, ATOM_BYTES) };
	return best;
}

static struct atom_check check_at(const struct literal_variant *variant, size_t first,
				  size_t atom_first)
{
	struct byte_set sets[sizeof(uint64_t)] = { { { 0 } } };
	size_t count = smaller(variant->length - first, sizeof(uint64_t));

	for (size_t i = 0; i < count; i++) {
		sets[i] = byte_set_of(byte_at(variant, first + i));
		if (variant->nocase)
			byte_set_add_cases(&sets[i]);
	}
	return atom_check_of(sets, count,
			     first < atom_first ? -(int32_t)(atom_first - first)
						: (int32_t)(first - atom_first));
}

/* Eight bytes outside of the atom, as many as there are: behind it, else before. */
static void add_check(struct atom_use *use, const struct literal_variant *variant,
		      struct stretch atom)
{
	size_t behind = variant->length - atom.first - atom.length;
	size_t last = variant->length < sizeof(uint64_t) ? 0 : variant->length - sizeof(uint64_t);

	if (atom.length == variant->length) {
		use->complete = true;
	} else if (behind > 0) {
		use->check = check_at(variant, smaller(atom.first + atom.length, last), atom.first);
		use->complete = atom.first == 0 && behind <= sizeof(uint64_t);
	} else {
		use->check = check_at(
			variant, atom.first < sizeof(uint64_t) ? 0 : atom.first - sizeof(uint64_t),
			atom.first);
		use->complete = atom.first <= sizeof(uint64_t);
	}
}

static struct lead literal_lead(const struct literal_variant *variant, size_t starts)
{
	struct stretch stretch = choose_stretch(variant, starts);
	struct lead lead = {
		.atom = { .length = (uint8_t)stretch.length, .caseless = variant->nocase },
		.use = { .distance_min = (uint32_t)stretch.first,
			 .distance_max = (uint32_t)stretch.first,
			 .xor_key = variant->xor_key,
			 .wide = variant->wide },
	};

	copy_stretch(variant, stretch, lead.atom.bytes);
	add_check(&lead.use, variant, stretch);
	return lead;
}

/* The best atom for all keys; false: none is good enough. @spelled is under key 0. */
static bool keyed_lead(struct lead *out, const struct literal_variant *spelled)
{
	int best_weight = WEIGHT_GOOD_DIFFERENCES - 1;

	for (size_t first = 0; first < STARTS_TRIED && first + KEYED_BYTES <= spelled->length;
	     first++) {
		struct atom atom = { .length = KEYED_BYTES, .keyed = true };
		int weight;

		copy_stretch(spelled, (struct stretch){ first, KEYED_BYTES }, atom.bytes);
		weight = atom_weight(&atom);
		if (weight <= best_weight)
			continue;
		best_weight = weight;
		*out = (struct lead){ .atom = atom,
				      .use = { .distance_min = (uint32_t)first,
					       .distance_max = (uint32_t)first,
					       .keyed = true,
					       .wide = spelled->wide } };
	}
	return best_weight >= WEIGHT_GOOD_DIFFERENCES;
}

/* What a literal is searched under: key 0 alone, or all keys of its xor modifier. */
struct key_range {
	unsigned int first, last;
};

static struct key_range keys_of(const struct pattern *pattern)
{
	if (pattern->flags & PATTERN_XOR)
		return (struct key_range){ pattern->xor_min, pattern->xor_max };
	return (struct key_range){ 0, 0 };
}

uint64_t expression_key_atoms(const struct pattern *pattern)
{
	const struct key_range keys = keys_of(pattern);
	unsigned int variants = pattern_has_variant(pattern, VARIANT_ASCII) +
				pattern_has_variant(pattern, VARIANT_WIDE);

	if (!(pattern->flags & PATTERN_XOR) || keys.first > keys.last)
		return 0;
	return (uint64_t)variants * (keys.last - keys.first + 1);
}

static void add_literal_leads(struct expression *out, struct lead *leads,
			      const struct pattern *pattern, enum key_search search, bool wide)
{
	const struct key_range keys = keys_of(pattern);
	size_t starts = pattern->flags & PATTERN_XOR ? STARTS_TRIED_XOR : STARTS_TRIED;
	struct literal_variant spelled = {
		.literal = &pattern->parts[0].literal,
		.length = pattern->parts[0].literal.length * (wide ? 2 : 1),
		.wide = wide,
		.nocase = pattern->flags & PATTERN_NOCASE,
	};
	const struct stretch whole = { 0, spelled.length };

	/* What has such an atom has two bytes that differ: it is never zeros alone. */
	if (search == KEYS_TOGETHER && keys.last - keys.first + 1 >= KEYS_WORTH_JOINING &&
	    keyed_lead(&leads[out->count], &spelled)) {
		out->count++;
		return;
	}
	for (unsigned int key = keys.first; key <= keys.last; key++) {
		spelled.xor_key = (uint8_t)key;
		leads[out->count++] = literal_lead(&spelled, starts);
		out->fits_zeros = out->fits_zeros || stretch_is_zeros(&spelled, whole);
	}
}

static int literal_expression(struct expression *out, const struct pattern *pattern,
			      enum key_search search, struct arena *arena, struct error *err)
{
	const struct key_range keys = keys_of(pattern);
	size_t length = pattern->parts[0].literal.length;
	struct lead *leads;

	if (length == 0)
		return error_set(err, ERROR_USAGE, 0, "an empty literal matches nowhere");
	if (length > LITERAL_LIMIT)
		return error_set(err, ERROR_LIMIT, 0, "a literal of %zu bytes is too long", length);
	if (keys.first > keys.last)
		return error_set(err, ERROR_USAGE, 0, "the lowest xor key is above the highest");
	leads = arena_alloc_array(arena, (size_t)VARIANTS * (keys.last - keys.first + 1),
				  sizeof(*leads));
	if (!leads)
		return error_no_memory(err, "atoms of a literal");
	out->leads = leads;
	for (unsigned int variant = 0; variant < VARIANTS; variant++)
		if (pattern_has_variant(pattern, variant))
			add_literal_leads(out, leads, pattern, search, variant == VARIANT_WIDE);
	return 0;
}

static bool window_is_better(const struct window *window, const struct window *than)
{
	if (window->count == 0 || than->count == 0)
		return window->count > 0;
	if (window->fits_zeros != than->fits_zeros)
		return !window->fits_zeros;
	return window->weight > than->weight;
}

/* Where the gaps of repeats stand decides which bytes are neighbours: both ways are tried. */
static int regex_window(struct window *out, const struct pattern *pattern, bool wide,
			struct arena *arena, struct error *err)
{
	int ways = regex_node_has_repeat(pattern->parts[0].regex) ? 2 : 1;

	*out = (struct window){ 0 };
	for (int gap_first = 0; gap_first < ways; gap_first++) {
		uint64_t steps = LAYOUT_STEPS;
		const struct layout_options options = {
			.wide = wide,
			.nocase = pattern->flags & PATTERN_NOCASE,
			.gap_first = gap_first,
			.steps_left = &steps,
		};
		struct window window;
		int ret = window_choose(&window, pattern->parts[0].regex, &options, arena, err);

		if (ret < 0)
			return ret;
		if (window_is_better(&window, out))
			*out = window;
	}
	return 0;
}

static int append_window(struct expression *out, const struct window *window, struct arena *arena,
			 struct error *err)
{
	struct lead *leads = arena_alloc_array(arena, out->count + window->count, sizeof(*leads));

	if (!leads)
		return error_no_memory(err, "atoms of a regular expression");
	if (out->count)
		memcpy(leads, out->leads, out->count * sizeof(*leads));
	memcpy(leads + out->count, window->leads, window->count * sizeof(*leads));
	out->leads = leads;
	out->count += window->count;
	return 0;
}

static int regex_expression(struct expression *out, const struct pattern *pattern,
			    struct arena *arena, struct error *err)
{
	out->fits_zeros = regex_node_fits_zeros(pattern->parts[0].regex);
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		struct window window;
		int ret;

		if (!pattern_has_variant(pattern, variant))
			continue;
		ret = regex_window(&window, pattern, variant == VARIANT_WIDE, arena, err);
		if (ret < 0)
			return ret;
		/* A tree too large to be laid out whole may leave only zeros where better atoms exist. */
		out->no_atoms[variant] =
			window.count == 0 || (window.fits_zeros && !out->fits_zeros);
		if (!out->no_atoms[variant])
			ret = append_window(out, &window, arena, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int expression_init(struct expression *out, const struct pattern *pattern, enum key_search keys,
		    struct arena *arena, struct error *err)
{
	struct expression expression = { 0 };
	int ret;

	if (pattern->part_count != 1)
		return error_set(err, ERROR_USAGE, 0, "a chain is searched part by part");
	ret = pattern->parts[0].regex ? regex_expression(&expression, pattern, arena, err)
				      : literal_expression(&expression, pattern, keys, arena, err);
	if (ret == 0)
		*out = expression;
	return ret;
}
