#include "engine/database/strategy.h"

#include "engine/database/parts.h"
#include "engine/expression/weights.h"

static void raise_kind(struct strategy_note *note, enum strategy_kind kind)
{
	if (kind > note->kind)
		note->kind = kind;
}

static void add_lead(struct strategy_note *note, const struct atom *atom, float *most)
{
	double candidates = weight_candidates(atom_weight(atom));

	note->lead_count++;
	note->candidates += (float)candidates;
	raise_kind(note, atom_is_literal(atom) ? STRATEGY_ATOMS : STRATEGY_WINDOWS);
	if ((float)candidates <= *most)
		return;
	*most = (float)candidates;
	note->weakest = *atom;
}

static bool is_searched_whole(const struct expression *expression)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++)
		if (expression->no_atoms[variant])
			return true;
	return false;
}

/* Adds what one part of the pattern is searched by. */
static void add_part(struct strategy_note *note, const struct expression *expression)
{
	float most =
		note->weakest.length ? (float)weight_candidates(atom_weight(&note->weakest)) : -1;

	note->part_count++;
	for (size_t i = 0; i < expression->count; i++)
		add_lead(note, &expression->leads[i].atom, &most);
	if (!is_searched_whole(expression))
		return;
	raise_kind(note, STRATEGY_WHOLE);
	note->candidates += (float)weight_candidates(0);
}

/* The classes of a window are the expression's own, which does not live as long. */
static int keep_weakest(struct strategy_note *note, struct arena *arena, struct error *err)
{
	struct atom *weakest = &note->weakest;

	if (note->kind == STRATEGY_WHOLE)
		*weakest = (struct atom){ .length = 0 };
	if (!weakest->classes)
		return 0;
	weakest->classes =
		arena_copy(arena, weakest->classes, weakest->length * sizeof(*weakest->classes));
	return weakest->classes ? 0 : error_no_memory(err, "how patterns are searched");
}

int strategy_notes_init(const struct strategy_note **out, size_t pattern_count,
			const struct subject *subjects, const struct expression *expressions,
			size_t subject_count, struct arena *arena, struct error *err)
{
	struct strategy_note *notes = arena_alloc_array(arena, pattern_count + 1, sizeof(*notes));
	int ret = 0;

	if (!notes)
		return error_no_memory(err, "how patterns are searched");
	for (size_t i = 0; i < subject_count; i++)
		add_part(&notes[subjects[i].number], &expressions[i]);
	for (size_t i = 0; i < pattern_count && ret == 0; i++)
		ret = keep_weakest(&notes[i], arena, err);
	if (ret == 0)
		*out = notes;
	return ret;
}

void database_strategy(const struct database *database, uint32_t pattern, struct strategy *out)
{
	const struct strategy_note *note = &database->strategies[pattern];

	*out = (struct strategy){
		.kind = note->kind,
		.part_count = note->part_count,
		.lead_count = note->lead_count,
		.candidates = note->candidates < weight_candidates(0) ? note->candidates
								      : weight_candidates(0),
	};
	if (note->weakest.length)
		atom_describe(&note->weakest, out->weakest, sizeof(out->weakest));
}

/* The work of a GB: by the number of atoms in one matcher, each candidate, and each regex that looks at every byte. */
#define ATOMS_PER_NANOSECOND 20000.0
#define NANOSECONDS_PER_CANDIDATE 25.0
#define NANOSECONDS_PER_WHOLE_BYTE 5.0
#define BYTES_PER_GB 1e9

bool database_costly(const struct database *database)
{
	double cost = (double)database->atom_count / ATOMS_PER_NANOSECOND +
		      (double)database->whole_search_count * NANOSECONDS_PER_WHOLE_BYTE;

	for (size_t i = 0; i < database->pattern_count; i++)
		cost += database->strategies[i].candidates * NANOSECONDS_PER_CANDIDATE /
			BYTES_PER_GB;
	return cost >= 1;
}
