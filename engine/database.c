#include "engine/database.h"

#include <stdlib.h>

#include "engine/database/atom_list.h"
#include "engine/database/node_copies.h"
#include "engine/database/parts.h"
#include "engine/database/subject.h"
#include "engine/expression/layout.h"

/*
 * Of a run as long as that, regex_all_starts() passes over most bytes without a look, where Hyperscan would report
 * every byte of it: 40 ns for each byte of base64 text.
 */
#define RUN_SEARCHED_WHOLE 16u

/*
 * So many atoms for single xor keys, of 24 strings `xor ascii wide`, slow down a scan about as much as a look at every
 * byte for all keys of any number of strings.
 */
#define KEY_ATOMS_MOST 12288u
/* Hyperscan takes 2.5 KB for each while it compiles them: 5 GB. */
#define LEADS_MOST ((size_t)1 << 21)

struct builder {
	struct database *database;
	struct arena *arena; /* leads; freed when all is built */
	struct subject *subjects;
	struct expression *expressions; /* one per subject */
	enum key_search keys;
	size_t lead_count;
	size_t *culprit;
	struct error *err;
};

static int blame(const struct builder *builder, const struct pattern *pattern, size_t number)
{
	*builder->culprit = number;
	return error_context(builder->err, "%s", pattern->name ? pattern->name : "pattern");
}

static const struct regex_node *regex_of(const struct subject *subject)
{
	return subject->pattern->parts[subject->part].regex;
}

static int compile_programs(struct subject *subject, struct error *err)
{
	uint32_t nocase = subject->pattern->flags & PATTERN_NOCASE ? REGEX_NOCASE : 0;

	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		uint32_t wide = variant == VARIANT_WIDE ? REGEX_WIDE : 0;
		int ret;

		if (!pattern_has_variant(subject->pattern, variant))
			continue;
		ret = regex_program_new(&subject->programs[variant], regex_of(subject),
					nocase | wide, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void drop_atoms_of_run(const struct subject *subject, struct expression *expression)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		const struct regex_program *program = subject->programs[variant];

		if (!program || regex_program_run(program) < RUN_SEARCHED_WHOLE)
			continue;
		expression->no_atoms[variant] = true;
		expression->count = 0; /* of both variants: they have the same run */
	}
}

/* What confirms the part, and what of @expression is not worth looking for then. */
static int prepare_subject(struct subject *subject, struct expression *expression,
			   struct error *err)
{
	if (regex_of(subject)) {
		int ret = compile_programs(subject, err);

		if (ret < 0)
			return ret;
		drop_atoms_of_run(subject, expression);
		return 0;
	}
	subject_set_literal(subject);
	return 0;
}

static int add_subject(struct builder *builder, const struct subject *added)
{
	struct database *database = builder->database;
	struct subject *subject = &builder->subjects[database->subject_count];
	struct expression *expression = &builder->expressions[database->subject_count];
	struct pattern alone = *added->pattern;
	int ret;

	*subject = *added;
	subject->fullword = alone.flags & PATTERN_FULLWORD;
	alone.parts += added->part;
	alone.part_count = 1;
	ret = expression_init(expression, &alone, builder->keys, builder->arena, builder->err);
	if (ret < 0)
		return blame(builder, added->pattern, added->number);
	database->subject_count++;
	database->regex_count += regex_of(subject) ? 1 : 0;
	ret = prepare_subject(subject, expression, builder->err);
	if (ret < 0)
		return blame(builder, added->pattern, added->number);
	builder->lead_count += expression->count;
	if (builder->lead_count > LEADS_MOST) {
		error_set(builder->err, ERROR_LIMIT, 0,
			  "more than %zu texts to look for, with each key and alternative",
			  LEADS_MOST);
		return blame(builder, added->pattern, added->number);
	}
	subject_widen_reach(subject,
			    regex_of(subject) && regex_node_has_word_edge(regex_of(subject)),
			    database);
	database->matches_zeros = database->matches_zeros || expression->fits_zeros;
	return 0;
}

/* Adds those parts of a pattern that are regexes, or those that are not. */
static int add_parts(struct builder *builder, const struct subject *first, bool regexes)
{
	for (size_t part = 0; part < first->pattern->part_count; part++) {
		struct subject subject = *first;
		bool is_regex = first->pattern->parts[part].regex;
		int ret;

		if (is_regex != regexes)
			continue;
		subject.part = (uint32_t)part;
		ret = add_subject(builder, &subject);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int add_subjects(struct builder *builder, const struct pattern *patterns,
			const enum match_need *needs, size_t count)
{
	for (int regexes = 1; regexes >= 0; regexes--) {
		uint32_t chain = 0;

		for (size_t i = 0; i < count; i++) {
			struct subject subject = { .pattern = &patterns[i],
						   .number = (uint32_t)i,
						   .chain = NO_CHAIN };
			int ret;

			if (needs[i] == NEED_NOTHING)
				continue;
			if (patterns[i].part_count > 1)
				subject.chain = chain++;
			ret = add_parts(builder, &subject, regexes);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int check_chain(const struct pattern *pattern, struct error *err)
{
	if (pattern->flags & PATTERN_XOR)
		return error_set(err, ERROR_USAGE, 0, "a chain has no xor keys");
	for (size_t i = 0; i + 1 < pattern->part_count; i++)
		if (pattern->gaps[i].min > pattern->gaps[i].max)
			return error_set(err, ERROR_USAGE, 0,
					 "a gap's lowest length is above its highest");
	return 0;
}

/* Lists chains and counts the parts of all patterns. */
static int list_chains(struct builder *builder, const struct pattern *patterns,
		       const enum match_need *needs, size_t count, size_t *parts)
{
	struct database *database = builder->database;
	struct chain *chains = NULL;
	uint64_t sets = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_chain = needs[i] != NEED_NOTHING && patterns[i].part_count > 1;

		*parts += patterns[i].part_count;
		if (needs[i] != NEED_NOTHING && patterns[i].part_count == 0) {
			error_set(builder->err, ERROR_USAGE, 0, "a pattern without parts");
			return blame(builder, &patterns[i], i);
		}
		if (!is_chain)
			continue;
		if (!chains)
			chains = arena_alloc_array(database->arena, count - i, sizeof(*chains));
		if (!chains)
			return error_no_memory(builder->err, "chains");
		if (check_chain(&patterns[i], builder->err) < 0)
			return blame(builder, &patterns[i], i);
		chains[database->chain_count++] = (struct chain){ .pattern = &patterns[i],
								  .number = (uint32_t)i,
								  .first_set = (uint32_t)sets };
		sets += patterns[i].part_count * VARIANTS;
		if (sets >= UINT32_MAX)
			return error_set(builder->err, ERROR_LIMIT, 0, "too many parts of chains");
	}
	database->chains = chains;
	return 0;
}

static enum key_search choose_key_search(const struct pattern *patterns,
					 const enum match_need *needs, size_t count)
{
	uint64_t atoms = 0;

	for (size_t i = 0; i < count; i++)
		atoms += needs[i] == NEED_NOTHING ? 0 : expression_key_atoms(&patterns[i]);
	return atoms > KEY_ATOMS_MOST ? KEYS_TOGETHER : KEYS_ONE_BY_ONE;
}

static int make_tables(struct database *database, const struct atom_list *list, struct error *err)
{
	size_t first_keyed = list->counts[ATOM_OF_HYPERSCAN];
	size_t first_window = first_keyed + list->counts[ATOM_OF_KEY_TABLE];
	int ret = key_table_make(&database->keys, list->atoms + first_keyed,
				 list->counts[ATOM_OF_KEY_TABLE], (uint32_t)first_keyed,
				 database->arena, err);

	return ret ? ret
		   : window_table_make(&database->windows, list->atoms + first_window,
				       list->counts[ATOM_OF_WINDOW_TABLE], (uint32_t)first_window,
				       database->arena, err);
}

static int compile_atoms(struct builder *builder)
{
	struct database *database = builder->database;
	struct atom_list list;
	size_t refused;
	int ret = atom_list_init(&list, builder->expressions, database->subject_count,
				 database->arena, builder->err);

	if (ret < 0)
		return ret;
	database->links = list.links;
	database->first_link = list.first_link;
	database->atom_count = list.count;
	ret = atom_list_compile(&list, &database->atoms, &refused, builder->err);
	if (ret == 0)
		ret = make_tables(database, &list, builder->err);
	if (ret < 0 && refused != SIZE_MAX)
		ret = blame(builder, builder->subjects[refused].pattern,
			    builder->subjects[refused].number);
	atom_list_release(&list);
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
	size_t parts = 0;
	int ret = list_chains(builder, patterns, needs, pattern_count, &parts);

	if (ret < 0)
		return ret;
	builder->subjects =
		arena_alloc_array(database->arena, parts + 1, sizeof(*builder->subjects));
	builder->expressions = calloc(parts + 1, sizeof(*builder->expressions));
	builder->arena = arena_new(0);
	database->subjects = builder->subjects;
	builder->keys = choose_key_search(patterns, needs, pattern_count);
	if (!builder->subjects || !builder->expressions || !builder->arena)
		ret = error_no_memory(builder->err, "patterns to search");
	if (ret == 0)
		ret = add_subjects(builder, patterns, needs, pattern_count);
	if (ret == 0)
		ret = compile_atoms(builder);
	if (ret == 0)
		ret = list_whole_searches(builder);
	if (ret == 0)
		ret = strategy_notes_init(&database->strategies, pattern_count, builder->subjects,
					  builder->expressions, database->subject_count,
					  database->arena, builder->err);
	free(builder->expressions);
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
	database->patterns = patterns;
	database->pattern_count = pattern_count;
	database->arena = arena_new(0);
	database->copies = node_copies_new();
	builder.database = database;
	ret = database->arena && database->copies ? build(&builder, patterns, needs, pattern_count)
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
	node_copies_free(database->copies);
	hs_free_database(database->atoms);
	arena_free(database->arena);
	free(database);
}

int database_on_node(const struct database *database, size_t node, const struct database **out,
		     struct error *err)
{
	return node_copies_get(database->copies, database, node, out, err);
}

size_t database_copy_count(const struct database *database)
{
	return node_copies_count(database->copies);
}

size_t database_pattern_count(const struct database *database)
{
	return database->pattern_count;
}

const struct pattern *database_patterns(const struct database *database)
{
	return database->patterns;
}

size_t database_reach(const struct database *database)
{
	return database->reach;
}

size_t database_look_behind(const struct database *database)
{
	return database->look_behind;
}

bool database_has_chains(const struct database *database)
{
	return database->chain_count > 0;
}

bool database_matches_zeros(const struct database *database)
{
	return database->matches_zeros;
}
