/*
 * The whole path against YARA itself (Debian's libyara, 4.2): random rules over random bytes, scanned as the
 * memory of a process in several blocks or as a file, must give the same rules and the same starts of every string.
 * Lengths are not compared: YARA's depend on which atom it chose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "tests/differential/random_rules.h"
#include "tests/support/reload.h"
#include "tests/support/rules_scan.h"

/* More with $CASES, one alone with $SEED. */
#ifdef __SANITIZE_ADDRESS__
#define CASES 500u
#else
#define CASES 2000u
#endif
#define MOST_BLOCKS 4u
#define MOST_BYTES 600u
#define MOST_RULES 8u
#define MOST_STARTS (MOST_BLOCKS * (MOST_BYTES + 1))

struct trial {
	uint64_t seed;
	struct random_source random;
	struct random_rules rules;
	uint8_t bytes[MOST_BLOCKS][MOST_BYTES];
	struct scan_block blocks[MOST_BLOCKS];
	struct scan_target target;
};

/* What one of the two found in one rule. */
struct finding {
	bool holds;
	size_t counts[RULES_MOST_STRINGS];
	uint64_t starts[RULES_MOST_STRINGS][MOST_STARTS];
	bool unlisted[RULES_MOST_STRINGS]; /* private: only what conditions ask is known */
};

struct findings {
	struct finding rules[MOST_RULES];
	size_t count;
};

static uint8_t random_byte(struct random_source *random)
{
	static const uint8_t common[] = { 'a', 'b', 'A', 'c', '1', '_', ' ', '\n', 0, 0, 0xff };

	if (random_below(random, 16) == 0)
		return (uint8_t)random_below(random, 256);
	return common[random_below(random, sizeof(common))];
}

static size_t put_byte(uint8_t *data, size_t at, size_t length, uint8_t byte)
{
	if (at < length)
		data[at++] = byte;
	return at;
}

/* A sample as it may stand in memory: plain, wide, in the other case, xored, cut by the block's end. */
static size_t put_sample(struct trial *trial, uint8_t *data, size_t at, size_t length)
{
	const struct text *sample = &trial->rules.samples[random_below(
		&trial->random, (uint32_t)trial->rules.sample_count)];
	bool wide = random_below(&trial->random, 3) == 0,
	     flip = random_below(&trial->random, 4) == 0;
	uint8_t key = random_below(&trial->random, 4) == 0 ? random_byte(&trial->random) : 0;

	for (size_t i = 0; i < sample->length; i++) {
		uint8_t byte = (uint8_t)sample->data[i];

		if (flip && ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')))
			byte ^= 0x20;
		at = put_byte(data, at, length, byte ^ key);
		if (wide)
			at = put_byte(data, at, length, key);
	}
	return at;
}

static void fill_block(struct trial *trial, uint8_t *data, size_t length)
{
	size_t at = 0;

	while (at < length) {
		if (random_below(&trial->random, 6) == 0)
			at = put_sample(trial, data, at, length);
		else
			data[at++] = random_byte(&trial->random);
	}
}

/* Some blocks touch, but are not joined. */
static void place_blocks(struct trial *trial)
{
	uint64_t address = 0x1000u * random_below(&trial->random, 40);

	trial->target.block_count = 1 + random_below(&trial->random, MOST_BLOCKS);
	for (size_t i = 0; i < MOST_BLOCKS; i++) {
		struct scan_block *block = &trial->blocks[i];

		*block = (struct scan_block){ .address = address, .data = trial->bytes[i] };
		block->length = 1 + random_below(&trial->random, MOST_BYTES);
		trial->rules.addresses[i] = address;
		address += block->length;
		if (random_below(&trial->random, 2))
			address += random_below(&trial->random, 0x2000);
	}
}

static void place_file(struct trial *trial)
{
	trial->target.block_count = 1;
	trial->blocks[0].data = trial->bytes[0];
	trial->blocks[0].length = 1 + random_below(&trial->random, MOST_BYTES);
}

static void make_trial(struct trial *trial, uint64_t seed)
{
	static const size_t shards[] = { 1, 17, 64, 4096, 0, 0 };

	bool is_file;

	memset(trial, 0, sizeof(*trial));
	trial->seed = seed;
	trial->random.state = (seed + 1) * 0x9e3779b97f4a7c15u;
	is_file = random_below(&trial->random, 5) == 0;
	if (is_file)
		place_file(trial);
	else
		place_blocks(trial);
	trial->rules.chains = trial->target.block_count == 1;
	random_rules_make(&trial->rules, &trial->random);
	assert_false(trial->rules.text.failed);
	for (size_t i = 0; i < trial->target.block_count; i++)
		fill_block(trial, trial->bytes[i], trial->blocks[i].length);
	trial->target.blocks = trial->blocks;
	trial->target.is_process = !is_file;
	trial->target.shard_bytes = shards[random_below(&trial->random, 6)];
}

/* YARA's side. */

struct block_walk {
	const struct trial *trial;
	size_t next;
	YR_MEMORY_BLOCK block;
};

static const uint8_t *fetch_block(YR_MEMORY_BLOCK *block)
{
	return ((const struct scan_block *)block->context)->data;
}

static YR_MEMORY_BLOCK *next_yara_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	struct block_walk *walk = iterator->context;

	iterator->last_error = ERROR_SUCCESS;
	if (walk->next == walk->trial->target.block_count)
		return NULL;

	const struct scan_block *block = &walk->trial->blocks[walk->next++];

	walk->block = (YR_MEMORY_BLOCK){
		.size = block->length,
		.base = block->address,
		.context = (void *)(uintptr_t)block,
		.fetch_data = fetch_block,
	};
	return &walk->block;
}

static YR_MEMORY_BLOCK *first_yara_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	((struct block_walk *)iterator->context)->next = 0;
	return next_yara_block(iterator);
}

static uint64_t file_bytes(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	return ((const struct block_walk *)iterator->context)->trial->blocks[0].length;
}

/* YARA's matches lie where they fit, not where the compiler expects them. */
static void keep_string(struct finding *finding, size_t number, const void *first)
{
	YR_MATCH match;

	for (const void *at = first; at; at = match.next) {
		size_t *count = &finding->counts[number];

		memcpy(&match, at, sizeof(match));
		assert_true(*count < MOST_STARTS);
		finding->starts[number][(*count)++] = (uint64_t)(match.base + match.offset);
	}
}

static void keep_starts(struct finding *finding, YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
	YR_STRING *string;
	size_t number = 0;

	yr_rule_strings_foreach(rule, string)
	{
		/* The parts of a chain are strings of their own; what is joined stands at the first. */
		if (!string->chained_to)
			keep_string(finding, number++, context->matches[string->idx].head);
	}
}

static int heard_from_yara(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	struct findings *findings = user;

	if (message == CALLBACK_MSG_RULE_MATCHING || message == CALLBACK_MSG_RULE_NOT_MATCHING) {
		YR_RULE *rule = data;
		size_t number = (size_t)atoi(rule->identifier + 1);
		struct finding *finding = &findings->rules[number];

		finding->holds = message == CALLBACK_MSG_RULE_MATCHING;
		keep_starts(finding, context, rule);
	}
	return CALLBACK_CONTINUE;
}

struct complaint {
	bool heard, of_limit;
};

/* Regexes may be beyond what YARA can do, which is its own affair. */
static void complain(int level, const char *file, int line, const YR_RULE *rule,
		     const char *message, void *user)
{
	struct complaint *complaint = user;

	(void)file;
	(void)line;
	(void)rule;
	if (level != YARA_ERROR_LEVEL_ERROR)
		return;
	complaint->of_limit = !complaint->heard && strstr(message, "too ");
	complaint->heard = true;
}

static struct complaint ask_yara(const struct trial *trial, struct findings *findings)
{
	struct complaint complaint = { 0 };
	struct block_walk walk = { .trial = trial };
	YR_MEMORY_BLOCK_ITERATOR iterator = { .context = &walk,
					      .first = first_yara_block,
					      .next = next_yara_block };
	int flags = trial->target.is_process ? SCAN_FLAGS_PROCESS_MEMORY : 0;
	YR_COMPILER *compiler;
	YR_RULES *rules = NULL;
	int ret = yr_compiler_create(&compiler);

	if (!trial->target.is_process)
		iterator.file_size = file_bytes;
	assert_int_equal(ret, ERROR_SUCCESS);
	yr_compiler_set_callback(compiler, complain, &complaint);
	if (yr_compiler_add_string(compiler, trial->rules.text.data, NULL) == 0 &&
	    yr_compiler_get_rules(compiler, &rules) == ERROR_SUCCESS) {
		ret = yr_rules_scan_mem_blocks(rules, &iterator, flags, heard_from_yara, findings,
					       0);
		if (ret != ERROR_SUCCESS)
			fail_msg("seed %llu: YARA fails with %d\n%s",
				 (unsigned long long)trial->seed, ret, trial->rules.text.data);
	}
	if (rules)
		yr_rules_destroy(rules);
	yr_compiler_destroy(compiler);
	return complaint;
}

/* Our side. */

static void show_errors(const struct trial *trial, struct diagnostics *notes)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count; i++) {
		char *line = diagnostics_format(notes, &list[i]);

		if (list[i].severity == SEVERITY_ERROR)
			fprintf(stderr, "seed %llu: %s", (unsigned long long)trial->seed, line);
		free(line);
	}
}

/* How rules are compiled. */
struct compiling {
	enum match_need outputs;
	bool every_rule_live; /* also where it cannot be true */
	bool reload; /* saved and loaded before they are used */
	bool show; /* errors */
};

static struct compiled_rules *compile(const struct trial *trial, const struct compiling *compiling)
{
	const struct compile_options options = { .every_rule_live = compiling->every_rule_live };
	const struct text *text = &trial->rules.text;
	struct rule_text input = { "random.yar",
				   "default",
				   { (const uint8_t *)text->data, text->length } };
	struct compiled_rules *compiled = NULL;
	struct diagnostics *notes;
	struct ruleset *rules;
	struct error err;

	assert_int_equal(diagnostics_new(&notes, &err), 0);
	if (ruleset_compile(&rules, &input, 1, &options, notes, &err) == 0)
		compiled_rules_new(&compiled, rules, compiling->outputs, notes, &err);
	if (compiling->show)
		show_errors(trial, notes);
	if (compiled && compiling->reload &&
	    reload_rules(&compiled, &options, compiling->outputs, notes, &err))
		fail_msg("seed %llu: %s\n%s", (unsigned long long)trial->seed, err.message,
			 text->data);
	diagnostics_free(notes);
	return compiled;
}

static void keep_ours(const struct compiled_rules *compiled, const struct rules_scan *scan,
		      struct findings *findings)
{
	const struct rule *const *rules =
		ruleset_rules(compiled_rules_ruleset(compiled), &findings->count);

	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->rules[i];

		finding->holds = scan->verdicts.rules[i] == VERDICT_TRUE;
		for (size_t j = 0; j < rules[i]->string_count; j++) {
			uint64_t count;
			const struct match *matches =
				match_table_get(scan->table, rules[i]->strings[j].pattern,
						&finding->counts[j], &count);

			assert_true(finding->counts[j] <= MOST_STARTS);
			finding->unlisted[j] = rules[i]->strings[j].is_private;
			for (size_t k = 0; k < finding->counts[j]; k++)
				finding->starts[j][k] = matches[k].address;
		}
	}
}

static bool ask_ourselves(const struct trial *trial, struct workers *workers,
			  const struct compiling *compiling, struct findings *findings)
{
	struct compiled_rules *compiled = compile(trial, compiling);
	struct rules_scan scan;
	struct error err;

	if (!compiled)
		return false;
	if (rules_scan_run(&scan, workers, compiled, &trial->target, &err))
		fail_msg("%s", err.message);
	keep_ours(compiled, &scan, findings);
	rules_scan_release(&scan);
	compiled_rules_release(compiled);
	return true;
}

static bool has_start(const struct finding *finding, size_t string, uint64_t start)
{
	for (size_t i = 0; i < finding->counts[string]; i++) {
		if (finding->starts[string][i] == start)
			return true;
	}
	return false;
}

/* Those that the other does not have. */
static void show_starts(const char *who, const struct finding *finding, const struct finding *other,
			size_t string)
{
	size_t shown = 0;

	fprintf(stderr, "  only %s:", who);
	for (size_t i = 0; i < finding->counts[string] && shown < 40; i++) {
		if (has_start(other, string, finding->starts[string][i]))
			continue;
		fprintf(stderr, " %llx", (unsigned long long)finding->starts[string][i]);
		shown++;
	}
	fprintf(stderr, "\n");
}

static void show_trial(const struct trial *trial)
{
	fprintf(stderr, "seed %llu:\n%s", (unsigned long long)trial->seed, trial->rules.text.data);
	for (size_t i = 0; i < trial->target.block_count; i++) {
		fprintf(stderr, "%llx:", (unsigned long long)trial->blocks[i].address);
		for (size_t j = 0; j < trial->blocks[i].length; j++)
			fprintf(stderr, "%02x", trial->blocks[i].data[j]);
		fprintf(stderr, "\n");
	}
}

/* YARA judges private rules, but does not tell of them. */
static bool is_private(const struct trial *trial, size_t rule)
{
	char declaration[40];

	snprintf(declaration, sizeof(declaration), "private rule r%zu {", rule);
	return strstr(trial->rules.text.data, declaration);
}

static bool same_verdicts(const struct trial *trial, const struct findings *yara,
			  const struct findings *ours)
{
	bool same = true;

	for (size_t i = 0; i < ours->count; i++) {
		if (yara->rules[i].holds == ours->rules[i].holds || is_private(trial, i))
			continue;
		fprintf(stderr, "rule r%zu: YARA says %d, we %d\n", i, yara->rules[i].holds,
			ours->rules[i].holds);
		same = false;
	}
	return same;
}

static bool same_string(const struct finding *yara, const struct finding *ours, size_t string)
{
	size_t count = ours->counts[string];

	if (ours->unlisted[string])
		return count ? yara->counts[string] >= count &&
				       yara->starts[string][0] == ours->starts[string][0]
			     : yara->counts[string] == 0;
	return yara->counts[string] == count && memcmp(yara->starts[string], ours->starts[string],
						       count * sizeof(*ours->starts[string])) == 0;
}

static bool same_starts(const struct trial *trial, const struct findings *yara,
			const struct findings *ours, uint64_t *agreed)
{
	bool same = true;

	for (size_t i = 0; i < ours->count * RULES_MOST_STRINGS; i++) {
		size_t rule = i / RULES_MOST_STRINGS, string = i % RULES_MOST_STRINGS;

		if (is_private(trial, rule))
			continue;
		*agreed += ours->rules[rule].counts[string];
		if (same_string(&yara->rules[rule], &ours->rules[rule], string))
			continue;
		fprintf(stderr, "rule r%zu, $s%zu\n", rule, string);
		show_starts("YARA", &yara->rules[rule], &ours->rules[rule], string);
		show_starts("ours", &ours->rules[rule], &yara->rules[rule], string);
		same = false;
	}
	return same;
}

/* What is told of rules that are true, private ones too. */
static bool same_reports(const struct findings *all, const struct findings *live)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct finding *left = &all->rules[i], *right = &live->rules[i];

		if (left->holds != right->holds ||
		    (left->holds &&
		     memcmp(left->counts, right->counts, sizeof(left->counts)) != 0) ||
		    (left->holds &&
		     memcmp(left->starts, right->starts, sizeof(left->starts)) != 0)) {
			fprintf(stderr,
				"rule r%zu: not the same without rules that cannot be true\n", i);
			return false;
		}
	}
	return true;
}

struct tally {
	uint64_t agreed, held, compared, refused, wrong;
};

static void run_trial(const struct trial *trial, struct workers *workers, struct tally *tally)
{
	struct findings *yara = calloc(1, sizeof(*yara)), *all = calloc(1, sizeof(*all)),
			*least = calloc(1, sizeof(*least)), *live = calloc(1, sizeof(*live));
	struct complaint complaint;
	bool accepted, same;

	assert_true(yara && all && least && live);
	complaint = ask_yara(trial, yara);

	/* One of the two comes from a file. */
	const struct compiling for_all = { NEED_ALL, true, trial->seed % 2, !complaint.heard };
	const struct compiling for_least = { NEED_NOTHING, false, !for_all.reload, true };
	const struct compiling for_live = { NEED_ALL, false, for_all.reload, true };

	accepted = ask_ourselves(trial, workers, &for_all, all);
	same = complaint.of_limit || accepted != complaint.heard;
	tally->refused += complaint.heard;
	if (accepted && !complaint.heard) {
		/* With what the conditions ask alone, the verdicts are the same. */
		ask_ourselves(trial, workers, &for_least, least);
		/* Without the rules that cannot be true, all that is reported is the same. */
		ask_ourselves(trial, workers, &for_live, live);
		same = same_verdicts(trial, yara, all) & same_verdicts(trial, yara, least) &
		       same_starts(trial, yara, all, &tally->agreed) & same_reports(all, live);
		for (size_t i = 0; i < all->count; i++)
			tally->held += all->rules[i].holds;
		tally->compared += all->count;
	}
	if (!same) {
		show_trial(trial);
		tally->wrong++;
	}
	free(yara);
	free(all);
	free(least);
	free(live);
}

static void finds_what_yara_finds(void **state)
{
	const char *only = getenv("SEED"), *most = getenv("CASES");
	uint64_t cases = most ? strtoull(most, NULL, 0) : CASES;
	struct trial *trial = malloc(sizeof(*trial));
	struct workers *workers;
	struct tally tally = { 0 };
	struct error err;

	(void)state;
	assert_non_null(trial);
	assert_int_equal(yr_initialize(), ERROR_SUCCESS);
	assert_int_equal(workers_new(&workers, 2, &err), 0);
	for (uint64_t seed = only ? strtoull(only, NULL, 0) : 0; seed < cases; seed++) {
		make_trial(trial, seed);
		run_trial(trial, workers, &tally);
		random_rules_release(&trial->rules);
		if (only || tally.wrong > 5)
			break;
	}
	workers_free(workers);
	free(trial);
	yr_finalize();
	print_message("%llu starts agree; %llu of %llu rules hold; %llu rule sets refused\n",
		      (unsigned long long)tally.agreed, (unsigned long long)tally.held,
		      (unsigned long long)tally.compared, (unsigned long long)tally.refused);
	assert_int_equal(tally.wrong, 0);
	/* The comparison would prove nothing if hardly anything matched, or everything did. */
	if (!only)
		assert_true(tally.agreed > cases && tally.refused < cases / 20 &&
			    tally.held > tally.compared / 8 &&
			    tally.held < tally.compared - tally.compared / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_what_yara_finds) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
