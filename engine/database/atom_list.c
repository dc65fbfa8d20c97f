#include "engine/database/atom_list.h"

#include <stdlib.h>

#include "engine/expression/weights.h"

/* Two bytes that hardly occur one after another; what it finds leads nowhere. See weights_want_rare_pair(). */
static const struct atom rare_pair = { .bytes = { 0xe5, 0x8e }, .length = 2 };

struct indexed_lead {
	const struct lead *lead;
	uint32_t subject;
	uint32_t order; /* so that sorting is the same everywhere */
};

static int compare_leads(const void *left, const void *right)
{
	const struct indexed_lead *a = left, *b = right;
	int order = atom_compare(&a->lead->atom, &b->lead->atom);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static size_t count_leads(const struct expression *expressions, size_t subject_count)
{
	size_t count = 0;

	for (size_t i = 0; i < subject_count; i++)
		count += expressions[i].count;
	return count;
}

static void sort_leads(struct indexed_lead *leads, const struct expression *expressions,
		       size_t subject_count)
{
	size_t count = 0;

	for (size_t i = 0; i < subject_count; i++)
		for (size_t k = 0; k < expressions[i].count; k++, count++)
			leads[count] = (struct indexed_lead){ .lead = &expressions[i].leads[k],
							      .subject = (uint32_t)i,
							      .order = (uint32_t)count };
	qsort(leads, count, sizeof(*leads), compare_leads);
}

/* Equal atoms become one, with all their links. */
static int link_leads(struct atom_list *list, const struct indexed_lead *leads, size_t count,
		      struct arena *arena, struct error *err)
{
	struct atom_link *links = arena_alloc_array(arena, count + 1, sizeof(*links));
	uint32_t *first_link = arena_alloc_array(arena, count + 2, sizeof(*first_link));

	if (!links || !first_link)
		return error_no_memory(err, "the links of all atoms");
	for (size_t i = 0; i < count; i++) {
		const struct atom *atom = &leads[i].lead->atom;

		if (i == 0 || atom_compare(&leads[i - 1].lead->atom, atom) != 0) {
			first_link[list->count] = (uint32_t)i;
			list->atoms[list->count++] = atom;
			list->counts[atom_place_of(atom)]++;
		}
		links[i] = (struct atom_link){ .use = leads[i].lead->use,
					       .subject = leads[i].subject,
					       .atom_length = atom->length };
	}
	first_link[list->count] = (uint32_t)count;
	first_link[list->count + 1] = (uint32_t)count; /* of the rare pair: none */
	list->links = links;
	list->first_link = first_link;
	return 0;
}

int atom_list_init(struct atom_list *list, const struct expression *expressions,
		   size_t subject_count, struct arena *arena, struct error *err)
{
	size_t count = count_leads(expressions, subject_count);
	struct indexed_lead *leads;
	int ret;

	*list = (struct atom_list){ 0 };
	if (count >= UINT32_MAX - 2)
		return error_set(err, ERROR_LIMIT, 0, "too many atoms");
	leads = calloc(count + 1, sizeof(*leads));
	list->atoms = calloc(count + 1, sizeof(const struct atom *));
	if (leads && list->atoms) {
		sort_leads(leads, expressions, subject_count);
		ret = link_leads(list, leads, count, arena, err);
	} else {
		ret = error_no_memory(err, "the atoms of all patterns");
	}
	free(leads);
	if (ret < 0)
		atom_list_release(list);
	return ret;
}

void atom_list_release(struct atom_list *list)
{
	free(list->atoms);
	*list = (struct atom_list){ 0 };
}

static bool wants_rare_pair(const struct atom_list *list)
{
	size_t literals = 0, shortest = ATOM_BYTES;

	for (size_t i = 0; i < list->counts[ATOM_OF_HYPERSCAN]; i++) {
		if (!atom_is_literal(list->atoms[i]))
			continue;
		literals++;
		if (list->atoms[i]->length < shortest)
			shortest = list->atoms[i]->length;
	}
	return weights_want_rare_pair(literals, shortest);
}

static unsigned int flags_of(const struct atom *atom)
{
	return HS_FLAG_DOTALL | (atom->caseless ? HS_FLAG_CASELESS : 0);
}

struct atom_texts { /* as hs_compile_multi() takes them */
	struct arena *arena;
	char **expressions;
	unsigned int *flags, *numbers;
	unsigned int count;
};

static void atom_texts_release(struct atom_texts *texts)
{
	arena_free(texts->arena);
	free(texts->expressions);
	free(texts->flags);
	free(texts->numbers);
}

static int atom_texts_init(struct atom_texts *texts, const struct atom_list *list,
			   struct error *err)
{
	size_t count = list->counts[ATOM_OF_HYPERSCAN] + (wants_rare_pair(list) ? 1 : 0);

	*texts = (struct atom_texts){
		.arena = arena_new(0),
		.expressions = calloc(count, sizeof(char *)),
		.flags = calloc(count, sizeof(unsigned int)),
		.numbers = calloc(count, sizeof(unsigned int)),
		.count = (unsigned int)count,
	};
	if (!texts->arena || !texts->expressions || !texts->flags || !texts->numbers)
		return error_no_memory(err, "expressions of atoms");
	for (unsigned int i = 0; i < texts->count; i++) {
		bool leads = i < list->counts[ATOM_OF_HYPERSCAN];
		const struct atom *atom = leads ? list->atoms[i] : &rare_pair;

		texts->expressions[i] = atom_expression(atom, texts->arena);
		if (!texts->expressions[i])
			return error_no_memory(err, "expressions of atoms");
		texts->flags[i] = flags_of(atom);
		texts->numbers[i] = leads ? i : (unsigned int)list->count;
	}
	return 0;
}

static bool is_refused_alone(const struct atom_texts *texts, size_t atom)
{
	hs_database_t *alone = NULL;
	hs_compile_error_t *refusal = NULL;

	if (hs_compile(texts->expressions[atom], texts->flags[atom], HS_MODE_BLOCK, NULL, &alone,
		       &refusal) == HS_SUCCESS) {
		hs_free_database(alone);
		return false;
	}
	hs_free_compile_error(refusal);
	return true;
}

static size_t refused_subject(const struct atom_list *list, const struct atom_texts *texts,
			      const hs_compile_error_t *refusal)
{
	size_t atom = 0;

	if (refusal->expression >= 0)
		atom = (size_t)refusal->expression;
	else
		while (atom < list->counts[ATOM_OF_HYPERSCAN] && !is_refused_alone(texts, atom))
			atom++;
	return atom < list->counts[ATOM_OF_HYPERSCAN] ? list->links[list->first_link[atom]].subject
						      : SIZE_MAX;
}

static int compile_texts(const struct atom_list *list, const struct atom_texts *texts,
			 hs_database_t **out, size_t *refused, struct error *err)
{
	hs_compile_error_t *refusal = NULL;

	if (hs_compile_multi((const char *const *)texts->expressions, texts->flags, texts->numbers,
			     texts->count, HS_MODE_BLOCK, NULL, out, &refusal) == HS_SUCCESS)
		return 0;
	*refused = refused_subject(list, texts, refusal);
	error_set(err, ERROR_UNSUPPORTED, 0, "Hyperscan: %s", refusal->message);
	hs_free_compile_error(refusal);
	return ERROR_UNSUPPORTED;
}

int atom_list_compile(const struct atom_list *list, hs_database_t **out, size_t *refused,
		      struct error *err)
{
	struct atom_texts texts;
	int ret;

	*refused = SIZE_MAX;
	if (list->counts[ATOM_OF_HYPERSCAN] == 0)
		return 0;
	if (hs_valid_platform() != HS_SUCCESS)
		return error_set(
			err, ERROR_UNSUPPORTED, 0,
			"this processor lacks the instructions that Hyperscan needs (SSSE3)");
	ret = atom_texts_init(&texts, list, err);
	if (ret == 0)
		ret = compile_texts(list, &texts, out, refused, err);
	atom_texts_release(&texts);
	return ret;
}
