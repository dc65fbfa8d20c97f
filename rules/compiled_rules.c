#include "rules/compiled_rules.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/thread.h"
#include "rules/compiled/file_header.h"
#include "rules/compiled/loaded_externals.h"
#include "rules/compiled/saved_rules.h"
#include "rules/compiled/saved_sources.h"
#include "rules/compiled/saved_text.h"
#include "rules/ruleset_parts.h"
#include "rules/slow_warnings.h"

/* Fewer are compiled in about the time that a thread takes to start and end. */
#define PATTERNS_WORTH_A_THREAD 200u

/* What one kind of target needs. Purposes with equal needs share the database, which the first of them owns. */
struct purpose {
	enum match_need *needs;
	struct database *database;
	bool owns_database;
	bool reads_bytes;
};

struct compiled_rules {
	atomic_size_t holders;
	struct ruleset *rules;
	bool lists_matches; /* strings that only reports ask for are searched too */
	struct purpose purposes[PURPOSES];
};

static void compiled_rules_free(struct compiled_rules *compiled)
{
	for (size_t i = 0; i < PURPOSES; i++) {
		if (compiled->purposes[i].owns_database)
			database_free(compiled->purposes[i].database);
		free(compiled->purposes[i].needs);
	}
	ruleset_free(compiled->rules);
	free(compiled);
}

static struct target_facts facts_of(enum scan_purpose purpose)
{
	return (struct target_facts){
		.is_process = purpose != PURPOSE_FILE,
		.has_low_memory = purpose == PURPOSE_LOW_PROCESS,
	};
}

static int refusal(const struct compiled_rules *compiled, uint32_t pattern,
		   struct diagnostics *notes, const struct error *reason, struct error *err)
{
	diagnostics_add(notes, SEVERITY_ERROR, ruleset_pattern_span(compiled->rules, pattern),
			"pattern-refused", NULL, "this string cannot be searched: %s",
			reason->message);
	return error_set(err, ERROR_RULES, 0, "a string cannot be searched");
}

/* Borrows the database of an earlier purpose that asks the same. */
static bool share_database(struct compiled_rules *compiled, size_t index, size_t pattern_count)
{
	struct purpose *purpose = &compiled->purposes[index];

	for (size_t i = 0; i < index; i++) {
		const struct purpose *other = &compiled->purposes[i];

		if (memcmp(other->needs, purpose->needs, pattern_count * sizeof(*other->needs)))
			continue;
		purpose->database = other->database;
		return true;
	}
	return false;
}

static int make_needs(struct compiled_rules *compiled, size_t index, enum match_need outputs,
		      struct error *err)
{
	struct purpose *purpose = &compiled->purposes[index];
	struct target_facts facts = facts_of((enum scan_purpose)index);
	size_t count;

	ruleset_patterns(compiled->rules, &count);
	purpose->needs = calloc(count + 1, sizeof(*purpose->needs));
	if (!purpose->needs)
		return error_no_memory(err, "the needs of rules");
	purpose->reads_bytes = ruleset_needs(compiled->rules, &facts, outputs, purpose->needs);
	return 0;
}

/* Files and low processes have one database, so each looks for what the other needs too. */
static void join_needs(struct compiled_rules *compiled)
{
	enum match_need *low = compiled->purposes[PURPOSE_LOW_PROCESS].needs;
	enum match_need *file = compiled->purposes[PURPOSE_FILE].needs;
	size_t count;

	ruleset_patterns(compiled->rules, &count);
	for (size_t i = 0; i < count; i++)
		low[i] = file[i] = low[i] > file[i] ? low[i] : file[i];
}

static int make_all_needs(struct compiled_rules *compiled, enum match_need outputs,
			  struct error *err)
{
	for (size_t i = 0; i < PURPOSES; i++) {
		int ret = make_needs(compiled, i, outputs, err);

		if (ret < 0)
			return ret;
	}
	join_needs(compiled);
	return 0;
}

/* A database that is compiled beside another, by a thread of its own. */
struct compilation {
	struct compiled_rules *compiled;
	struct purpose *purpose;
	struct error reason;
	size_t culprit;
	int ret;
};

static void *compile_database(void *context)
{
	struct compilation *compilation = context;
	struct purpose *purpose = compilation->purpose;
	size_t count;
	const struct pattern *patterns = ruleset_patterns(compilation->compiled->rules, &count);

	compilation->culprit = SIZE_MAX;
	compilation->ret = database_compile(&purpose->database, patterns, purpose->needs, count,
					    &compilation->culprit, &compilation->reason);
	purpose->owns_database = compilation->ret == 0;
	return NULL;
}

static int take_compilation(const struct compilation *compilation, struct diagnostics *notes,
			    struct error *err)
{
	const struct error *reason = &compilation->reason;
	size_t count;

	ruleset_patterns(compilation->compiled->rules, &count);
	if (compilation->ret == 0)
		return 0;
	if (compilation->ret == ERROR_MEMORY || compilation->culprit >= count)
		return error_set(err, reason->code, reason->sys_errno, "%s", reason->message);
	return refusal(compilation->compiled, (uint32_t)compilation->culprit, notes, reason, err);
}

static size_t count_searched(const struct purpose *purpose, size_t pattern_count)
{
	size_t count = 0;

	for (size_t i = 0; i < pattern_count; i++)
		count += purpose->needs[i] != NEED_NOTHING;
	return count;
}

/* The one with fewer patterns beside the other, where that is worth a thread. */
static void compile_both(struct compilation *process, struct compilation *file, size_t searched)
{
	pthread_t thread;
	bool started = searched >= PATTERNS_WORTH_A_THREAD &&
		       thread_start(&thread, compile_database, process) == 0;

	compile_database(file);
	if (started)
		pthread_join(thread, NULL);
	else
		compile_database(process);
}

static int compile_databases(struct compiled_rules *compiled, struct diagnostics *notes,
			     struct error *err)
{
	struct purpose *purposes = compiled->purposes;
	struct compilation process = { .compiled = compiled,
				       .purpose = &purposes[PURPOSE_PROCESS] };
	struct compilation low = { .compiled = compiled,
				   .purpose = &purposes[PURPOSE_LOW_PROCESS] };
	size_t count;
	int ret;

	ruleset_patterns(compiled->rules, &count);
	if (share_database(compiled, PURPOSE_LOW_PROCESS, count))
		compile_database(&process);
	else
		compile_both(&process, &low, count_searched(&purposes[PURPOSE_PROCESS], count));
	ret = take_compilation(&process, notes, err);
	if (ret == 0)
		ret = take_compilation(&low, notes, err);
	if (ret < 0)
		return ret;
	for (size_t i = PURPOSE_LOW_PROCESS; i < PURPOSES; i++)
		share_database(compiled, i, count);
	return 0;
}

int compiled_rules_new(struct compiled_rules **out, struct ruleset *rules, enum match_need outputs,
		       struct diagnostics *notes, struct error *err)
{
	struct compiled_rules *compiled = calloc(1, sizeof(*compiled));
	int ret;

	if (!compiled) {
		ruleset_free(rules);
		return error_no_memory(err, "compiled rules");
	}
	atomic_init(&compiled->holders, 1);
	compiled->rules = rules;
	compiled->lists_matches = outputs != NEED_NOTHING;
	ret = make_all_needs(compiled, outputs, err);
	if (ret == 0)
		ret = compile_databases(compiled, notes, err);
	if (ret < 0) {
		compiled_rules_free(compiled);
		return ret;
	}
	slow_warnings_add(notes, rules, compiled->purposes[PURPOSE_FILE].database);
	*out = compiled;
	return 0;
}

/* What they are for, whose database each purpose uses, then each database once. */
static int save_databases(const struct compiled_rules *compiled, struct byte_writer *out,
			  struct error *err)
{
	int ret = 0;

	byte_writer_add_u8(out, compiled->lists_matches);
	for (size_t i = 0; i < PURPOSES; i++) {
		size_t owner = 0;

		while (compiled->purposes[owner].database != compiled->purposes[i].database)
			owner++;
		byte_writer_add_u8(out, (uint8_t)owner);
	}
	for (size_t i = 0; i < PURPOSES && ret == 0; i++)
		if (compiled->purposes[i].owns_database)
			ret = database_save(compiled->purposes[i].database, out, err);
	return ret;
}

static int save_sections(const struct compiled_rules *compiled, struct diagnostics *notes,
			 struct byte_writer *out, uint64_t lengths[FILE_SECTIONS],
			 struct error *err)
{
	size_t begin = out->length;
	int ret = sources_save(compiled->rules, notes, out, err);

	lengths[SECTION_SOURCES] = out->length - begin;
	begin = out->length;
	if (ret == 0)
		ret = rules_save(compiled->rules, out, err);
	lengths[SECTION_RULES] = out->length - begin;
	begin = out->length;
	if (ret == 0)
		ret = save_databases(compiled, out, err);
	lengths[SECTION_DATABASES] = out->length - begin;
	return ret;
}

int compiled_rules_save(const struct compiled_rules *compiled, struct diagnostics *notes,
			struct byte_writer *out, struct error *err)
{
	uint64_t lengths[FILE_SECTIONS];
	size_t begin = out->length;
	int ret;

	file_header_add(out);
	ret = save_sections(compiled, notes, out, lengths, err);
	if (ret == 0 && out->failed)
		ret = error_no_memory(err, "compiled rules as bytes");
	if (ret == 0)
		ret = file_header_seal(out->data + begin, lengths, err);
	return ret;
}

bool compiled_rules_is_file(struct bytes bytes)
{
	return file_header_is_there(bytes);
}

/* Both tell which patterns are left out. */
static bool same_patterns(const enum match_need *left, const enum match_need *right, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((left[i] == NEED_NOTHING) != (right[i] == NEED_NOTHING))
			return false;
	return true;
}

static int load_purpose(struct compiled_rules *compiled, size_t index, unsigned int owner,
			struct bytes_reader *in, struct error *err)
{
	struct purpose *purpose = &compiled->purposes[index];
	size_t count;
	const struct pattern *patterns = ruleset_patterns(compiled->rules, &count);
	int ret;

	if (owner < index) {
		const struct purpose *other = &compiled->purposes[owner];

		purpose->database = other->database;
		return other->owns_database && same_patterns(other->needs, purpose->needs, count)
			       ? 0
			       : error_set(err, ERROR_FORMAT, 0, "a search database is missing");
	}
	ret = database_load(&purpose->database, patterns, count, in, err);
	purpose->owns_database = ret == 0;
	return ret;
}

static int load_databases(struct compiled_rules *compiled, enum match_need outputs,
			  struct bytes_reader *in, struct error *err)
{
	unsigned int owners[PURPOSES];
	int ret = 0;

	if (!saved_bool_take(in, &compiled->lists_matches))
		return error_set(err, ERROR_FORMAT, 0, "the search databases are missing");
	if (outputs != NEED_NOTHING && !compiled->lists_matches)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "compiled for verdicts without matches: compile again");
	for (unsigned int i = 0; i < PURPOSES; i++)
		if (!saved_choice_take(in, i, &owners[i]))
			return error_set(err, ERROR_FORMAT, 0, "a search database is missing");
	ret = make_all_needs(compiled, outputs, err);
	for (size_t i = 0; i < PURPOSES && ret == 0; i++)
		ret = load_purpose(compiled, i, owners[i], in, err);
	if (ret == 0 && in->rest.length)
		ret = error_set(err, ERROR_FORMAT, 0, "bytes follow behind the search databases");
	return ret;
}

/* What a rule says is used where it lies, in one copy of all of them. */
static int load_rules(struct ruleset *rules, struct bytes section,
		      const struct compile_options *options, struct error *err)
{
	const void *kept = arena_copy(rules->checked.arena, section.data, section.length);
	struct bytes_reader in = bytes_reader_at(kept, section.length);
	int ret;

	if (!kept)
		return error_no_memory(err, "rules");
	ret = rules_load(rules, options->modules, &in, err);
	if (ret == 0 && in.rest.length)
		ret = error_set(err, ERROR_FORMAT, 0, "bytes follow behind the rules");
	if (ret == 0)
		ret = ruleset_describe(rules, options->every_rule_live, err);
	return ret;
}

static int load_sections(struct compiled_rules *compiled,
			 const struct bytes sections[FILE_SECTIONS],
			 const struct compile_options *options, enum match_need outputs,
			 struct diagnostics *notes, struct error *err)
{
	struct bytes_reader sources =
		bytes_reader_at(sections[SECTION_SOURCES].data, sections[SECTION_SOURCES].length);
	struct bytes_reader databases = bytes_reader_at(sections[SECTION_DATABASES].data,
							sections[SECTION_DATABASES].length);
	int ret = sources_load(compiled->rules, &sources, notes, err);

	if (ret == 0)
		ret = load_rules(compiled->rules, sections[SECTION_RULES], options, err);
	if (ret == 0)
		ret = loaded_externals_set(compiled->rules, options, err);
	if (ret == 0)
		ret = load_databases(compiled, outputs, &databases, err);
	return ret;
}

static struct compiled_rules *compiled_rules_empty(void)
{
	struct compiled_rules *compiled = calloc(1, sizeof(*compiled));

	if (!compiled)
		return NULL;
	atomic_init(&compiled->holders, 1);
	compiled->rules = calloc(1, sizeof(*compiled->rules));
	if (compiled->rules)
		compiled->rules->checked.arena = arena_new(0);
	if (compiled->rules && compiled->rules->checked.arena)
		return compiled;
	compiled_rules_free(compiled);
	return NULL;
}

int compiled_rules_load(struct compiled_rules **out, struct bytes file,
			const struct compile_options *options, enum match_need outputs,
			struct diagnostics *notes, struct error *err)
{
	struct bytes sections[FILE_SECTIONS];
	struct compiled_rules *compiled;
	int ret = file_header_open(file, false, sections, err);

	if (ret < 0)
		return ret;
	compiled = compiled_rules_empty();
	if (!compiled)
		return error_no_memory(err, "compiled rules");
	ret = load_sections(compiled, sections, options, outputs, notes, err);
	if (ret < 0)
		compiled_rules_free(compiled);
	else
		*out = compiled;
	return ret;
}

struct compiled_rules *compiled_rules_hold(struct compiled_rules *compiled)
{
	/* Whoever holds it already keeps it alive, so no order is needed to count one more. */
	atomic_fetch_add_explicit(&compiled->holders, 1, memory_order_relaxed);
	return compiled;
}

void compiled_rules_release(struct compiled_rules *compiled)
{
	/* The last holder must see all that the others did before it frees. */
	if (compiled && atomic_fetch_sub_explicit(&compiled->holders, 1, memory_order_acq_rel) == 1)
		compiled_rules_free(compiled);
}

const struct ruleset *compiled_rules_ruleset(const struct compiled_rules *compiled)
{
	return compiled->rules;
}

const struct database *compiled_rules_database(const struct compiled_rules *compiled,
					       enum scan_purpose purpose)
{
	return compiled->purposes[purpose].database;
}

const enum match_need *compiled_rules_needs(const struct compiled_rules *compiled,
					    enum scan_purpose purpose)
{
	return compiled->purposes[purpose].needs;
}

bool compiled_rules_reads_bytes(const struct compiled_rules *compiled, enum scan_purpose purpose)
{
	return compiled->purposes[purpose].reads_bytes;
}
