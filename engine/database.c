#include "engine/database/parts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/expression/layout.h"
#include "engine/expression/weights.h"

/* Right edge of a word, in wide text a unit of two bytes. */
#define EDGE_BYTES 2

/* Two bytes that hardly occur one after another; what it finds leads nowhere. See weights_want_rare_pair(). */
static const struct atom rare_pair = { .bytes = { 0xe5, 0x8e }, .length = 2 };

struct indexed_lead {
	const struct lead *lead;
	uint32_t subject;
	uint32_t order; /* so that sorting is the same everywhere */
};

struct builder {
	struct database *database;
	struct arena *arena; /* leads; freed when all is built */
	struct subject *subjects;
	struct expression *expressions; /* one per subject */
	struct indexed_lead *leads;
	size_t lead_count;
	const struct atom **atoms; /* without doubles, in the order of their numbers */
	size_t atom_count;
	size_t *culprit;
	struct error *err;
};

static int blame(const struct builder *builder, const struct pattern *pattern, size_t number)
{
	*builder->culprit = number;
	return error_context(builder->err, "%s", pattern->name ? pattern->name : "pattern");
}

static size_t width_of(enum variant variant)
{
	return variant == VARIANT_WIDE ? 2 : 1;
}

static bool has_variant(const struct pattern *pattern, enum variant variant)
{
	return pattern->flags & (variant == VARIANT_WIDE ? PATTERN_WIDE : PATTERN_ASCII);
}

static bool is_regex(const struct pattern *pattern)
{
	return pattern->part_count > 0 && pattern->parts[0].regex;
}

static bool zeros_follow(struct bytes literal)
{
	for (size_t i = 1; i < literal.length; i++)
		if (literal.data[i] != 0)
			return false;
	return true;
}

static int compile_programs(struct subject *subject, struct error *err)
{
	uint32_t nocase = subject->pattern->flags & PATTERN_NOCASE ? REGEX_NOCASE : 0;

	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		uint32_t wide = variant == VARIANT_WIDE ? REGEX_WIDE : 0;
		int ret;

		if (!has_variant(subject->pattern, variant))
			continue;
		ret = regex_program_new(&subject->programs[variant],
					subject->pattern->parts[0].regex, nocase | wide, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void widen_reach(struct database *database, const struct subject *subject)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		size_t longest = 0;

		if (subject->programs[variant])
			longest = regex_program_longest(subject->programs[variant]);
		else if (has_variant(subject->pattern, variant))
			longest = subject->literal.length * width_of(variant);
		if (longest + EDGE_BYTES > database->reach)
			database->reach = longest + EDGE_BYTES;
	}
	if (subject->fullword || (is_regex(subject->pattern) &&
				  regex_node_has_word_edge(subject->pattern->parts[0].regex)))
		database->look_behind = EDGE_BYTES;
}

static int add_subject(struct builder *builder, const struct pattern *pattern, size_t number)
{
	struct database *database = builder->database;
	struct subject *subject = &builder->subjects[database->subject_count];
	struct expression *expression = &builder->expressions[database->subject_count];
	int ret;

	*subject = (struct subject){ .pattern = pattern, .number = (uint32_t)number };
	ret = expression_of(expression, pattern, builder->arena, builder->err);
	if (ret < 0)
		return blame(builder, pattern, number);
	database->subject_count++;
	subject->fullword = pattern->flags & PATTERN_FULLWORD;
	if (is_regex(pattern)) {
		database->regex_count++;
		ret = compile_programs(subject, builder->err);
		if (ret < 0)
			return blame(builder, pattern, number);
	} else {
		subject->literal = pattern->parts[0].literal;
		subject->ascii_first =
			has_variant(pattern, VARIANT_ASCII) && zeros_follow(subject->literal);
	}
	widen_reach(database, subject);
	database->matches_zeros = database->matches_zeros || expression->fits_zeros;
	builder->lead_count += expression->count;
	return 0;
}

static int add_subjects(struct builder *builder, const struct pattern *patterns,
			const enum match_need *needs, size_t count)
{
	for (int regexes = 1; regexes >= 0; regexes--) {
		for (size_t i = 0; i < count; i++) {
			int ret;

			if (needs[i] == NEED_NOTHING || is_regex(&patterns[i]) != regexes)
				continue;
			ret = add_subject(builder, &patterns[i], i);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int compare_leads(const void *left, const void *right)
{
	const struct indexed_lead *a = left, *b = right;
	int order = atom_compare(&a->lead->atom, &b->lead->atom);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int sort_leads(struct builder *builder)
{
	size_t count = 0;

	builder->leads = calloc(builder->lead_count + 1, sizeof(*builder->leads));
	if (!builder->leads)
		return error_no_memory(builder->err, "the atoms of all patterns");
	for (size_t i = 0; i < builder->database->subject_count; i++) {
		const struct expression *expression = &builder->expressions[i];

		for (size_t k = 0; k < expression->count; k++, count++)
			builder->leads[count] =
				(struct indexed_lead){ .lead = &expression->leads[k],
						       .subject = (uint32_t)i,
						       .order = (uint32_t)count };
	}
	qsort(builder->leads, count, sizeof(*builder->leads), compare_leads);
	return 0;
}

static bool starts_new_atom(const struct builder *builder, size_t lead)
{
	return lead == 0 ||
	       atom_compare(&builder->leads[lead - 1].lead->atom, &builder->leads[lead].lead->atom);
}

/* Equal atoms become one, with all their links. */
static int link_atoms(struct builder *builder)
{
	struct database *database = builder->database;
	size_t count = builder->lead_count;
	struct atom_link *links = arena_alloc_array(database->arena, count + 1, sizeof(*links));
	uint32_t *first_link = arena_alloc_array(database->arena, count + 2, sizeof(*first_link));

	builder->atoms = calloc(count + 1, sizeof(const struct atom *));
	if (!links || !first_link || !builder->atoms)
		return error_no_memory(builder->err, "the links of all atoms");
	for (size_t i = 0; i < count; i++) {
		const struct indexed_lead *lead = &builder->leads[i];

		if (starts_new_atom(builder, i)) {
			first_link[builder->atom_count] = (uint32_t)i;
			builder->atoms[builder->atom_count++] = &lead->lead->atom;
		}
		links[i] = (struct atom_link){ .use = lead->lead->use,
					       .subject = lead->subject,
					       .atom_length = lead->lead->atom.length };
	}
	first_link[builder->atom_count] = (uint32_t)count;
	first_link[builder->atom_count + 1] = (uint32_t)count; /* the rare pair leads nowhere */
	database->links = links;
	database->first_link = first_link;
	return 0;
}

static bool wants_rare_pair(const struct builder *builder)
{
	size_t literals = 0, shortest = ATOM_BYTES;

	for (size_t i = 0; i < builder->atom_count; i++) {
		if (!atom_is_literal(builder->atoms[i]))
			continue;
		literals++;
		if (builder->atoms[i]->length < shortest)
			shortest = builder->atoms[i]->length;
	}
	return weights_want_rare_pair(literals, shortest);
}

static unsigned int flags_of(const struct atom *atom)
{
	return HS_FLAG_DOTALL | (atom->caseless ? HS_FLAG_CASELESS : 0);
}

/* Which atom Hyperscan refuses; @atom_count when none is refused alone. */
static size_t refused_atom(const struct builder *builder, char *const *expressions)
{
	for (size_t i = 0; i < builder->atom_count; i++) {
		hs_database_t *alone = NULL;
		hs_compile_error_t *refusal = NULL;

		if (hs_compile(expressions[i], flags_of(builder->atoms[i]), HS_MODE_BLOCK, NULL,
			       &alone, &refusal) != HS_SUCCESS) {
			hs_free_compile_error(refusal);
			return i;
		}
		hs_free_database(alone);
	}
	return builder->atom_count;
}

static int report_refusal(const struct builder *builder, char *const *expressions,
			  const hs_compile_error_t *refusal)
{
	size_t atom = refusal->expression >= 0 ? (size_t)refusal->expression
					       : refused_atom(builder, expressions);
	const struct subject *subject;

	error_set(builder->err, ERROR_UNSUPPORTED, 0, "Hyperscan: %s", refusal->message);
	if (atom >= builder->atom_count) {
		*builder->culprit = builder->database->pattern_count;
		return ERROR_UNSUPPORTED;
	}
	subject = &builder->subjects[builder->leads[builder->database->first_link[atom]].subject];
	return blame(builder, subject->pattern, subject->number);
}

struct atom_texts { /* as hs_compile_multi() takes them */
	char **expressions;
	unsigned int *flags, *numbers;
	size_t count;
};

static void atom_texts_release(struct atom_texts *texts)
{
	free(texts->expressions);
	free(texts->flags);
	free(texts->numbers);
}

static int atom_texts_init(struct atom_texts *texts, const struct builder *builder)
{
	size_t count = builder->atom_count + (wants_rare_pair(builder) ? 1 : 0);

	*texts = (struct atom_texts){
		.expressions = calloc(count, sizeof(char *)),
		.flags = calloc(count, sizeof(unsigned int)),
		.numbers = calloc(count, sizeof(unsigned int)),
		.count = count,
	};
	if (!texts->expressions || !texts->flags || !texts->numbers)
		return error_no_memory(builder->err, "expressions of atoms");
	for (size_t i = 0; i < count; i++) {
		const struct atom *atom = i < builder->atom_count ? builder->atoms[i] : &rare_pair;

		texts->expressions[i] = atom_expression(atom, builder->arena);
		if (!texts->expressions[i])
			return error_no_memory(builder->err, "expressions of atoms");
		texts->flags[i] = flags_of(atom);
		texts->numbers[i] = (unsigned int)i;
	}
	return 0;
}

static int compile_texts(struct builder *builder, const struct atom_texts *texts)
{
	hs_compile_error_t *refusal = NULL;
	int ret;

	if (texts->count > UINT32_MAX)
		return error_set(builder->err, ERROR_LIMIT, 0, "too many atoms");
	if (hs_compile_multi((const char *const *)texts->expressions, texts->flags, texts->numbers,
			     (unsigned int)texts->count, HS_MODE_BLOCK, NULL,
			     &builder->database->atoms, &refusal) == HS_SUCCESS)
		return 0;
	ret = report_refusal(builder, texts->expressions, refusal);
	hs_free_compile_error(refusal);
	return ret;
}

static int compile_atoms(struct builder *builder)
{
	struct atom_texts texts = { 0 };
	int ret;

	if (builder->atom_count == 0)
		return 0;
	if (hs_valid_platform() != HS_SUCCESS)
		return error_set(
			builder->err, ERROR_UNSUPPORTED, 0,
			"this processor lacks the instructions that Hyperscan needs (SSSE3)");
	ret = atom_texts_init(&texts, builder);
	if (ret == 0)
		ret = compile_texts(builder, &texts);
	atom_texts_release(&texts);
	return ret;
}

static int list_whole_searches(struct builder *builder)
{
	struct database *database = builder->database;
	struct whole_search *list =
		arena_alloc_array(database->arena, database->regex_count + 1, sizeof(*list));

	if (!list)
		return error_no_memory(builder->err, "searches without atoms");
	for (size_t i = 0; i < database->regex_count; i++) {
		uint32_t variants = 0;

		for (unsigned int variant = 0; variant < VARIANTS; variant++)
			variants |= (uint32_t)builder->expressions[i].no_atoms[variant] << variant;
		if (variants)
			list[database->whole_search_count++] =
				(struct whole_search){ .subject = (uint32_t)i,
						       .variants = variants };
	}
	database->whole_searches = list;
	return 0;
}

static int build(struct builder *builder, const struct pattern *patterns,
		 const enum match_need *needs, size_t pattern_count)
{
	struct database *database = builder->database;
	int ret;

	builder->subjects =
		arena_alloc_array(database->arena, pattern_count + 1, sizeof(*builder->subjects));
	builder->expressions = calloc(pattern_count + 1, sizeof(*builder->expressions));
	builder->arena = arena_new(0);
	database->subjects = builder->subjects;
	if (builder->subjects && builder->expressions && builder->arena)
		ret = 0;
	else
		ret = error_no_memory(builder->err, "patterns to search");
	if (ret == 0)
		ret = add_subjects(builder, patterns, needs, pattern_count);
	if (ret == 0)
		ret = sort_leads(builder);
	if (ret == 0)
		ret = link_atoms(builder);
	if (ret == 0)
		ret = compile_atoms(builder);
	if (ret == 0)
		ret = list_whole_searches(builder);
	free(builder->expressions);
	free(builder->leads);
	free(builder->atoms);
	arena_free(builder->arena);
	return ret;
}

int database_compile(struct database **out, const struct pattern *patterns,
		     const enum match_need *needs, size_t pattern_count, size_t *culprit,
		     struct error *err)
{
	struct database *database;
	struct builder builder = { .culprit = culprit, .err = err };
	int ret;

	*culprit = pattern_count;
	if (pattern_count >= UINT32_MAX)
		return error_set(err, ERROR_LIMIT, 0, "too many patterns");
	database = calloc(1, sizeof(*database));
	if (!database)
		return error_no_memory(err, "a database");
	database->pattern_count = pattern_count;
	database->arena = arena_new(0);
	builder.database = database;
	ret = database->arena ? build(&builder, patterns, needs, pattern_count)
			      : error_no_memory(err, "a database");
	if (ret < 0)
		database_free(database);
	else
		*out = database;
	return ret;
}

void database_free(struct database *database)
{
	if (!database)
		return;
	for (size_t i = 0; i < database->subject_count; i++)
		for (unsigned int variant = 0; variant < VARIANTS; variant++)
			regex_program_free(database->subjects[i].programs[variant]);
	hs_free_database(database->atoms);
	arena_free(database->arena);
	free(database);
}

size_t database_pattern_count(const struct database *database)
{
	return database->pattern_count;
}

size_t database_reach(const struct database *database)
{
	return database->reach;
}

size_t database_look_behind(const struct database *database)
{
	return database->look_behind;
}

bool database_matches_zeros(const struct database *database)
{
	return database->matches_zeros;
}
