#include "engine/database.h"

#include <stdlib.h>

#include "engine/database/atom_list.h"
#include "engine/database/parts.h"
#include "engine/expression/layout.h"

/* Right edge of a word, in wide text a unit of two bytes. */
#define EDGE_BYTES 2

/*
 * Of a run as long as that, regex_all_starts() passes over most bytes without a look, where Hyperscan would report
 * every byte of it: 40 ns for each byte of base64 text.
 */
#define RUN_SEARCHED_WHOLE 16u

struct builder {
	struct database *database;
	struct arena *arena; /* leads; freed when all is built */
	struct subject *subjects;
	struct expression *expressions; /* one per subject */
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

		if (!pattern_has_variant(subject->pattern, variant))
			continue;
		ret = regex_program_new(&subject->programs[variant],
					subject->pattern->parts[0].regex, nocase | wide, err);
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

static void widen_reach(struct database *database, const struct subject *subject)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		size_t longest = 0;

		if (subject->programs[variant])
			longest = regex_program_longest(subject->programs[variant]);
		else if (pattern_has_variant(subject->pattern, variant))
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
	ret = expression_init(expression, pattern, builder->arena, builder->err);
	if (ret < 0)
		return blame(builder, pattern, number);
	database->subject_count++;
	subject->fullword = pattern->flags & PATTERN_FULLWORD;
	if (is_regex(pattern)) {
		database->regex_count++;
		ret = compile_programs(subject, builder->err);
		if (ret < 0)
			return blame(builder, pattern, number);
		drop_atoms_of_run(subject, expression);
	} else {
		subject->literal = pattern->parts[0].literal;
		subject->ascii_first = pattern_has_variant(pattern, VARIANT_ASCII) &&
				       zeros_follow(subject->literal);
	}
	widen_reach(database, subject);
	database->matches_zeros = database->matches_zeros || expression->fits_zeros;
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
	ret = atom_list_compile(&list, &database->atoms, &refused, builder->err);
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
		ret = compile_atoms(builder);
	if (ret == 0)
		ret = list_whole_searches(builder);
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
