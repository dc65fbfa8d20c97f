#include "rules/compiled_rules.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "rules/slow_warnings.h"

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

static int compile_database(struct compiled_rules *compiled, struct purpose *purpose,
			    struct diagnostics *notes, struct error *err)
{
	size_t count, culprit = SIZE_MAX;
	const struct pattern *patterns = ruleset_patterns(compiled->rules, &count);
	struct error reason = { 0 };
	int ret = database_compile(&purpose->database, patterns, purpose->needs, count, &culprit,
				   &reason);

	if (ret == 0) {
		purpose->owns_database = true;
		return 0;
	}
	if (ret == ERROR_MEMORY || culprit >= count)
		return error_set(err, reason.code, reason.sys_errno, "%s", reason.message);
	return refusal(compiled, (uint32_t)culprit, notes, &reason, err);
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

static int prepare_purpose(struct compiled_rules *compiled, size_t index, enum match_need outputs,
			   struct diagnostics *notes, struct error *err)
{
	struct purpose *purpose = &compiled->purposes[index];
	struct target_facts facts = facts_of((enum scan_purpose)index);
	size_t count;

	ruleset_patterns(compiled->rules, &count);
	purpose->needs = calloc(count + 1, sizeof(*purpose->needs));
	if (!purpose->needs)
		return error_no_memory(err, "the needs of rules");
	purpose->reads_bytes = ruleset_needs(compiled->rules, &facts, outputs, purpose->needs);
	if (share_database(compiled, index, count))
		return 0;
	return compile_database(compiled, purpose, notes, err);
}

int compiled_rules_new(struct compiled_rules **out, struct ruleset *rules, enum match_need outputs,
		       struct diagnostics *notes, struct error *err)
{
	struct compiled_rules *compiled = calloc(1, sizeof(*compiled));

	if (!compiled) {
		ruleset_free(rules);
		return error_no_memory(err, "compiled rules");
	}
	atomic_init(&compiled->holders, 1);
	compiled->rules = rules;
	for (size_t i = 0; i < PURPOSES; i++) {
		int ret = prepare_purpose(compiled, i, outputs, notes, err);

		if (ret < 0) {
			compiled_rules_free(compiled);
			return ret;
		}
	}
	slow_warnings_add(notes, rules, compiled->purposes[PURPOSE_FILE].database);
	*out = compiled;
	return 0;
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
