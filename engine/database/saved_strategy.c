#include "engine/database/strategy.h"

#include <string.h>

/*
 * Of each pattern:
 *
 *	u8 kind; where it is STRATEGY_NONE nothing more
 *	u32 leads   u32 parts   u32 candidates, a float's bits
 *	u8 length of the weakest atom   u8 its flags
 *	a literal's bytes, or four u64 for each class
 */
enum saved_atom_flag {
	ATOM_CASELESS = 1 << 0,
	ATOM_CLASSES = 1 << 1,
	ATOM_KEYED = 1 << 2,
	ATOM_FLAGS = 7
};

static void save_atom(const struct atom *atom, struct byte_writer *out)
{
	unsigned int flags = (atom->caseless ? ATOM_CASELESS : 0u) |
			     (atom->classes ? ATOM_CLASSES : 0u) | (atom->keyed ? ATOM_KEYED : 0u);

	byte_writer_add_u8(out, atom->length);
	byte_writer_add_u8(out, (uint8_t)flags);
	if (!atom->classes) {
		byte_writer_add(out, atom->bytes, atom->length);
		return;
	}
	for (size_t i = 0; i < atom->length; i++)
		for (size_t word = 0; word < 4; word++)
			byte_writer_add_u64(out, atom->classes[i].words[word]);
}

void strategy_notes_save(const struct strategy_note *notes, size_t pattern_count,
			 struct byte_writer *out)
{
	for (size_t i = 0; i < pattern_count; i++) {
		const struct strategy_note *note = &notes[i];
		uint32_t candidates;

		byte_writer_add_u8(out, (uint8_t)note->kind);
		if (note->kind == STRATEGY_NONE)
			continue;
		memcpy(&candidates, &note->candidates, sizeof(candidates));
		byte_writer_add_u32(out, note->lead_count);
		byte_writer_add_u32(out, note->part_count);
		byte_writer_add_u32(out, candidates);
		save_atom(&note->weakest, out);
	}
}

static bool take_literal(struct atom *atom, struct bytes_reader *in)
{
	struct bytes bytes;

	if (atom->length > ATOM_BYTES || !bytes_take(in, atom->length, &bytes))
		return false;
	if (bytes.length)
		memcpy(atom->bytes, bytes.data, bytes.length);
	return true;
}

/* False: damaged, or no memory. */
static bool take_classes(struct atom *atom, struct bytes_reader *in, struct arena *arena)
{
	struct byte_set *classes;

	if (atom->length == 0 || atom->length > WINDOW_POSITIONS)
		return false;
	classes = arena_alloc_array(arena, atom->length, sizeof(*classes));
	if (!classes)
		return false;
	for (size_t i = 0; i < atom->length; i++)
		for (size_t word = 0; word < 4; word++)
			if (!bytes_take_u64(in, &classes[i].words[word]))
				return false;
	atom->classes = classes;
	return true;
}

static bool take_atom(struct atom *atom, struct bytes_reader *in, struct arena *arena)
{
	uint8_t flags;

	if (!bytes_take_u8(in, &atom->length) || !bytes_take_u8(in, &flags) || flags > ATOM_FLAGS)
		return false;
	atom->caseless = flags & ATOM_CASELESS;
	atom->keyed = flags & ATOM_KEYED;
	return flags & ATOM_CLASSES ? take_classes(atom, in, arena) : take_literal(atom, in);
}

static bool take_note(struct strategy_note *note, struct bytes_reader *in, struct arena *arena)
{
	uint32_t candidates;
	uint8_t kind;

	if (!bytes_take_u8(in, &kind) || kind > STRATEGY_WHOLE)
		return false;
	note->kind = (enum strategy_kind)kind;
	if (note->kind == STRATEGY_NONE)
		return true;
	if (!bytes_take_u32(in, &note->lead_count) || !bytes_take_u32(in, &note->part_count) ||
	    !bytes_take_u32(in, &candidates))
		return false;
	memcpy(&note->candidates, &candidates, sizeof(candidates));
	return note->candidates >= 0 && take_atom(&note->weakest, in, arena);
}

int strategy_notes_load(const struct strategy_note **out, size_t pattern_count,
			struct bytes_reader *in, struct arena *arena, struct error *err)
{
	struct strategy_note *notes;

	if (pattern_count > in->rest.length) /* each takes a byte at least */
		return error_set(err, ERROR_FORMAT, 0, "the search database ends too early");
	notes = arena_alloc_array(arena, pattern_count + 1, sizeof(*notes));
	if (!notes)
		return error_no_memory(err, "how patterns are searched");
	for (size_t i = 0; i < pattern_count; i++)
		if (!take_note(&notes[i], in, arena))
			return error_set(
				err, ERROR_FORMAT, 0,
				"the search database does not say how a pattern is searched");
	*out = notes;
	return 0;
}
