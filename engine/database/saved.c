#include <stdlib.h>

#include "engine/database/node_copies.h"
#include "engine/database/parts.h"
#include "engine/database/subject.h"

/*
 * A database as bytes, little-endian:
 *
 *	u32 SAVED_FORMAT   u32 patterns   u32 how many of them are searched, then the number of each, u32
 *	u8 flags
 *	of each regex among their parts, ascii before wide: its program
 *	u32 links, then each
 *	u32 atoms, then u32 first_link of each, and two more
 *	u32 searches without atoms, then each: u32 subject, u8 variants
 *	the keyed atoms, see key_table.c, and the windows among the atoms, see window_table.c
 *	how each pattern is searched, see saved_strategy.c
 *	u64 length of Hyperscan's own bytes, then these
 *
 * Everything else follows from the patterns.
 */
/* One more whenever the layout, or what its numbers mean, changes. */
#define SAVED_FORMAT 0xdb000002u

enum saved_flag { SAVED_WORD_EDGES = 1 << 0, SAVED_ZEROS = 1 << 1, SAVED_FLAGS = 3 };

enum saved_link_flag {
	LINK_WIDE = 1 << 0,
	LINK_COMPLETE = 1 << 1,
	LINK_KEYED = 1 << 2,
	LINK_FLAGS = 7
};

#define LINK_BYTES 35u
#define WHOLE_SEARCH_BYTES 5u

uint64_t database_platform(void)
{
	hs_platform_info_t platform = { 0 };

	if (hs_populate_platform(&platform) != HS_SUCCESS)
		return 0;
	return (uint64_t)platform.tune << 56 | (platform.cpu_features & (UINT64_MAX >> 8));
}

static bool is_regex_part(const struct pattern_part *part)
{
	return part->literal.length == 0;
}

/* Of the subjects of a pattern, one each has its first part. */
static bool opens_pattern(const struct subject *subject)
{
	return subject->part == 0;
}

static void save_searched(const struct database *database, struct byte_writer *out)
{
	uint32_t count = 0;

	for (size_t i = 0; i < database->subject_count; i++)
		count += opens_pattern(&database->subjects[i]);
	byte_writer_add_u32(out, count);
	for (size_t i = 0; i < database->subject_count; i++)
		if (opens_pattern(&database->subjects[i]))
			byte_writer_add_u32(out, database->subjects[i].number);
}

static int save_programs(const struct database *database, struct byte_writer *out,
			 struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < database->regex_count; i++)
		for (unsigned int variant = 0; variant < VARIANTS && ret == 0; variant++)
			if (database->subjects[i].programs[variant])
				ret = regex_program_save(database->subjects[i].programs[variant],
							 out, err);
	return ret;
}

static void save_link(const struct atom_link *link, struct byte_writer *out)
{
	unsigned int flags = (link->use.wide ? LINK_WIDE : 0u) |
			     (link->use.complete ? LINK_COMPLETE : 0u) |
			     (link->use.keyed ? LINK_KEYED : 0u);

	byte_writer_add_u64(out, link->use.check.mask);
	byte_writer_add_u64(out, link->use.check.value);
	byte_writer_add_u32(out, (uint32_t)link->use.check.offset);
	byte_writer_add_u32(out, link->use.distance_min);
	byte_writer_add_u32(out, link->use.distance_max);
	byte_writer_add_u32(out, link->subject);
	byte_writer_add_u8(out, (uint8_t)link->atom_length);
	byte_writer_add_u8(out, link->use.xor_key);
	byte_writer_add_u8(out, (uint8_t)flags);
}

static void save_links(const struct database *database, struct byte_writer *out)
{
	const size_t count = database->first_link[database->atom_count + 1];

	byte_writer_add_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		save_link(&database->links[i], out);
	byte_writer_add_u32(out, (uint32_t)database->atom_count);
	for (size_t i = 0; i < database->atom_count + 2; i++)
		byte_writer_add_u32(out, database->first_link[i]);
}

static void save_whole_searches(const struct database *database, struct byte_writer *out)
{
	byte_writer_add_u32(out, (uint32_t)database->whole_search_count);
	for (size_t i = 0; i < database->whole_search_count; i++) {
		byte_writer_add_u32(out, database->whole_searches[i].subject);
		byte_writer_add_u8(out, (uint8_t)database->whole_searches[i].variants);
	}
}

static int save_atoms(const struct database *database, struct byte_writer *out, struct error *err)
{
	char *data = NULL;
	size_t length = 0;

	if (database->atoms && hs_serialize_database(database->atoms, &data, &length) != HS_SUCCESS)
		return error_no_memory(err, "Hyperscan's database as bytes");
	byte_writer_add_sized(out, (struct bytes){ (const uint8_t *)data, length });
	free(data);
	return 0;
}

int database_save(const struct database *database, struct byte_writer *out, struct error *err)
{
	unsigned int flags = (database->look_behind ? SAVED_WORD_EDGES : 0u) |
			     (database->matches_zeros ? SAVED_ZEROS : 0u);
	int ret;

	byte_writer_add_u32(out, SAVED_FORMAT);
	byte_writer_add_u32(out, (uint32_t)database->pattern_count);
	save_searched(database, out);
	byte_writer_add_u8(out, (uint8_t)flags);
	ret = save_programs(database, out, err);
	if (ret < 0)
		return ret;
	save_links(database, out);
	save_whole_searches(database, out);
	key_table_save(database->keys, out);
	window_table_save(database->windows, out);
	strategy_notes_save(database->strategies, database->pattern_count, out);
	ret = save_atoms(database, out, err);
	if (ret == 0 && out->failed)
		ret = error_no_memory(err, "a database as bytes");
	return ret;
}

struct loader {
	struct database *database;
	const struct pattern *patterns;
	struct bytes_reader *in;
	bool *searched; /* by pattern */
	struct subject *subjects;
	struct error *err;
};

static int damaged(const struct loader *loader, const char *what)
{
	return error_set(loader->err, ERROR_FORMAT, 0, "the search database %s", what);
}

static int no_memory(const struct loader *loader)
{
	return error_no_memory(loader->err, "a search database");
}

/* A count of things that take at least @bytes each. */
static bool take_count(struct loader *loader, size_t bytes, size_t *out)
{
	uint32_t count;

	if (!bytes_take_u32(loader->in, &count) || count > loader->in->rest.length / bytes)
		return false;
	*out = count;
	return true;
}

static int take_format(struct loader *loader)
{
	uint32_t format;

	if (!bytes_take_u32(loader->in, &format))
		return damaged(loader, "ends too early");
	if (format != SAVED_FORMAT)
		return error_set(loader->err, ERROR_UNSUPPORTED, 0,
				 "the search database was written by another version");
	return 0;
}

static int take_searched(struct loader *loader)
{
	const size_t pattern_count = loader->database->pattern_count;
	uint32_t patterns;
	size_t count;

	if (!bytes_take_u32(loader->in, &patterns) || patterns != pattern_count)
		return damaged(loader, "is of other patterns");
	if (!take_count(loader, sizeof(uint32_t), &count))
		return damaged(loader, "ends too early");
	for (size_t i = 0; i < count; i++) {
		uint32_t number;

		if (!bytes_take_u32(loader->in, &number) || number >= pattern_count ||
		    loader->searched[number])
			return damaged(loader, "names a pattern that is none");
		loader->searched[number] = true;
	}
	return 0;
}

/* Lists the chains among the patterns that are searched; *@parts: how many parts all of them have. */
static int list_chains(struct loader *loader, size_t *parts)
{
	struct database *database = loader->database;
	struct chain *chains =
		arena_alloc_array(database->arena, database->pattern_count, sizeof(*chains));
	uint64_t sets = 0;

	if (!chains)
		return no_memory(loader);
	for (size_t i = 0; i < database->pattern_count; i++) {
		const struct pattern *pattern = &loader->patterns[i];

		if (!loader->searched[i])
			continue;
		*parts += pattern->part_count;
		if (pattern->part_count < 2)
			continue;
		chains[database->chain_count++] = (struct chain){ .pattern = pattern,
								  .number = (uint32_t)i,
								  .first_set = (uint32_t)sets };
		sets += (uint64_t)pattern->part_count * VARIANTS;
		if (sets >= UINT32_MAX)
			return damaged(loader, "has too many parts of chains");
	}
	database->chains = chains;
	return 0;
}

static int take_programs(struct loader *loader, struct subject *subject)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		int ret;

		if (!pattern_has_variant(subject->pattern, variant))
			continue;
		ret = regex_program_load(&subject->programs[variant], loader->in, loader->err);
		if (ret < 0)
			return ret;
		if (regex_program_is_wide(subject->programs[variant]) != (variant == VARIANT_WIDE))
			return damaged(loader, "has a program of the wrong width");
	}
	return 0;
}

static int add_subject(struct loader *loader, size_t number, size_t part, uint32_t chain)
{
	struct database *database = loader->database;
	struct subject *subject = &loader->subjects[database->subject_count++];
	const struct pattern *pattern = &loader->patterns[number];
	int ret = 0;

	*subject = (struct subject){ .pattern = pattern,
				     .number = (uint32_t)number,
				     .part = (uint32_t)part,
				     .chain = chain,
				     .fullword = pattern->flags & PATTERN_FULLWORD };
	if (is_regex_part(&pattern->parts[part])) {
		database->regex_count++;
		ret = take_programs(loader, subject);
	} else {
		subject_set_literal(subject);
	}
	if (ret == 0)
		subject_widen_reach(subject, false, database);
	return ret;
}

static int add_parts(struct loader *loader, size_t number, bool regexes, uint32_t chain)
{
	const struct pattern *pattern = &loader->patterns[number];
	int ret = 0;

	for (size_t part = 0; part < pattern->part_count && ret == 0; part++)
		if (is_regex_part(&pattern->parts[part]) == regexes)
			ret = add_subject(loader, number, part, chain);
	return ret;
}

/* In the order of database_compile(): regexes first. */
static int add_subjects(struct loader *loader, size_t parts)
{
	struct database *database = loader->database;

	loader->subjects = arena_alloc_array(database->arena, parts + 1, sizeof(*loader->subjects));
	database->subjects = loader->subjects;
	if (!loader->subjects)
		return no_memory(loader);
	for (int regexes = 1; regexes >= 0; regexes--) {
		uint32_t chain = 0;

		for (size_t i = 0; i < database->pattern_count; i++) {
			uint32_t own = NO_CHAIN;
			int ret;

			if (!loader->searched[i])
				continue;
			if (loader->patterns[i].part_count > 1)
				own = chain++;
			ret = add_parts(loader, i, regexes, own);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static bool key_fits(const struct pattern *pattern, const struct atom_use *use)
{
	const uint8_t key = use->xor_key;

	if (use->keyed)
		return pattern->flags & PATTERN_XOR && pattern->parts[0].literal.length;
	return pattern->flags & PATTERN_XOR ? key >= pattern->xor_min && key <= pattern->xor_max
					    : key == 0;
}

static bool link_fits(const struct loader *loader, const struct atom_link *link)
{
	const struct subject *subject;

	if (link->subject >= loader->database->subject_count)
		return false;
	subject = &loader->subjects[link->subject];
	return link->atom_length >= 1 && link->atom_length <= WINDOW_POSITIONS &&
	       link->use.distance_min <= link->use.distance_max &&
	       link->use.check.offset > INT32_MIN &&
	       pattern_has_variant(subject->pattern,
				   link->use.wide ? VARIANT_WIDE : VARIANT_ASCII) &&
	       key_fits(subject->pattern, &link->use);
}

static bool take_link(struct loader *loader, struct atom_link *out)
{
	struct bytes_reader *in = loader->in;
	struct atom_use *use = &out->use;
	uint8_t length, flags;
	uint32_t offset;

	if (!bytes_take_u64(in, &use->check.mask) || !bytes_take_u64(in, &use->check.value) ||
	    !bytes_take_u32(in, &offset) || !bytes_take_u32(in, &use->distance_min) ||
	    !bytes_take_u32(in, &use->distance_max) || !bytes_take_u32(in, &out->subject) ||
	    !bytes_take_u8(in, &length) || !bytes_take_u8(in, &use->xor_key) ||
	    !bytes_take_u8(in, &flags) || flags > LINK_FLAGS)
		return false;
	use->check.offset = (int32_t)offset;
	use->wide = flags & LINK_WIDE;
	use->complete = flags & LINK_COMPLETE;
	use->keyed = flags & LINK_KEYED;
	out->atom_length = length;
	return link_fits(loader, out);
}

static int take_links(struct loader *loader, size_t *count)
{
	struct database *database = loader->database;
	struct atom_link *links;

	if (!take_count(loader, LINK_BYTES, count))
		return damaged(loader, "ends too early");
	links = arena_alloc_array(database->arena, *count + 1, sizeof(*links));
	if (!links)
		return no_memory(loader);
	for (size_t i = 0; i < *count; i++)
		if (!take_link(loader, &links[i]))
			return damaged(loader, "has an atom that leads nowhere");
	database->links = links;
	return 0;
}

static int take_first_links(struct loader *loader, size_t link_count)
{
	struct database *database = loader->database;
	uint32_t *first, last = 0;

	if (!take_count(loader, sizeof(uint32_t), &database->atom_count))
		return damaged(loader, "ends too early");
	first = arena_alloc_array(database->arena, database->atom_count + 2, sizeof(*first));
	if (!first)
		return no_memory(loader);
	for (size_t i = 0; i < database->atom_count + 2; i++) {
		if (!bytes_take_u32(loader->in, &first[i]) || first[i] < last ||
		    first[i] > link_count)
			return damaged(loader, "has atoms out of order");
		last = first[i];
	}
	database->first_link = first;
	return last == link_count ? 0 : damaged(loader, "has atoms out of order");
}

static bool take_whole_search(struct loader *loader, struct whole_search *out)
{
	const struct database *database = loader->database;
	uint8_t variants;

	if (!bytes_take_u32(loader->in, &out->subject) || !bytes_take_u8(loader->in, &variants) ||
	    out->subject >= database->regex_count || variants >= 1u << VARIANTS)
		return false;
	out->variants = variants;
	for (unsigned int variant = 0; variant < VARIANTS; variant++)
		if (variants >> variant & 1 && !loader->subjects[out->subject].programs[variant])
			return false;
	return true;
}

static int take_whole_searches(struct loader *loader)
{
	struct database *database = loader->database;
	struct whole_search *list;
	size_t count;

	if (!take_count(loader, WHOLE_SEARCH_BYTES, &count) || count > database->regex_count)
		return damaged(loader, "has more searches than expressions");
	list = arena_alloc_array(database->arena, count + 1, sizeof(*list));
	if (!list)
		return no_memory(loader);
	for (size_t i = 0; i < count; i++)
		if (!take_whole_search(loader, &list[i]))
			return damaged(loader, "searches for an expression that is none");
	database->whole_searches = list;
	database->whole_search_count = count;
	return 0;
}

static int refused_by_hyperscan(const struct loader *loader, hs_error_t status)
{
	switch (status) {
	case HS_NOMEM:
		return no_memory(loader);
	case HS_DB_VERSION_ERROR:
		return error_set(loader->err, ERROR_UNSUPPORTED, 0,
				 "the search database is of another version of Hyperscan");
	case HS_DB_PLATFORM_ERROR:
		return error_set(loader->err, ERROR_UNSUPPORTED, 0,
				 "the search database was compiled for another kind of CPU");
	default:
		return damaged(loader, "is damaged");
	}
}

static int take_atoms(struct loader *loader)
{
	struct database *database = loader->database;
	struct bytes bytes;
	size_t in_tables = key_table_count(database->keys) + window_table_count(database->windows);
	uint64_t length;
	hs_error_t status;

	if (!bytes_take_u64(loader->in, &length) || length > loader->in->rest.length ||
	    !bytes_take(loader->in, (size_t)length, &bytes))
		return damaged(loader, "ends too early");
	if ((length == 0) != (database->atom_count == in_tables))
		return damaged(loader, "has atoms that nobody looks for");
	if (length == 0)
		return 0;
	if (hs_valid_platform() != HS_SUCCESS)
		return error_set(
			loader->err, ERROR_UNSUPPORTED, 0,
			"this processor lacks the instructions that Hyperscan needs (SSSE3)");
	status = hs_deserialize_database((const char *)bytes.data, bytes.length, &database->atoms);
	return status == HS_SUCCESS ? 0 : refused_by_hyperscan(loader, status);
}

static int take_flags(struct loader *loader, uint8_t *flags)
{
	if (!bytes_take_u8(loader->in, flags) || *flags > SAVED_FLAGS)
		return damaged(loader, "has marks that are not known");
	return 0;
}

static int load(struct loader *loader)
{
	struct database *database = loader->database;
	size_t parts = 0, links = 0;
	uint8_t flags = 0;
	int ret = take_format(loader);

	if (ret == 0)
		ret = take_searched(loader);
	if (ret == 0)
		ret = take_flags(loader, &flags);
	if (ret == 0)
		ret = list_chains(loader, &parts);
	if (ret == 0)
		ret = add_subjects(loader, parts);
	if (ret == 0)
		ret = take_links(loader, &links);
	if (ret == 0)
		ret = take_first_links(loader, links);
	if (ret == 0)
		ret = take_whole_searches(loader);
	if (ret == 0)
		ret = key_table_load(&database->keys, database->atom_count, loader->in,
				     database->arena, loader->err);
	if (ret == 0)
		ret = window_table_load(&database->windows, database->atom_count, loader->in,
					database->arena, loader->err);
	if (ret == 0)
		ret = strategy_notes_load(&database->strategies, database->pattern_count,
					  loader->in, database->arena, loader->err);
	if (ret == 0)
		ret = take_atoms(loader);
	if (flags & SAVED_WORD_EDGES)
		database->look_behind = EDGE_BYTES;
	database->matches_zeros = flags & SAVED_ZEROS;
	return ret;
}

int database_load(struct database **out, const struct pattern *patterns, size_t pattern_count,
		  struct bytes_reader *in, struct error *err)
{
	struct database *database = calloc(1, sizeof(*database));
	struct loader loader = { .database = database, .patterns = patterns, .in = in, .err = err };
	int ret;

	loader.searched = calloc(pattern_count + 1, sizeof(*loader.searched));
	if (database) {
		database->patterns = patterns;
		database->pattern_count = pattern_count;
		database->arena = arena_new(0);
		database->copies = node_copies_new();
	}
	if (database && database->arena && database->copies && loader.searched)
		ret = load(&loader);
	else
		ret = no_memory(&loader);
	free(loader.searched);
	if (ret < 0)
		database_free(database);
	else
		*out = database;
	return ret;
}
